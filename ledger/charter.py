"""A society's charter (章程) as data: every limit and procedure with its number, read once and checked when loaded.

The files under `charters/` carry the source of each number beside it; a loan lives under the version of its
application, so a charter is looked up by (society, version) and never changed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from . import fund_terms, identity, loan_terms, society_terms, told_terms
from .fund_terms import Budget, DistributionTerms, Ending, Relief, RiskFund
from .identity import IdentityTerms
from .loan_terms import Early, ExtensionTerms, Overdue, Priority, Subsidy, Window, WriteOffTerms
from .society_terms import AlertTerms, AssemblyTerms, BoardTerms, CostTerms, RoleTerms, SocietyTerms
from .terms import CATEGORIES, Plan, Role
from .told_terms import BroadcastTerms, CalendarTerms, ComplaintTerms, DisclosureTerms, Remind, SheetTerms

FOLDER = Path(__file__).parent / "charters"
DEFAULT = "示范章程"


class CharterError(ValueError):
    """A charter that may not be used; `faults` lists every wrong key with what is wrong."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Membership:
    min_age_years: int
    notice_months: int
    min_months: int
    blocked_if_group_owes: bool


@dataclass(frozen=True)
class Contribution:
    share_fen: int
    shares_min: int
    shares_max: int
    poor_waived: bool
    gifted_fen: tuple[int, ...]
    matched_fen: tuple[int, ...]
    given_shares_max: int
    deferred_months: int
    single_member_permille: int


@dataclass(frozen=True)
class Group:
    size_min: int
    size_max: int
    borrowers_permille: int
    borrowers_special_permille: int
    guarantor_may_borrow: bool
    substitute_payers: int
    locked_after_days: int
    exclude_relatives: bool
    special_days: int
    set_off: bool
    set_off_days: int


@dataclass(frozen=True)
class LoanTerms:
    first_max_fen: int
    later_max_fen: int
    months_max: int
    months_default: int
    plan_default: str
    grace_months: int
    concurrent: int
    pool_permille: int
    household_permille: int
    contribution_multiple: int
    contribution_age_days: int
    multiple_poor_exempt: bool
    allowed_purposes: tuple[str, ...]
    forbidden_purposes: tuple[str, ...]


@dataclass(frozen=True)
class Fee:
    ppm_month: int
    ppm_month_max: int
    day_count: str


@dataclass(frozen=True)
class Approval:
    keys: tuple[str, ...]
    code_hours: int
    code_tries: int


@dataclass(frozen=True)
class Cash:
    overnight_max_fen: int
    bank_within_days: int


@dataclass(frozen=True)
class Collect:
    back_days_max: int


@dataclass(frozen=True)
class Charter:
    """One version of a charter; amounts in fen, rates in parts per million a month, shares in permille."""

    name: str
    membership: Membership
    contribution: Contribution
    group: Group
    loan: LoanTerms
    fee: Fee
    overdue: Overdue
    approval: Approval
    disclosure: DisclosureTerms
    remind: Remind
    cash: Cash
    collect: Collect
    early: Early
    extension: ExtensionTerms
    write_off: WriteOffTerms
    window: Window
    priority: Priority
    subsidy: Subsidy
    distribution: DistributionTerms
    budget: Budget
    risk_fund: RiskFund
    relief: Relief
    ending: Ending
    broadcast: BroadcastTerms
    sheets: SheetTerms
    calendar: CalendarTerms
    identity: IdentityTerms
    society: SocietyTerms
    roles: RoleTerms
    board: BoardTerms
    cost: CostTerms
    alert: AlertTerms
    complaint: ComplaintTerms
    assembly: AssemblyTerms


LATER = frozenset({
    "broadcast", "sheets", "calendar", "identity", "society", "roles", "board", "cost", "alert", "complaint",
    "assembly",
})
"""Tables that charters kept before did not know: those have the default charter's."""
FORMER = frozenset({"group.special_case_days"})
"""Keys that charters kept before hold and nothing reads any more."""


def names(folder: Path = FOLDER) -> set[str]:
    """The charters that a workbook's 章程 may name."""
    return {path.stem for path in folder.glob("*.toml")}


