"""A village written out, taken over into an empty place and written out again is the same, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.workbook import read_village, write_village
from jobs.figures import report
from jobs.intake import AlreadyThere, take_over, write_out
from ledger import charter
from ledger.store.mailbox import Mailbox
from ledger.store.migrations import upgrade
from ledger.store.store import Store
from ledger.store.verify import verify
from ledger.village import Village as Told
from tests.keys import KEYS
from tests.village import CODE, FIRST_DAY, Village, Watch, told_village

CLOCK = Watch(True)


def exported(store: Store, path: Path) -> bytes:
    write_village(write_out(store, CODE, CLOCK), path)
    return path.read_bytes()


def taken_over(path: Path, store: Store, day: date) -> None:
    village, faults, _ = read_village(path, charter.names())
    assert village is not None, [fault.why for fault in faults]
    upgrade(store)
    take_over(store, village, 0)
    with store.write() as books:
        CLOCK.set_today(Mailbox(books.connection), day)


def round_trip(village: Village, store: Store, tmp_path: Path, day: date) -> Told:
    """Out, in and out again; gives the village as it was written."""
    first = exported(village.store, tmp_path / "first.xlsx")
    taken_over(tmp_path / "first.xlsx", store, day)
    assert exported(store, tmp_path / "second.xlsx") == first
    with store.read() as books:
        assert verify(books, CODE).fault == ""
    told, _, _ = read_village(tmp_path / "second.xlsx", charter.names())
    assert told is not None
    assert told == write_out(village.store, CODE, CLOCK)
    return told


@pytest.fixture
def other(tmp_path: Path) -> Any:
    """An empty place."""
    store = Store(f"sqlite:///{tmp_path / 'other.db'}", keys=KEYS)
    yield store
    store.close()


def test_on_the_day_of_the_opening_it_is_what_came_in(village: Village, tmp_path: Path) -> None:
    village.set_day(date(2026, 1, 1))
    told = write_out(village.store, CODE, village.clock)
    came = told_village()
    # The workbook's own order of offices is kept by the day they began and by person.
    assert replace(told, offices=()) == replace(came, offices=())
    assert set(told.offices) == set(came.offices)


def test_written_out_and_in_again(village: Village, other: Store, tmp_path: Path) -> None:
    told = round_trip(village, other, tmp_path, FIRST_DAY)
    assert told.society.opened_on == date(2026, 1, 1), "nothing was booked since: the books are of that day"
    with pytest.raises(AlreadyThere):
        take_over(other, told, 0)


def _settled(village: Village) -> date:
    """A loan paid out and begun, one settled early, one late and paid with its charge, and an application."""
    village.collect()
    village.confirm("出纳", "收 王五 全")
    village.confirm("出纳", "收 石大柱 4400")
    village.confirm("出纳", "收 韩立新 5000")
    village.say("周大福", "借1000买种子")
    village.say("周大福", "1")
    return date(2026, 4, 4)


def _overpaid(village: Village) -> date:
    village.confirm("出纳", "收 余国华 3000")
    village.confirm("出纳", "收 钟山 123.45")
    village.confirm("会计", "支出 50 打印纸")
    return FIRST_DAY


def _walked(village: Village) -> date:
    village.collect()
    return date(2026, 4, 4)


def _undone(village: Village) -> date:
    village.confirm("出纳", "收 王五 全")
    village.confirm("出纳", "撤")
    return FIRST_DAY


@pytest.mark.parametrize("lived", [_walked, _settled, _overpaid, _undone])
def test_after_some_life(
    village: Village, other: Store, tmp_path: Path, lived: Callable[[Village], date]
) -> None:
    day = lived(village)
    round_trip(village, other, tmp_path, day)
    there, here = (report(store, CLOCK, CODE, day) for store in (village.store, other))
    same = ("fund_fiscal_fen", "fund_member_fen", "lent_total_fen", "repaid_total_fen", "outstanding_fen",
            "overdue_fen", "overdue_rate", "bad_rate", "cash_fen", "bank_fen", "reserves_fen", "loans_count")
    assert {name: here[name] for name in same} == {name: there[name] for name in same}


def test_a_workbook_that_is_taken_over_dry_leaves_nothing(other: Store) -> None:
    upgrade(other)
    taken = take_over(other, told_village(), 0, dry_run=True)
    assert taken.entries == 1
    with other.read() as books:
        assert books.society(CODE) is None and books.head(CODE)[0] == 0 and books.all_loans(CODE) == []
