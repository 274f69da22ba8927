"""A broadcast's notices at the moment of sending: their words, whether they may still leave, one message for one phone.

Everything is asked for a leased batch at once; what a broadcast is and how it is made stands in broadcasts.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, select, text, update
from sqlalchemy.engine import Connection

from ..broadcasts import STOPPED
from . import tables as t
from .broadcasts import SAY, absent
from .mailbox import Waiting
from .sealing import keys_of

SAME_PHONE = "same phone"


@dataclass(frozen=True)
class Standing:
    """What a notice of a broadcast says now: the state that holds, the text or the facts of a page."""

    state: str
    text: str
    society: str
    page: int
    facts: dict[str, Any]
    scope: str
    group_name: str


def standing(connection: Connection, keys: Collection[tuple[str, int]]) -> dict[tuple[str, int], Standing]:
    """For leased notices by (society, broadcast) how each broadcast stands.

    What was said to the first village of several holds for all of them at once.
    """
    if not keys:
        return {}
    first = t.broadcast.alias("first")
    b = t.broadcast.c
    rows = connection.execute(
        select(b.society, b.no, func.coalesce(first.c.state, b.state).label("state"), t.society.c.name,
               func.coalesce(first.c.society, b.society).label("said_in"),
               func.coalesce(first.c.no, b.no).label("said_no"),
               case((b.origin != "", first.c.text), else_=b.text).label("text"), b.page, t.disclosure.c.facts,
               b.scope, b.group_name)
        .select_from(
            t.broadcast.join(t.society, t.society.c.code == b.society)
            .outerjoin(first, and_(first.c.society == b.origin, first.c.no == b.origin_no))
            .outerjoin(t.disclosure, and_(t.disclosure.c.society == b.society, t.disclosure.c.no == b.page)))
        .where(b.society.in_(sorted({society for society, _ in keys})), b.no.in_(sorted({no for _, no in keys})))
    )
    keys_here, found = keys_of(connection), {}
    for row in rows:
        opened = keys_here.open_row(t.broadcast, {"society": row.said_in, "no": row.said_no, "text": row.text})
        found[row.society, row.no] = Standing(
            row.state, opened["text"], row.name, row.page, row.facts or {}, row.scope, row.group_name)
    return found


def names_for(connection: Connection, notice: Waiting, told: Standing) -> str:
    """Whom a leader is to pass a broadcast on to: those of the scope without a phone."""
    rows = connection.execute(
        text(f"SELECT x.name FROM ({absent(told.scope)}) x WHERE x.other = :other ORDER BY x.no"),  # noqa: S608
        {"society": notice.society, "group_name": told.group_name, "other": notice.person},
    )
    return "、".join(row[0] for row in rows)


def same_phone(connection: Connection, leased: Collection[Waiting]) -> set[int]:
    """Of a batch those whose phone gets the same words through a delegate of a smaller number.

    Three look-ups by key, the last only where a phone is shared: as one statement PostgreSQL plans it badly
    while it knows nothing of the tables.
    """
    a, n = t.address.c, t.notice.c
    live = (a.channel == "sms", a.ended_on.is_(None), a.silent == False)  # noqa: E712
    mine = {(one.society, one.person): one for one in leased if one.say == SAY}
    rows = connection.execute(select(a.society, a.person, a.account, a.sender_index).where(
        a.society.in_({key[0] for key in mine}), a.person.in_({key[1] for key in mine}), *live))
    phones: dict[tuple[str, str, str], list[Waiting]] = {}
    for society, person, account, sender in rows:
        if (society, person) in mine:
            phones.setdefault((account, sender, society), []).append(mine[society, person])
    rows = connection.execute(select(a.account, a.sender_index, a.society, a.person).where(
        a.account.in_({key[0] for key in phones}), a.sender_index.in_({key[1] for key in phones}), *live))
    before: dict[tuple[str, str], set[int]] = {}
    for account, sender, society, person in rows:
        for one in phones.get((account, sender, society), ()):
            if person < one.person:
                before.setdefault((society, f"broadcast/{one.broadcast}/{person}"), set()).add(one.id)
    if not before:
        return set()
    told = connection.execute(select(n.society, n.key).where(
        n.society.in_({key[0] for key in before}), n.key.in_({key[1] for key in before})))
    return set().union(*(before.get((row[0], row[1]), set()) for row in told))


def leave_out(connection: Connection, leased: Collection[tuple[int, int, str]], now: int) -> None:
    """Leased notices (id, attempt, state of the broadcast or SAME_PHONE) that are not to be sent after all."""
    c = t.notice.c
    ends = {STOPPED: ("cancelled", "stopped", now), SAME_PHONE: ("merged", SAME_PHONE, now)}
    for number, attempt, state in leased:
        becomes, why, at = ends.get(state, ("paused", "", 0))
        ended = {"state": becomes, "reason": why, "done_at": at}
        connection.execute(
            update(t.notice).where(c.id == number, c.attempt == attempt, c.state == "leased")
            .values(ended | {"attempt": c.attempt - 1, "lease_until": 0}))
