"""Indexes on what still has words, and on who left: what is past its term is found without walking what is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.store import statistics

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, table, column, condition in (
        ("household_left", "household", "left_on", "left_on IS NOT NULL"),
        ("inbox_words", "inbox", "received_at", "(text <> '' OR reply <> '')"),
        ("notice_words", "notice", "done_at", "(done_at > 0 AND facts <> '')"),
    ):
        where = sa.text(condition)
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
    if op.get_bind().dialect.name == "sqlite":
        statistics.tell(op.get_bind())
