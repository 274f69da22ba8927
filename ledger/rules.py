"""The conditions of the charter, one small function each, answering a `Refusal` or None.

Lists at the end name the conditions of an act; `refusals` gives all that speak against it at once, so that a villager
hears every reason in one message, each with what would work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from .charter import Charter
from .loan_terms import OFF, SHORT
from .records import Household, Refusal
from .terms import POOR_CATEGORIES


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
    contributed_fen: int = 0  # the household's own money that is old enough to count
    unrecovered: tuple[int, ...] = ()  # its loans that were written off and are not paid back
    special_case: bool = False  # the supervisors' leave for one borrower more (rules.md 4.9)
    cadre: int = 0  # the person paired with a poor household as one more guarantor (S03)


def no_purpose(case: LoanCase) -> Refusal | None:
    """S05: a loan has a clear purpose."""
    return None if case.purpose else Refusal("loan.no_purpose", {"amount_fen": case.amount_fen})


def forbidden_purpose(case: LoanCase) -> Refusal | None:
    """rules.md 3.4: production only; no public works, no ceremonies, no lending on."""
    for word in case.charter.loan.forbidden_purposes:
        if word in case.purpose:
            return Refusal("loan.forbidden_purpose", {"purpose": case.purpose})
    return None


def purpose_not_allowed(case: LoanCase) -> Refusal | None:
    """Where a charter lists what loans are for, nothing else is (rules.md 3.4)."""
    allowed = case.charter.loan.allowed_purposes
    if not allowed or not case.purpose or any(word in case.purpose for word in allowed):
        return None
    return Refusal("loan.purpose_not_allowed", {"purpose": case.purpose, "allowed": "、".join(allowed)})


def window_closed(case: LoanCase) -> Refusal | None:
    """Applications are lodged up to a day of the month (rules.md 3.10, 沂南: the 15th)."""
    last = case.charter.window.last_day
    return Refusal("loan.window_closed", {"last_day": last}) if last and case.today.day > last else None


def written_off_before(case: LoanCase) -> Refusal | None:
    """What was written off is still owed (I15): nobody borrows anew before it is paid back."""
    return Refusal("loan.written_off_before", {"loan": case.unrecovered[0]}) if case.unrecovered else None


def over_multiple(case: LoanCase) -> Refusal | None:
    """A multiple of the household's own money that is old enough (rules.md 3.4, 沐川; section 7)."""
    limit_fen = multiple_fen(case)
    if limit_fen is None or case.amount_fen <= limit_fen:
        return None
    days = case.charter.loan.contribution_age_days
    return Refusal("loan.over_multiple", {"limit_fen": limit_fen, "days": days})


def multiple_fen(case: LoanCase) -> int | None:
    """The ceiling by contribution in fen; None where none is set or the household is exempt."""
    terms = case.charter.loan
    poor = case.own.household.category in POOR_CATEGORIES
    if not terms.contribution_multiple or (poor and terms.multiple_poor_exempt):
        return None
    return case.contributed_fen * terms.contribution_multiple


def nothing_asked(case: LoanCase) -> Refusal | None:
    return Refusal("loan.no_amount") if case.amount_fen <= 0 else None


def over_limit(case: LoanCase) -> Refusal | None:
    """First loan and later loans have their own ceilings (rules.md 3.4, step-up)."""
    limit_fen = own_limit_fen(case)
    if case.amount_fen <= limit_fen:
        return None
    return Refusal("loan.over_limit" if case.settled_loans else "loan.over_first_limit", {"limit_fen": limit_fen})


def own_limit_fen(case: LoanCase) -> int:
    """The charter's ceiling for this household in fen."""
    return case.charter.loan.later_max_fen if case.settled_loans else case.charter.loan.first_max_fen


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
    limit_fen = concentration_fen(case)
    return None if case.amount_fen <= limit_fen else Refusal("loan.over_concentration", {"limit_fen": limit_fen})


def concentration_fen(case: LoanCase) -> int:
    return case.pool.fund_fen * case.charter.loan.household_permille // 1000


def pool_empty(case: LoanCase) -> Refusal | None:
    """All lent and promised stays within the ceiling of the fund and the money that is there (rules.md 3.4)."""
    left_fen = room_fen(case.charter, case.pool)
    return None if case.amount_fen <= left_fen else Refusal("loan.pool_empty", {"room_fen": left_fen})


def room_fen(charter: Charter, pool: Pool) -> int:
    """What may still be promised, in fen: within the ceiling of the fund and the money that is there."""
    ceiling_fen = pool.fund_fen * charter.loan.pool_permille // 1000
    left_fen = ceiling_fen - pool.outstanding_fen - pool.promised_fen
    return max(0, min(left_fen, pool.cash_fen + pool.bank_fen - pool.promised_fen))


def would_work_fen(case: LoanCase) -> int:
    """The largest amount in fen, in whole yuan, that no rule about the amount refuses."""
    limits = [own_limit_fen(case), concentration_fen(case), room_fen(case.charter, case.pool)]
    by_contribution = multiple_fen(case)
    if by_contribution is not None:
        limits.append(by_contribution)
    return max(0, min(limits)) // 100 * 100


AMOUNT_KEYS = frozenset({
    "loan.over_limit", "loan.over_first_limit", "loan.over_multiple", "loan.over_concentration", "loan.pool_empty",
})


@dataclass(frozen=True)
class Waiting:
    """An application that waits for its keys."""

    no: int
    amount_fen: int
    category: str


def poor_first(charter: Charter, no: int, waiting: Sequence[Waiting], left_fen: int) -> Refusal | None:
    """Poor households come first: always, or where what is left does not suffice for all who wait (S11).

    `waiting` is in order of application and holds the loan itself; `left_fen` may still be promised.
    """
    mine = next((one for one in waiting if one.no == no), None)
    poor = [one for one in waiting if one.category in POOR_CATEGORIES and one.no != no]
    if mine is None or mine.category in POOR_CATEGORIES or not poor:
        return None
    enough = mine.amount_fen + sum(one.amount_fen for one in poor) <= left_fen
    when = charter.priority.poor_first
    if when == OFF or (when == SHORT and enough):
        return None
    return Refusal("approve.poor_first", {"loan": no, "first": poor[0].no})


LoanRule = Callable[[LoanCase], Refusal | None]

APPLY: tuple[LoanRule, ...] = (
    nothing_asked,
    no_purpose,
    forbidden_purpose,
    purpose_not_allowed,
    window_closed,
    over_limit,
    over_multiple,
    too_long,
    already_borrowing,
    written_off_before,
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
    """Everything that speaks against the act, in the order of the list; where several limits are in the way, the
    largest amount that all of them would let pass comes last."""
    found = [refusal for refusal in (rule(case) for rule in rules) if refusal is not None]
    if sum(1 for one in found if one.key in AMOUNT_KEYS) > 1 and would_work_fen(case):
        found.append(Refusal("loan.would_work", {"limit_fen": would_work_fen(case)}))
    return tuple(found)
