"""What an entry states besides its lines, sealed with them: the terms of a loan whose money leaves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entry", sa.Column("facts", sa.Text, nullable=False, server_default=""))
