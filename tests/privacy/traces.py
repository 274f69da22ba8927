"""Looks for people in places where none may be: every value of the database, bytes of files, logs, Redis, figures.

A number is what looks like one: the tests know nothing of which persons a talk had.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from redis import Redis
from sqlalchemy import String, cast, select, text

from ledger.store.store import Store
from ledger.store.tables import metadata

NUMBERS = re.compile(r"(?<![0-9])(?:1[3-9][0-9]{9}|[1-9][0-9]{16}[0-9Xx])(?![0-9])")
"""A mobile number, or an identity number of 18 signs."""
UNREADABLE = re.compile(
    r"[0-9a-f]{8}\.[A-Za-z0-9+/]{38,}={0,2}|[A-Za-z0-9+/]{22}==|(?<![0-9a-f])[0-9a-f]{24,64}(?![0-9a-f])")
"""Ciphertext, blind indexes, hashes: by chance digits may stand together in them."""
PUBLIC = {"society"}
"""The telephones of supervision stand on every notice and on the wall."""


def numbers(words: str) -> set[str]:
    return set(NUMBERS.findall(words))


def in_tables(store: Store) -> dict[str, set[str]]:
    """Numbers by the column they stand in."""
    found: dict[str, set[str]] = {}
    with store.read() as books:
        for table in metadata.sorted_tables:
            if table.name in PUBLIC:
                continue
            for row in books.connection.execute(select(*(cast(column, String) for column in table.columns))):
                for column, value in zip(table.columns, row, strict=True):
                    if value and (seen := numbers(UNREADABLE.sub("", value))):
                        found.setdefault(f"{table.name}.{column.name}", set()).update(seen)
    return found


def words_in(raw: bytes, words: Iterable[str]) -> list[str]:
    """Which of these words stand in the bytes, in any encoding that SQLite and PostgreSQL know."""
    return [one for one in words if one.encode() in raw or one.encode("utf-16-le") in raw]


def in_redis(url: str) -> bytes:
    """Every key and value of a Redis, as it would be read by who breaks into it."""
    found = []
    with Redis.from_url(url) as client:
        for key in client.scan_iter():
            found += [key, client.dump(key) or b""]
            kind = client.type(key)
            if kind == b"string":
                found.append(client.get(key) or b"")
            elif kind == b"hash":
                found += [part for pair in client.hgetall(key).items() for part in pair]
            elif kind == b"list":
                found += client.lrange(key, 0, -1)
    return b"\n".join(found)


def dump(store: Store) -> str:
    """All rows of all tables as text, ours or not."""
    with store.read() as books:
        names = books.connection.execute(text(
            "SELECT name FROM sqlite_master WHERE type = 'table'" if store.sqlite else
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )).scalars().all()
        return "".join(repr(books.connection.execute(text(f'SELECT * FROM "{name}"')).all()) for name in names)
