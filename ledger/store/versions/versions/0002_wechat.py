"""What WeChat needs: who follows no more, when somebody last wrote, and template messages by WeChat's own id."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.store import statistics

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("address", sa.Column("away", sa.Integer, nullable=False, server_default="0"))
    op.create_index("inbox_sender", "inbox", ["channel", "sender", "received_at"])
    known_by = sa.text("reference LIKE 'wechat:%'")
    op.create_index("notice_wechat", "notice", ["reference"], sqlite_where=known_by, postgresql_where=known_by)
    if op.get_bind().dialect.name == "sqlite":
        statistics.tell(op.get_bind())
