"""Who pays a loan out: never who approved it, nor anybody near to it; asked of the books for one loan or many."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import identity, offices
from ledger.records import Loan, Person
from ledger.terms import Role, Status

from .request import Request


def payers_of(request: Request, loans: Sequence[Loan]) -> dict[int, tuple[Person, ...]]:
    """By loan number who may pay it out today (offices.payers), with a fixed number of reads however many loans."""
    books, code = request.books, request.code
    if not loans:
        return {}
    homes = {one.no: one for one in books.households(code)}
    kin, officers = books.kin(code), books.officers(code)
    keys = books.keys_of(code, {loan.no for loan in loans})
    people = books.people(code, {no for some in keys.values() for no in some}) if keys else {}
    found = {}
    for loan in loans:
        borrower = homes[loan.household]
        near = identity.near(kin, borrower.no)
        own = [
            one for one in homes.values()
            if one.no in near or (borrower.group_name and one.group_name == borrower.group_name and one.left_on is None)
        ]
        turned = [people[no] for no in keys.get(loan.no, ())]
        found[loan.no] = offices.payers(officers, turned, borrower, own, request.today)
    return found


def to_pay(request: Request) -> list[int]:
    """The loans that are ready and the speaker's to pay out."""
    if not request.speaker.roles & {Role.CASHIER, Role.DIRECTOR}:
        return []
    ready = [loan for loan in request.books.loans_in(request.code, [Status.SIGNED]) if not loan.held]
    me = request.speaker.person.no
    return [no for no, some in payers_of(request, ready).items() if me in {one.no for one in some}]
