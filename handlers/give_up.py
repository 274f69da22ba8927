"""Giving up a loan (核销) by message: board, assembly and county one after the other, then booked."""

from __future__ import annotations

from ledger import assembly, notices, repayment, reviews, write_off
from ledger.records import Act, Loan, LoanReview, Refusal
from ledger.reviews import WRITE_OFF, Stage
from ledger.store.assembly import Assembly
from ledger.terms import Role

from . import review
from .people import posts
from .request import Answer, Request, refuse


def give_up(request: Request) -> Answer:
    """`核销 23 人走了找不到` begins the chain; once the county has filed it, `核销 23` books it."""
    loan = request.books.loan(request.code, int(request.slots.get("loan") or 0))
    if loan is None:
        return refuse(Refusal("write_off.none", {"loan": request.slots.get("loan") or 0}))
    before = tuple(request.books.reviews_of(request.code, loan.no))
    running = next((one for one in before if one.stage == Stage.FILED), None)
    case = write_off.WriteOffCase(
        request.charter(loan.charter_version), request.today, loan,
        tuple(request.books.instalments(request.code, loan.no)),
        str(request.slots.get("text") or "").strip() if running is None else running.reason, before,
        request.books.totals(request.code),
    )
    name = request.books.people(request.code, {loan.person})[loan.person].name
    against = write_off.refusals(case, write_off.BOOK if running else write_off.BEGIN)
    if against:
        return refuse(*against)
    if running is not None:
        return _book(request, case, running, name)
    chain = review.begun(request, loan, WRITE_OFF, Stage.KEYS, 0, case.reason, before)
    act = reviews.ask(chain, loan, name, (), review.holders_of(request, loan, WRITE_OFF), request.now)
    return Answer("write_off.begun", review.facts_about(chain, loan, name), act, ask="write_off.ask")


def _book(request: Request, case: write_off.WriteOffCase, chain: LoanReview, name: str) -> Answer:
    if Role.TREASURER not in request.speaker.roles:
        return refuse(Refusal("write_off.treasurer_books", {"loan": chain.loan}))
    head_seq, _ = request.books.head(request.code)
    told = [case.loan.person, *(one.no for one in posts(request, Role.CHAIR, Role.SUPERVISOR, Role.COUNTY))]
    act = write_off.book(case, chain, head_seq, request.speaker.person.no, told)
    left_fen = repayment.outstanding(case.rows)
    facts = review.facts_about(chain, case.loan, name) | {"left_fen": left_fen, "filing": chain.filing}
    return Answer("write_off.booked", facts, act, ask="write_off.book_ask")


def _review_in(request: Request, act: str) -> tuple[LoanReview, Loan, str] | Refusal:
    """The write-off a number means, where `act` may be done to it now."""
    chain = request.books.open_review(request.code, int(request.slots.get("loan") or 0))
    if chain is None or chain.kind != WRITE_OFF:
        return Refusal("write_off.none", {"loan": request.slots.get("loan") or 0})
    return reviews.refusal(chain, act) or (chain, *review.loan_of(request, chain))


def resolve(request: Request) -> Answer:
    """`核销决议 23 2026-3`, `核销决议 23 表决3号`: the assembly's resolution; the seven days of disclosure begin."""
    found = _review_in(request, "disclose")
    if isinstance(found, Refusal):
        return refuse(found)
    chain, loan, name = found
    number = str(request.slots.get("text") or "").strip()
    if not number:
        return refuse(Refusal("write_off.no_resolution", {"loan": loan.no}))
    vote = assembly.vote_named(number)
    motion = Assembly(request.books).motion(request.code, vote) if vote else None
    against = assembly.against_resolution(number, motion, f"{loan.no}号", special=True)
    if against is not None:
        return refuse(against)
    page = review.page_for(request, chain, loan, name, resolution=number)
    act = reviews.disclose(chain, loan, page, resolution=number)
    facts = review.facts_about(chain, loan, name) | {"resolution": number, "closes_on": page.closes_on}
    return Answer("write_off.resolved", facts, act, ask="write_off.resolve_ask")


def file(request: Request) -> Answer:
    """`核销备案 23 云扶备3`: the county files it; the treasurer may book."""
    found = _review_in(request, "file")
    if isinstance(found, Refusal):
        return refuse(found)
    chain, loan, name = found
    number = str(request.slots.get("text") or "").strip()
    if not number:
        return refuse(Refusal("write_off.no_filing", {"loan": loan.no}))
    filed = reviews.step(chain, "file", filing=number)
    told = tuple(
        notices.review_told(filed, loan, "filed", person.no, {"name": name, "filing": number})
        for person in posts(request, Role.TREASURER)
    )
    facts = review.facts_about(filed, loan, name) | {"filing": number}
    return Answer("write_off.filed", facts, Act((filed,), (), told), ask="write_off.file_ask")
