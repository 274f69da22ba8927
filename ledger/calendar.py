"""Months and days as contracts count them: every due day is counted from the origin, never from the one before.

Counting on from a shortened month would lose days for ever (31 January, 28 February, 28 March: reliability.md M26).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

_WEEKDAYS = "一二三四五六日"


def add_months(origin: date, n: int) -> date:
    """The same day `n` months on (or back), or the last day of that month where it is shorter (contract section 2).

    Raises ValueError outside the years 1 to 9999.
    """
    year, month = divmod(origin.year * 12 + origin.month - 1 + n, 12)
    if not 1 <= year <= 9999:
        raise ValueError("the date is outside the calendar")
    last = 28 if origin.day <= 28 else monthrange(year, month + 1)[1]
    return date(year, month + 1, min(origin.day, last))


def months_between(start: date, end: date) -> int:
    """How many month names lie between two dates, whatever the days: 31 January to 1 February is 1."""
    return (end.year - start.year) * 12 + end.month - start.month


def whole_months(start: date, end: date) -> int:
    """Months completed: the largest n for which `add_months(start, n)` is not after `end`; negative before `start`."""
    n = months_between(start, end)
    return n if add_months(start, n) <= end else n - 1


def months_begun(start: date, end: date) -> int:
    """Months completed, and one more if another has begun; on the day itself 0, on a due day not yet the next."""
    n = months_between(start, end)
    return n if add_months(start, n) >= end else n + 1


def spoken_date(day: date) -> str:
    """A date in texts to people, without its year: `4月7日` (contract section 4)."""
    return f"{day.month}月{day.day}日"


def weekday_word(day: date) -> str:
    """The day of the week: 星期一 to 星期日."""
    return f"星期{_WEEKDAYS[day.weekday()]}"
