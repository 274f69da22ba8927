"""Public notices whose days are over: closed, and the borrower and the substitute payers asked to sign.

An open objection or a hold keeps the notice open; a loan that was taken back closes its notice without a word.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ledger import extension, loans, reviews
from ledger.offices import holding
from ledger.records import Act, Disclosure
from ledger.reviews import Stage
from ledger.store.books import Books
from ledger.store.store import Store
from ledger.terms import Role, Status


def close_due(store: Store, today: date, now: int) -> int:
    """Close every notice that ran out before `today`; how many loans went on."""
    with store.read() as books:
        pages = books.closed_disclosures(today)
    closed = 0
    for page in pages:
        with store.write() as books:
            books.lock(page.society)
            closed += _close(books, page.society, page.no, today, now)
    return closed + _close_reviews(store, today, now)


def _close_reviews(store: Store, today: date, now: int) -> int:
    """Reviews whose notice ran out: an extension takes effect, a write-off goes to the county; how many went on."""
    with store.read() as books:
        shown = books.reviews_shown(today)
    closed = 0
    for one in shown:
        with store.write() as books:
            books.lock(one.society)
            closed += _close_review(books, one.society, one.loan, today, now)
    return closed


def _close_review(books: Books, society: str, number: int, today: date, now: int) -> int:
    review, loan = books.open_review(society, number), books.loan(society, number)
    page = books.page_about(society, number, review.kind) if review else None
    if review is None or loan is None or page is None or review.stage != Stage.DISCLOSED:
        return 0
    if any(one.kind == "objection" for one in books.open_matters(society, number)):
        return 0
    if loans.refusal(loan, "extend"):
        act = reviews.end(review, loan, "lapse") + Act((replace(page, closed_on=today),))
    elif review.kind == reviews.EXTENSION:
        homes = [books.household(society, no) for no in (loan.payer_one, loan.payer_two) if no]
        borrower = books.people(society, {loan.person})[loan.person].name
        act = extension.grant(
            review, loan, books.instalments(society, number), books.charter(society, loan.charter_version), page,
            today, books.head(society)[0], [home.person for home in homes if home], borrower,
        )
    else:
        county = [one.no for one in holding(books.officers(society), {Role.COUNTY}, today)]
        name = books.people(society, {loan.person})[loan.person].name
        act = reviews.close(review, loan, page, today, county, name)
    books.save(society, act, today, now)
    return 1


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
    beside = books.cadres_of(society, [loan.no]).get(loan.no, [])
    signers += [(no, one.name) for no, one in books.people(society, set(beside)).items()]
    act = loans.close_notice(loan, page, today, signers, people[loan.person].name)
    books.save(society, act, today, now)
    return 1


def _only_close(books: Books, page: Disclosure, today: date, now: int) -> None:
    books.save(page.society, Act((replace(page, closed_on=today),)), today, now)
