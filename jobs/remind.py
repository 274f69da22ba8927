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
from ledger.calendar import Works, working_day_until
from ledger.charter import Charter
from ledger.store.due import DueItem
from ledger.store.store import Store
from ledger.terms import Plan

from .workdays import works_in

LONGEST_REST_DAYS = 14
"""No holiday of China with its weekends is longer."""

Charters = dict[tuple[str, int], Charter]


def all_charters(store: Store) -> Charters:
    """Every charter version by (society, version); equal bodies are read once."""

    @cache
    def read(body: str) -> Charter:
        return charters.from_body(json.loads(body))

    with store.read() as books:
        versions = books.charter_versions()
    return {(one.society, one.version): read(json.dumps(one.body, sort_keys=True)) for one in versions}


def stage_of(item: DueItem, charter: Charter, today: date, works: Works) -> int | None:
    """The reminder that is owed today: the smallest of the charter's days that has been reached.

    Where the charter says so, a reminder whose day is one of rest is owed from the last working day before.
    """
    days = charter.remind.bullet_days_before if item.plan == Plan.BULLET else charter.remind.days_before
    reached = []
    for day in days:
        on = item.due_on - timedelta(days=day)
        if (working_day_until(on, works) if charter.calendar.remind else on) <= today:
            reached.append(day)
    return min(reached) if reached else None


def remind_due(store: Store, today: date, now: int) -> int:
    """Write the reminders owed on `today`; how many were new."""
    rules = all_charters(store)
    horizon = max((max((*one.remind.days_before, *one.remind.bullet_days_before)) for one in rules.values()), default=0)
    horizon += LONGEST_REST_DAYS if any(one.calendar.remind for one in rules.values()) else 0
    with store.read() as books:
        works = works_in(books)
        items = books.coming_instalments(today, today + timedelta(days=horizon))
    made = 0
    for society, group in groupby(items, key=lambda item: item.society):
        told = []
        for item in group:
            stage = stage_of(item, rules[society, item.charter_version], today, works)
            if stage is not None:
                days = (item.due_on - today).days
                told.append(notices.reminder(item.loan, item.person, item.due_on, item.due_fen, stage, days))
        if told:
            with store.write() as books:
                made += books.notify_bulk(society, told, today, now)
    return made
