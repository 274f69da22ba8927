"""The overdue timeline beyond the first words: the board at thirty days, the law's days, three cycles."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger.records import Loan
from ledger.supervision import beyond_cycles, fee_variance
from ledger.terms import Plan, Status
from tests.ledger.test_lending import ROWS
from tests.village import CODE, Village

LOAN = Loan(
    "QS001", 5, "QS001-054", 54, 400_000, "养羊", 12, Plan.BULLET, 4500, 1, Status.PAID_OUT, date(2025, 1, 20),
    paid_out_on=date(2025, 1, 20),
)


def pages(village: Village) -> list[tuple[int, bool]]:
    with village.store.read() as books:
        return [(one.loan, one.closed_on is None) for one in books.disclosures(CODE) if one.kind == "overdue"]


def test_thirty_days_late_is_published_once_and_taken_down_when_paid(quick_village: Village) -> None:
    village = quick_village
    village.day(date(2026, 2, 18))
    assert pages(village) == [(8, True)]  # loan 5 is 29 days late, loan 8 is 34
    village.day(date(2026, 2, 19))
    assert sorted(pages(village)) == [(5, True), (8, True)]
    village.day(date(2026, 2, 20))
    assert len(pages(village)) == 2
    village.confirm("出纳", "收 石大柱 全")
    village.day(date(2026, 2, 21))
    assert sorted(pages(village)) == [(5, False), (8, True)]
    assert village.fault() == ""


def test_after_a_month_on_the_board_the_page_is_over(quick_village: Village) -> None:
    quick_village.day(date(2026, 2, 19))
    quick_village.day(date(2026, 3, 21))
    assert (5, False) in pages(quick_village)


def test_a_loan_out_beyond_three_cycles_is_told_to_board_and_county_once(quick_village: Village) -> None:
    village = quick_village
    for day in (date(2028, 1, 21), date(2028, 1, 22)):
        village.day(day)
    county = village.phones.heard[village.phone("县主管")]
    assert sum("5号借款已过3个借款周期" in text for text in county) == 1


@pytest.mark.parametrize(("status", "on", "beyond"), [
    (Status.PAID_OUT, date(2028, 1, 20), False), (Status.PAID_OUT, date(2028, 1, 21), True),
    (Status.SETTLED, date(2028, 1, 21), False), (Status.SIGNED, date(2028, 1, 21), False),
])
def test_three_cycles_are_three_times_the_loans_own_term(status: Status, on: date, beyond: bool) -> None:
    assert beyond_cycles(replace(LOAN, status=status), 3, on) is beyond


def test_the_fee_that_fell_due_is_held_against_what_came() -> None:
    assert fee_variance(ROWS, date(2026, 2, 15)) == (0, 0)
    assert fee_variance(ROWS, date(2026, 3, 16)) == (4_750, 0)
