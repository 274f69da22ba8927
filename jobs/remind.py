"""Reminders before a due day, as the loan's charter says; none once paid, each once however often it is asked.

The stage is the charter's day that has been reached, so a missed day is caught up with true words, never with old ones.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from itertools import groupby

from ledger import charter as charters
from ledger import notices
from ledger.charter import Charter
from ledger.store.due import DueItem
from ledger.store.store import Store
from ledger.terms import Plan

Charters = dict[tuple[str, int], Charter]


def all_charters(store: Store) -> Charters:
    """Every charter version by (society, version); equal bodies are read once."""

    @cache
    def read(body: str) -> Charter:
        return charters.from_body(json.loads(body))

    with store.read() as books:
        versions = books.charter_versions()
    return {(one.society, one.version): read(json.dumps(one.body, sort_keys=True)) for one in versions}


def stage_of(item: DueItem, charter: Charter, today: date) -> int | None:
    """The reminder that is owed today: the smallest of the charter's days that has been reached."""
    days = charter.remind.bullet_days_before if item.plan == Plan.BULLET else charter.remind.days_before
    left = (item.due_on - today).days
    reached = [day for day in days if day >= left]
    return min(reached) if reached else None


def remind_due(store: Store, today: date, now: int) -> int:
    """Write the reminders owed on `today`; how many were new."""
    rules = all_charters(store)
    horizon = max((max((*one.remind.days_before, *one.remind.bullet_days_before)) for one in rules.values()), default=0)
    with store.read() as books:
        items = books.coming_instalments(today, today + timedelta(days=horizon))
    made = 0
    for society, group in groupby(items, key=lambda item: item.society):
        told = []
        for item in group:
            stage = stage_of(item, rules[society, item.charter_version], today)
            if stage is not None:
                days = (item.due_on - today).days
                told.append(notices.reminder(item.loan, item.person, item.due_on, item.due_fen, stage, days))
        if told:
            with store.write() as books:
                made += books.notify_bulk(society, told, today, now)
    return made
