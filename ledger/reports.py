"""The figures of contract.md section 6: sums in, rates out, numbers only; nothing here reads a table.

Rates are exact fractions rounded half-up to six places once, at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .money import half_up
from .terms import CATEGORIES


@dataclass
class Figures:
    """Sums over a scope on a day, in fen and counts."""

    societies: int = 0
    households_member: int = 0
    households_poor: int = 0
    fund_fiscal_fen: int = 0
    fund_member_fen: int = 0
    fund_donation_fen: int = 0
    fund_other_fen: int = 0
    loans_count: int = 0
    loans_poor_count: int = 0
    lent_total_fen: int = 0
    outstanding_fen: int = 0
    written_off_fen: int = 0
    overdue_fen: int = 0
    bad_fen: int = 0
    instalments_due: int = 0
    instalments_on_time: int = 0
    fee_income_fen: int = 0
    reserves_fen: int = 0
    cash_fen: int = 0
    bank_fen: int = 0
    borrowers: dict[str, int] = field(default_factory=dict)
    income_gain_fen: int = 0
    income_answers: int = 0
    flags: list[dict[str, Any]] = field(default_factory=list)

    @property
    def fund_total_fen(self) -> int:
        return self.fund_fiscal_fen + self.fund_member_fen + self.fund_donation_fen + self.fund_other_fen

    @property
    def repaid_total_fen(self) -> int:
        return self.lent_total_fen - self.outstanding_fen - self.written_off_fen


def rate(part: int, whole: int) -> Decimal:
    """A rate with six places, half-up; 0 where there is nothing to divide by."""
    return Decimal(half_up(part * 10**6, whole) if whole > 0 else 0).scaleb(-6)


def contract_figures(sums: Figures) -> dict[str, Any]:
    """Exactly the keys of contract.md section 6, in its order."""
    borrowers = sum(sums.borrowers.values())
    return {
        "societies": sums.societies,
        "households_member": sums.households_member,
        "households_poor": sums.households_poor,
        "fund_total_fen": sums.fund_total_fen,
        "fund_fiscal_fen": sums.fund_fiscal_fen,
        "fund_member_fen": sums.fund_member_fen,
        "fund_donation_fen": sums.fund_donation_fen,
        "fund_other_fen": sums.fund_other_fen,
        "loans_count": sums.loans_count,
        "loans_poor_count": sums.loans_poor_count,
        "lent_total_fen": sums.lent_total_fen,
        "repaid_total_fen": sums.repaid_total_fen,
        "outstanding_fen": sums.outstanding_fen,
        "overdue_fen": sums.overdue_fen,
        "overdue_rate": rate(sums.overdue_fen, sums.outstanding_fen),
        "on_time_rate": rate(sums.instalments_on_time, sums.instalments_due),
        "bad_rate": rate(sums.bad_fen, sums.outstanding_fen),
        "lent_ratio": rate(sums.outstanding_fen, sums.cash_fen + sums.bank_fen + sums.outstanding_fen),
        "amplification": rate(sums.lent_total_fen, sums.fund_total_fen),
        "fee_income_fen": sums.fee_income_fen,
        "reserves_fen": sums.reserves_fen,
        "cash_fen": sums.cash_fen,
        "bank_fen": sums.bank_fen,
        "borrowers_by_category": {
            word: rate(sums.borrowers[word], borrowers) for word in CATEGORIES if sums.borrowers.get(word)
        },
        "average_income_gain_fen": half_up(sums.income_gain_fen, sums.income_answers) if sums.income_answers else 0,
        "flags": sums.flags,
    }
