"""Members whose day of leaving has come: they and the cashier are told, once; nothing is booked without the cashier."""

from __future__ import annotations

from datetime import date

from ledger import notices
from ledger.offices import holding
from ledger.store.store import Store
from ledger.terms import Role


def tell_leaving(store: Store, today: date, now: int) -> int:
    """Write what is owed on `today`; how many notices were new. Safe to repeat."""
    with store.read() as books:
        due = books.leaving_on(today)
    made = 0
    for one in due:
        with store.write() as books:
            home = books.household(one.society, one.household)
            if home is None or home.left_on is not None:
                continue
            name = books.people(one.society, {home.person})[home.person].name
            facts = {"name": name, "own_fen": books.contribution_fen(one.society, home.no)}
            told = [notices.proposal_told(one, "due", home.person, facts)]
            told += [
                notices.proposal_told(one, "payable", person.no, facts)
                for person in holding(books.officers(one.society), {Role.CASHIER}, today)
            ]
            made += books.notify_bulk(one.society, told, today, now)
    return made
