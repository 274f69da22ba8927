"""More time for a loan: what speaks against asking, and how the schedule changes to the fen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger import extension, replay, reviews
from ledger.extension import ExtensionCase
from ledger.money import from_yuan, to_yuan
from ledger.records import Loan, LoanInstalment, LoanReview
from ledger.terms import Plan, Status
from tests.ledger.charters import charter

LOAN = Loan(
    "QS001", 9, "QS001-060", 60, 300_000, "养猪", 12, Plan.BULLET, 5000, 1, Status.PAID_OUT, date(2025, 5, 1),
    paid_out_on=date(2025, 5, 8),
)
PARTS = LOAN, charter()
REVIEW = LoanReview("QS001", 9, "extension", 1, "done", 3, 300_000, "猪没出栏", date(2026, 4, 1), 60)


def rows(loan: Loan = LOAN) -> tuple[LoanInstalment, ...]:
    assert loan.paid_out_on is not None
    return replay.planned(loan, charter(), loan.paid_out_on)


def case(**changes: object) -> ExtensionCase:
    made = ExtensionCase(charter(), date(2026, 5, 1), LOAN, rows(), 3, "猪没出栏", ())
    return replace(made, **changes)  # type: ignore[arg-type]


def keys(**changes: object) -> list[str]:
    return [one.key for one in extension.refusals(case(**changes))]


def test_who_asks_in_time_with_a_reason_may() -> None:
    assert keys() == []
    assert keys(months=6) == []
    assert keys(today=date(2026, 5, 23)) == []  # 15 days late: the last chance


def test_more_time_needs_a_term_and_a_reason() -> None:
    assert keys(months=0, reason="") == ["extend.no_months", "extend.no_reason"]


def test_more_than_six_months_are_too_long() -> None:
    assert keys(months=7) == ["extend.too_long"]


def test_a_second_time_is_refused() -> None:
    assert keys(reviews=(REVIEW,)) == ["extend.too_often"]
    assert keys(reviews=(replace(REVIEW, kind="write_off"),)) == []
    assert keys(reviews=(REVIEW,), charter=charter(extension__times_max=2)) == []


def test_one_that_did_not_come_about_does_not_count() -> None:
    for stage in ("rejected", "lapsed", "withdrawn"):
        assert keys(reviews=(replace(REVIEW, stage=stage),)) == []


def test_while_one_is_on_its_way_another_is_refused() -> None:
    for stage in ("asked", "keys", "disclosed"):
        assert keys(reviews=(replace(REVIEW, stage=stage),)) == ["review.running"]


def test_who_is_more_than_fifteen_days_late_is_refused() -> None:
    assert keys(today=date(2026, 5, 24)) == ["extend.too_late"]


@pytest.mark.parametrize(("plan", "yuan", "months", "more", "fees", "dues"), [
    # 3000 at 5‰ for three months more: 45.00; the rest of the plan as it was.
    (Plan.BULLET, "3000", 12, 3, "225.00", ["2026-08-08"]),
    # 1200 in 4 of 300: fees 6.00 4.50 3.00 1.50; two months more on 1200: 12.00 in the first.
    (Plan.EQUAL_PRINCIPAL, "1200", 4, 2, "27.00", ["2025-08-08", "2025-09-08", "2025-10-08", "2025-11-08"]),
    # flat: 6.00 each, and two months more on the whole loan.
    (Plan.FLAT, "1200", 4, 2, "36.00", ["2025-08-08", "2025-09-08", "2025-10-08", "2025-11-08"]),
])
def test_every_day_moves_and_the_first_carries_the_fee(
    plan: Plan, yuan: str, months: int, more: int, fees: str, dues: list[str]
) -> None:
    loan = replace(LOAN, plan=plan, amount_fen=from_yuan(yuan), months=months)
    after = extension.extended(loan, rows(loan), charter(), more, date(2025, 5, 20))
    assert [row.due_on.isoformat() for row in after] == dues
    assert to_yuan(sum(row.fee_fen for row in after)) == fees
    assert sum(row.principal_fen for row in after) == loan.amount_fen


def test_a_late_loan_keeps_its_charge_and_gets_none_until_the_new_day() -> None:
    after = extension.extended(LOAN, rows(), charter(), 3, date(2026, 5, 18))[0]
    assert (after.charge_fen, after.due_on, after.charged_to) == (750, date(2026, 8, 8), None)  # 3000 × 7.5‰ × 10/30
    late = extension.extended(LOAN, rows(), charter(), 1, date(2026, 6, 20))[0]
    assert (late.due_on, late.charged_to) == (date(2026, 6, 8), date(2026, 6, 20))  # no day is charged twice


def test_month_ends_are_counted_from_the_pay_out() -> None:
    loan = replace(LOAN, paid_out_on=date(2025, 8, 31), months=6)
    after = extension.extended(loan, rows(loan), charter(), 1, date(2026, 1, 5))
    assert after[0].due_on == date(2026, 3, 31)


def test_what_is_paid_stays_where_it_is() -> None:
    paid = replace(rows()[0], paid_principal_fen=300_000, paid_fee_fen=18_000, paid_on=date(2026, 5, 1))
    assert extension.extended(LOAN, [paid], charter(), 3, date(2026, 5, 2)) == (paid,)


def test_the_preview_says_what_it_costs() -> None:
    fee_fen, first = extension.preview(case())
    assert (fee_fen, first.due_on) == (4_500, date(2026, 8, 8))


def test_a_step_that_is_not_in_the_table_is_refused_in_words() -> None:
    asked = replace(REVIEW, stage="asked")
    assert reviews.refusal(asked, "do") is not None
    assert reviews.refusal(asked, "consent") is None
    with pytest.raises(KeyError):
        reviews.step(asked, "do")


def test_nothing_is_done_that_was_not_disclosed() -> None:
    before = {stage for (_, stage, act), after in reviews.STAGES.items() if after == "done" and act == "do"}
    assert before == {"disclosed", "filed"}
    to_filed = {stage for (_, stage, _), after in reviews.STAGES.items() if after == "filed"}
    assert to_filed == {"filing"}
    assert {stage for (_, stage, _), after in reviews.STAGES.items() if after == "filing"} == {"disclosed"}
