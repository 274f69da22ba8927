"""A village written out, taken over into an empty place and written out again is the same, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.workbook import read_village, write_village
from jobs import relief
from jobs.figures import report
from jobs.intake import AlreadyThere, left_out, take_over, write_out
from ledger import charter, lending, repayment, replay
from ledger.store.mailbox import Mailbox
from ledger.store.migrations import upgrade
from ledger.store.store import Store
from ledger.store.verify import verify
from ledger.village import Village as Told
from ledger.village import VillageExtension
from tests.keys import KEYS
from tests.village import CODE, FIRST_DAY, Change, Village, Watch, patched, told_village

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


def _extended(village: Village) -> date:
    """Loan 9 is late, partly paid, given three months more, and pays a little after that."""
    village.day(date(2026, 5, 1))
    village.confirm("出纳", "收 金凤英 30")
    asked = (("金凤英", "展期 9 3个月 猪没出栏"), ("金凤英", "1"), ("邹建平", "同意联保 9"), ("熊树林", "同意联保 9"))
    for who, text in asked:
        village.say(who, text)
    for officer in ("会计", "理事长"):
        village.say(officer, f"批 9 {village.code(officer)}")
    village.day(date(2026, 5, 4))
    village.confirm("出纳", "收 金凤英 100")
    return date(2026, 5, 4)


def _struck(village: Village) -> date:
    """A flood: loan 5 is late when it comes, loan 9 is not; both stand still, and both are given three months more."""
    day = date(2026, 3, 10)
    village.day(day)
    relief.declare(village.store, CODE, "洪水", date(2026, 3, 1), date(2026, 6, 30), 6, "县发3号", day, 0)
    village.confirm("出纳", "收 金凤英 30")
    village.day(date(2026, 3, 14))
    relief.grant(village.store, CODE, 1, 3, "社决5号", date(2026, 3, 14), 0)
    village.confirm("出纳", "收 金凤英 100")
    return date(2026, 3, 14)


def test_what_a_disaster_did_to_loans_leaves_and_comes_back(village: Village, other: Store, tmp_path: Path) -> None:
    """No charge runs there either on the frozen days, and the time given is no extension of the loan's own."""
    day = _struck(village)
    told = round_trip(village, other, tmp_path, day)
    mine = [one for one in told.extensions if one.no == 9]
    assert [(one.kind, one.months, one.since, one.until) for one in mine] == [
        ("freeze", 0, date(2026, 3, 1), date(2026, 6, 30)), ("relief", 3, None, None)]
    for loan in (5, 9):
        for on in (day, date(2026, 6, 30), date(2026, 9, 15)):
            assert _owed(other, loan, on) == _owed(village.store, loan, on), (loan, on)
    assert left_out(village.store, CODE) == [
        "left out: overdue charges assessed or paid so far (assessed anew from the due day) of loans 5, 8",
        "left out: declarations of disasters (their loans keep what they froze and gave) 1",
    ]
    with other.read() as books:
        assert [one.kind for one in books.reviews_of(CODE, 9)] == ["freeze", "relief"]
        assert verify(books, CODE).fault == ""


def _owed(store: Store, number: int, on: date) -> int:
    with store.read() as books:
        loan = books.loan(CODE, number)
        assert loan is not None
        return lending.due_fen(loan, books.instalments(CODE, number), books.charter(CODE), on)


def _given_up(village: Village) -> date:
    village.day(date(2026, 5, 1))
    village.confirm("会计", "核销 5 外出多年找不到")
    for officer in ("会计", "理事长", "监事长"):
        village.say(officer, f"批 5 {village.code(officer)}")
    for who, text in (("理事长", "核销决议 5 社决3"), ("理事长", "1")):
        village.say(who, text)
    village.day(date(2026, 5, 8))
    for who, text in (("县主管", "核销备案 5 云备7"), ("县主管", "1")):
        village.say(who, text)
    village.confirm("会计", "核销 5")
    return date(2026, 5, 8)


def test_an_extended_loan_keeps_its_days_and_its_fee(village: Village, other: Store, tmp_path: Path) -> None:
    day = _extended(village)
    told = round_trip(village, other, tmp_path, day)
    assert [(one.no, one.on, one.months) for one in told.extensions] == [(9, day, 3)]
    there, here = (_standing(store) for store in (village.store, other))
    assert here == there and here[-1][0] == date(2026, 8, 8)
    with other.read() as books:  # and it can be proved there from what happened to it
        loan, rows = books.loan(CODE, 9), books.instalments(CODE, 9)
        assert loan is not None
        made = replay.replay(loan, books.charter(CODE, 1), books.standing_payments(CODE, 9), books.reviews_of(CODE, 9))
        assert [replace(row, paid_on=None) for row in made] == [replace(row, paid_on=None) for row in rows]


