"""Orders of rectification: the village is reminded the day before, and the county hears when the day is past."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby

from ledger import rectify
from ledger.offices import holding
from ledger.store.county import orders_due
from ledger.store.store import Store


def tell_orders(store: Store, today: date, now: int) -> int:
    """Remind of orders due tomorrow and tell of those that are late, each once; how many notices were new."""
    with store.read() as books:
        due = orders_due(books, today + timedelta(days=1))
    made = 0
    for code, some in groupby(due, key=lambda one: one.society):
        with store.read() as books:
            society, officers = books.society(code), books.officers(code)
        assert society is not None
        people = {one.no for one in holding(officers, rectify.ANSWERS, today)}
        told = []
        for one in some:
            told += (rectify.told_late(one, society.village, people) if rectify.is_late(one, today)
                     else rectify.reminded(one, people))
        with store.write() as books:
            made += books.notify_bulk(code, told, today, now)
    return made