def body_of(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """The data of a charter file; an empty name is the default charter.

    Raises CharterError when there is no such file.
    """
    path = folder / f"{name or DEFAULT}.toml"
    if path.parent != folder or not path.is_file():
        raise CharterError([f"no charter is called {name}"])
    return tomllib.loads(path.read_text("utf-8"))


@cache
def _default() -> dict[str, Any]:
    return body_of(DEFAULT)


_hints = cache(get_type_hints)
"""Reading annotations is slow, and every turn reads a charter."""


def from_body(body: Mapping[str, Any]) -> Charter:
    """The typed charter of `body`. Raises CharterError with every fault by key."""
    faults: list[str] = []
    parts: dict[str, Any] = {}
    hints = _hints(Charter)
    for unknown in sorted(set(body) - set(hints)):
        faults.append(f"{unknown}: unknown key")
    if missing := LATER - set(body):
        body = {**body, **{section: _default()[section] for section in missing}}
    for section, kind in hints.items():
        if section not in body:
            faults.append(f"{section}: missing")
        elif section == "name":
            parts[section] = str(body[section])
        else:
            parts[section] = _section(section, kind, body[section], faults)
    if faults:
        raise CharterError(faults)
    made = Charter(**parts)
    if faults := _contradictions(made):
        raise CharterError(faults)
    return made


def _section(section: str, kind: Any, body: Any, faults: list[str]) -> Any:
    """One table of the charter, each value of the declared type."""
    hints = _hints(kind)
    if not isinstance(body, Mapping):
        faults.append(f"{section}: must be a table")
        return None
    unknown = [f"{section}.{key}" for key in sorted(set(body) - set(hints))]
    faults += [f"{key}: unknown key" for key in unknown if key not in FORMER]
    values: dict[str, Any] = {}
    for spec in fields(kind):
        value = body.get(spec.name)
        hint = hints[spec.name]
        if hint is int and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            faults.append(f"{section}.{spec.name}: a whole number from 0 is needed")
        elif hint is bool and not isinstance(value, bool):
            faults.append(f"{section}.{spec.name}: true or false is needed")
        elif hint is str and not isinstance(value, str):
            faults.append(f"{section}.{spec.name}: a text is needed")
        elif hint not in (int, bool, str):
            item = int if hint == tuple[int, ...] else str
            if not isinstance(value, list | tuple) or not all(type(one) is item for one in value):
                faults.append(f"{section}.{spec.name}: a list of {item.__name__} is needed")
            else:
                value = tuple(value)
        values[spec.name] = value
    return None if faults else kind(**values)


def _contradictions(charter: Charter) -> list[str]:
    """What is wrong between the numbers of one charter."""
    wrong = []
    if charter.loan.plan_default not in set(Plan):
        wrong.append("loan.plan_default: not a plan")
    if not 1 <= charter.loan.months_default <= charter.loan.months_max:
        wrong.append("loan.months_default: not within 1 and loan.months_max")
    if charter.fee.ppm_month > charter.fee.ppm_month_max:
        wrong.append("fee.ppm_month: above fee.ppm_month_max")
    if charter.loan.first_max_fen > charter.loan.later_max_fen:
        wrong.append("loan.first_max_fen: above loan.later_max_fen")
    if len(charter.approval.keys) != 2 or not set(charter.approval.keys) <= {Role.TREASURER, Role.CHAIR, Role.DIRECTOR}:
        wrong.append("approval.keys: two of treasurer, chair, director are needed")
    elif set(charter.approval.keys) == {Role.TREASURER}:
        wrong.append("approval.keys: at least one of chair or director is needed")
    if charter.group.substitute_payers != 2:
        wrong.append("group.substitute_payers: 2, as every loan names 代偿人一 and 代偿人二")
    if not 1 <= charter.approval.code_tries <= 3:
        wrong.append("approval.code_tries: 1 to 3")
    if not 1 <= charter.approval.code_hours <= 24:
        wrong.append("approval.code_hours: 1 to 24")
    if charter.disclosure.loan_days < 1:
        wrong.append("disclosure.loan_days: at least 1")
    if charter.loan.pool_permille > 1000:
        wrong.append("loan.pool_permille: at most 1000")
    if charter.group.size_min > charter.group.size_max:
        wrong.append("group.size_min: above group.size_max")
    wrong += _contribution_faults(charter.contribution)
    wrong += loan_terms.faults(
        charter.early, charter.extension, charter.write_off, charter.window, charter.priority, charter.subsidy,
        charter.fee.day_count,
    )
    wrong += fund_terms.faults(
        charter.distribution, charter.budget, charter.risk_fund, charter.relief, charter.ending
    )
    wrong += told_terms.faults(charter.broadcast, charter.sheets, charter.complaint) + identity.faults(charter.identity)
    wrong += society_terms.faults(
        charter.society, charter.roles, charter.board, charter.alert, charter.window.last_day
    )
    return wrong + loan_terms.overdue_faults(charter.overdue) + society_terms.assembly_faults(charter.assembly)


def _contribution_faults(terms: Contribution) -> list[str]:
    """Shares that cannot be sold: what is given is told for every category and is never more than a share."""
    wrong = []
    for key, given in (("gifted_fen", terms.gifted_fen), ("matched_fen", terms.matched_fen)):
        if len(given) != len(CATEGORIES) or any(fen < 0 for fen in given):
            wrong.append(f"contribution.{key}: an amount from 0 for each of {len(CATEGORIES)} categories is needed")
    both = zip(terms.gifted_fen, terms.matched_fen, strict=False)
    if any(gifted + matched > terms.share_fen for gifted, matched in both):
        wrong.append("contribution.gifted_fen: with contribution.matched_fen above contribution.share_fen")
    if terms.share_fen < 1 or not 1 <= terms.shares_min <= terms.shares_max:
        wrong.append("contribution.shares_min: not within 1 and contribution.shares_max")
    return wrong


def plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a charter as it is kept: tables and lists of plain values."""
    return {key: dict(value) if isinstance(value, Mapping) else value for key, value in body.items()}
