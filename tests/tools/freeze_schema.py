"""Writes the first migration's SQL from the tables: `python -m tests.tools.freeze_schema`, before a schema is released.

Once released, a change of tables.py comes with a migration of its own, and a test holds both against each other.
"""

from __future__ import annotations

from sqlalchemy import create_mock_engine
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.sql.elements import ClauseElement

from ledger.store.migrations import FOLDER
from ledger.store.tables import metadata

SEPARATOR = "\n-- next\n"
ADDRESSES = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}


def statements(dialect: str) -> list[str]:
    """Every statement that makes the schema, in order."""
    made: list[str] = []

    def take(statement: ClauseElement, *_: object, **__: object) -> None:
        compiled = statement.compile(dialect=engine.dialect)
        assert isinstance(compiled, DDLCompiler)
        made.append(str(compiled).strip().replace("%%", "%"))  # doubled for a driver that is given parameters

    engine = create_mock_engine(ADDRESSES[dialect], take)
    # Statistics are told to a real database only; the migration tells them itself.
    engine.exec_driver_sql = lambda *_: None  # type: ignore[attr-defined]
    metadata.create_all(engine, checkfirst=False)
    return made


def main() -> None:
    for dialect in ADDRESSES:
        path = FOLDER / "versions" / f"0001_{dialect}.sql"
        path.write_text(SEPARATOR.join(statements(dialect)) + "\n", "utf-8")


if __name__ == "__main__":
    main()
