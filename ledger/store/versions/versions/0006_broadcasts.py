"""Words of officers to many: one row for each village they go to. The statements stand beside this file."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SEPARATOR = "\n-- next\n"


def upgrade() -> None:
    connection = op.get_bind()
    path = Path(__file__).with_name(f"{Path(__file__).stem}_{connection.dialect.name}.sql")
    for statement in path.read_text("utf-8").split(SEPARATOR):
        connection.exec_driver_sql(statement)
