"""What SQLite is told about the shape of the tables, so that its plans fit a long history from the first row on.

Without statistics it takes every key column for equally good and walks a society's whole history by the primary key
where an index names the very rows (`huzhu bench growth` shows it). PostgreSQL keeps its own statistics.
"""

from __future__ import annotations

from math import prod
from typing import Any

from sqlalchemy import Connection, Index, Table, event

from . import api_tables, assembly_tables, cards, fund_tables, identity_tables  # noqa: F401  (all are counted too)
from .tables import metadata

SOCIETIES = 100
ROWS = {"entry": 100_000, "posting": 250_000, "allocation": 100_000, "loan": 10_000, "loan_instalment": 100_000,
        "endorsement": 50_000, "disclosure": 10_000, "matter": 1_000, "challenge": 20_000}
"""Rows of a society with a long history; other tables have FEW."""

FEW = 200
DISTINCT = {
    "no": 10**6, "seq": 10**6, "line": 3, "account": 15, "sub": 2_000, "loan": 10_000, "n": 10, "household": 150,
    "person": 150, "status": 8, "ended_on": 3_000, "due_on": 3_000, "booked_on": 3_000, "kind": 8, "key": 10**6,
    "code": 10**6, "reverses": 10**6, "group_name": 30, "name": 150, "answer": 3, "opened_on": 1_000,
}
"""How many different values of a column one society has, roughly; what is not here has 10."""

PARTIAL = 20
"""A partial index holds one row in so many."""


def shape(table: Table, columns: list[str], *, unique: bool, partial: bool = False) -> str:
    """A line of sqlite_stat1: rows, then rows for each longer beginning of the columns."""
    rows = ROWS.get(table.name, FEW) * SOCIETIES // (PARTIAL if partial else 1)
    told = []
    for end in range(1, len(columns) + 1):
        kinds = prod(SOCIETIES if name == "society" else DISTINCT.get(name, 10) for name in columns[:end])
        told.append(1 if unique and end == len(columns) else max(1, rows // kinds))
    return " ".join(map(str, [rows, *told]))


def tell(connection: Connection) -> None:
    """Write the shapes of all tables that lead with the society, and make this connection read them."""
    connection.exec_driver_sql("ANALYZE")
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    for table in metadata.sorted_tables:
        if "society" not in table.c:
            continue
        key = [column.name for column in table.primary_key.columns]
        own = f"sqlite_autoindex_{table.name}_1" if table.dialect_options["sqlite"]["with_rowid"] else table.name
        if key[0] == "society":
            _insert(connection, table, own, shape(table, key, unique=True))
        for index in table.indexes:
            _insert(connection, table, str(index.name), shape(
                table, [column.name for column in index.columns], unique=bool(index.unique), partial=_partial(index)
            ))
    connection.exec_driver_sql("ANALYZE sqlite_schema")


def _partial(index: Index) -> bool:
    return index.dialect_options["sqlite"]["where"] is not None


def _insert(connection: Connection, table: Table, index: str, stat: str) -> None:
    connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", (table.name, index, stat))


@event.listens_for(metadata, "after_create")
def _created(_target: object, connection: Connection, **_more: Any) -> None:
    if connection.dialect.name == "sqlite":
        tell(connection)
