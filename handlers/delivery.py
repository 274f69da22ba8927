"""Whether word reached somebody: what became of the newest messages to one member, never what stood in them."""

from __future__ import annotations

from datetime import date, timedelta

from ledger.records import Refusal
from ledger.store.sending import Reached

from . import people
from .request import Answer, Request, refuse

BEIJING_S = 8 * 3600
"""China knows no summer time, so a day there is the day of Greenwich eight hours later."""
EPOCH = date(1970, 1, 1)


def sent_to(request: Request) -> Answer:
    """`送达 陈桂花`: the newest messages to a member, by which way they went and whether they arrived."""
    name = str(request.slots.get("person") or "").strip()
    if not name:
        return refuse(Refusal("sent_to.who", {}))
    found = people.member(request, name)
    if isinstance(found, Refusal):
        return refuse(found)
    _, person = found
    reached = request.books.reached(request.code, person.no)
    if not reached:
        return Answer("sent_to.none", {"name": person.name})
    lines = [[_day(one), one.channel, one.state] for one in reached]
    return Answer("sent_to.lines", {"name": person.name, "lines": lines})


def _day(one: Reached) -> date:
    return EPOCH + timedelta(days=(one.at + BEIJING_S) // 86400)
