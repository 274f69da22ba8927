"""Settling early: what the months have earned, what was paid ahead, and that nothing stays open."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.payoff import DAY_COUNTS, Payoff, fees_earned, payoff, settle
from ledger.repayment import Part, apply, assess, open_total, opened, outstanding, spread
from ledger.schedule import make
from ledger.terms import Plan
from tests.ledger.strategies import Terms, terms

PAID_OUT = date(2026, 1, 15)


def test_a_month_begun_counts_and_a_due_day_begins_no_other() -> None:
    due = opened(make(150000, 3, 5000, Plan.EQUAL_PRINCIPAL, PAID_OUT))
    for on, fee in (((1, 15), 0), ((1, 16), 750), ((2, 15), 750), ((2, 16), 1250), ((3, 16), 1500), ((9, 1), 1500)):
        assert payoff(due, PAID_OUT, date(2026, *on), 5000, Plan.EQUAL_PRINCIPAL).fee_fen == fee


def test_a_running_month_by_days_earns_on_what_is_out() -> None:
    due = opened(make(150000, 3, 5000, Plan.EQUAL_PRINCIPAL, PAID_OUT))
    on = date(2026, 2, 25)  # the first month is over; ten days of the second, on 1000 yuan
    assert fees_earned(due, PAID_OUT, on, 5000, Plan.EQUAL_PRINCIPAL, "days_360") == [750, 167, 0]
    assert fees_earned(due, PAID_OUT, on, 5000, Plan.EQUAL_PRINCIPAL, "days_365") == [750, 164, 0]
    flat = opened(make(150000, 3, 5000, Plan.FLAT, PAID_OUT))
    assert fees_earned(flat, PAID_OUT, on, 5000, Plan.FLAT, "days_360") == [750, 250, 0]


def test_the_last_flat_fee_is_earned_whole_with_its_rounding() -> None:
    flat = opened(make(80, 12, 5000, Plan.FLAT, PAID_OUT))
    assert fees_earned(flat, PAID_OUT, date(2026, 12, 16), 5000, Plan.FLAT, "whole_months_begun")[-1] == 5


def test_grace_earns_month_by_month() -> None:
    due = opened(make(500000, 10, 5000, Plan.EQUAL_PRINCIPAL, PAID_OUT, grace_months=2))
    earned = [
        payoff(due, PAID_OUT, on, 5000, Plan.EQUAL_PRINCIPAL).fee_fen
        for on in (date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1))
    ]
    assert earned == [2500, 5000, 7500, 9750]


def test_fee_paid_ahead_is_given_back() -> None:
    due = opened(make(150000, 3, 5000, Plan.EQUAL_PRINCIPAL, PAID_OUT))
    ahead = apply(due, spread(due, 50750 + 50500, PAID_OUT)[0], PAID_OUT)
    on = date(2026, 2, 10)
    paid = payoff(ahead, PAID_OUT, on, 5000, Plan.EQUAL_PRINCIPAL)
    assert (paid, paid.total_fen) == (Payoff(50000, -500, 0), 49500)
    parts, closed = settle(ahead, paid, on)
    assert parts == (Part(2, 0, -500, 0), Part(3, 0, 0, 50000))
    assert [(one.fee_fen, one.paid_fee_fen, one.paid_on) for one in closed] == [
        (750, 750, PAID_OUT),
        (0, 0, on),
        (0, 0, on),
    ]


def test_never_is_more_given_back_than_is_open() -> None:
    due = opened(make(100, 2, 10**6, Plan.EQUAL_PRINCIPAL, PAID_OUT))  # rows of 50 with fees of 100 and 50
    ahead = apply(due, [Part(1, 0, 100, 50), Part(2, 0, 50, 30)], PAID_OUT)
    paid = payoff(ahead, PAID_OUT, PAID_OUT, 10**6, Plan.EQUAL_PRINCIPAL)
    assert (paid, paid.total_fen) == (Payoff(20, -20, 0), 0)
    _, closed = settle(ahead, paid, PAID_OUT)
    assert [(one.fee_fen, one.paid_fee_fen) for one in closed] == [(100, 100), (30, 30)]


def test_fee_paid_ahead_pays_the_charge_too() -> None:
    due = opened(make(100, 2, 10**6, Plan.EQUAL_PRINCIPAL, PAID_OUT))
    odd = apply(due, [Part(1, 0, 100, 30), Part(2, 0, 50, 0)], PAID_OUT)
    on = date(2026, 2, 15) + timedelta(days=1)
    late = assess(odd, on, 10**6, 150)  # 20 fen, one day late: one fen
    paid = payoff(late, PAID_OUT, on, 10**6, Plan.EQUAL_PRINCIPAL, "whole_months")
    assert (paid, paid.total_fen) == (Payoff(70, -50, 1), 21)
    cheap = apply(late, [Part(2, 0, 0, 45)], on)
    paid = payoff(cheap, PAID_OUT, on, 10**6, Plan.EQUAL_PRINCIPAL, "whole_months")
    assert (paid, paid.total_fen) == (Payoff(25, -26, 1), 0)


def test_a_paid_loan_owes_nothing() -> None:
    due = opened(make(150000, 3, 5000, Plan.EQUAL_PRINCIPAL, PAID_OUT))
    done = apply(due, spread(due, 151500, PAID_OUT)[0], PAID_OUT)
    paid = payoff(done, PAID_OUT, PAID_OUT, 5000, Plan.EQUAL_PRINCIPAL)
    assert paid == Payoff(0, 0, 0)
    assert settle(done, paid, PAID_OUT) == ((), done)


def test_what_is_not_the_payoff_is_our_bug() -> None:
    due = opened(make(150000, 3, 5000, Plan.EQUAL_PRINCIPAL, PAID_OUT))
    for wrong in (Payoff(149999, 0, 0), Payoff(150000, 1501, 0), Payoff(150000, 0, 1)):
        with pytest.raises(ValueError, match="not the payoff"):
            settle(due, wrong, PAID_OUT)
    with pytest.raises(ValueError, match="day count"):
        payoff(due, PAID_OUT, PAID_OUT, 5000, Plan.EQUAL_PRINCIPAL, "按天")


@given(terms(), st.integers(0, 2_000_000), st.integers(0, 900), st.integers(0, 900), st.sampled_from(DAY_COUNTS))
def test_the_payoff_closes_the_loan_and_is_never_too_much(
    loan: Terms, amount: int, gap: int, more: int, how: str
) -> None:
    on = loan.paid_out_on + timedelta(days=gap)
    due = assess(loan.instalments(), on, loan.fee_ppm_month, 150)
    due = apply(due, spread(due, amount, on)[0], on)
    on += timedelta(days=more)
    due = assess(due, on, loan.fee_ppm_month, 150)
    paid = payoff(due, loan.paid_out_on, on, loan.fee_ppm_month, loan.plan, how)
    assert 0 <= paid.total_fen <= sum(map(open_total, due))
    parts, closed = settle(due, paid, on)
    assert sum(part.total_fen for part in parts) == paid.total_fen
    assert outstanding(closed) == sum(map(open_total, closed)) == 0
    for one, before in zip(closed, due, strict=True):
        assert 0 <= one.paid_fee_fen == one.fee_fen <= before.fee_fen


@given(terms(), st.integers(0, 900), st.sampled_from(DAY_COUNTS))
def test_earned_fees_only_grow_and_end_at_the_plan(loan: Terms, gap: int, how: str) -> None:
    due, day = loan.instalments(), loan.paid_out_on + timedelta(days=gap)
    today = fees_earned(due, loan.paid_out_on, day, loan.fee_ppm_month, loan.plan, how)
    tomorrow = fees_earned(due, loan.paid_out_on, day + timedelta(days=1), loan.fee_ppm_month, loan.plan, how)
    assert all(0 <= one <= other <= row.fee_fen for one, other, row in zip(today, tomorrow, due, strict=True))
    last = fees_earned(due, loan.paid_out_on, due[-1].due_on, loan.fee_ppm_month, loan.plan, how)
    assert last == [row.fee_fen for row in due]
    first = fees_earned(due, loan.paid_out_on, loan.paid_out_on, loan.fee_ppm_month, loan.plan, how)
    assert sum(first) == 0
