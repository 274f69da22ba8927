"""What the mini-program needs: who is logged in there, and which subscription messages are still wanted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.store import statistics

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "api_session",
        sa.Column("token_hash", sa.Text, primary_key=True, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("people", sa.Text, nullable=False),
        sa.Column("made_at", Big, nullable=False),
        sa.Column("expires_at", Big, nullable=False),
        sa.Column("ended_at", Big, nullable=False, server_default="0"),
        sqlite_strict=True, sqlite_with_rowid=False,
    )
    op.create_index("api_session_sender", "api_session", ["account", "sender"])
    op.create_table(
        "subscription",
        sa.Column("account", sa.Text, primary_key=True, nullable=False),
        sa.Column("sender", sa.Text, primary_key=True, nullable=False),
        sa.Column("template", sa.Text, primary_key=True, nullable=False),
        sa.Column("left", sa.Integer, nullable=False, server_default="0"),
        sa.Column("said_at", Big, nullable=False),
        sa.CheckConstraint('"left" >= 0', name="subscription_left"),
        sqlite_strict=True, sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        statistics.tell(op.get_bind())
