"""What the outbox has to know before it sends: when somebody last wrote, what they got lately, what it cost.

Read for a whole batch at once; nothing here is counted twice, for every figure comes from the notices themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, select, text, update
from sqlalchemy.engine import Connection

from . import tables as t
from .sealing import keys_of

REACHED = ("sent", "delivered", "unknown")
"""States of what may have arrived: an unknown end counts against every limit."""


@dataclass(frozen=True)
class Got:
    """One notice that a person was sent."""

    channel: str
    priority: int
    done_at: int


@dataclass(frozen=True)
class Shown:
    """One notice as an operator sees it: never its words, for those may hold a code."""

    society: str
    made_at: int
    say: str
    channel: str
    state: str
    reason: str
    reference: str
    segments: int
    done_at: int


TAPS = ("event:CLICK", "event:SCAN", "event:subscribe")
"""What a follower does without words and WeChat answers with a window of its own."""


def last_heard(connection: Connection, channel: str, senders: set[str], since: int) -> dict[str, tuple[int, int]]:
    """When each of these senders last wrote to us and last tapped something, of what came since then; 0 for never."""
    if not senders:
        return {}
    c, keys = t.inbox.c, keys_of(connection)
    known = {keys.index(t.SENDER, sender): sender for sender in senders}
    wrote = func.max(case((c.kind.not_like("event:%"), c.received_at), else_=0))
    tapped = func.max(case((c.kind.in_(TAPS), c.received_at), else_=0))
    rows = connection.execute(
        select(c.sender_index, wrote, tapped)
        .where(c.channel == channel, c.sender_index.in_(sorted(known)), c.received_at >= since)
        .group_by(c.sender_index)
    )
    return {known[row[0]]: (int(row[1]), int(row[2])) for row in rows}


def got_since(connection: Connection, people: set[tuple[str, int]], since: int) -> dict[tuple[str, int], list[Got]]:
    """What these people were sent since then, whatever channel it took."""
    found: dict[tuple[str, int], list[Got]] = {}
    if not people:
        return found
    c = t.notice.c
    rows = connection.execute(
        select(c.society, c.person, c.sent_channel, c.priority, c.done_at).where(
            c.society.in_(sorted({society for society, _ in people})),
            c.person.in_(sorted({person for _, person in people})),
            c.done_at >= since, c.state.in_(REACHED),
        )
    )
    for society, person, channel, priority, done_at in rows:
        if (society, person) in people:
            found.setdefault((society, person), []).append(Got(channel, priority, int(done_at)))
    return found


def postpone(connection: Connection, later: Sequence[tuple[int, int, int]]) -> None:
    """Put leased notices back, (id, attempt, not before): nothing was tried, so no attempt is counted."""
    c = t.notice.c
    for number, attempt, not_before in later:
        connection.execute(
            update(t.notice).where(c.id == number, c.attempt == attempt, c.state == "leased")
            .values(state="waiting", attempt=attempt - 1, not_before=not_before)
        )


SERIALS = {name: text(f"reference LIKE '{name}:%'") for name in ("tencent", "wechat")}
"""Notices whose channel reports under an id of its own; an index is on just these of each."""


def notice_of(connection: Connection, reference: str) -> int:
    """The notice with a channel's own id; 0 for none."""
    name = reference.partition(":")[0]
    if name not in SERIALS:
        return 0
    found = connection.execute(
        select(t.notice.c.id).where(SERIALS[name], t.notice.c.reference == reference)).scalar()
    return int(found or 0)


def by_another_way(connection: Connection, notice_id: int, channel: str, reason: str, now: int) -> bool:
    """A channel reports that it did not deliver: the notice waits again, to leave by any other. False if it is not
    known as sent (it was reported before, or another attempt has it)."""
    c, keys = t.notice.c, keys_of(connection)
    found = connection.execute(
        select(c.society, c.key, c.facts).where(c.id == notice_id, c.state.in_(("sent", "unknown")))).first()
    if found is None:
        return False
    row = keys.open_row(t.notice, dict(found._mapping))
    row = keys.seal_row(t.notice, row | {"facts": row["facts"] | {"not_by": channel}})
    done = connection.execute(
        update(t.notice).where(c.id == notice_id, c.state.in_(("sent", "unknown"))).values(
            state="waiting", not_before=0, done_at=0, reason=reason[:200], reference="",
            facts=row["facts"], tries=c.tries + 1,
        )
    )
    return done.rowcount > 0


def cost(connection: Connection, since: int, until: int) -> list[tuple[str, int, int]]:
    """(society, messages, segments) by SMS between two moments."""
    c = t.notice.c
    rows = connection.execute(
        select(c.society, func.count(), func.sum(c.segments))
        .where(c.sent_channel == "sms", c.state.in_((*REACHED, "failed")), c.segments > 0,
               c.done_at >= since, c.done_at < until)
        .group_by(c.society).order_by(c.society)
    )
    return [(row[0], int(row[1]), int(row[2])) for row in rows]


def newest_to(connection: Connection, channel: str, sender: str, limit: int) -> list[Shown]:
    """The newest notices to whoever has this address, and those to the address itself."""
    a, c = t.address.c, t.notice.c
    index = keys_of(connection).index(t.SENDER, sender)
    people = select(a.society, a.person).where(a.channel == channel, a.sender_index == index).subquery()
    columns: list[Any] = [c.society, c.made_at, c.say, c.sent_channel, c.state, c.reason, c.reference, c.segments,
                          c.done_at, c.id]
    to_person = select(*columns).join(
        people, and_(people.c.society == c.society, people.c.person == c.person)).where(c.channel == "")
    to_address = select(*columns).where(c.channel == channel, c.recipient_index == index)
    rows = connection.execute(to_person.union(to_address).order_by(c.id.desc()).limit(limit))
    return [Shown(*row[:9]) for row in rows]


@dataclass(frozen=True)
class Reached:
    """One message to a person as an officer sees it: when, by which channel, and whether it arrived."""

    at: int
    channel: str
    state: str


NEWEST = 3


def reached(connection: Connection, society: str, person: int) -> list[Reached]:
    """The newest messages to a person: one that still waits, and those that ended last."""
    c = t.notice.c
    hers = select(case((c.done_at > 0, c.done_at), else_=c.made_at), c.sent_channel, c.state).where(
        c.society == society, c.person == person, c.state.not_in(("merged", "cancelled")))
    waiting = hers.where(c.done_at == 0).order_by(c.id.desc()).limit(1)
    ended = hers.where(c.done_at > 0).order_by(c.done_at.desc(), c.id.desc()).limit(NEWEST)
    rows = [*connection.execute(waiting), *connection.execute(ended)]
    return [Reached(int(row[0]), row[1], row[2]) for row in rows[:NEWEST]]


def tongues(connection: Connection, people: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Those of these people who chose another language than Chinese, and which."""
    if not people:
        return {}
    c = t.address.c
    rows = connection.execute(
        select(c.society, c.person, c.tongue).where(
            c.society.in_(sorted({one[0] for one in people})), c.person.in_(sorted({one[1] for one in people})),
            c.tongue != "", c.ended_on.is_(None),
        )
    )
    return {(row[0], row[1]): row[2] for row in rows}
