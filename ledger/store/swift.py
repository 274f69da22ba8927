"""Statements that every turn asks again, past most of SQLAlchemy's machinery: compiled once, then the driver is called.

Statement, types and errors stay SQLAlchemy's, so a read may go either way. What is asked or written together goes to
PostgreSQL in one round trip (its pipeline mode); round trips are what a turn costs there. Only statements that are
made once may be given: each is kept for good.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy import Connection, Executable
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError

Row = tuple[Any, ...]
Given = Mapping[str, Any]
Processor = Callable[[Any], Any]


@dataclass(frozen=True)
class _Prepared:
    """The text for the driver, and what its parameters and its columns (by place) go through; `order` where parameters
    have no names."""

    sql: str
    order: tuple[str, ...] | None
    fixed: Given
    binds: tuple[tuple[str, Processor], ...]
    results: tuple[tuple[int, Processor], ...]
    reads: bool

    def bound(self, given: Given) -> Any:
        values = {**self.fixed, **given}
        for name, processor in self.binds:
            values[name] = processor(values[name])
        return values if self.order is None else [values[name] for name in self.order]

    def rows(self, cursor: Any) -> list[Row]:
        if not self.reads:
            return []
        found: list[Row] = cursor.fetchall()
        if not self.results:
            return found
        made = []
        for row in found:
            values = list(row)
            for place, how in self.results:
                values[place] = how(values[place])
            made.append(tuple(values))
        return made


_prepared: dict[tuple[Executable, str, tuple[str, ...]], _Prepared] = {}


def _prepare(statement: Any, dialect: Dialect, names: tuple[str, ...]) -> _Prepared:
    """`names` are the columns of an insert; empty for everything else."""
    key = (statement, dialect.name, names)
    found = _prepared.get(key)
    if found is None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names) or None)
        # A text says by itself what it gives back; only what has columns goes through their types.
        columns = list(getattr(statement, "selected_columns", ()))
        binds = [(name, kind.type.dialect_impl(dialect).bind_processor(dialect))
                 for name, kind in compiled.binds.items()]
        order = tuple(compiled.positiontup) if compiled.positional else None
        fixed = {name: kind.value for name, kind in compiled.binds.items() if not kind.required}
        through = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        results = tuple((place, how) for place, how in enumerate(through) if how is not None)
        found = _prepared[key] = _Prepared(
            str(compiled), order, fixed, tuple((name, how) for name, how in binds if how is not None), results,
            bool(columns) or compiled.isplaintext,
        )
    return found


@dataclass(frozen=True)
class Done:
    """What one statement of several found, and how many rows it changed."""

    rows: list[Row]
    count: int


def rows(connection: Connection, statement: Executable, given: Given) -> list[Row]:
    """What one statement finds."""
    return _one_by_one(connection, _prepare(statement, connection.dialect, ()), [given]).rows


def together(connection: Connection, asked: Sequence[tuple[Executable, Sequence[Given]]]) -> list[Done]:
    """Several statements in this order, none of which waits for what another gives; each for all its rows, which have
    the same columns."""
    prepared = [
        (_prepare(statement, connection.dialect, tuple(given[0]) if _inserts(statement) else ()), given)
        for statement, given in asked
    ]
    if connection.dialect.name == "postgresql" and len(prepared) > 1:
        return _piped(connection, prepared)
    return [_one_by_one(connection, one, given) for one, given in prepared]


def _inserts(statement: Any) -> bool:
    return bool(getattr(statement, "is_insert", False))


def _one_by_one(connection: Connection, one: _Prepared, given: Sequence[Given]) -> Done:
    cursor = _cursor(connection)
    try:
        _execute(connection, cursor, one, given)
        return Done(one.rows(cursor), cursor.rowcount)
    except connection.dialect.loaded_dbapi.Error as error:
        _raise(connection, one.sql, error, cursor)
    finally:
        cursor.close()


def _execute(connection: Connection, cursor: Any, one: _Prepared, given: Sequence[Given]) -> None:
    if len(given) == 1:
        bound = one.bound(given[0])
        _tell(connection, cursor, one.sql, bound, many=False)
        cursor.execute(one.sql, bound)
    else:
        many = [one.bound(row) for row in given]
        _tell(connection, cursor, one.sql, many, many=True)
        cursor.executemany(one.sql, many)


def _piped(connection: Connection, statements: Sequence[tuple[_Prepared, Sequence[Given]]]) -> list[Done]:
    """Everything goes out at once and comes back at once."""
    cursors: list[Any] = []
    last = ""
    _cursor(connection).close()  # sees to a transaction
    link: Any = connection.connection.driver_connection
    try:
        with link.pipeline():
            for one, given in statements:
                last, cursor = one.sql, link.cursor()
                cursors.append(cursor)
                _execute(connection, cursor, one, given)
        return [Done(one.rows(cursor), cursor.rowcount) for (one, _), cursor in zip(statements, cursors, strict=True)]
    except connection.dialect.loaded_dbapi.Error as error:
        _raise(connection, last, error, cursors[-1] if cursors else None)


def _cursor(connection: Connection) -> Any:
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.cursor()


def _tell(connection: Connection, cursor: Any, sql: str, bound: Any, *, many: bool) -> None:
    """Who listens to SQLAlchemy's statements hears these as well."""
    for listener in connection.engine.dispatch.before_cursor_execute:
        listener(connection, cursor, sql, bound, None, many)


def _raise(connection: Connection, sql: str, error: Exception, cursor: Any) -> NoReturn:
    """The error as SQLAlchemy would have raised it, without what was to be written; a dead connection is let go."""
    dialect, gone = connection.dialect, False
    if not connection.closed and not connection.invalidated:
        gone = dialect.is_disconnect(error, connection.connection, cursor)  # type: ignore[arg-type]
        if gone:
            connection.invalidate(error)
    raise DBAPIError.instance(
        sql, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=gone,
        dialect=dialect,
    ) from error