def _standing(store: Store) -> list[tuple[Any, ...]]:
    with store.read() as books:
        return [(row.due_on, row.principal_fen, row.fee_fen, row.paid_principal_fen, row.paid_fee_fen)
                for row in books.instalments(CODE, 9)]


def test_a_loan_that_was_given_up_does_not_leave_with_the_village(
    village: Village, other: Store, tmp_path: Path
) -> None:
    told = round_trip(village, other, tmp_path, _given_up(village))
    assert left_out(village.store, CODE)[0] == "left out: loans that were written off 5"
    assert 5 not in {loan.no for loan in told.loans}


def owed_of_five(store: Store, day: date) -> int:
    with store.read() as books:
        loan, rows = books.loan(CODE, 5), books.instalments(CODE, 5)
        assert loan is not None
        terms = books.charter(CODE, 1)
    rows = list(repayment.assess(rows, day, loan.fee_ppm_month, terms.overdue.charge_percent))
    return sum(repayment.open_total(row) for row in rows)


def test_an_overdue_charge_of_which_nothing_was_paid_is_the_same_after_the_move(
    quick_village: Village, other: Store, tmp_path: Path
) -> None:
    village, later = quick_village, date(2026, 6, 1)
    village.day(date(2026, 5, 1))
    round_trip(village, other, tmp_path, date(2026, 5, 1))
    assert owed_of_five(other, later) == owed_of_five(village.store, later) > 0
    village.confirm("出纳", "收 石大柱 100")
    assert any("overdue charges" in line and line.endswith(" 5") for line in left_out(village.store, CODE))


def test_a_plan_made_anew_after_an_early_payment_is_named_when_the_village_leaves(
    found_village: Callable[[Change], Village]
) -> None:
    def lower(told: Told, body: dict[str, Any]) -> Told:
        patched(body, {"early.plan": "lower"})
        return told

    village = found_village(lower)
    village.confirm("出纳", "收 王五 1000")
    assert [line for line in left_out(village.store, CODE) if "planned" in line] == [
        "left out: plans made anew after an early part payment (they come back as first planned) of loans 14"]


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


def test_what_the_workbook_has_no_place_for_is_named(quick_village: Village) -> None:
    assert left_out(quick_village.store, CODE) == []
    quick_village.say("陈桂花", "借3000买化肥6个月")
    quick_village.say("陈桂花", "1")
    assert left_out(quick_village.store, CODE) == ["left out: applications on their way 23"]


def test_a_workbook_that_is_taken_over_dry_leaves_nothing(other: Store) -> None:
    upgrade(other)
    taken = take_over(other, told_village(), 0, dry_run=True)
    assert taken.entries == 1
    with other.read() as books:
        assert books.society(CODE) is None and books.head(CODE)[0] == 0 and books.all_loans(CODE) == []


FROZEN: dict[str, Any] = {
    "kind": "freeze", "months": 0, "shown_until": None, "since": date(2025, 12, 1), "until": date(2026, 3, 1),
}


@pytest.mark.parametrize(("wrong", "columns"), [
    ({}, []),
    ({"no": 9999}, ["编号"]),
    ({"on": date(2026, 1, 2)}, ["展期日期"]),
    ({"on": date(2020, 1, 2), "shown_until": date(2020, 1, 1)}, ["展期日期"]),
    ({"shown_until": date(2025, 12, 30)}, ["公示到"]),
    ({"repaid_principal_fen": 10**9}, ["当时已还本金"]),
    ({"repaid_fee_fen": 10**9}, ["当时已还占用费"]),
    ({"months": 0}, ["展期月数"]),
    ({"shown_until": None}, ["公示到"]),
    ({"kind": "relief"}, []),
    ({"since": date(2025, 12, 1)}, ["停计起"]),
    ({"until": date(2025, 12, 1)}, ["停计止"]),
    (FROZEN, []),
    (FROZEN | {"since": None}, ["停计起"]),
    (FROZEN | {"since": date(2025, 12, 31)}, ["停计起"]),
    (FROZEN | {"until": date(2025, 12, 1)}, ["停计止"]),
    (FROZEN | {"until": None}, ["停计止"]),
    (FROZEN | {"months": 3, "shown_until": date(2025, 12, 29)}, ["展期月数", "公示到"]),
])
def test_an_extension_that_cannot_be_is_told_by_its_cell(
    tmp_path: Path, wrong: dict[str, Any], columns: list[str]
) -> None:
    came = told_village()
    fine = VillageExtension(came.loans[0].no, date(2025, 12, 30), 3, date(2025, 12, 29), 0, 0)
    write_village(replace(came, extensions=(replace(fine, **wrong),)), tmp_path / "one.xlsx")
    told, faults, _ = read_village(tmp_path / "one.xlsx", charter.names())
    assert [(fault.sheet, fault.column) for fault in faults] == [("展期", column) for column in columns]
    assert (told is None) == bool(columns)
