"""What supervision looks at: history beyond the charter's limits, and the flags a county acts on.

A flag is a rule with its level, the clause it comes from and the figures; it judges nobody and stops nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from . import cost
from .calendar import add_months
from .charter import Charter, CharterError
from .money import spoken
from .records import Household, Loan, LoanInstalment
from .reports import Figures
from .society_terms import AlertTerms
from .terms import POOR_CATEGORIES, Status

Flag = dict[str, Any]


def _flag(rule: str, level: str, clause: str, figures: str) -> Flag:
    return {"rule": rule, "level": level, "clause": clause, "figures": figures}


def beyond_cycles(loan: Loan, cycles_max: int, on: date) -> bool:
    """Whether a loan is out beyond so many of its own terms (rules.md 3.7: 超3个借款周期, an audit finding)."""
    if loan.status != Status.PAID_OUT or loan.paid_out_on is None:
        return False
    return on > add_months(loan.paid_out_on, cycles_max * loan.months)


def standing(charter: Charter, loans: Iterable[Loan], rows: Mapping[int, Sequence[LoanInstalment]], on: date
             ) -> list[Flag]:
    """What is wrong with loans as they stand: out beyond three cycles, fees fallen due and not received."""
    flags = []
    for loan in loans:
        if loan.status != Status.PAID_OUT:
            continue
        if beyond_cycles(loan, charter.overdue.cycles_max, on):
            figures = f"{loan.no}号 {loan.paid_out_on} {loan.months}个月"
            flags.append(_flag("three_cycles", "red", "overdue.cycles_max", figures))
        expected, received = fee_variance(rows.get(loan.no, ()), on)
        if received < expected:
            figures = f"{loan.no}号 {spoken(received)}/{spoken(expected)}"
            flags.append(_flag("fee_behind", "yellow", "fee", figures))
    return flags


def fee_variance(rows: Sequence[LoanInstalment], on: date) -> tuple[int, int]:
    """The fee in fen that has fallen due before `on`, and what of it was received (rules.md 3.5: 少收占用费)."""
    due = [row for row in rows if row.due_on < on]
    return sum(row.fee_fen for row in due), sum(row.paid_fee_fen for row in due)


def beyond_charter(charter: Charter, households: Sequence[Household], loans: Iterable[Loan]) -> list[Flag]:
    """History taken over from before that the charter would not allow now (contract.md section 5)."""
    flags = []
    open_loans = [loan for loan in loans if loan.status == Status.PAID_OUT]
    for loan in open_loans:
        if loan.amount_fen > charter.loan.later_max_fen:
            figures = f"{loan.no}号 {spoken(loan.amount_fen)}"
            flags.append(_flag("loan_over_limit", "yellow", "loan.later_max_fen", figures))
        if loan.months > charter.loan.months_max:
            flags.append(_flag("loan_too_long", "yellow", "loan.months_max", f"{loan.no}号 {loan.months}个月"))
        if loan.fee_ppm_month > charter.fee.ppm_month_max:
            figures = f"{loan.no}号 {loan.fee_ppm_month / 1000:g}‰"
            flags.append(_flag("fee_too_high", "red", "fee.ppm_month_max", figures))
        if not loan.payer_one or not loan.payer_two:
            flags.append(_flag("payer_missing", "yellow", "group.substitute_payers", f"{loan.no}号"))
    for home, count in Counter(loan.household for loan in open_loans).items():
        if count > charter.loan.concurrent:
            flags.append(_flag("loans_at_once", "yellow", "loan.concurrent", f"{home} {count}笔"))
    return flags + _members(charter, households) + _groups(charter, households, open_loans)


def _groups(charter: Charter, households: Sequence[Household], open_loans: Sequence[Loan]) -> list[Flag]:
    flags = []
    members: dict[str, list[str]] = {}
    for home in households:
        if home.group_name and home.left_on is None:
            members.setdefault(home.group_name, []).append(home.no)
    borrowing = {loan.household for loan in open_loans}
    for name, homes in members.items():
        if not charter.group.size_min <= len(homes) <= charter.group.size_max:
            flags.append(_flag("group_size", "yellow", "group.size", f"{name} {len(homes)}户"))
        limit = max(1, len(homes) * charter.group.borrowers_permille // 1000)
        borrowers = sum(1 for no in homes if no in borrowing)
        if borrowers > limit:
            flags.append(_flag("group_borrowers", "yellow", "group.borrowers_permille", f"{name} {borrowers}户"))
    return flags


def _members(charter: Charter, households: Sequence[Household]) -> list[Flag]:
    """Too few households for a society, or too few poor ones among them (rules.md 3.1)."""
    flags, terms = [], charter.society
    homes = [home for home in households if home.left_on is None]
    if len(homes) < terms.min_households:
        flags.append(_flag("society_small", "yellow", "society.min_households", f"{len(homes)}户"))
    poor = sum(1 for home in homes if home.category in POOR_CATEGORIES)
    if poor * 1000 < len(homes) * terms.poor_share_permille:
        flags.append(_flag("poor_share", "yellow", "society.poor_share_permille", f"{poor}/{len(homes)}户"))
    return flags


def check_founding(charter: Charter, households: int) -> None:
    """Raise CharterError where too few households would found the society and the charter lets none of those begin."""
    terms = charter.society
    if terms.founding_refused and households < terms.min_households:
        raise CharterError([
            f"society.min_households: {households} households, at least {terms.min_households} found a society"
        ])


def dear(charter: Charter, on: date) -> list[Flag]:
    """A charter that was adopted under a higher LPR and is above the cap today (rules.md section 6, true cost)."""
    found = cost.faults(charter, on)
    if not found:
        return []
    cap_ppm = charter.cost.lpr_multiple * cost.lpr(on)[1]
    figures = f"{cost.dearest(charter).ppm_year / 10_000:.2f}%/{cap_ppm / 10_000:.2f}%"
    return [_flag("true_cost", "red", "cost.lpr_multiple", figures)]


def risks(sums: Figures, alert: AlertTerms) -> list[Flag]:
    """Where a scope's figures alarm, by the charter's thresholds (rules.md section 6, alert.*; 3.13)."""
    flags = []
    lent = sums.cash_fen + sums.bank_fen + sums.outstanding_fen
    bad, out = sums.bad_fen * 1000, sums.outstanding_fen
    if out and bad >= out * alert.bad_yellow_permille:
        level = "red" if bad >= out * alert.bad_red_permille else "yellow"
        flags.append(_flag("bad_rate", level, "alert.bad_rate", f"{sums.bad_fen}/{out}"))
    if sums.instalments_on_time * 1000 < sums.instalments_due * alert.on_time_permille:
        figures = f"{sums.instalments_on_time}/{sums.instalments_due}"
        flags.append(_flag("on_time_rate", "yellow", "alert.ontime_rate", figures))
    if out * 1000 < lent * alert.lent_yellow_permille:
        level = "red" if out * 1000 < lent * alert.lent_red_permille else "yellow"
        flags.append(_flag("idle_money", level, "alert.loan_ratio_year", f"{out}/{lent}"))
    return flags
