"""Public notices whose days are over: closed, and the borrower and the substitute payers asked to sign.

An open objection or a hold keeps the notice open; a loan that was taken back closes its notice without a word.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ledger import loans
from ledger.records import Act, Disclosure
from ledger.store.books import Books
from ledger.store.store import Store
from ledger.terms import Status


def close_due(store: Store, today: date, now: int) -> int:
    """Close every notice that ran out before `today`; how many loans went on."""
    with store.read() as books:
        pages = books.closed_disclosures(today)
    closed = 0
    for page in pages:
        with store.write() as books:
            books.lock(page.society)
            closed += _close(books, page.society, page.no, today, now)
    return closed


def _close(books: Books, society: str, number: int, today: date, now: int) -> int:
    page = books.disclosure(society, number)
    loan = books.loan(society, page.loan) if page else None
    if page is None or loan is None or page.closed_on is not None:
        return 0
    if Status(loan.status) != Status.DISCLOSED:
        _only_close(books, page, today, now)
        return 0
    if loan.held or loans.refusal(loan, "close"):
        return 0
    homes = [books.household(society, no) for no in (loan.household, loan.payer_one, loan.payer_two)]
    people = books.people(society, {home.person for home in homes if home})
    signers = [(home.person, people[home.person].name) for home in homes if home]
    act = loans.close_notice(loan, page, today, signers, people[loan.person].name)
    books.save(society, act, today, now)
    return 1


def _only_close(books: Books, page: Disclosure, today: date, now: int) -> None:
    books.save(page.society, Act((replace(page, closed_on=today),)), today, now)
