"""The parts of a charter that speak of a loan's later and rarer fates: paying early, more time, writing off, subsidy.

charter.py reads them with the rest; every number stands in the charter file with its source.
"""

from __future__ import annotations

from dataclasses import dataclass

from .payoff import DAY_COUNTS
from .terms import RESERVE_ACCOUNTS, Account

KEEP, SHORTEN, LOWER = "keep", "shorten", "lower"
EARLY_PLANS = (KEEP, SHORTEN, LOWER)
OFF, SHORT, WAITING = "off", "short", "waiting"
PRIORITIES = (OFF, SHORT, WAITING)


@dataclass(frozen=True)
class Early:
    """Paying ahead. `plan`: keep the plan and pay its next instalments; shorten: keep the instalment and end sooner;
    lower: keep the days and pay less each. A payoff quote holds `quote_days` on until `quote_hour` o'clock."""

    plan: str
    quote_days: int
    quote_hour: int


@dataclass(frozen=True)
class Overdue:
    """Late loans: the charge in percent of the fee rate, the days of the timeline, when and how long a late loan is
    published, and beyond how many of its own terms it is a red flag."""

    charge_percent: int
    steps_days: tuple[int, ...]
    publish_after_days: int
    publish_days: int
    cycles_max: int


@dataclass(frozen=True)
class ExtensionTerms:
    """More time for a loan: how often, how long, up to how many days late it may be asked for, and how many days it
    is disclosed before it counts."""

    times_max: int
    months_max: int
    late_days_max: int
    disclosure_days: int


@dataclass(frozen=True)
class WriteOffTerms:
    """A loan given up: from how many days late, how long disclosed, which reserves bear it and in what order."""

    late_days_min: int
    disclosure_days: int
    reserves: tuple[str, ...]


@dataclass(frozen=True)
class Window:
    """Applications are taken up to this day of the month; 0: on any day."""

    last_day: int


@dataclass(frozen=True)
class Priority:
    """Poor households first: off; short: where the money does not suffice for all that wait; waiting: always."""

    poor_first: str


@dataclass(frozen=True)
class Subsidy:
    """贴息: the share of a poor member's fee that is given back from the subsidy account, in permille; 0: none."""

    poor_permille: int


def faults(
    early: Early, extension: ExtensionTerms, write_off: WriteOffTerms, window: Window, priority: Priority,
    subsidy: Subsidy, day_count: str,
) -> list[str]:
    """What is wrong in these parts, by key."""
    wrong = []
    if day_count not in DAY_COUNTS:
        wrong.append(f"fee.day_count: one of {', '.join(DAY_COUNTS)} is needed")
    if early.plan not in EARLY_PLANS:
        wrong.append(f"early.plan: one of {', '.join(EARLY_PLANS)} is needed")
    if not 0 <= early.quote_hour <= 24 or early.quote_days > 3:
        wrong.append("early.quote_hour: 0 to 24 o'clock, early.quote_days at most 3")
    if extension.times_max and (extension.months_max < 1 or extension.disclosure_days < 1):
        wrong.append("extension.months_max: with extension.disclosure_days at least 1, for it must be published")
    if write_off.disclosure_days < 1:
        wrong.append("write_off.disclosure_days: at least 1")
    allowed = {*RESERVE_ACCOUNTS, Account.RETAINED}
    if write_off.reserves[:1] != (Account.RISK_RESERVE,) or not set(write_off.reserves) <= allowed:
        wrong.append("write_off.reserves: risk_reserve first, then accumulation_fund, welfare_fund or retained")
    elif len(set(write_off.reserves)) != len(write_off.reserves):
        wrong.append("write_off.reserves: one account is named twice")
    if window.last_day > 31:
        wrong.append("window.last_day: a day of the month, or 0 for no window")
    if priority.poor_first not in PRIORITIES:
        wrong.append(f"priority.poor_first: one of {', '.join(PRIORITIES)} is needed")
    if subsidy.poor_permille > 1000:
        wrong.append("subsidy.poor_permille: at most 1000")
    return wrong


STEPS = ("told", "locked", "called", "meeting", "shown", "borne", "bad", "guarantee", "limitation")
"""The steps of the overdue timeline in the order of `overdue.steps_days` (rules.md section 5)."""


def overdue_faults(terms: Overdue) -> list[str]:
    """A timeline that skips nobody: a day for each step, none before the one in front of it."""
    wrong = []
    if terms.charge_percent > 300:
        wrong.append("overdue.charge_percent: at most 300")
    days = terms.steps_days
    if len(days) != len(STEPS) or list(days) != sorted(set(days)) or days[0] < 1:
        wrong.append(f"overdue.steps_days: a day from 1 for each of {', '.join(STEPS)}, each later than the one before")
    return wrong
