"""The cash box: what is over the charter's limit is banked within its working days; the officers are told once each.

A box that nobody has counted for more than 35 days is a flag (reliability.md A7).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ledger import notices
from ledger.calendar import working_days_after
from ledger.charter import Charter
from ledger.offices import holding
from ledger.records import Notice
from ledger.store.books import Books
from ledger.store.fund_reads import Funds
from ledger.store.store import Store
from ledger.terms import Account, Role

from .workdays import works_in

UNCOUNTED_DAYS = 35


def tell_cash(store: Store, today: date, now: int) -> int:
    """Tell the officers of every cash box that is over its limit; how many notices were new."""
    made = 0
    with store.read() as books:
        codes = [one.code for one in books.societies() if books.balance(one.code, Account.CASH, "")]
    for code in codes:
        with store.read() as books:
            told = _owed(books, code, today)
        if told:
            with store.write() as books:
                made += books.notify_bulk(code, told, today, now)
    return made


def _owed(books: Books, code: str, today: date) -> list[Notice]:
    charter = books.charter(code, None, today)
    found = over(books, code, charter, today)
    if found is None:
        return []
    since, until_on, cash_fen = found
    late = today > until_on
    roles = {Role.CASHIER, Role.TREASURER, Role.SUPERVISOR} if late else {Role.CASHIER}
    facts = {"cash_fen": cash_fen, "limit_fen": charter.cash.overnight_max_fen, "until_on": until_on}
    people = sorted(one.no for one in holding(books.officers(code), roles, today))
    say = "notice.cash_late" if late else "notice.cash_over"
    key = f"cash/{since}/{'late' if late else 'over'}"
    return [Notice(f"{key}/{person}", person, say, facts, notices.REMIND) for person in people]


def over(books: Books, code: str, charter: Charter, today: date) -> tuple[date, date, int] | None:
    """(since when, by when to be banked, how much is in the box) where it was over the limit at a day's end."""
    cash_fen = books.totals(code)[Account.CASH]
    if cash_fen <= charter.cash.overnight_max_fen:
        return None
    since = Funds(books, code).cash_over_since(charter.cash.overnight_max_fen)
    if since is None or since >= today:  # today's money may still go to the bank today
        return None
    # Without working days in its charter a society counts every day.
    works = works_in(books) if charter.calendar.bank else lambda _day: True
    return since, working_days_after(since, charter.cash.bank_within_days, works), cash_fen


def flags(books: Books, code: str, today: date) -> list[dict[str, Any]]:
    """What a report says about the box: over its limit for too long, or not counted for too long."""
    charter, found = books.charter(code, None, today), []
    late = over(books, code, charter, today)
    if late and today > late[1]:
        found.append(_flag("cash_over_limit", "red", "cash.overnight_max_fen", f"{late[2]}/{late[0]}"))
    funds = Funds(books, code)
    society, newest = books.society(code), books.newest_day_of(code)
    counted = funds.last_agreed_count()
    begin = counted.day if counted else society.opened_on if society else today
    if newest is not None and newest > begin and today - begin > timedelta(days=UNCOUNTED_DAYS):
        found.append(_flag("cash_not_counted", "yellow", "cash.count_days", f"{(today - begin).days}"))
    return found


def _flag(rule: str, level: str, clause: str, figures: str) -> dict[str, Any]:
    return {"rule": rule, "level": level, "clause": clause, "figures": figures}
