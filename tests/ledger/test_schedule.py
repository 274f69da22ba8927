"""Schedules: the edges where rounding bites, the true yearly cost, and the properties every schedule keeps."""

import random
from dataclasses import FrozenInstanceError, replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.schedule import Row, make, true_yearly_cost
from ledger.terms import Plan
from tests.ledger.strategies import Terms, terms
from tests.torture.schedules import Wish, fault, main, random_wish

DAY = date(2025, 1, 31)


def pairs(rows: tuple[Row, ...]) -> list[tuple[int, int]]:
    return [(row.principal_fen, row.fee_fen) for row in rows]


@given(terms())
def test_every_schedule_is_exact(given_terms: Terms) -> None:
    assert fault(Wish(**vars(given_terms)), given_terms.rows()) == ""


def test_one_month_is_one_row() -> None:
    for plan in Plan:
        assert pairs(make(500000, 1, 5000, plan, DAY)) == [(500000, 2500)]
        assert make(500000, 1, 5000, plan, DAY)[0].due_on == date(2025, 2, 28)


def test_fewer_fen_than_months() -> None:
    assert pairs(make(5, 12, 5000, Plan.EQUAL_PRINCIPAL, DAY)) == [(0, 0)] * 11 + [(5, 0)]
    assert pairs(make(5, 12, 0, Plan.EQUAL_PAYMENT, DAY)) == [(0, 0)] * 11 + [(5, 0)]


def test_a_payment_rounded_up_repays_a_tiny_loan_early_and_never_overshoots() -> None:
    assert pairs(make(10, 12, 0, Plan.EQUAL_PAYMENT, DAY)) == [(1, 0)] * 10 + [(0, 0)] * 2


def test_a_flat_fee_of_half_a_fen_stops_at_the_exact_total() -> None:
    # 1 yuan at 5‰ is half a fen a month: twelve rows of one fen would be twice the six that are owed.
    assert pairs(make(100, 12, 5000, Plan.FLAT, DAY)) == [(8, 1)] * 6 + [(8, 0)] * 5 + [(12, 0)]


def test_the_last_flat_fee_takes_what_rounding_down_left() -> None:
    # 0.4 fen a month is rounded to nothing eleven times; 4.8 fen are owed in all.
    assert pairs(make(80, 12, 5000, Plan.FLAT, DAY))[-2:] == [(6, 0), (14, 5)]


def test_a_rate_of_the_whole_principal_a_month() -> None:
    assert pairs(make(100, 2, 10**6, Plan.EQUAL_PAYMENT, DAY)) == [(33, 100), (67, 67)]
    assert pairs(make(100, 36, 10**6, Plan.EQUAL_PAYMENT, DAY)) == [(0, 100)] * 35 + [(100, 100)]
    assert pairs(make(100, 3, 10**6, Plan.BULLET, DAY)) == [(100, 300)]


def test_grace_moves_the_days_and_its_fee_is_in_the_first_row() -> None:
    rows = make(500000, 10, 5000, Plan.EQUAL_PRINCIPAL, date(2025, 3, 15), grace_months=2)
    assert (rows[0].due_on, rows[-1].due_on) == (date(2025, 6, 15), date(2026, 3, 15))
    assert pairs(rows)[:2] == [(50000, 7500), (50000, 2250)]
    assert pairs(make(500000, 12, 5000, Plan.FLAT, DAY, grace_months=1))[:2] == [(41666, 5000), (41666, 2500)]
    assert pairs(make(500000, 12, 5000, Plan.EQUAL_PAYMENT, DAY, grace_months=1))[:2] == [(40533, 5000), (40736, 2297)]
    (bullet,) = make(500000, 12, 5000, Plan.BULLET, DAY, grace_months=1)
    assert (bullet.due_on, bullet.fee_fen, bullet.total_fen) == (date(2026, 2, 28), 32500, 532500)


def test_what_is_planned_is_never_written_over() -> None:
    (row,) = make(500000, 1, 5000, Plan.FLAT, DAY)
    with pytest.raises(FrozenInstanceError):
        row.fee_fen = 0


