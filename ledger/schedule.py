"""Repayment schedules: the rows of a loan on the day it is paid out, for each of the four plans, exact to the fen.

Every sum is kept by construction: principal rows add up to the loan, no row is negative, the last row takes the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from .calendar import add_months, months_between
from .money import half_up
from .terms import Plan

_MILLION = 10**6


@dataclass(frozen=True, slots=True)
class Row:
    """One instalment as planned; `balance_fen` is the principal that remains after it."""

    n: int
    due_on: date
    principal_fen: int
    fee_fen: int
    balance_fen: int

    @property
    def total_fen(self) -> int:
        return self.principal_fen + self.fee_fen


def make(
    principal_fen: int, months: int, fee_ppm_month: int, plan: str, paid_out_on: date, grace_months: int = 0
) -> tuple[Row, ...]:
    """The schedule of a loan (contract section 2, `huzhu schedule`; rules.md 4.1 to 4.4).

    `months` is the number of instalments (for `bullet` the term), `fee_ppm_month` is ‰ a month times 1000 (5‰ = 5000).
    Instalment n falls due n months after the pay-out. With grace every due day is `grace_months` later; nothing is
    due meanwhile, and the fee of those months is in the first row. Rows of nothing can occur where there are fewer
    fen than instalments. Raises ValueError for an unknown plan, no principal, no months, a negative rate or grace,
    or a due day outside the calendar.
    """
    if plan not in set(Plan):
        raise ValueError(f"unknown plan {plan!r}")
    if principal_fen < 1 or months < 1 or fee_ppm_month < 0 or grace_months < 0:
        raise ValueError("a schedule needs a principal, at least one month, and no negative rate or grace")
    add_months(paid_out_on, months + grace_months)  # fails before any large number is computed
    if plan == Plan.BULLET:
        term = months + grace_months
        fee = _fee(principal_fen, fee_ppm_month, term)
        return (Row(1, add_months(paid_out_on, term), principal_fen, fee, 0),)
    if plan == Plan.FLAT:
        amounts = _flat(principal_fen, months, fee_ppm_month, grace_months)
    elif plan == Plan.EQUAL_PRINCIPAL:
        amounts = _equal_principal(principal_fen, months, fee_ppm_month, grace_months)
    else:
        amounts = _equal_payment(principal_fen, months, fee_ppm_month, grace_months)
    rows = []
    balance = principal_fen
    for n, (principal, fee) in enumerate(amounts, 1):
        balance -= principal
        rows.append(Row(n, add_months(paid_out_on, n + grace_months), principal, fee, balance))
    return tuple(rows)


def _fee(balance_fen: int, fee_ppm_month: int, months: int) -> int:
    return half_up(balance_fen * fee_ppm_month * months, _MILLION)


def _equal_principal(principal_fen: int, months: int, ppm: int, grace: int) -> Iterator[tuple[int, int]]:
    """The same principal each time, rounded down; the fee on what is still out."""
    each = principal_fen // months
    balance = principal_fen
    for n in range(1, months + 1):
        principal = each if n < months else balance
        yield principal, _fee(balance, ppm, 1 + grace if n == 1 else 1)
        balance -= principal


def _flat(principal_fen: int, months: int, ppm: int, grace: int) -> Iterator[tuple[int, int]]:
    """The same principal and fee each time; principal rounded down, the last row takes the rest of both.

    Where half-up makes the rows run past the exact total (half a fen a month), a row takes what is left of the
    total, so that the last fee is never negative.
    """
    each = principal_fen // months
    fee_left = _fee(principal_fen, ppm, months + grace)
    for n in range(1, months):
        fee = min(_fee(principal_fen, ppm, 1 + grace if n == 1 else 1), fee_left)
        yield each, fee
        fee_left -= fee
    yield principal_fen - each * (months - 1), fee_left


def _equal_payment(principal_fen: int, months: int, ppm: int, grace: int) -> Iterator[tuple[int, int]]:
    """The same payment each time, half-up; the last row takes the rest. The fee of grace months comes on top of row 1.

    A payment rounded up may repay a tiny loan early: it is capped at balance and fee, and the rows after it are
    nothing. It never falls below the fee, for the exact payment exceeds the exact fee and half-up keeps that order.
    """
    payment = _payment(principal_fen, months, ppm)
    balance = principal_fen
    for n in range(1, months + 1):
        fee = _fee(balance, ppm, 1)
        principal = min(payment - fee, balance) if n < months else balance
        yield principal, fee if n > 1 else _fee(balance, ppm, 1 + grace)
        balance -= principal


def _payment(principal_fen: int, months: int, ppm: int) -> int:
    """The constant payment P·r·(1+r)^N / ((1+r)^N − 1), half-up, in whole numbers only."""
    if not ppm:
        return half_up(principal_fen, months)
    grown, one = (_MILLION + ppm) ** months, _MILLION**months
    return half_up(principal_fen * ppm * grown, _MILLION * (grown - one))


def true_yearly_cost(principal_fen: int, rows: Sequence[Row], paid_out_on: date) -> int:
    """What the loan really costs a year, in parts per million: twelve times the monthly internal rate of return.

    A flat 5‰ a month is quoted as 6 % a year and costs 10.9 % (rules.md 4.3); limits on cost are tested on this.
    Found by bisection in whole numbers, half-up to one part per million. `rows` are those of `make`, due whole months
    after `paid_out_on`. Raises ValueError where the rows repay less than the principal or one is due at once.
    """
    payments: dict[int, int] = {}
    for row in rows:
        month = months_between(paid_out_on, row.due_on)
        payments[month] = payments.get(month, 0) + row.total_fen
    if sum(payments.values()) < principal_fen or min(payments, default=0) < 1:
        raise ValueError("the rows do not repay the loan in the months after it")
    low, high = 0, 1
    while _worth_it(principal_fen, payments, high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if _worth_it(principal_fen, payments, middle):
            low = middle
        else:
            high = middle
    return low


def _worth_it(principal_fen: int, payments: dict[int, int], ppm_year: int) -> bool:
    """Whether the payments still repay the loan at a yearly rate half a part per million below `ppm_year`.

    The balance of every month is carried times `scale` to the power of the month, so no division is needed.
    """
    scale = 24 * _MILLION
    growth = scale + 2 * ppm_year - 1
    balance, unit = principal_fen, 1
    for month in range(1, max(payments) + 1):
        unit *= scale
        balance = balance * growth - payments.get(month, 0) * unit
    return balance <= 0
