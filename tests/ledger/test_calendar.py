"""Months counted from the origin: no day is lost over short months, and begun and completed months agree."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calendar import add_months, months_begun, months_between, spoken_date, weekday_word, whole_months

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("origin", "n", "expected"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2025-01-31", 2, "2025-03-31"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2025-12-15", 1, "2026-01-15"),
        ("2025-03-31", -1, "2025-02-28"),
        ("2025-08-31", 0, "2025-08-31"),
    ],
)
def test_the_same_day_or_the_last(origin: str, n: int, expected: str) -> None:
    assert add_months(date.fromisoformat(origin), n) == date.fromisoformat(expected)


def test_due_days_never_drift_from_2024_to_2034() -> None:
    origin = date(2024, 1, 1)
    while origin.year == 2024:
        for n in range(1, 121):
            due = add_months(origin, n)
            assert (due.year * 12 + due.month) - (origin.year * 12 + origin.month) == n
            assert due.day == min(origin.day, monthrange(due.year, due.month)[1])
        origin += timedelta(days=1)


def test_the_calendar_is_used_to_its_ends() -> None:
    assert add_months(date(2025, 6, 30), 12 * 7974 + 6) == date(9999, 12, 30)
    assert add_months(date(2025, 6, 30), -12 * 2024 - 5) == date(1, 1, 30)


@pytest.mark.parametrize("n", [12 * 7974 + 7, -12 * 2024 - 6, 10**12])
def test_a_day_outside_the_calendar_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="outside the calendar"):
        add_months(date(2025, 6, 30), n)


@pytest.mark.parametrize(
    ("start", "end", "between", "whole", "begun"),
    [
        ("2024-03-15", "2024-11-15", 8, 8, 8),
        ("2024-03-15", "2024-11-14", 8, 7, 8),
        ("2024-03-15", "2024-11-16", 8, 8, 9),
        ("2025-01-31", "2025-02-01", 1, 0, 1),
        ("2025-01-31", "2025-02-28", 1, 1, 1),
        ("2025-01-31", "2025-03-01", 2, 1, 2),
        ("2025-05-20", "2025-05-20", 0, 0, 0),
        ("2025-05-20", "2025-05-21", 0, 0, 1),
        ("2025-05-20", "2025-05-19", 0, -1, 0),
    ],
)
def test_months_between_completed_and_begun(start: str, end: str, between: int, whole: int, begun: int) -> None:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    assert months_between(first, last) == between
    assert (whole_months(first, last), months_begun(first, last)) == (whole, begun)


@given(DAYS, DAYS)
def test_completed_months_enclose_the_day(start: date, end: date) -> None:
    whole = whole_months(start, end)
    assert add_months(start, whole) <= end < add_months(start, whole + 1)
    assert months_begun(start, end) == whole + (add_months(start, whole) != end)


@given(DAYS, st.integers(-300, 300))
def test_a_due_day_completes_its_month_and_begins_no_other(origin: date, n: int) -> None:
    assert whole_months(origin, add_months(origin, n)) == months_begun(origin, add_months(origin, n)) == n


def test_days_are_spoken_without_a_year() -> None:
    assert spoken_date(date(2026, 4, 7)) == "4月7日"
    assert spoken_date(date(2026, 12, 31)) == "12月31日"
    assert [weekday_word(date(2026, 3, day)) for day in (1, 2, 7)] == ["星期日", "星期一", "星期六"]
