"""What a loan under a charter truly costs a year, and the cap of the law on it: a multiple of the one-year LPR.

A charter that is dearer is refused when it is adopted; the rate it is held to is that of the day (rates/lpr.toml).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from .charter import Charter, CharterError
from .schedule import make, true_yearly_cost
from .terms import PLAN_WORDS, Plan

RATES = Path(__file__).parent / "rates" / "lpr.toml"
_DAY = date(2026, 1, 15)
"""Any day will do: a cost is counted in whole months."""


@dataclass(frozen=True)
class Cost:
    """A yearly cost in parts per million, and what causes it."""

    ppm_year: int
    why: str


@cache
def _rates() -> tuple[tuple[date, int], ...]:
    kept = tomllib.loads(RATES.read_text("utf-8"))["rate"]
    return tuple(sorted((date.fromisoformat(day), ppm) for day, ppm in kept.items()))


def lpr(on: date) -> tuple[date, int]:
    """The one-year LPR in force on a day: since when, and how much in parts per million a year."""
    rates = _rates()
    return max((one for one in rates if one[0] <= on), default=rates[0])


@cache
def dearest(charter: Charter) -> Cost:
    """The most that a loan under the charter can cost a year, over every plan and term it allows.

    Paying late never costs more than the dearer of the plan and the charge: who pays an instalment later pays the
    charge on it instead, by the day and never on a charge, so the whole is a mixture of the two.
    """
    percent = charter.overdue.charge_percent
    found = [Cost(12 * charter.fee.ppm_month * percent // 100, f"the overdue charge of {percent} %")]
    principal_fen = max(charter.loan.later_max_fen, 100)
    for plan in Plan:
        for months in range(1, charter.loan.months_max + 1):
            rows = make(principal_fen, months, charter.fee.ppm_month, plan, _DAY, charter.loan.grace_months)
            cost = true_yearly_cost(principal_fen, rows, _DAY)
            found.append(Cost(cost, f"{PLAN_WORDS[plan]} over {months} months"))
    return max(found, key=lambda one: one.ppm_year)


def faults(charter: Charter, on: date) -> list[str]:
    """Why the charter may not be adopted on that day: its true cost is above the cap; empty where it is not."""
    since, ppm = lpr(on)
    times, cost = charter.cost.lpr_multiple, dearest(charter)
    if not times or cost.ppm_year <= times * ppm:
        return []
    return [
        f"cost.lpr_multiple: at fee.ppm_month {charter.fee.ppm_month} a loan truly costs {cost.ppm_year / 10_000:.2f} %"
        f" a year ({cost.why}); at most {times} times the LPR of {since}, {times * ppm / 10_000:.2f} %"
    ]


def check(charter: Charter, on: date) -> None:
    """Raise CharterError where a loan under the charter would cost more than the cap of that day."""
    found = faults(charter, on)
    if found:
        raise CharterError(found)
