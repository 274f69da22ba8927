"""What one sender sent lately, as far as it is counted: kept in the books, so an emptied Redis forgets no limit.

Each read looks at one sender's rows of at most a day by the index; floods are cut off before they are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.engine import Connection

from . import tables as t
from .reads import Reads
from .sealing import keys_of

FLOOD, CODE_ASKED, CODE_USED, DAY_SPENT = "flood", "code", "code-used", "day-spent"
"""States of a message: too many at once and not done, answered with a code, a code that was right, too many today."""
MOST_LOOKED_AT = 256


@dataclass(frozen=True)
class Came:
    """One message of a sender: when, what became of it, whether anything was answered."""

    at: int
    state: str
    answered: bool


LATELY = (
    select(t.inbox.c.received_at, t.inbox.c.state, t.inbox.c.reply != "")
    .where(t.inbox.c.channel == bindparam("channel"), t.inbox.c.sender_index == bindparam("sender_index"),
           t.inbox.c.received_at >= bindparam("since"), t.inbox.c.state != "claimed")
    .order_by(t.inbox.c.received_at.desc()).limit(MOST_LOOKED_AT)
)


def asking(books: Reads, channel: str, sender: str, since: int) -> tuple[Any, dict[str, Any]]:
    """The question that `lately` asks, for who asks it together with others."""
    return LATELY, {"channel": channel, "sender_index": books.keys.index(t.SENDER, sender), "since": since}


def lately(books: Reads, channel: str, sender: str, since: int) -> list[Came]:
    """The sender's messages since then, the newest first; one that is just being taken is not among them."""
    rows = books.rows(*asking(books, channel, sender, since))
    return [Came(int(at), str(state), bool(answered)) for at, state, answered in rows]


def today(books: Reads, channel: str, sender: str, since: int, most: int) -> list[str]:
    """The states of a sender's messages of this day, the newest first and no more than `most`; the one that is just
    being taken is not among them."""
    c = t.inbox.c
    found = books.connection.execute(
        select(c.state).where(c.channel == channel, c.sender_index == books.keys.index(t.SENDER, sender),
                              c.received_at >= since, c.state != "claimed")
        .order_by(c.received_at.desc()).limit(most))
    return [str(state) for state in found.scalars()]


def last_before(connection: Connection, channel: str, sender: str) -> int:
    """When the sender wrote before the message that is just being taken; 0 for never."""
    c = t.inbox.c
    found = connection.execute(
        select(func.max(c.received_at)).where(
            c.channel == channel, c.sender_index == keys_of(connection).index(t.SENDER, sender), c.state != "claimed")
    ).scalar()
    return int(found or 0)


def to_strangers(connection: Connection, since: int) -> int:
    """How many answers went to numbers in no book since then, those on their way too."""
    c = t.notice.c
    return int(connection.execute(
        select(func.count()).where(
            and_(c.society == "", c.person == 0), (c.done_at >= since) | ((c.done_at == 0) & (c.made_at >= since)))
    ).scalar() or 0)


CODES = ("bind_code", "desk_code")
"""Codes that anybody can ask for who knows the phone."""


def binding_codes(connection: Connection, society: str, person: int, since: int) -> int:
    """How many codes for binding a WeChat or for the desk this person's phone was sent since then."""
    c = t.notice.c
    return int(connection.execute(
        select(func.count()).where(
            c.society == society, c.person == person, (c.done_at >= since) | (c.done_at == 0), c.say.in_(CODES),
            c.made_at >= since)
    ).scalar() or 0)
