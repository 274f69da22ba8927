"""What the county and the assembly do for the loans of a society after a disaster, each in one transaction."""

from __future__ import annotations

from datetime import date

from ledger import relief
from ledger.fund_records import Disaster
from ledger.offices import holding
from ledger.store.books import Books
from ledger.store.fund_reads import Funds
from ledger.store.store import Store
from ledger.terms import VILLAGE_ROLES, Role, Status

from .funds import checked

TOLD_ROLES = VILLAGE_ROLES | {Role.TOWNSHIP}
"""Who hears of it besides the borrowers: all officers of the village, and the township."""


def declare(
    store: Store, code: str, event: str, since: date, until: date, months: int, order: str, today: date, now: int
) -> Disaster:
    """The county's declaration: charges stand still from `since` to `until`, and up to `months` more time may be given.

    It holds for the loans that are open. Raises Refused.
    """
    with store.write() as books:
        books.lock(code)
        charter, before = books.charter(code, None, today), Funds(books, code).disasters()
        found = Disaster(code, len(before) + 1, event, since, months, today, order.strip(), "", until)
        checked(*relief.against_declaring(found, charter.relief.months_max, today, before))
        cases = _cases(books, code)
        act = relief.declare(found, cases, _board(books, cases, code, charter.extension.disclosure_days, today))
        books.save(code, act, today, now)
    return found


def grant(store: Store, code: str, number: int, months: int, resolution: str, today: date, now: int) -> int:
    """The assembly's batch after declaration `number`: every open loan gets `months` more; how many did.

    Only once the declaration has been on notice for the charter's days. Raises Refused.
    """
    with store.write() as books:
        books.lock(code)
        days = books.charter(code, None, today).extension.disclosure_days
        found = next((one for one in Funds(books, code).disasters() if one.no == number and one.until), None)
        until = relief.shown_until(found, days) if found else None
        checked(*relief.against_granting(found, months, resolution, until, today))
        assert found is not None
        cases = _cases(books, code)
        act = relief.grant(found, cases, months, resolution, _board(books, cases, code, days, today))
        books.save(code, act, today, now)
    return len(cases)


def _cases(books: Books, code: str) -> list[relief.Case]:
    loans = books.loans_in(code, [Status.PAID_OUT])
    rows = books.instalments_of(code, [loan.no for loan in loans])
    charters = {version: books.charter(code, version) for version in {loan.charter_version for loan in loans}}
    return [(loan, charters[loan.charter_version], rows.get(loan.no, [])) for loan in loans]


def _board(books: Books, cases: list[relief.Case], code: str, days: int, today: date) -> relief.Board:
    officers = sorted(one.no for one in holding(books.officers(code), TOLD_ROLES, today))
    homes = {one.no: one.person for one in books.households(code)} if cases else {}
    payers = {
        loan.no: [homes[no] for no in (loan.payer_one, loan.payer_two) if no in homes] for loan, _, _ in cases
    }
    borrowers = books.people(code, {loan.person for loan, _, _ in cases})
    names = {number: one.name for number, one in borrowers.items()}
    return relief.Board(today, books.head(code), books.next_disclosure_no(code), days, officers, payers, names)
