"""The tables of who is speaking; what two people must do is a CHECK as well."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, text

from .tables import Fen, _day, _int, _key, _sealed, _table, _text

rebinding = _table(
    "rebinding", _key("society"), _key("person", Integer),
    Column("at", Fen, primary_key=True, nullable=False, autoincrement=False), _text("how"),
)
freeze = _table(
    "freeze",
    _key("society"), _key("no", Integer), _int("person"), _int("loan", "0"), _int("by"), _int("begun_at", None, Fen),
    _int("first_by", "0"), _int("ended_by", "0"), _int("ended_at", "0", Fen),
    CheckConstraint("ended_by = 0 OR (first_by <> 0 AND first_by <> ended_by)", name="freeze_two"),
    CheckConstraint("person = 0 OR (first_by <> person AND ended_by <> person)", name="freeze_not_self"),
    Index("freeze_open", "society", sqlite_where=text("ended_at = 0"), postgresql_where=text("ended_at = 0")),
)
watchword = _table(
    "watchword", _key("society"), _key("person", Integer), _sealed("word"), _day("set_on"),
)
