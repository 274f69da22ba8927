"""Which day of the calendar a day is that somebody named: 去年春节, 上个月底, 正月十五. The only place that knows the
old calendar (農曆), by its library.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from borax.calendars.lunardate import LCalendars, LunarDate, TermUtils

from ledger.calendar import add_months

FIRST, LAST = 1950, 2090
"""The years asked about at all; the library knows 1900 to 2100."""
_LATE = 11
"""冬月 and 腊月 lie after the new year of the sun: with them 去年 means the year of the moon."""


def placed(extras: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The extras of a reading with the day that was said made an ISO date; what is no one day is `unclear`, what is
    to come `ahead`, each with the words that said so."""
    told = extras.get("day")
    if not isinstance(told, Mapping):
        return dict(extras)
    word = str(told.get("word", ""))
    try:
        day = None if told.get("vague") else date.max if told.get("ahead") else the_day(told, today)
    except (ValueError, OverflowError):
        day = None
    kept = {name: value for name, value in extras.items() if name != "day"}
    if day is None:
        return kept | {"day_unclear": word}
    return kept | ({"day_ahead": word} if day > today else {"day": day.isoformat()})


def the_day(told: Mapping[str, Any], today: date) -> date | None:
    """The day that is meant on `today`; None where no year has such a day. Raises ValueError outside the calendar.

    Without a year it is the newest one that has come. Without a day of the month it is the month's last, or today
    while that month still runs.
    """
    if "days" in told:
        return today - timedelta(days=told["days"])
    if "years" in told:
        return add_months(today, -12 * told["years"])
    if "months" in told:
        back = add_months(today, -told["months"])
        return back if "day" not in told else _in_month(back.year, back.month, told["day"], leap=False, lunar=False)
    if "year" in told or "ago" in told:
        found = _in_year(told, told["year"] if "year" in told else _year_of(told, today))
        if found and found > today and _runs(told, found, today):
            return today
        return found
    return next((one for one in _newest_first(told, today) if one <= today), None)


def _newest_first(told: Mapping[str, Any], today: date) -> Iterator[date]:
    for year in range(today.year, today.year - 20, -1):
        found = _in_year(told, year)
        if found is not None:
            yield today if found > today and _runs(told, found, today) else found


def _runs(told: Mapping[str, Any], found: date, today: date) -> bool:
    """Whether a month that was named without a day is the one that runs."""
    return told.get("day") == "last" and not told.get("lunar") and (found.year, found.month) == today.timetuple()[:2]


def _year_of(told: Mapping[str, Any], today: date) -> int:
    late = told.get("lunar") and told.get("month", 0) >= _LATE
    return (LunarDate.from_solar(today).year if late else today.year) - int(told["ago"])


def _in_year(told: Mapping[str, Any], year: int) -> date | None:
    if not FIRST <= year <= LAST:
        raise ValueError("the year is outside the calendar")
    if "feast" in told:
        found: date = TermUtils.day_start_from_term(year, told["feast"])
        return found
    return _in_month(year, told["month"], told["day"], leap=bool(told.get("leap")), lunar=bool(told.get("lunar")))


def _in_month(year: int, month: int, day: int | str, *, leap: bool, lunar: bool) -> date | None:
    if not lunar:
        last = monthrange(year, month)[1]
        number = last if day == "last" else int(day)
        return date(year, month, number) if number <= last else None
    if leap and LCalendars.leap_month(year) != month:
        return None
    last = LCalendars.ndays(year, month, int(leap))
    number = last if day == "last" else int(day)
    if number > last:
        return None
    found: date = LunarDate(year, month, number, int(leap)).to_solar_date()
    return found
