"""The conditions of the charter, one small function each, answering a `Refusal` or None.

Lists at the end name the conditions of an act; `refusals` gives all that speak against it at once, so that a villager
hears every reason in one message, each with what would work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from .charter import Charter
from .records import Household, Refusal


@dataclass(frozen=True)
class Standing:
    """How one household of a group stands today."""

    household: Household
    name: str
    open_loans: int = 0
    asking: int = 0
    guarantees: int = 0
    days_late: int = 0

    @property
    def free_to_vouch(self) -> bool:
        """A substitute payer has no loan of the own household, open or asked for (cases/README, contract)."""
        return self.open_loans == 0 and self.asking == 0


@dataclass(frozen=True)
class Pool:
    """The fund today, in fen; `promised_fen` is approved and not yet paid out."""

    fund_fen: int
    outstanding_fen: int
    promised_fen: int
    cash_fen: int
    bank_fen: int


@dataclass(frozen=True)
class LoanCase:
    """All that decides on one application: the wish, the household's own standing, its group, the pool."""

    charter: Charter
    today: date
    amount_fen: int
    months: int
    purpose: str
    own: Standing
    group: tuple[Standing, ...]  # the own household included
    settled_loans: int
    pool: Pool
    special_case: bool = False  # the supervisors' leave for one borrower more (rules.md 4.9)


def no_purpose(case: LoanCase) -> Refusal | None:
    """S05: a loan has a clear purpose."""
    return None if case.purpose else Refusal("loan.no_purpose", {"amount_fen": case.amount_fen})


def forbidden_purpose(case: LoanCase) -> Refusal | None:
    """rules.md 3.4: production only; no public works, no ceremonies, no lending on."""
    for word in case.charter.loan.forbidden_purposes:
        if word in case.purpose:
            return Refusal("loan.forbidden_purpose", {"purpose": case.purpose})
    return None


def nothing_asked(case: LoanCase) -> Refusal | None:
    return Refusal("loan.no_amount") if case.amount_fen <= 0 else None


def over_limit(case: LoanCase) -> Refusal | None:
    """First loan and later loans have their own ceilings (rules.md 3.4, step-up)."""
    first = case.settled_loans == 0
    limit_fen = case.charter.loan.first_max_fen if first else case.charter.loan.later_max_fen
    if case.amount_fen <= limit_fen:
        return None
    return Refusal("loan.over_first_limit" if first else "loan.over_limit", {"limit_fen": limit_fen})


def too_long(case: LoanCase) -> Refusal | None:
    limit = case.charter.loan.months_max
    return None if 1 <= case.months <= limit else Refusal("loan.too_long", {"months_max": limit})


def already_borrowing(case: LoanCase) -> Refusal | None:
    """One loan at a time per household (rules.md 3.4, 甘肃)."""
    busy = case.own.open_loans + case.own.asking
    return Refusal("loan.already_borrowing") if busy >= case.charter.loan.concurrent else None


def no_group(case: LoanCase) -> Refusal | None:
    return None if case.own.household.group_name else Refusal("loan.no_group")


def group_locked(case: LoanCase) -> Refusal | None:
    """A loan late from the fourth day on locks the whole group (contract, default charter)."""
    late = max((one.days_late for one in case.group), default=0)
    if late < case.charter.group.locked_after_days:
        return None
    return Refusal("loan.group_locked", {"group": case.own.household.group_name, "days": late})


def group_full(case: LoanCase) -> Refusal | None:
    """2 of 5 may borrow at once: floor(0.4 n), at least 1 (rules.md 4.9)."""
    terms = case.charter.group
    permille = terms.borrowers_special_permille if case.special_case else terms.borrowers_permille
    limit = max(1, len(case.group) * permille // 1000)
    others = sum(
        1 for one in case.group if one.household.no != case.own.household.no and one.open_loans + one.asking > 0
    )
    return None if others < limit else Refusal("loan.group_full", {"borrowers": others, "borrowers_max": limit})


def is_guarantor(case: LoanCase) -> Refusal | None:
    """Who stands as substitute payer may not borrow (rules.md 3.2, switchable by charter)."""
    if case.charter.group.guarantor_may_borrow or case.own.guarantees == 0:
        return None
    return Refusal("loan.is_guarantor", {"guarantees": case.own.guarantees})


def too_few_payers(case: LoanCase) -> Refusal | None:
    """Two others of the group must be free to stand as substitute payers."""
    free = sum(1 for one in case.group if one.household.no != case.own.household.no and one.free_to_vouch)
    needed = case.charter.group.substitute_payers
    return None if free >= needed else Refusal("loan.too_few_payers", {"free": free, "needed": needed})


def over_concentration(case: LoanCase) -> Refusal | None:
    """One household never holds more than a share of the fund (rules.md 6, household_concentration)."""
    limit_fen = case.pool.fund_fen * case.charter.loan.household_permille // 1000
    return None if case.amount_fen <= limit_fen else Refusal("loan.over_concentration", {"limit_fen": limit_fen})


def pool_empty(case: LoanCase) -> Refusal | None:
    """All lent and promised stays within the ceiling of the fund and the money that is there (rules.md 3.4)."""
    ceiling_fen = case.pool.fund_fen * case.charter.loan.pool_permille // 1000
    room_fen = ceiling_fen - case.pool.outstanding_fen - case.pool.promised_fen
    room_fen = max(0, min(room_fen, case.pool.cash_fen + case.pool.bank_fen - case.pool.promised_fen))
    return None if case.amount_fen <= room_fen else Refusal("loan.pool_empty", {"room_fen": room_fen})


LoanRule = Callable[[LoanCase], Refusal | None]

APPLY: tuple[LoanRule, ...] = (
    nothing_asked,
    no_purpose,
    forbidden_purpose,
    over_limit,
    too_long,
    already_borrowing,
    no_group,
    group_locked,
    group_full,
    is_guarantor,
    too_few_payers,
    over_concentration,
    pool_empty,
)
"""Against an application."""

APPROVE: tuple[LoanRule, ...] = (over_limit, too_long, group_locked, pool_empty)
"""Asked again under the society's lock when the second key turns, because the books may have moved on."""

PAY_OUT: tuple[LoanRule, ...] = (group_locked,)
"""Asked again when the money leaves."""


def refusals(case: LoanCase, rules: Iterable[LoanRule]) -> tuple[Refusal, ...]:
    """Everything that speaks against the act, in the order of the list."""
    found = (rule(case) for rule in rules)
    return tuple(refusal for refusal in found if refusal is not None)