@pytest.mark.parametrize(
    ("principal", "months", "rate", "plan", "grace"),
    [
        (0, 12, 5000, "flat", 0),
        (-1, 12, 5000, "flat", 0),
        (100, 0, 5000, "flat", 0),
        (100, 12, -1, "flat", 0),
        (100, 12, 5000, "flat", -1),
        (100, 12, 5000, "等额本金", 0),
        (100, 10**9, 5000, "equal_payment", 0),
    ],
)
def test_a_schedule_without_sense_is_refused(principal: int, months: int, rate: int, plan: str, grace: int) -> None:
    with pytest.raises(ValueError, match=r"schedule needs|unknown plan|outside the calendar"):
        make(principal, months, rate, plan, DAY, grace)


@given(terms())
def test_the_true_cost_is_right_to_half_a_part_per_million(given_terms: Terms) -> None:
    small = replace(given_terms, months=min(given_terms.months, 12))
    rows = small.rows()
    cost = true_yearly_cost(small.principal_fen, rows, small.paid_out_on)

    def present_value(ppm_year: Fraction) -> Fraction:
        growth = 1 + ppm_year / 12 / 10**6
        months = [small.months + small.grace_months] if small.plan == Plan.BULLET else [
            row.n + small.grace_months for row in rows
        ]  # fmt: skip
        return sum((row.total_fen / growth**month for row, month in zip(rows, months, strict=True)), Fraction())

    assert present_value(cost + Fraction(1, 2)) < small.principal_fen
    assert cost == 0 or present_value(cost - Fraction(1, 2)) >= small.principal_fen


def test_a_cost_of_exactly_half_a_part_per_million_goes_up() -> None:
    one_fen = Row(1, date(2025, 2, 28), 24 * 10**6, 1, 0)
    assert true_yearly_cost(24 * 10**6, [one_fen], DAY) == 1
    assert true_yearly_cost(24 * 10**6 + 1, [replace(one_fen, principal_fen=24 * 10**6 + 1)], DAY) == 0


def test_a_loan_that_is_not_repaid_has_no_cost() -> None:
    rows = make(500000, 12, 5000, Plan.FLAT, DAY)
    for wrong in (rows[:-1], ()):
        with pytest.raises(ValueError, match="do not repay"):
            true_yearly_cost(500000, wrong, DAY)
    with pytest.raises(ValueError, match="do not repay"):
        true_yearly_cost(500000, rows, date(2025, 2, 28))


def test_the_long_run_in_short() -> None:
    assert main(["6000", "--seed", "7", "--processes", "1"]) == 0


@given(st.integers(0, 10**6), st.integers(1, 9))
def test_the_long_run_sees_a_fen(seed: int, kind: int) -> None:
    """Every way to break a schedule is found, else the million proves nothing."""
    rng = random.Random(seed)
    wish = random_wish(rng)
    rows = list(wish.rows())
    i = rng.randrange(len(rows))
    row = rows[i]
    rows[i] = {
        1: replace(row, principal_fen=row.principal_fen + 1),
        2: replace(row, principal_fen=row.principal_fen - 1),
        3: replace(row, fee_fen=row.fee_fen + 1),
        4: replace(row, fee_fen=row.fee_fen - 1),
        5: replace(row, balance_fen=row.balance_fen + 1),
        6: replace(row, due_on=date(2019, 1, 1)),
        7: replace(row, n=row.n + 1),
        8: replace(row, principal_fen=row.principal_fen + 1, balance_fen=row.balance_fen - 1),
        9: replace(row, principal_fen=-1),
    }[kind]
    assert fault(wish, rows) != ""


def test_the_long_run_sees_what_one_row_alone_does_not_show() -> None:
    wish = Wish(100000, 4, 5000, Plan.EQUAL_PRINCIPAL, DAY)
    uneven = make(100000, 4, 5000, Plan.EQUAL_PAYMENT, DAY)
    assert fault(wish, uneven) == "principal rows are not equal"
    even = make(100000, 4, 5000, Plan.EQUAL_PRINCIPAL, DAY)
    assert fault(replace(wish, plan=Plan.EQUAL_PAYMENT), even) == "payments are not equal"


def test_the_long_run_tells_the_loan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("tests.torture.schedules.fault", lambda *_: "a fen is missing")
    assert main(["5", "--processes", "1"]) == 1
    assert "a fen is missing: Wish(principal_fen=" in capsys.readouterr().err
