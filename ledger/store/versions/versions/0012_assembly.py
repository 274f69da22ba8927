"""What the members vote on by message, and each household's vote."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from ledger.store import statistics

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "motion", _key("society"), _key("no", sa.Integer()), _text("text"), _int("special"), _int("by"),
        _int("voters"), sa.Column("state", sa.Text, nullable=False), sa.Column("begun_on", sa.Text, nullable=False),
        sa.Column("closes_on", sa.Text, nullable=False), sa.Column("closed_on", sa.Text, nullable=True),
        _int("for_count", "0"), _int("against_count", "0"), _int("abstained", "0"),
        sa.CheckConstraint(
            "state IN ('open','passed','failed','no_quorum') AND closes_on >= begun_on", name="motion_states"),
        sa.CheckConstraint(
            "(state = 'open') = (closed_on IS NULL) AND for_count + against_count + abstained <= voters",
            name="motion_counts"),
        sqlite_strict=True, sqlite_with_rowid=False,
    )
    still = sa.text("state = 'open'")
    op.create_index("motion_open", "motion", ["closes_on", "society"], sqlite_where=still, postgresql_where=still)
    op.create_table(
        "ballot", _key("society"), _key("motion", sa.Integer()), _key("household"), _int("person"),
        sa.Column("choice", sa.Text, nullable=False), sa.Column("said_on", sa.Text, nullable=False), _text("paper"),
        sa.CheckConstraint("choice IN ('for','against','abstain')", name="ballot_choices"),
        sqlite_strict=True, sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        statistics.tell(op.get_bind())


def _key(name: str, kind: Any = None) -> sa.Column[object]:
    return sa.Column(name, kind or sa.Text(), primary_key=True, nullable=False, autoincrement=False)


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _int(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=default)
