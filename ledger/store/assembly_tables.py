"""The tables of the assembly; one household has one vote on a motion by the key itself."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, text

from .tables import Flag, _day, _int, _key, _table, _text, _words

motion = _table(
    "motion",
    _key("society"), _key("no", Integer), _words("text"), Column("special", Flag, nullable=False), _int("by"),
    _int("voters"), _text("state", None), _day("begun_on"), _day("closes_on"), _day("closed_on", nullable=True),
    _int("for_count", "0"), _int("against_count", "0"), _int("abstained", "0"),
    CheckConstraint("state IN ('open','passed','failed','no_quorum') AND closes_on >= begun_on", name="motion_states"),
    CheckConstraint("(state = 'open') = (closed_on IS NULL) AND for_count + against_count + abstained <= voters",
                    name="motion_counts"),
    Index("motion_open", "closes_on", "society", sqlite_where=text("state = 'open'"),
          postgresql_where=text("state = 'open'")),
)
ballot = _table(
    "ballot",
    _key("society"), _key("motion", Integer), _key("household"), _int("person"), _text("choice", None),
    _day("said_on"), _text("paper"),
    CheckConstraint("choice IN ('for','against','abstain')", name="ballot_choices"),
)
