"""Moving sealed rows to newer keys while everything runs.

A newer sealing key: small transactions, and what is not moved yet shows by itself, so that it may be killed at any
point and begun again. A newer index key changes what rows are called, so all of it is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Table, Text, and_, bindparam, func, or_, select, text, tuple_, type_coerce, update

from . import api_tables  # noqa: F401  (its tables are moved too)
from .mailbox import Mailbox
from .sealed import Plan, plan_of
from .sealing import NAMES, Keyring, keys_of, names_kept
from .store import Store
from .tables import metadata

BATCH = 500


def sealed_tables() -> list[tuple[Table, Plan]]:
    """Every table with sealed columns."""
    return [(table, plan) for table in metadata.sorted_tables if (plan := plan_of(table)) is not None]


def standing(store: Store) -> tuple[str, dict[str, int]]:
    """The index key in use, and how many rows stand under each sealing key (a row under two counts for both)."""
    found: dict[str, int] = {}
    with store.read() as books:
        index, *seals = names_kept(books.connection).split()
        for table, plan in sealed_tables():
            for name, _ in plan.sealed:
                value = type_coerce(table.c[name], Text)
                key = func.substr(value, 1, 8).label("key")
                for row in books.connection.execute(
                    select(key, func.count()).where(value != "").group_by(key)
                ):
                    found[row[0]] = max(found.get(row[0], 0), 0) + int(row[1])
    return index, {one: found.get(one, 0) for one in dict.fromkeys([*seals, *found])}


def begin(store: Store, add: Callable[[], None]) -> str:
    """Seal under the newest key from now on, a new one if nothing is left under an older one; gives its id.

    `add` adds a key where the keys are kept.
    """
    keys = _keys(store)
    _, seals = standing(store)
    newest = keys.newest()[1]
    if seals.keys() == {newest}:
        add()
        newest = keys.newest()[1]
    with store.write() as books:
        index, *names = names_kept(books.connection).split()
        named = " ".join([index, *(one for one in names if one != newest), newest])
        Mailbox(books.connection).set_setting(NAMES, named)
    keys.use(named)
    return newest


def left(store: Store, newest: str) -> int:
    """How many rows have something under an older key."""
    with store.read() as books:
        return sum(
            int(books.connection.execute(select(func.count()).select_from(table).where(_older(table, plan, newest)))
                .scalar_one())
            for table, plan in sealed_tables()
        )


def move(store: Store, newest: str) -> Iterator[int]:
    """Seal row after row under the newest key, a batch to a transaction; gives the size of each batch done."""
    for table, plan in sealed_tables():
        after: tuple[Any, ...] | None = None
        while True:
            with store.write() as books:
                after, done = _batch(books.connection, table, plan, newest, after)
            if done:
                yield done
            if after is None:
                break


def finish(store: Store, newest: str) -> int:
    """The database needs the older keys no more, if nothing is left under them; how many rows are."""
    remaining = left(store, newest)
    if not remaining:
        with store.write() as books:
            index = names_kept(books.connection).split()[0]
            Mailbox(books.connection).set_setting(NAMES, f"{index} {newest}")
    return remaining


def _keys(store: Store) -> Keyring:
    with store.read() as books:
        return keys_of(books.connection)


def _older(table: Table, plan: Plan, newest: str) -> Any:
    values = [type_coerce(table.c[name], Text) for name, _ in plan.sealed]
    return or_(*(and_(value != "", value.not_like(f"{newest}.%")) for value in values))


def _batch(
    connection: Connection, table: Table, plan: Plan, newest: str, after: tuple[Any, ...] | None
) -> tuple[tuple[Any, ...] | None, int]:
    """One batch beyond the key `after`: the last key of it (None at the end) and how many rows were moved."""
    keys, primary = keys_of(connection), list(table.primary_key.columns)
    columns = {column.name: column for column in [*primary, *(table.c[name] for name in plan.key),
                                                  *(table.c[name] for name, _ in plan.sealed)]}
    query = select(*columns.values()).where(_older(table, plan, newest)).order_by(*primary).limit(BATCH)
    if after is not None:
        query = query.where(tuple_(*primary) > tuple_(*after, types=[column.type for column in primary]))
    if connection.dialect.name == "postgresql":
        # Whoever holds a row now writes it under the newest key or leaves it for the next time; nobody waits for two.
        query = query.with_for_update(skip_locked=True)
    rows = [dict(row._mapping) for row in connection.execute(query)]
    if not rows:
        return None, 0
    names = [name for name, _ in plan.sealed]
    statement = (
        update(table).where(*(column == bindparam(f"k_{column.name}") for column in primary))
        .values({name: bindparam(f"n_{name}") for name in names})
    )
    moved = [(row, keys.sealed(plan, keys.opened(plan, row))) for row in rows]
    connection.execute(statement, [
        {f"k_{column.name}": row[column.name] for column in primary} | {f"n_{name}": new[name] for name in names}
        for row, new in moved
    ])
    return tuple(rows[-1][column.name] for column in primary), len(rows)


def reindex(store: Store, add: Callable[[], None]) -> int:
    """A newer index key for all that is found by one, in one transaction; how many rows it were.

    Processes that run take the new key up by themselves; until then they answer that the books are busy.
    """
    keys = _keys(store)
    with store.read() as books:
        used = names_kept(books.connection).split()[0]
    if keys.newest()[0] == used:
        add()
    newest, counted = keys.newest()[0], 0
    with store.write() as books:
        connection = books.connection
        if not store.sqlite:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        old, new = keys.copy(), keys.copy()
        names = names_kept(connection).split()
        old.use(" ".join(names))
        new.use(" ".join([newest, *names[1:]]))
        for table, plan in sealed_tables():
            if plan.blind:
                counted += _rename(connection, table, plan, old, new)
        Mailbox(connection).set_setting(NAMES, " ".join([newest, *names[1:]]))
    keys.use(new.names)
    return counted


def _rename(connection: Connection, table: Table, plan: Plan, old: Keyring, new: Keyring) -> int:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
    primary = list(table.primary_key.columns)
    changed = [*(name for name, _ in plan.sealed), *plan.blind]
    columns = dict.fromkeys([*(column.name for column in primary), *plan.key, *changed])
    statement = (
        update(table).where(*(column == bindparam(f"k_{column.name}") for column in primary))
        .values({name: bindparam(f"n_{name}") for name in changed})
    )
    rows = [dict(row._mapping) for row in connection.execute(select(*(table.c[name] for name in columns)))]
    for begin_at in range(0, len(rows), BATCH):
        some = rows[begin_at : begin_at + BATCH]
        moved = [(row, new.sealed(plan, old.opened(plan, row))) for row in some]
        connection.execute(statement, [
            {f"k_{column.name}": row[column.name] for column in primary} | {f"n_{name}": one[name] for name in changed}
            for row, one in moved
        ])
    return len(rows)
