"""What is owed and how a payment is spread: the order, the charge, and that no fen is lost or made."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.records import LoanInstalment
from ledger.repayment import (
    Instalment,
    Part,
    apply,
    assess,
    days_late,
    excuse,
    opened,
    outstanding,
    overdue_principal,
    owed,
    paid_on_time,
    spread,
)
from ledger.schedule import make
from ledger.terms import Plan
from tests.ledger.strategies import Terms, terms

PAID_OUT = date(2026, 1, 15)
DUE = [date(2026, 2, 15), date(2026, 3, 15), date(2026, 4, 15)]
AMOUNTS = st.integers(0, 2_000_000) | st.integers(0, 60) | st.integers(0, 10**14)
GAPS = st.integers(0, 800)


def three() -> tuple[Instalment, ...]:
    """1500 yuan in three rows of 500.00, with fees of 7.50, 5.00 and 2.50."""
    return opened(make(150000, 3, 5000, Plan.EQUAL_PRINCIPAL, PAID_OUT))


def test_in_an_instalment_charge_comes_before_fee_and_fee_before_principal() -> None:
    on = DUE[0] + timedelta(days=30)
    late = assess(three(), on, 5000, 150)
    assert late[0].charge_fen == 375
    assert spread(late, 300, on) == ((Part(1, 300, 0, 0),), 0)
    assert spread(late, 400, on) == ((Part(1, 375, 25, 0),), 0)
    assert spread(late, 1500, on) == ((Part(1, 375, 750, 375),), 0)


def test_the_oldest_instalment_is_first_whatever_the_order() -> None:
    parts, rest = spread(three()[::-1], 60000, DUE[0])
    assert (parts, rest) == ((Part(1, 0, 750, 50000), Part(2, 0, 500, 8750)), 0)


def test_paying_ahead_and_more_than_the_loan() -> None:
    parts, rest = spread(three(), 200000, PAID_OUT)
    assert parts == (Part(1, 0, 750, 50000), Part(2, 0, 500, 50000), Part(3, 0, 250, 50000))
    assert rest == 200000 - 151500
    paid = apply(three(), parts, PAID_OUT)
    assert spread(paid, 1, PAID_OUT) == ((), 1)
    assert outstanding(paid) == 0
    assert all(one.paid_on == PAID_OUT for one in paid)


def test_nothing_spreads_to_nothing() -> None:
    assert spread(three(), 0, PAID_OUT) == ((), 0)
    assert apply(three(), (), PAID_OUT) == three()


def test_a_payment_without_sense_is_our_bug() -> None:
    with pytest.raises(ValueError, match="not negative"):
        spread(three(), -1, PAID_OUT)
    with pytest.raises(ValueError, match="assess"):
        spread(three(), 100, DUE[0] + timedelta(days=1))
    with pytest.raises(ValueError, match="no instalment 4"):
        apply(three(), [Part(5, 0, 0, 1), Part(4, 0, 0, 1)], PAID_OUT)
    with pytest.raises(ValueError, match="two parts"):
        apply(three(), [Part(1, 0, 0, 1), Part(1, 0, 0, 1)], PAID_OUT)
    for part in (Part(1, 1, 0, 0), Part(1, 0, 751, 0), Part(1, 0, 0, 50001)):
        with pytest.raises(ValueError, match="more than instalment 1"):
            apply(three(), [part], PAID_OUT)


def test_the_charge_runs_on_unpaid_principal_from_the_last_assessment() -> None:
    on = DUE[0] + timedelta(days=10)
    late = assess(three(), on, 5000, 150)
    assert (late[0].charge_fen, late[0].charged_to, late[1]) == (125, on, three()[1])
    assert assess(late, on, 5000, 150) == late == assess(late, DUE[0], 5000, 150)
    paid = apply(late, spread(late, 125 + 750 + 40000, on)[0], on)
    later = assess(paid, on + timedelta(days=15), 5000, 150)
    assert later[0].charge_fen == 125 + 38  # 100 yuan for 15 days: 37.5 fen
    done = apply(later, spread(later, 38 + 10000, on + timedelta(days=15))[0], on + timedelta(days=15))
    assert assess(done, DUE[1], 5000, 150) == done


def test_a_disaster_excuses_the_charge_of_its_time() -> None:
    until = DUE[0] + timedelta(days=30)
    excused = excuse(three(), until)
    assert assess(excused, until, 5000, 150) == excused
    assert assess(excused, until + timedelta(days=30), 5000, 150)[0].charge_fen == 375
    assert excused[2] == three()[2]
    assert excuse(excused, DUE[0]) == excused


def test_what_is_owed_is_due_by_the_end_of_the_day() -> None:
    days = (DUE[0] - timedelta(days=1), DUE[0], DUE[1])
    assert [owed(three(), day) for day in days] == [0, 50750, 101250]


def test_overdue_begins_the_day_after() -> None:
    assert overdue_principal(three(), DUE[0]) == days_late(three(), DUE[0]) == 0
    next_day = DUE[0] + timedelta(days=1)
    assert (overdue_principal(three(), next_day), days_late(three(), next_day)) == (50000, 1)
    assert (overdue_principal(three(), date(2026, 5, 1)), days_late(three(), date(2026, 5, 1))) == (150000, 75)
    assert days_late((), next_day) == 0


def test_one_open_fen_is_late_and_the_last_fen_ends_it() -> None:
    paid = apply(three(), [Part(1, 0, 749, 50000)], DUE[0])
    assert days_late(paid, DUE[1]) == 28
    done = apply(paid, [Part(1, 0, 1, 0)], DUE[1])
    assert (days_late(done, DUE[1]), done[0].paid_on) == (0, DUE[1])


def test_on_time_means_the_last_fen_by_the_due_day() -> None:
    first = three()[0]
    assert not paid_on_time(first)
    (punctual,) = apply([first], [Part(1, 0, 750, 50000)], DUE[0])
    (late,) = apply([first], [Part(1, 0, 750, 50000)], DUE[0] + timedelta(days=1))
    assert (paid_on_time(punctual), paid_on_time(late)) == (True, False)
    assert paid_on_time(Instalment(1, DUE[0], 0, 0))


def test_history_is_laid_on_oldest_first() -> None:
    rows = make(150000, 3, 5000, Plan.EQUAL_PRINCIPAL, PAID_OUT)
    taken = opened(rows, 60000, 750)
    assert [(one.paid_principal_fen, one.paid_fee_fen) for one in taken] == [(50000, 750), (10000, 0), (0, 0)]
    for principal, fee in ((150001, 0), (0, 1501), (-1, 0), (0, -1)):
        with pytest.raises(ValueError, match="repaid"):
            opened(rows, principal, fee)


def test_the_stored_record_is_paid_as_it_is() -> None:
    stored = tuple(LoanInstalment("QS001", 23, row.n, row.due_on, row.principal_fen, row.fee_fen) for row in three())
    parts, _ = spread(stored, 50750, DUE[0])
    after = apply(stored, parts, DUE[0])
    assert after[0] == replace(stored[0], paid_principal_fen=50000, paid_fee_fen=750, paid_on=DUE[0])


@given(terms(), st.lists(st.tuples(AMOUNTS, GAPS), max_size=6))
def test_no_fen_is_lost_or_made(loan: Terms, payments: list[tuple[int, int]]) -> None:
    instalments, on, paid = loan.instalments(), loan.paid_out_on, 0
    for amount, gap in payments:
        on += timedelta(days=gap)
        instalments = assess(instalments, on, loan.fee_ppm_month, 150)
        parts, rest = spread(instalments, amount, on)
        assert sum(part.total_fen for part in parts) + rest == amount
        assert all(min(part.charge_fen, part.fee_fen, part.principal_fen) >= 0 for part in parts)
        assert rest == 0 or sum(part.principal_fen for part in parts) == outstanding(instalments)
        instalments = apply(instalments, parts, on)
        paid += amount - rest
    due = sum(one.principal_fen + one.fee_fen + one.charge_fen for one in instalments)
    assert paid + owed(instalments, date.max) == due
    assert 0 <= overdue_principal(instalments, on) <= outstanding(instalments) <= loan.principal_fen


@given(terms(), AMOUNTS, AMOUNTS, GAPS)
def test_two_payments_on_a_day_do_what_one_does(loan: Terms, first: int, second: int, gap: int) -> None:
    on = loan.paid_out_on + timedelta(days=gap)
    due = assess(loan.instalments(), on, loan.fee_ppm_month, 150)
    parts, rest = spread(due, first + second, on)
    once = apply(due, parts, on)
    parts, rest_of_first = spread(due, first, on)
    between = assess(apply(due, parts, on), on, loan.fee_ppm_month, 150)
    parts, rest_of_second = spread(between, second, on)
    assert apply(between, parts, on) == once
    assert rest_of_first + rest_of_second == rest


@given(terms(), GAPS, GAPS)
def test_the_charge_never_compounds(loan: Terms, gap: int, more: int) -> None:
    on = loan.paid_out_on + timedelta(days=gap)
    later = on + timedelta(days=more)
    at_once = assess(loan.instalments(), later, loan.fee_ppm_month, 150)
    in_two = assess(assess(loan.instalments(), on, loan.fee_ppm_month, 150), later, loan.fee_ppm_month, 150)
    for one, two in zip(at_once, in_two, strict=True):
        assert abs(one.charge_fen - two.charge_fen) <= 1
