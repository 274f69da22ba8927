"""Who is speaking: addresses that changed lately, what is frozen, a member's own word."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from ledger.store import statistics

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "rebinding", _key("society"), _key("person", sa.Integer()), _key("at", Big), _text("how"),
        sqlite_strict=True, sqlite_with_rowid=False,
    )
    op.create_table(
        "freeze", _key("society"), _key("no", sa.Integer()), sa.Column("person", sa.Integer, nullable=False),
        _int("loan"), sa.Column("by", sa.Integer, nullable=False), sa.Column("begun_at", Big, nullable=False),
        _int("first_by"), _int("ended_by"), _int("ended_at", Big),
        sa.CheckConstraint("ended_by = 0 OR (first_by <> 0 AND first_by <> ended_by)", name="freeze_two"),
        sa.CheckConstraint("person = 0 OR (first_by <> person AND ended_by <> person)", name="freeze_not_self"),
        sqlite_strict=True, sqlite_with_rowid=False,
    )
    still = sa.text("ended_at = 0")
    op.create_index("freeze_open", "freeze", ["society"], sqlite_where=still, postgresql_where=still)
    op.create_table(
        "watchword", _key("society"), _key("person", sa.Integer()), _text("word"),
        sa.Column("set_on", sa.Text, nullable=False), sqlite_strict=True, sqlite_with_rowid=False,
    )
    said = sa.text("kind LIKE '%key' AND answer = 'yes'")
    op.create_index("endorsement_keys", "endorsement", ["society", "person", "said_on"], sqlite_where=said,
                    postgresql_where=said)
    if op.get_bind().dialect.name == "sqlite":
        statistics.tell(op.get_bind())


def _key(name: str, kind: Any = None) -> sa.Column[object]:
    return sa.Column(name, kind or sa.Text(), primary_key=True, nullable=False, autoincrement=False)


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _int(name: str, kind: Any = None) -> sa.Column[object]:
    return sa.Column(name, kind or sa.Integer(), nullable=False, server_default="0")
