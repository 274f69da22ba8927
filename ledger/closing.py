"""Closing a month: which one is next, and from when on. A closed month takes no entry; a mistake is reversed later."""

from __future__ import annotations

from datetime import date, timedelta

from .fund_records import MonthClose
from .records import Refusal


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return following - timedelta(days=1)


def next_month(opened_on: date, last: MonthClose | None) -> date:
    """The last day of the oldest month that is still open."""
    return month_end(last.until + timedelta(days=1) if last else opened_on)


def due(opened_on: date, last: MonthClose | None, today: date) -> date | Refusal:
    """The last day of the month to close now; refused while that month still runs."""
    until = next_month(opened_on, last)
    if until >= today:
        return Refusal("close_month.running", {"month": f"{until:%Y-%m}", "until_on": until})
    return until


def closed(on: date, last: MonthClose | None) -> Refusal | None:
    """Against an entry dated into a closed month."""
    if last is not None and on <= last.until:
        return Refusal("close_month.closed", {"month": last.month})
    return None
