"""Records to rows and back: each record class has one table whose columns are its fields, in any order.

What is sealed is sealed here on its way in and opened on its way out (sealing.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

from .. import assembly_records, fund_records, identity_records, records
from . import assembly_tables, fund_tables, identity_tables, swift, tables
from .sealed import plan_of
from .sealing import Keyring, keys_of

TABLE_OF: dict[Any, Table] = {
    records.Society: tables.society,
    records.CharterVersion: tables.charter_version,
    records.CountyRules: tables.county_rules,
    records.Household: tables.household,
    records.Person: tables.person,
    records.Office: tables.office,
    records.Address: tables.address,
    records.Loan: tables.loan,
    records.LoanInstalment: tables.loan_instalment,
    records.LoanReview: tables.loan_review,
    records.Quote: tables.quote,
    records.Endorsement: tables.endorsement,
    records.Challenge: tables.challenge,
    records.Disclosure: tables.disclosure,
    records.Matter: tables.matter,
    fund_records.Deed: fund_tables.deed,
    fund_records.CashCount: fund_tables.cash_count,
    fund_records.MonthClose: fund_tables.month_close,
    fund_records.YearEnd: fund_tables.year_end,
    fund_records.RiskClaim: fund_tables.risk_claim,
    fund_records.Disaster: fund_tables.disaster,
    fund_records.Exit: fund_tables.exit_,
    identity_records.Rebinding: identity_tables.rebinding,
    identity_records.Freeze: identity_tables.freeze,
    identity_records.Watchword: identity_tables.watchword,
    assembly_records.Motion: assembly_tables.motion,
    assembly_records.Ballot: assembly_tables.ballot,
    records.Proposal: tables.proposal,
    records.Broadcast: tables.broadcast,
    records.Assent: tables.assent,
    records.Paper: tables.paper,
    records.Kin: tables.kin,
    records.Pairing: tables.pairing,
}

R = TypeVar("R")


def to_row(record: Any) -> dict[str, Any]:
    """The row of a record with clear values; blind indexes are computed where it is sealed."""
    table = TABLE_OF[type(record)]
    plan = plan_of(table)
    return {
        name: getattr(record, name) for name in _names(table) if plan is None or name not in plan.blind
    }


def to_record(keys: Keyring, kind: Callable[..., R], row: Row[Any] | tuple[Any, ...], skip: int = 0) -> R:
    """The record of a row whose columns from `skip` on are those of the table of `kind`, in the table's order."""
    table = TABLE_OF[kind]
    names, plan = _names(table), plan_of(table)
    fields = dict(zip(names, row[skip : skip + len(names)], strict=True))
    if plan is not None:
        fields = keys.opened(plan, fields)
        for name in plan.blind:
            del fields[name]
    return kind(**fields)


@cache
def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


@cache
def _upsert(table: Table, dialect: str) -> Any:
    """Insert or, where the key stands, replace the rest: a record is what it is now."""
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    key = [column.name for column in table.primary_key.columns]
    rest = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=rest)


def puts(connection: Connection, items: Iterable[object]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """What writes records, one statement per kind, for `swift.together`."""
    by_kind: dict[Any, list[dict[str, Any]]] = {}
    for item in items:
        by_kind.setdefault(type(item), []).append(to_row(item))
    made = []
    for kind, rows in by_kind.items():
        if plan_of(TABLE_OF[kind]):
            rows = [keys_of(connection).seal_row(TABLE_OF[kind], row) for row in rows]
        made.append((_upsert(TABLE_OF[kind], connection.dialect.name), rows))
    return made


def put(connection: Connection, items: Iterable[object]) -> None:
    """Write records, one statement per kind."""
    swift.together(connection, puts(connection, items))


@cache
def _insert_once(table: Table, dialect: str, key: tuple[str, ...]) -> Any:
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return insert.on_conflict_do_nothing(index_elements=list(key))


def once(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], key: tuple[str, ...]
) -> tuple[Any, list[dict[str, Any]]]:
    """What `put_once` does, for `swift.together`."""
    if plan_of(table):
        rows = [keys_of(connection).seal_row(table, row) for row in rows]
    return _insert_once(table, connection.dialect.name, key), list(rows)


def put_once(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], key: tuple[str, ...]) -> int:
    """Insert rows whose key does not stand yet; how many came in (exact for one row)."""
    if plan_of(table):
        rows = [keys_of(connection).seal_row(table, row) for row in rows]
    # Unless told to keep it, SQLAlchemy says -1 for an insert on PostgreSQL, and every repeat would count as new.
    kept = {"preserve_rowcount": True}
    done = connection.execute(_insert_once(table, connection.dialect.name, key), list(rows), execution_options=kept)
    assert done.rowcount >= 0, "the driver does not say how many rows came in"
    return done.rowcount
