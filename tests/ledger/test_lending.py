"""Money on loans besides the plan: quotes that hold, credit given back, a subsidised fee, a pay-out taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger import journal, lending, replay
from ledger.records import Household, Loan, Quote
from ledger.terms import Account, Plan, Status
from tests.ledger.charters import charter

LOAN = Loan(
    "QS001", 23, "QS001-012", 12, 500_000, "买化肥", 10, Plan.EQUAL_PRINCIPAL, 5000, 1, Status.PAID_OUT,
    date(2026, 1, 15), paid_out_on=date(2026, 1, 15),
)
ROWS = replay.planned(LOAN, charter(), date(2026, 1, 15))
POOR = Household("QS001", "QS001-012", "陈桂花", 12, "脱贫户", date(2025, 1, 1), None, "第三组", False, 0, 0)


def quote() -> Quote:
    return lending.quoted(LOAN, ROWS, charter(), date(2026, 2, 15))[1]


def holds(on: date, hour: int, rows: tuple[object, ...] = ROWS) -> bool:
    return lending.quote_holds(quote(), LOAN, rows, charter(), on, hour)  # type: ignore[arg-type]


def test_a_quote_holds_until_noon_of_the_next_day() -> None:
    assert quote().total_fen == 502_500
    assert holds(date(2026, 2, 15), 23)
    assert holds(date(2026, 2, 16), 11)
    assert not holds(date(2026, 2, 16), 12)
    assert not holds(date(2026, 2, 17), 0)


def test_a_quote_is_void_once_something_was_paid() -> None:
    after = lending.take(LOAN, ROWS, charter(), 100, date(2026, 2, 15)).rows
    assert not holds(date(2026, 2, 15), 10, after)


def test_no_quote_and_one_from_the_future_do_not_hold() -> None:
    assert not lending.quote_holds(None, LOAN, ROWS, charter(), date(2026, 2, 15), 9)
    assert not holds(date(2026, 2, 14), 9)


def test_money_paid_too_much_goes_back_and_leaves_nothing_behind() -> None:
    act = lending.refund_credit("QS001-012", 12, 5_000, 1_000, date(2026, 3, 1), Account.CASH, "k", 36)
    assert [(line.account, line.amount_fen, line.sub) for line in act.entries[0].lines] == [
        (Account.CREDIT, 5_000, "QS001-012"), (Account.CASH, -5_000, ""),
    ]
    assert act.notices[0].facts["credit_fen"] == 1_000


@pytest.mark.parametrize(("permille", "category", "there", "given"), [
    (700, "脱贫户", 10_000, 1_750), (700, "监测户", 10_000, 1_750), (700, "低收入户", 10_000, 0),
    (0, "脱贫户", 10_000, 0), (700, "脱贫户", 1_000, 1_000), (700, "脱贫户", 0, 0), (700, "脱贫户", -5, 0),
    (1000, "贫困户", 10_000, 2_500), (333, "贫困户", 10_000, 833),
])
def test_a_poor_member_gets_the_charters_share_of_the_fee_back(
    permille: int, category: str, there: int, given: int
) -> None:
    rules_of = charter(subsidy__poor_permille=permille)
    taken = lending.take(LOAN, ROWS, rules_of, 52_500, date(2026, 2, 15))
    assert lending.subsidy_fen(replace(POOR, category=category), rules_of, taken, there) == given


def test_the_subsidy_stands_in_lines_of_its_own() -> None:
    taken = lending.take(LOAN, ROWS, charter(), 52_500, date(2026, 2, 15))
    act = lending.collect(LOAN, taken, date(2026, 2, 15), date(2026, 2, 15), Account.CASH, "k", 36, 0, 1_750)
    lines = [(line.account, line.amount_fen) for line in act.entries[0].lines]
    assert lines == [
        (Account.CASH, 52_500), (Account.LOANS, -50_000), (Account.FEE_INCOME, -2_500), (Account.SUBSIDY, 1_750),
        (Account.CREDIT, -1_750),
    ]


def test_a_pay_out_that_never_arrived_comes_back_and_can_be_made_again() -> None:
    entry = journal.pay_out(23, 500_000, date(2026, 1, 15), Account.BANK, 36)
    act = lending.take_back(LOAN, entry, 7, date(2026, 1, 17), "账号错", 24)
    (back,) = act.records
    assert isinstance(back, Loan)
    assert (back.status, back.paid_out_on, back.version) == (Status.SIGNED, None, 2)
    assert [line.amount_fen for line in act.entries[0].lines] == [-500_000, 500_000]
    again = journal.pay_out(23, 500_000, date(2026, 1, 20), Account.BANK, 36, back.version)
    assert again.key != entry.key
