"""Offices held and what they may do: who acts today, who is in conflict, who holds the keys of a loan.

An officer acts while the term runs; nobody decides on the own loan, household or group (contract.md section 4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from . import identity
from .calendar import add_months
from .charter import Charter
from .records import Household, Loan, Office, Person, Refusal
from .terms import TITLES, Role


def acting(offices: Iterable[Office], today: date) -> tuple[Office, ...]:
    """The offices whose term runs on `today`."""
    return tuple(one for one in offices if one.since <= today and (one.until is None or today <= one.until))


def holding(
    officers: Iterable[tuple[Office, Person]], roles: Collection[Role], today: date
) -> list[Person]:
    """The people who hold one of these offices today, each once, in the order of `officers`."""
    found = {
        person.no: person for office, person in officers if TITLES[office.title] in roles and acting([office], today)
    }
    return list(found.values())


def roles_of(person: Person, offices: Iterable[Office], today: date, *, member: bool) -> frozenset[Role]:
    """Every role a person has today; a member of the own household keeps that role beside any office."""
    roles = {TITLES[one.title] for one in acting(offices, today) if one.person == person.no}
    return frozenset(roles | ({Role.MEMBER} if member else set()))


def conflicted(person: Person, borrower: Household, group: Iterable[Household]) -> bool:
    """Whether `person` is the borrower, of the borrower's household or of the borrower's group."""
    if person.household and person.household in {one.no for one in group}:
        return True
    return person.household == borrower.no or person.no == borrower.person or person.name == borrower.head


def payers(
    officers: Sequence[tuple[Office, Person]],
    keys: Collection[Person],
    borrower: Household,
    homes: Sequence[Household],
    today: date,
) -> tuple[Person, ...]:
    """Who may pay a loan out: the cashier, replaced like a key holder by the next free director on conflict.

    Nobody who turned one of its `keys` pays it out, whatever their numbers say, and no treasurer keeps money (会计 is
    never 出纳). Nobody comes back when the village has no such officer; the loan then waits.
    """
    now = [(office, person) for office, person in officers if acting([office], today)]
    books = [person for office, person in now if TITLES[office.title] == Role.TREASURER]
    free = [
        (office, person) for office, person in now
        if not conflicted(person, borrower, homes)
        and not any(identity.same_human(person, other) for other in (*keys, *books))
    ]
    cashiers = [person for office, person in free if TITLES[office.title] == Role.CASHIER]
    return tuple(cashiers or [person for office, person in free if TITLES[office.title] == Role.DIRECTOR][:1])


def key_holders(
    charter: Charter,
    officers: Sequence[tuple[Office, Person]],
    borrower: Household,
    group: Sequence[Household],
    today: date,
) -> tuple[tuple[Office, Person], ...]:
    """The two whose keys this loan needs: the charter's posts, each replaced by the next free director on conflict.

    The two are two people, whatever their numbers say. Where the charter wants a supervisor at the board's table
    (沂南, `board.supervisor`), one turns a third key. Fewer than two come back when the village has too few
    unconflicted officers; the loan then waits, for one key alone opens nothing.
    """
    now = [(office, person) for office, person in officers if office in acting([office], today)]
    free = [(office, person) for office, person in now if not conflicted(person, borrower, group)]
    chosen: list[tuple[Office, Person]] = []
    posts = (*charter.approval.keys, *((Role.SUPERVISOR,) if charter.board.supervisor else ()))
    for wanted in posts:
        others = [one for one in free if not any(identity.same_human(one[1], other) for _, other in chosen)]
        in_post = [one for one in others if TITLES[one[0].title] == wanted]
        spare = [one for one in others if TITLES[one[0].title] == Role.DIRECTOR and wanted != Role.SUPERVISOR]
        for candidate in (in_post or spare)[:1]:
            chosen.append(candidate)
    return tuple(chosen if len(chosen) == len(posts) else chosen[:1])


def board_on(charter: Charter, applied_on: date) -> date:
    """The day from which an application may be decided: the board's first day of the month not before it was lodged
    (沂南: lodged by the 15th, decided on the 20th); the day itself where the charter names none."""
    day = charter.board.day
    if not day:
        return applied_on
    return add_months(applied_on.replace(day=day), int(applied_on.day > day))


def before_board(charter: Charter, loan: Loan, today: date) -> Refusal | None:
    """Whether a key is turned before the board has met on the application."""
    on = board_on(charter, loan.applied_on)
    return Refusal("approve.before_board", {"loan": loan.no, "board_on": on}) if today < on else None
