"""Giving up a loan: what speaks against it, which reserve bears it, and what comes back afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger import replay, write_off
from ledger.journal import Unbalanced
from ledger.records import Loan, LoanReview
from ledger.terms import Account, Plan, Status
from ledger.write_off import WriteOffCase
from tests.ledger.charters import charter

LOAN = Loan(
    "QS001", 5, "QS001-054", 54, 400_000, "养羊", 12, Plan.BULLET, 4500, 1, Status.PAID_OUT, date(2025, 1, 20),
    paid_out_on=date(2025, 1, 20),
)
ROWS = replay.planned(LOAN, charter(), date(2025, 1, 20))
RESERVES = {Account.RISK_RESERVE: -421_837, Account.ACCUMULATION_FUND: -210_919, Account.RETAINED: -138_652}
REVIEW = LoanReview("QS001", 5, "write_off", 1, "filed", 0, 400_000, "外出", date(2026, 5, 1), 24, "决3", "备7")


def case(**changes: object) -> WriteOffCase:
    made = WriteOffCase(charter(), date(2026, 5, 1), LOAN, ROWS, "外出多年", (), RESERVES)
    return replace(made, **changes)  # type: ignore[arg-type]


def keys(**changes: object) -> list[str]:
    return [one.key for one in write_off.refusals(case(**changes))]


def test_a_loan_ninety_days_late_may_be_given_up() -> None:
    assert keys() == []
    assert keys(today=date(2026, 4, 20)) == []


def test_a_loan_less_late_may_not() -> None:
    assert keys(today=date(2026, 4, 19)) == ["write_off.not_late_enough"]


def test_it_needs_a_reason() -> None:
    assert keys(reason="") == ["write_off.no_reason"]


def test_only_money_that_is_out_is_given_up() -> None:
    assert keys(loan=replace(LOAN, status=Status.SETTLED)) == ["loan.wrong_status"]


def test_while_it_is_on_its_way_it_does_not_begin_again() -> None:
    assert keys(reviews=(REVIEW,)) == ["review.running"]
    assert keys(reviews=(replace(REVIEW, stage="rejected"),)) == []


def test_reserves_that_do_not_suffice_are_told_with_what_there_is() -> None:
    short = charter(write_off__reserves=["risk_reserve", "accumulation_fund"])
    poor = {Account.RISK_RESERVE: -100_000, Account.ACCUMULATION_FUND: -50_000}
    (refusal,) = write_off.refusals(case(charter=short, balances=poor))
    assert (refusal.key, refusal.facts["there_fen"]) == ("write_off.reserves_short", 150_000)
    assert keys(balances=poor) == []  # 累计结余 bears the rest


@pytest.mark.parametrize(("loss", "order", "borne"), [
    (100, ("risk_reserve",), [("risk_reserve", 100)]),
    (421_837, ("risk_reserve", "accumulation_fund"), [("risk_reserve", 421_837)]),
    (421_838, ("risk_reserve", "accumulation_fund"), [("risk_reserve", 421_837), ("accumulation_fund", 1)]),
    (700_000, ("risk_reserve", "accumulation_fund", "retained"),
     [("risk_reserve", 421_837), ("accumulation_fund", 210_919), ("retained", 67_244)]),
    (900_000, ("risk_reserve", "retained"), [("risk_reserve", 421_837), ("retained", 478_163)]),
    (700_000, ("risk_reserve",), [("risk_reserve", 421_837)]),
])
def test_the_risk_reserve_pays_first_and_none_goes_below_zero(
    loss: int, order: tuple[str, ...], borne: list[tuple[str, int]]
) -> None:
    assert write_off.shares(loss, order, RESERVES) == borne


def test_a_reserve_in_debit_bears_nothing() -> None:
    assert write_off.shares(5, ("risk_reserve", "retained"), {Account.RISK_RESERVE: 9}) == [("retained", 5)]


def booked() -> write_off.Act:
    return write_off.book(case(), REVIEW, 41, 24, [54])


def test_booking_takes_the_loan_out_of_the_books_and_keeps_the_claim() -> None:
    act = booked()
    (entry,) = act.entries
    assert [(line.account, line.amount_fen, line.sub) for line in entry.lines] == [
        (Account.RISK_RESERVE, 400_000, ""), (Account.LOANS, -400_000, "5"),
    ]
    assert (entry.kind, entry.memo) == ("write_off", "决3 备7")
    review, loan, row = act.records
    assert (review.stage, review.after_seq, loan.status, loan.ended_on) == (  # type: ignore[union-attr]
        "done", 41, Status.WRITTEN_OFF, date(2026, 5, 1))
    # 4000 × 4.5‰ × 150 % × 101 days of 30
    assert (row.principal_fen, row.paid_principal_fen, row.charge_fen) == (400_000, 0, 9_090)  # type: ignore[union-attr]


def test_a_recovery_fills_the_reserve_again_before_fees_and_charges() -> None:
    row = booked().records[2]
    taken = write_off.take([row], 5, 410_000, date(2026, 7, 1))  # type: ignore[list-item]
    assert (taken.principal_fen, taken.fee_fen, taken.charge_fen, taken.credit_fen) == (400_000, 10_000, 0, 0)
    entry = write_off.recover(replace(LOAN, status=Status.WRITTEN_OFF), taken, date(2026, 7, 1), Account.CASH, "k", 36,
                              0).entries[0]
    assert {line.account: line.amount_fen for line in entry.lines} == {
        Account.CASH: 410_000, Account.RISK_RESERVE: -400_000, Account.FEE_INCOME: -10_000,
    }


def test_no_charge_runs_after_the_write_off_and_too_much_is_kept_for_the_household() -> None:
    row = booked().records[2]
    owed = write_off.claim_fen([row])  # type: ignore[list-item]
    assert owed == 400_000 + 21_600 + 9_090
    taken = write_off.take([row], 5, owed + 500, date(2027, 7, 1))  # type: ignore[list-item]
    assert (taken.charge_fen, taken.credit_fen, taken.settled) == (9_090, 500, False)


def test_a_loan_that_is_not_written_off_recovers_nothing() -> None:
    taken = write_off.take(ROWS, 5, 100, date(2026, 7, 1))
    with pytest.raises(KeyError):
        write_off.recover(LOAN, taken, date(2026, 7, 1), Account.CASH, "k", 36, 0)


def test_nothing_recovered_is_no_entry() -> None:
    taken = write_off.take(ROWS, 5, 0, date(2026, 7, 1))
    with pytest.raises(Unbalanced):
        write_off.recover(replace(LOAN, status=Status.WRITTEN_OFF), taken, date(2026, 7, 1), Account.CASH, "k", 36, 0)
