"""Complaints that the supervisors did not answer within the charter's term: the county hears of each once."""

from __future__ import annotations

from datetime import date
from itertools import groupby

from ledger import complaints
from ledger.store.store import Store


def tell_complaints(store: Store, today: date, now: int) -> int:
    """Tell those above the village of every complaint whose term is over; how many notices were new."""
    with store.read() as books:
        waiting = books.open_complaints(today)
    made = 0
    for society, some in groupby(waiting, key=lambda one: one.society):
        with store.read() as books:
            terms, officers = books.charter(society, None, today).complaint, books.officers(society)
            late = [one for one in some if complaints.state(one, terms, today) == complaints.State.ABOVE]
            names = books.people(society, {one.person for one in late if one.kind == complaints.NAMED}) if late else {}
        told = [
            complaints.told_late(one, names[one.person].name if one.person in names and one.kind == complaints.NAMED
                                   else "", person)
            for one in late for person in complaints.above(officers, one.person, today)
        ]
        if told:
            with store.write() as books:
                made += books.notify_bulk(society, told, today, now)
    return made
