"""What one person raised is found without looking through all that a society raised."""

from __future__ import annotations

from alembic import op

from ledger.store import statistics

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("matter_person", "matter", ["society", "person", "no"])
    if op.get_bind().dialect.name == "sqlite":
        statistics.tell(op.get_bind())
