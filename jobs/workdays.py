"""Which days China works: the State Council's holidays and make-up days, from a library and from what is entered here.

The list of a year comes out each November. A year the library does not know yet goes by Monday to Friday until an
operator enters it (`huzhu holidays`); `huzhu doctor` says so. What was entered holds before what the library knows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import chinese_calendar

from ledger.calendar import Works, weekday
from ledger.store.books import Books
from ledger.store.mailbox import Mailbox

ENTERED = "holidays/"


@dataclass(frozen=True)
class Entered:
    """A year as an operator entered it: weekdays of rest, and weekend days of work."""

    rest: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()


def in_library(year: int) -> bool:
    """Whether the library holds the list of this year."""
    days = chinese_calendar.holidays
    return bool(min(days).year <= year <= max(days).year)


def entered(books: Books) -> dict[int, Entered]:
    """The years that were entered here."""
    found = {}
    for name, value in Mailbox(books.connection).settings(ENTERED):
        if not value:
            continue
        kept = json.loads(value)
        rest, work = (frozenset(date.fromisoformat(day) for day in kept[kind]) for kind in ("rest", "work"))
        found[int(name.removeprefix(ENTERED))] = Entered(rest, work)
    return found


def works_in(books: Books) -> Works:
    """Whether people work on a day, as far as it is known."""
    by_hand = entered(books)

    def works(day: date) -> bool:
        if day.year in by_hand:
            year = by_hand[day.year]
            return day in year.work or (weekday(day) and day not in year.rest)
        return bool(chinese_calendar.is_workday(day)) if in_library(day.year) else weekday(day)

    return works


def enter(books: Books, year: int, rest: frozenset[date], work: frozenset[date]) -> None:
    """Keep the list of a year; no days at all forget it. Raises ValueError with what is wrong."""
    for day in sorted(rest | work):
        if day.year != year:
            raise ValueError(f"{day} is not in {year}")
    for day in sorted(rest):
        if not weekday(day):
            raise ValueError(f"{day} is a weekend, people rest then anyway")
    for day in sorted(work):
        if weekday(day):
            raise ValueError(f"{day} is no weekend, people work then anyway")
    kept = {"rest": sorted(map(str, rest)), "work": sorted(map(str, work))}
    Mailbox(books.connection).set_setting(f"{ENTERED}{year}", json.dumps(kept) if rest or work else "")


def known(books: Books, year: int) -> bool:
    """Whether the holidays of a year are known, from wherever."""
    return year in entered(books) or in_library(year)
