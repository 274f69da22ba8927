"""The parts of a charter that speak of the fund itself: the year's end, the budget, the outer risk fund, relief, exit.

charter.py reads them with the rest; every number stands in the charter file with its source.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DistributionTerms:
    """How a year's income is divided, in percent; `base` is gross (the fees) or net (after costs, the default)."""

    base: str
    risk: int
    capital: int
    welfare: int
    running: int
    members: int
    dividend: bool

    def percents(self) -> dict[str, int]:
        """The parts by name, as funds.distribute takes them."""
        return {"risk": self.risk, "capital": self.capital, "welfare": self.welfare, "running": self.running,
                "members": self.members}


@dataclass(frozen=True)
class Budget:
    """The budget lines of running costs; the last one takes what names no other. A year's limit, 0 for none."""

    lines: tuple[str, ...]
    year_max_fen: int


@dataclass(frozen=True)
class RiskFund:
    """What the province's fund may pay of a net loss, and of its own pool, in permille; 0 where there is none."""

    loss_permille: int
    pool_permille: int


@dataclass(frozen=True)
class Relief:
    """How many months a declared disaster may give at most."""

    months_max: int


@dataclass(frozen=True)
class Ending:
    """The order in which a society that ends pays; what is left is handed to the holder the county names."""

    order: tuple[str, ...]


def faults(
    distribution: DistributionTerms, budget: Budget, risk_fund: RiskFund, relief: Relief, ending: Ending
) -> list[str]:
    """What is wrong in these parts, by key."""
    wrong = []
    if distribution.base not in {"gross", "net"}:
        wrong.append("distribution.base: gross or net")
    if sum(distribution.percents().values()) != 100:
        wrong.append("distribution: the parts are not 100 percent")
    if distribution.dividend:
        wrong.append("distribution.dividend: dividends are forbidden")
    if not budget.lines or not all(budget.lines) or len(set(budget.lines)) != len(budget.lines):
        wrong.append("budget.lines: at least one name, each once")
    if risk_fund.loss_permille > 1000 or risk_fund.pool_permille > 1000:
        wrong.append("risk_fund.loss_permille: at most 1000, as risk_fund.pool_permille")
    if not 1 <= relief.months_max <= 12:
        wrong.append("relief.months_max: 1 to 12")
    if sorted(ending.order) != ["costs", "donations", "members"] or ending.order[0] != "costs":
        wrong.append("ending.order: costs first, then members and donations")
    return wrong
