"""Leaving: when a household may go, what it takes along, and what stays in the fund (rules.md 3.1, withdrawal).

Only what a household paid itself ever goes back; its gifted and matched shares fall back into 政府拨入.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from . import journal, notices
from .calendar import add_months, whole_months
from .charter import Charter
from .records import Act, Address, Draft, Household, Person, Proposal, Refusal
from .rules import Standing
from .terms import Account


@dataclass(frozen=True)
class LeaveCase:
    """All that decides on leaving: the own household's standing and the others of its group."""

    charter: Charter
    today: date
    own: Standing
    group: Sequence[Standing]
    asked_on: date | None = None  # when the leaving was asked for; None while it is only asked now
    offices: tuple[str, ...] = ()
    waiting: int = 0  # the number of a request that stands already

    @property
    def others(self) -> list[Standing]:
        return [one for one in self.group if one.household.no != self.own.household.no]


def too_new(case: LeaveCase) -> Refusal | None:
    """Not in the first year after joining (泰顺 art. 5)."""
    months, joined = case.charter.membership.min_months, case.own.household.joined_on
    if whole_months(joined, case.asked_on or case.today) >= months:
        return None
    return Refusal("leave.too_new", {"months": months, "from_on": add_months(joined, months)})


def owes(case: LeaveCase) -> Refusal | None:
    """No loan and no fee due, nor an application on its way (陕西 art. 36)."""
    busy = case.own.open_loans + case.own.asking
    return Refusal("leave.owes") if busy else None


def group_owes(case: LeaveCase) -> Refusal | None:
    """No refund while anyone in the group still owes (汉阴 join form)."""
    if not case.charter.membership.blocked_if_group_owes:
        return None
    owing = [one.name for one in case.others if one.open_loans]
    return Refusal("leave.group_owes", {"names": "、".join(owing)}) if owing else None


def stands_for_another(case: LeaveCase) -> Refusal | None:
    """A substitute payer stays until that loan is repaid."""
    return Refusal("leave.is_guarantor", {"guarantees": case.own.guarantees}) if case.own.guarantees else None


def holds_office(case: LeaveCase) -> Refusal | None:
    return Refusal("leave.holds_office", {"offices": "、".join(case.offices)}) if case.offices else None


def asked_before(case: LeaveCase) -> Refusal | None:
    return Refusal("leave.asked_before", {"item": case.waiting}) if case.waiting else None


def too_early(case: LeaveCase) -> Refusal | None:
    """Two months between asking and going (陕西 art. 36)."""
    if case.asked_on is None:
        return None
    first = add_months(case.asked_on, case.charter.membership.notice_months)
    return None if case.today >= first else Refusal("leave.too_early", {"from_on": first})


LEAVE: tuple[Callable[[LeaveCase], Refusal | None], ...] = (
    asked_before, too_new, too_early, owes, group_owes, stands_for_another, holds_office,
)
"""Against leaving: when it is asked for, and again when the money goes back."""


def refusals_to_leave(case: LeaveCase, rules: Iterable[Callable[[LeaveCase], Refusal | None]] = LEAVE) -> list[Refusal]:
    """Everything that speaks against it, at once."""
    return [found for found in (rule(case) for rule in rules) if found is not None]


@dataclass(frozen=True)
class Refund:
    """What a leaving household takes along, in fen: its own contribution and what it paid beyond its loans."""

    own_fen: int
    credit_fen: int
    given_fen: int  # goes back inside 政府拨入, never to the household

    @property
    def total_fen(self) -> int:
        return self.own_fen + self.credit_fen


def leave(
    home: Household, person: Person, request: Proposal, refund: Refund, addresses: Sequence[Address], today: date,
    money: Account, key: str, by: int,
) -> Act:
    """The household goes: the refund is booked, its given shares fall back, its phone stands for nobody."""
    gone = replace(
        home, left_on=today, group_name="", leader=False, gifted_fen=0, matched_fen=0, deferred_fen=0,
        deferred_until=None,
    )
    ended = tuple(replace(one, ended_on=today) for one in addresses)
    done = replace(request, state="done", ended_on=today)
    entries: list[Draft] = []
    if refund.total_fen:
        entries.append(journal.refund(home.no, refund.own_fen, refund.credit_fen, today, money, f"{key}/own", by))
    if refund.given_fen:
        entries.append(journal.given_shares(home.no, -refund.given_fen, today, f"{key}/given", by))
    told = notices.left(home, person, refund.total_fen, bool(entries and refund.total_fen), key)
    return Act((gone, done, *ended), tuple(entries), (told,) if told else ())
