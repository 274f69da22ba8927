"""A household's delegate changes: by age, absence or death the membership passes to another of the same household.

What the old one said stays said; what was still asked of him is asked of the new one; a signature under money that
has not left is asked anew (rules.md 3.1: the form names the heir; no text says more, so this is our choice).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from . import loans, notices
from .records import Act, Address, Endorsement, Household, Loan, Notice, Office, Person, Record, Refusal
from .terms import ASKING, Status


@dataclass(frozen=True)
class DelegateCase:
    """Who follows whom in which household. `taken_by` names another member whose phone or ID number was told."""

    today: date
    min_age_years: int
    home: Household
    person: Person
    name: str
    phone: str
    id_card: str
    death: bool
    taken_by: str = ""


@dataclass(frozen=True)
class Standing:
    """What hangs on the old delegate: own loans, all asked and said, loans on their way that the household asked or
    stands for, offices, addresses."""

    own: tuple[Loan, ...]
    said: tuple[Endorsement, ...]
    vouched: Mapping[int, Loan]
    offices: tuple[Office, ...]
    addresses: tuple[Address, ...]


def refusals(case: DelegateCase) -> list[Refusal]:
    """Everything against the change, at once."""
    young = len(case.id_card) == 18 and int(case.id_card[6:14]) > (
        (case.today.year - case.min_age_years) * 10000 + case.today.month * 100 + case.today.day
    )
    found = [
        None if 2 <= len(case.name) <= 12 else Refusal("delegate.no_name"),
        Refusal("delegate.same", {"name": case.name})
        if (case.name, case.phone) == (case.person.name, case.person.phone) else None,
        Refusal("delegate.taken", {"name": case.taken_by}) if case.taken_by else None,
        Refusal("delegate.too_young", {"name": case.name, "years": case.min_age_years}) if young else None,
    ]
    return [one for one in found if one is not None]


def change(case: DelegateCase, standing: Standing, number: int) -> Act:
    """The new delegate's records; the old phone stands for the household no more."""
    home = replace(case.home, person=number, head=case.name if case.death and case.home.head == case.person.name
                   else case.home.head)
    heir = Person(home.society, number, case.name, "", case.phone, case.id_card, home.no)
    stays = bool(standing.offices) and not case.death and case.phone != case.person.phone
    ended = () if stays else tuple(replace(one, ended_on=case.today) for one in standing.addresses)
    phone = (Address("sms", "", case.phone, home.society, number, case.today),) if case.phone else ()
    offices = _over(standing.offices, case.today) if case.death else ()
    own, told = _own_loans(case, standing.own, number)
    moved = _moved(case, standing, number)
    welcome = notices.delegate(home, case.name, case.person.name)
    return Act((heir, home, *ended, *phone, *offices, *own, *moved), (), (welcome, *told))


def _over(offices: tuple[Office, ...], today: date) -> tuple[Office, ...]:
    """An office ends with the life of its holder, on the day before at the latest, so nobody acts for the dead."""
    return tuple(replace(one, until=max(one.since, today - timedelta(days=1))) for one in offices)


def _own_loans(case: DelegateCase, own: tuple[Loan, ...], number: int) -> tuple[list[Record], list[Notice]]:
    """A loan in hand goes on under the heir; an application of the dead ends, for nobody else has asked for it."""
    records: list[Record] = []
    told: list[Notice] = []
    for loan in own:
        if Status(loan.status) in ASKING and case.death:
            gone = loans.step(loan, "withdraw", ended_on=case.today)
            records.append(replace(gone, person=number))
            told.append(notices.withdrawn(gone, case.person.name, number))
        elif Status(loan.status) in ASKING or loan.status == Status.PAID_OUT:
            records.append(replace(loan, person=number))
    return records, told


def _moved(case: DelegateCase, standing: Standing, number: int) -> list[Record]:
    """What was asked and not answered is asked of the new delegate; so is a signature under money that has not left."""
    records: list[Record] = []
    for one in standing.said:
        loan = standing.vouched.get(one.loan)
        own = loan is not None and loan.household == case.home.no
        signed = one.kind == "signature" and one.answer == "yes" and loan is not None
        if one.kind == "key" or (one.answer and not signed) or (own and case.death):
            continue
        records.append(replace(one, answer="moved"))
        records.append(replace(one, person=number, answer="", said_on=None, title=""))
        if signed and loan is not None and loan.status == Status.SIGNED:
            heard = replace(loan, person=number) if own else loan
            records.append(replace(heard, status=Status.CLEARED, signed_on=None))
    return records
