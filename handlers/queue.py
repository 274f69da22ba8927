"""The queue of those who wait for money: poor households first; taking another before them needs a published reason."""

from __future__ import annotations

from ledger import rules
from ledger.charter import Charter
from ledger.records import Act, Loan, Matter, Refusal
from ledger.terms import Status

from .request import Answer, Request, facts_of, refuse

SKIPPED = "skipped"


def waiting(request: Request) -> list[rules.Waiting]:
    """Every application that is vouched for and not approved yet, the oldest first."""
    found = request.books.borrower_categories(request.code, [Status.VOUCHED])
    return [rules.Waiting(loan.no, loan.amount_fen, category) for loan, category in found if not loan.held]


def poor_first(request: Request, loan: Loan, charter: Charter) -> Refusal | None:
    """Who must come before this loan, unless a reason to take it first was stated."""
    if skipped(request, loan) is not None:
        return None
    pool = request.books.pool(request.code)
    return rules.poor_first(charter, loan.no, waiting(request), rules.room_fen(charter, pool))


def skipped(request: Request, loan: Loan) -> Matter | None:
    """The reason for taking this loan before a poor household, where one was stated."""
    return request.books.granted(request.code, SKIPPED, loan.person, loan.applied_on, loan.no)


def go_first(request: Request) -> Answer:
    """`先办 24 猪仔明天到`: a key holder states why this loan goes before a poor household; it is published."""
    loan = request.books.loan(request.code, int(request.slots.get("loan") or 0))
    if loan is None or loan.status != Status.VOUCHED:
        return refuse(Refusal("approve.none", {"loan": request.slots.get("loan") or 0}))
    reason = str(request.slots.get("text") or "").strip()
    keys = request.books.endorsements(request.code, loan.no, "key")
    if request.speaker.person.no not in {one.person for one in keys}:
        return refuse(Refusal("approve.not_yours", {"loan": loan.no}))
    if not reason:
        return refuse(Refusal("go_first.no_reason", {"loan": loan.no}))
    stated = Matter(
        request.code, request.books.next_matter_no(request.code), SKIPPED, loan.no, loan.person, reason,
        request.today, request.today, reason, request.speaker.person.no,
    )
    return Answer("go_first.done", facts_of(loan) | {"reason": reason}, Act((stated,)), ask="go_first.ask")
