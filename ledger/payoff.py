"""Paying a loan off before its time: the fee earned up to a day, and the amount that settles everything.

The texts do not say how a part of a month counts, so the way is data in the charter (rules.md 4.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from .calendar import months_begun, whole_months
from .money import half_up
from .repayment import Due, Owing, Part, open_charge, open_principal
from .terms import Plan

WHOLE_MONTHS_BEGUN = "whole_months_begun"
WHOLE_MONTHS = "whole_months"
DAYS_360 = "days_360"
DAYS_365 = "days_365"
DAY_COUNTS = (WHOLE_MONTHS_BEGUN, WHOLE_MONTHS, DAYS_360, DAYS_365)
_DAYS_OF_YEAR = {DAYS_360: 360, DAYS_365: 365}


@dataclass(frozen=True, slots=True)
class Payoff:
    """What settles a loan, in fen. A negative fee gives back fee that was paid ahead and never earned."""

    principal_fen: int
    fee_fen: int
    charge_fen: int

    @property
    def total_fen(self) -> int:
        return self.principal_fen + self.fee_fen + self.charge_fen


def payoff(
    instalments: Sequence[Owing],
    paid_out_on: date,
    on: date,
    fee_ppm_month: int,
    plan: str,
    how: str = WHOLE_MONTHS_BEGUN,
) -> Payoff:
    """The amount that settles the loan on the day `on`: open principal, the fee earned less the fee paid, the charge.

    Instalments must be assessed up to `on` (repayment.py). The total is never below zero and the fee never more than
    all that is open of it. Raises ValueError for an unknown way to count days.
    """
    principal = sum(map(open_principal, instalments))
    charge = sum(map(open_charge, instalments))
    earned = sum(fees_earned(instalments, paid_out_on, on, fee_ppm_month, plan, how))
    fee = earned - sum(one.paid_fee_fen for one in instalments)
    return Payoff(principal, max(fee, -principal - charge), charge)


def fees_earned(
    instalments: Sequence[Owing], paid_out_on: date, on: date, fee_ppm_month: int, plan: str, how: str
) -> list[int]:
    """The fee in fen that each instalment's months have earned by the day `on`, in the order given (by `n`).

    A period that is over earned its planned fee. One that runs earns on the principal planned to be out in it (all of
    it for `flat`): for months begun or completed since the pay-out, or for days of a year of 360 or 365; never more
    than planned. Money paid ahead does not change the plan, so it does not lower the fee of months that have run.
    """
    if how not in DAY_COUNTS:
        raise ValueError(f"unknown day count {how!r}")
    earned = []
    start, balance = paid_out_on, sum(one.principal_fen for one in instalments)
    for one in instalments:
        share, of = elapsed(paid_out_on, start, on, how)
        over = on >= one.due_on or (of == 1 and share == elapsed(paid_out_on, start, one.due_on, how)[0])
        earned.append(one.fee_fen if over else min(one.fee_fen, half_up(balance * fee_ppm_month * share, 10**6 * of)))
        start = one.due_on
        if plan != Plan.FLAT:
            balance -= one.principal_fen
    return earned


def elapsed(paid_out_on: date, start: date, on: date, how: str) -> tuple[int, int]:
    """How many months since `start` have passed by the day `on`, as a fraction (above, below); never negative.

    Months are those of the loan: they begin on the days counted from the pay-out, so `start` may be any day.
    """
    if how in _DAYS_OF_YEAR:
        return 12 * max((on - start).days, 0), _DAYS_OF_YEAR[how]
    count = months_begun if how == WHOLE_MONTHS_BEGUN else whole_months
    return max(count(paid_out_on, on) - count(paid_out_on, start), 0), 1


def settle(instalments: Sequence[Due], paid: Payoff, on: date) -> tuple[tuple[Part, ...], tuple[Due, ...]]:
    """Close a loan with its payoff: the parts, which add up to it, and the instalments with nothing left open.

    The fee kept is laid on the instalments oldest first and the rest of the plan's fee falls away; a part's fee is
    negative where fee paid ahead is given back. Raises ValueError when `paid` is not the payoff of these instalments.
    """
    kept = paid.fee_fen + sum(one.paid_fee_fen for one in instalments)
    parts, closed = [], []
    for one in instalments:
        fee = min(kept, one.fee_fen)
        kept -= fee
        part = Part(one.n, open_charge(one), fee - one.paid_fee_fen, open_principal(one))
        if part.charge_fen or part.fee_fen or part.principal_fen:
            parts.append(part)
        after = replace(
            one,
            fee_fen=fee,
            paid_fee_fen=fee,
            paid_principal_fen=one.principal_fen,
            charge_paid_fen=one.charge_fen,
        )
        closed.append(one if after == one else replace(after, paid_on=on))
    if kept or sum(part.total_fen for part in parts) != paid.total_fen:
        raise ValueError("this is not the payoff of these instalments")
    return tuple(parts), tuple(closed)
