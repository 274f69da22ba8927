"""Money ahead: kept in the plan, ending sooner, or lowering what is to come; worked by hand, and for every loan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import lending, replan, replay
from ledger.charter import Charter
from ledger.money import from_yuan, to_yuan
from ledger.payoff import DAY_COUNTS
from ledger.records import Loan, LoanInstalment
from ledger.repayment import open_principal, outstanding
from ledger.terms import Plan, Status
from tests.ledger.charters import charter
from tests.ledger.strategies import Terms, terms

LOAN = Loan(
    "QS001", 23, "QS001-012", 12, 500_000, "买化肥", 10, Plan.EQUAL_PRINCIPAL, 5000, 1, Status.PAID_OUT,
    date(2026, 1, 15), paid_out_on=date(2026, 1, 15),
)


def table(rows: tuple[LoanInstalment, ...]) -> list[str]:
    return [f"{row.due_on:%m-%d} {to_yuan(row.principal_fen)} {to_yuan(row.fee_fen)}"
            for row in rows if row.principal_fen or row.fee_fen]


def paid(rules: Charter, yuan: str, on: date, loan: Loan = LOAN) -> lending.Taken:
    assert loan.paid_out_on is not None
    return lending.take(loan, replay.planned(loan, rules, loan.paid_out_on), rules, from_yuan(yuan), on)


def test_lower_keeps_the_days_and_shares_the_rest_out_anew() -> None:
    # 5000 in 10; on 02-15 525.00 is due and 1800 more come: month 2 has not begun, so all of it is principal.
    # 2700 are left for nine days: 300 each, the fee 5‰ of 2700, 2400, … 300.
    taken = paid(charter(early__plan="lower"), "2325", date(2026, 2, 15))
    assert (taken.principal_fen, taken.fee_fen, taken.left_fen) == (230_000, 2_500, 270_000)
    assert table(taken.rows) == [
        "02-15 500.00 25.00", "02-15 1800.00 0.00", "03-15 300.00 13.50", "04-15 300.00 12.00", "05-15 300.00 10.50",
        "06-15 300.00 9.00", "07-15 300.00 7.50", "08-15 300.00 6.00", "09-15 300.00 4.50", "10-15 300.00 3.00",
        "11-15 300.00 1.50",
    ]


def test_shorten_keeps_the_instalment_and_ends_sooner() -> None:
    taken = paid(charter(early__plan="shorten"), "2325", date(2026, 2, 15))
    assert table(taken.rows) == [
        "02-15 500.00 25.00", "02-15 1800.00 0.00", "03-15 500.00 13.50", "04-15 500.00 11.00", "05-15 500.00 8.50",
        "06-15 500.00 6.00", "07-15 500.00 3.50", "08-15 200.00 1.00",
    ]


def test_keep_pays_the_next_instalments_as_planned() -> None:
    taken = paid(charter(early__plan="keep"), "2325", date(2026, 2, 15))
    assert [(part.n, part.fee_fen, part.principal_fen) for part in taken.parts] == [
        (1, 2_500, 50_000), (2, 2_250, 50_000), (3, 2_000, 50_000), (4, 1_750, 50_000), (5, 1_500, 22_500),
    ]
    assert taken.principal_fen + taken.fee_fen == 232_500


def test_in_the_middle_of_a_month_the_fee_so_far_is_paid_first() -> None:
    # On 02-20 the second month has begun: its whole fee 22.50 is earned, the rest lowers what is to come.
    taken = paid(charter(early__plan="lower"), "2347.50", date(2026, 2, 15) + timedelta(days=5))
    # five days late: 500 × 7.5‰ × 5/30 = 0.625, half-up 0.63
    assert (taken.charge_fen, taken.fee_fen) == (63, 2_500 + 2_250)
    assert taken.rows[2].fee_fen == 0  # month 2 owes no more fee


def test_a_bullet_loan_pays_its_fee_only_for_the_time_each_part_was_out() -> None:
    loan = replace(LOAN, plan=Plan.BULLET, months=12)
    taken = paid(charter(early__plan="lower"), "3075", date(2026, 4, 15), loan)
    # three months on 5000: 75.00; then nine months on 2000: 90.00
    assert table(taken.rows) == ["04-15 3000.00 75.00", "01-15 2000.00 90.00"]
    settles = lending.payoff(loan, taken.rows, charter(early__plan="lower"), date(2026, 6, 15))
    assert (settles.principal_fen, settles.fee_fen) == (200_000, 2_000)  # two months on 2000


def test_a_flat_fee_stays_as_agreed_where_the_term_stays() -> None:
    loan = replace(LOAN, plan=Plan.FLAT)
    lower = paid(charter(early__plan="lower"), "2325", date(2026, 2, 15), loan)
    assert sum(row.fee_fen for row in lower.rows) == 25_000
    shorter = paid(charter(early__plan="shorten"), "2325", date(2026, 2, 15), loan)
    assert sum(row.fee_fen for row in shorter.rows) == 2_500 * 7


def test_more_ahead_than_is_planned_is_no_part_payment() -> None:
    rows = replay.planned(LOAN, charter(), date(2026, 1, 15))
    with pytest.raises(ValueError, match="more is paid ahead"):
        replan.open_ahead(rows, replay.terms_of(LOAN, charter()), 1001, 500_000, date(2026, 1, 20))


def _loan(one: Terms) -> Loan:
    return replace(
        LOAN, amount_fen=one.principal_fen, months=one.months, plan=one.plan, fee_ppm_month=one.fee_ppm_month,
        paid_out_on=one.paid_out_on,
    )


@given(
    terms(), st.sampled_from(("shorten", "lower")), st.sampled_from(DAY_COUNTS),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 10**6)), min_size=1, max_size=6),
)
def test_every_loan_stays_whole_and_can_be_recomputed(
    one: Terms, early: str, day_count: str, payments: list[tuple[int, int]]
) -> None:
    rules = charter(early__plan=early, fee__day_count=day_count, loan__grace_months=one.grace_months)
    loan, on = _loan(one), one.paid_out_on
    rows = replay.planned(loan, rules, one.paid_out_on)
    fee_before, told = sum(row.fee_fen for row in rows), []
    for days, millionths in payments:
        on += timedelta(days=days)
        total = lending.payoff(loan, rows, rules, on).total_fen
        amount = total * millionths // 10**6
        if not 0 < amount < total:
            continue
        taken = lending.take(loan, rows, rules, amount, on)
        rows = taken.rows
        told.append((len(told) + 1, taken.parts))
        assert taken.principal_fen + taken.fee_fen + taken.charge_fen == amount
        assert sum(row.principal_fen for row in rows) == loan.amount_fen
        assert outstanding(rows) == sum(map(open_principal, rows)) >= 0
        assert min(min(row.fee_fen - row.paid_fee_fen, open_principal(row)) for row in rows) >= 0
        assert lending.payoff(loan, rows, rules, on).total_fen <= total - amount + 1
    assert replay.replay(loan, rules, told) == rows
    if one.plan != Plan.FLAT and rules.fee.day_count in DAY_COUNTS[:2]:
        assert sum(row.fee_fen for row in rows) <= fee_before + len(told) * (len(rows) + 1)
