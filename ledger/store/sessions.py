"""Who is logged in over the mini-program: a token's hash, whose it is, until when.

A session stands for an openid of one account and remembers the people it spoke for; when one of them is no longer
reached there, it is over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.engine import Connection

from .api_tables import api_session
from .sealing import keys_of
from .tables import SENDER

MOST = 5
"""So many devices of one person at once; a further login ends the oldest."""

Person = tuple[str, int]
"""A person's society and number."""


@dataclass(frozen=True)
class Session:
    """One login. Times are seconds since 1970."""

    token_hash: str
    account: str
    sender: str
    people: frozenset[Person]
    made_at: int
    expires_at: int


def hashed(token: str) -> str:
    """What is kept of a token. It holds 256 random bits, so a plain hash cannot be tried out."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def find(connection: Connection, token_hash: str, now: int) -> Session | None:
    """The living session of a token."""
    c = api_session.c
    row = connection.execute(
        select(c.token_hash, c.account, c.sender, c.people, c.made_at, c.expires_at)
        .where(c.token_hash == token_hash, c.ended_at == 0, c.expires_at > now)
    ).first()
    if row is None:
        return None
    opened = keys_of(connection).open_row(api_session, dict(row._mapping))
    people = frozenset((str(society), int(number)) for society, number in opened["people"])
    return Session(**opened | {"people": people})


def begin(connection: Connection, session: Session, now: int) -> None:
    """Keep a new session; dead ones of the same openid go, and so does the oldest beyond `MOST`."""
    c = api_session.c
    mine = _of(connection, session.account, session.sender)
    connection.execute(delete(api_session).where(mine, (c.ended_at > 0) | (c.expires_at <= now)))
    living = [row[0] for row in connection.execute(
        select(c.token_hash).where(mine).order_by(c.made_at.desc(), c.token_hash))]
    if living[MOST - 1:]:
        connection.execute(delete(api_session).where(c.token_hash.in_(living[MOST - 1:])))
    row = vars(session) | {"people": _kept(session.people)}
    connection.execute(insert(api_session), keys_of(connection).seal_row(api_session, row))


def speaks_for(connection: Connection, account: str, sender: str, people: Collection[Person]) -> None:
    """All living sessions of an openid speak for these people from now on: it was bound to them."""
    c = api_session.c
    connection.execute(
        update(api_session).where(_of(connection, account, sender), c.ended_at == 0)
        .values(people=_kept(people))
    )


def end(connection: Connection, token_hash: str, now: int) -> None:
    """This login is over."""
    c = api_session.c
    connection.execute(
        update(api_session).where(c.token_hash == token_hash, c.ended_at == 0).values(ended_at=max(now, 1))
    )


def end_all(connection: Connection, account: str, sender: str, now: int) -> int:
    """Every login of an openid is over, on all devices; how many there were."""
    c = api_session.c
    done = connection.execute(
        update(api_session).where(_of(connection, account, sender), c.ended_at == 0)
        .values(ended_at=max(now, 1))
    )
    return int(done.rowcount)


def _of(connection: Connection, account: str, sender: str) -> ColumnElement[bool]:
    c = api_session.c
    return and_(c.account == account, c.sender_index == keys_of(connection).index(SENDER, sender))


def _kept(people: Collection[Person]) -> list[list[object]]:
    return [[society, number] for society, number in sorted(people)]
