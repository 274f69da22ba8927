"""Months and days as contracts count them: every due day is counted from the origin, never from the one before.

Counting on from a shortened month would lose days for ever (31 January, 28 February, 28 March: reliability.md M26).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

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


Works = Callable[[date], bool]
"""Whether people work on a day; who knows the holidays gives it (jobs/workdays.py)."""


def weekday(day: date) -> bool:
    """Monday to Friday: all that is known of a year whose holidays nobody has told."""
    return day.weekday() < 5


def working_days_after(day: date, count: int, works: Works = weekday) -> date:
    """The day `count` working days after `day`."""
    while count > 0:
        day += timedelta(days=1)
        count -= works(day)
    return day


def working_day_until(day: date, works: Works) -> date:
    """`day` itself where people work then, else the last working day before it."""
    while not works(day):
        day -= timedelta(days=1)
    return day
