"""What weekends and holidays shift: only what a charter says, by lists that may lack a year."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from bot.config import load
from bot.services import Services
from huzhu import main
from jobs import workdays
from jobs.doctor import Line, examine
from ledger.calendar import weekday, working_days_after
from ledger.store import tables as t
from ledger.store.due import DueItem
from ledger.village import Village as Told
from tests.village import FIRST_DAY, Change, Village, patched

NATIONAL = date(2026, 10, 1)


def test_the_librarys_holidays_and_make_up_days(quick_village: Village) -> None:
    with quick_village.store.read() as books:
        works = workdays.works_in(books)
    assert not works(NATIONAL) and not works(date(2026, 10, 7)) and works(date(2026, 10, 8))
    assert works(date(2026, 10, 10)) and date(2026, 10, 10).weekday() == 5  # 调休
    # Over the limit on the last day before the holidays: three working days are the 8th, the 9th and the 10th.
    assert working_days_after(date(2026, 9, 30), 3, works) == date(2026, 10, 10)
    assert working_days_after(date(2026, 9, 30), 3) == date(2026, 10, 5)


def test_a_year_nobody_knows_goes_by_the_week_until_it_is_entered(quick_village: Village) -> None:
    year = 2004 + 2000
    first, saturday = date(year, 1, 1), next(day for n in range(2, 9) if (day := date(year, 1, n)).weekday() == 5)
    with quick_village.store.write() as books:
        works = workdays.works_in(books)
        assert works(first) is weekday(first) and not works(saturday) and not workdays.known(books, year)
        monday = next(day for n in range(2, 9) if (day := date(year, 1, n)).weekday() == 0)
        workdays.enter(books, year, frozenset({monday}), frozenset({saturday}))
        works = workdays.works_in(books)
        assert workdays.known(books, year) and not works(monday) and works(saturday)
        for rest, work, what in ((saturday, None, "weekend"), (None, monday, "no weekend"), (NATIONAL, None, "not in")):
            with pytest.raises(ValueError, match=what):
                workdays.enter(books, year, frozenset({rest} - {None}), frozenset({work} - {None}))
        workdays.enter(books, year, frozenset(), frozenset())
        assert not workdays.known(books, year)


def first_due(village: Village) -> DueItem:
    """The next instalment of a loan that is not late."""
    with village.store.read() as books:
        late = {one.loan for one in books.late_items(FIRST_DAY)}
        items = books.coming_instalments(date(2026, 3, 12), date(2026, 4, 30))
        before = {one.loan for one in books.coming_instalments(FIRST_DAY, date(2026, 3, 11))}
    return min((one for one in items if one.loan not in late | before), key=lambda one: one.due_on)


def rest_on(village: Village, around: date, resting: set[int]) -> None:
    """Of the days from ten before to ten after people rest on these (by their distance) and work on all others."""
    days = {n: around + timedelta(days=n) for n in range(-10, 11)}
    with village.store.write() as books:
        workdays.enter(
            books, around.year, frozenset(day for n, day in days.items() if n in resting and weekday(day)),
            frozenset(day for n, day in days.items() if n not in resting and not weekday(day)),
        )


def days_told(village: Village, around: date, beginning: str) -> list[int]:
    """On which days from three before to three after notices of this kind came new."""
    found, before = [], 0
    c = t.notice.c
    for n in range(-3, 4):
        village.day(around + timedelta(days=n))
        with village.store.read() as books:
            query = select(func.count()).where(c.key.startswith(beginning))
            after = int(books.connection.scalar(query) or 0)
        if after > before:
            found.append(n)
        before = after
    return found


@pytest.mark.parametrize(("shifts", "days"), [(False, [-1, 0]), (True, [-3, 0])])
def test_a_reminder_of_a_day_of_rest_comes_before_it_where_the_charter_says_so(
    found_village: Callable[[Change], Village], shifts: bool, days: list[int]
) -> None:
    village = found_village(charter_with({
        "calendar.remind": shifts, "remind.days_before": [1, 0], "remind.bullet_days_before": [1, 0]}))
    item = first_due(village)
    rest_on(village, item.due_on, {-2, -1})
    assert days_told(village, item.due_on, f"remind/{item.loan}/{item.due_on}/") == days


@pytest.mark.parametrize(("waits", "first"), [(False, 1), (True, 3)])
def test_nobody_is_called_late_before_a_working_day_has_come(
    found_village: Callable[[Change], Village], waits: bool, first: int
) -> None:
    village = found_village(charter_with({"calendar.overdue": waits}))
    item = first_due(village)
    rest_on(village, item.due_on, {0, 1, 2})
    assert days_told(village, item.due_on, f"overdue/{item.loan}/{item.due_on}/")[0] == first


def charter_with(settings: dict[str, Any]) -> Change:
    def change(told: Told, body: dict[str, Any]) -> Told:
        patched(body, settings)
        return told

    return change


def test_the_command_and_the_doctor_say_what_is_known(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[server]\ndemo = true\ndata_dir = "."\n', "utf-8")

    def run(*words: str) -> dict[str, Any]:
        done = CliRunner().invoke(main, [*words, "--config", str(config), "--json"])
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout) if words[0] == "holidays" else {}
        return found

    def doctor() -> Line:
        return next(line for line in examine(Services(load(config))) if line.name == "holidays")

    run("init")
    assert run("holidays", "2026")["known"] and not run("holidays", "4004")["known"]
    run("today", "4003-12-02")
    assert not doctor().good and "4003 and 4004" in doctor().line
    run("holidays", "4003", "--rest", "4003-10-01..4003-10-07")
    entered = run("holidays", "4004", "--rest", "4004-10-01..4004-10-07", "--work", "4004-10-09")
    assert len(entered["rest"]) == 5 and entered["work"] == ["4004-10-09"] and doctor().good
    wrong = CliRunner().invoke(main, ["holidays", "4004", "--rest", "tomorrow", "--config", str(config)])
    assert wrong.exit_code == 1
    assert not run("holidays", "4004", "--forget")["known"]
