"""Offices held and what they may do: who acts today, who is in conflict, who holds the keys of a loan.

An officer acts while the term runs; nobody decides on the own loan, household or group (contract.md section 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from .charter import Charter
from .records import Household, Office, Person
from .terms import TITLES, Role


def acting(offices: Iterable[Office], today: date) -> tuple[Office, ...]:
    """The offices whose term runs on `today`."""
    return tuple(one for one in offices if one.since <= today and (one.until is None or today <= one.until))


def roles_of(person: Person, offices: Iterable[Office], today: date, *, member: bool) -> frozenset[Role]:
    """Every role a person has today; a member of the own household keeps that role beside any office."""
    roles = {TITLES[one.title] for one in acting(offices, today) if one.person == person.no}
    return frozenset(roles | ({Role.MEMBER} if member else set()))


def conflicted(person: Person, borrower: Household, group: Iterable[Household]) -> bool:
    """Whether `person` is the borrower, of the borrower's household or of the borrower's group."""
    if person.household and person.household in {one.no for one in group}:
        return True
    return person.household == borrower.no or person.no == borrower.person or person.name == borrower.head


def key_holders(
    charter: Charter,
    officers: Sequence[tuple[Office, Person]],
    borrower: Household,
    group: Sequence[Household],
    today: date,
) -> tuple[tuple[Office, Person], ...]:
    """The two whose keys this loan needs: the charter's posts, each replaced by the next free director on conflict.

    Fewer than two come back when the village has too few unconflicted officers; the loan then waits.
    """
    now = [(office, person) for office, person in officers if office in acting([office], today)]
    free = [(office, person) for office, person in now if not conflicted(person, borrower, group)]
    chosen: list[tuple[Office, Person]] = []
    taken: set[int] = set()
    for wanted in (*charter.approval.keys,):
        in_post = [one for one in free if TITLES[one[0].title] == wanted and one[1].no not in taken]
        spare = [one for one in free if TITLES[one[0].title] == Role.DIRECTOR and one[1].no not in taken]
        for candidate in (in_post or spare)[:1]:
            chosen.append(candidate)
            taken.add(candidate[1].no)
    return tuple(chosen)
