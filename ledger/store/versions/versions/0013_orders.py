"""A matter may have a day by which it is to be answered: the county's orders of rectification have one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.store import statistics

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("matter", sa.Column("due_on", sa.Text, nullable=True))
    still = sa.text("due_on IS NOT NULL AND answered_on IS NULL")
    op.create_index("matter_due", "matter", ["due_on", "society"], sqlite_where=still, postgresql_where=still)
    if op.get_bind().dialect.name == "sqlite":
        statistics.tell(op.get_bind())
