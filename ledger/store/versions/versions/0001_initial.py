"""The first schema, as it was released: the statements stand beside this file and never change again."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from ledger.store import statistics

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEPARATOR = "\n-- next\n"


def upgrade() -> None:
    connection = op.get_bind()
    path = Path(__file__).with_name(f"0001_{connection.dialect.name}.sql")
    for statement in path.read_text("utf-8").split(SEPARATOR):
        # psycopg takes a single per cent sign for the place of a parameter.
        connection.exec_driver_sql(statement if connection.dialect.name == "sqlite" else statement.replace("%", "%%"))
    if connection.dialect.name == "sqlite":
        statistics.tell(connection)
