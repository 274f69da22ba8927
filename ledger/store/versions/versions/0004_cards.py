"""Printed code cards of officers: which series counts, and which cell was asked for what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.store import statistics

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_card",
        sa.Column("society", sa.Text, primary_key=True, nullable=False),
        sa.Column("person", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("series", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("printed_on", sa.Text, nullable=False),
        sqlite_strict=True, sqlite_with_rowid=False,
    )
    op.create_table(
        "card_cell",
        sa.Column("society", sa.Text, primary_key=True, nullable=False),
        sa.Column("person", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("series", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("cell", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("asked_at", sa.Integer, nullable=False),
        sa.CheckConstraint("cell BETWEEN 1 AND 100", name="card_cell_on_the_card"),
        sqlite_strict=True, sqlite_with_rowid=False,
    )
    op.create_index("card_cell_content", "card_cell", ["society", "person", "content"], unique=True)
    if op.get_bind().dialect.name == "sqlite":
        statistics.tell(op.get_bind())
