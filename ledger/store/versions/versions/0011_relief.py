"""A disaster freezes charges from its own day and gives more time later: two kinds of reviews, and when each held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SUMS = "kind IN ('extension','write_off','relief','freeze') AND months >= 0 AND amount_fen >= 0"
SHOWN = "stage <> 'done' OR (disclosed_on IS NOT NULL AND (closes_on < done_on OR kind = 'freeze'))"


def upgrade() -> None:
    with op.batch_alter_table("loan_review") as table:
        for name, check in (("loan_review_sums", SUMS), ("loan_review_shown", SHOWN)):
            table.drop_constraint(name, type_="check")
            table.create_check_constraint(name, check)
    op.add_column("disaster", sa.Column("until", sa.Text, nullable=True))
    op.add_column("disaster", sa.Column("granted_on", sa.Text, nullable=True))
