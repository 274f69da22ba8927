"""The borrower's and the group's side of a loan: applying, taking back, vouching, signing, confirming the money."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ledger import lending, loans, notices, rules
from ledger.charter import Charter
from ledger.offices import key_holders
from ledger.records import Act, Endorsement, Household, Loan, Matter, Refusal
from ledger.rules import LoanCase
from ledger.store.fund_reads import Funds
from ledger.terms import ASKING, Role, Status

from . import menu, review
from .payers import payers_of
from .people import posts, with_kin
from .request import Answer, Request, facts_of, household_of, one_loan, refuse


def case_of(
    request: Request, charter: Charter, home: Household, amount_fen: int, months: int, purpose: str
) -> LoanCase:
    """All that decides on a loan of this household today."""
    books = request.books
    group = books.standings(request.code, home.group_name, request.today)
    own = next(one for one in group if one.household.no == home.no)
    group = group if home.group_name else (own,)
    settled = books.settled_count(request.code, home.no)
    special = any(
        one.due_on is None or one.due_on >= request.today
        for one in books.proposals(request.code, "special", ("agreed",), home.no)
    )
    cadre = books.pairing(request.code, home.no)
    return LoanCase(
        charter, request.today, amount_fen, months, purpose, own, group, settled, books.pool(request.code),
        _counted(request, charter, home), tuple(loan.no for loan in books.unrecovered(request.code, home.no)), special,
        cadre.cadre if cadre else 0,
    )


def _counted(request: Request, charter: Charter, home: Household) -> int:
    """The household's own money that is old enough to count, asked for only where the charter counts it."""
    if not charter.loan.contribution_multiple:
        return 0
    since = request.today - timedelta(days=charter.loan.contribution_age_days)
    return request.books.contribution_since(request.code, home.no, home.joined_on, since)


def apply(request: Request) -> Answer:
    """`借3000买化肥10个月`: every refusal at once, else the application and the group asked."""
    home, slots = household_of(request), request.slots
    if Funds(request.books, request.code).exit():
        return refuse(Refusal("exit.ordered"))
    version = request.books.charter_version(request.code, None, request.today).version
    charter = request.charter(version)
    amount_fen = int(slots.get("amount_fen") or 0)
    months = int(slots.get("months") or charter.loan.months_default)
    purpose = str(slots.get("purpose") or "")
    case = case_of(request, charter, home, amount_fen, months, purpose)
    against = rules.refusals(case, rules.APPLY)
    if [one.key for one in against] == ["loan.no_purpose"]:
        return replace(refuse(*against), choices=menu.purposes())
    if against:
        return refuse(*against)
    loan = Loan(
        request.code, request.books.next_loan_no(request.code), home.no, home.person, amount_fen, purpose, months,
        str(slots.get("plan") or charter.loan.plan_default), charter.fee.ppm_month, version, Status.APPLIED,
        request.today, special_case=case.special_case,
    )
    rows = lending.planned(loan, charter, request.today)
    facts = facts_of(loan) | {
        "fee_fen": sum(row.fee_fen for row in rows),
        "first_fen": rows[0].principal_fen + rows[0].fee_fen,
        "asked": len(case.group) - 1,
    }
    return Answer("borrow.done", facts, loans.apply(case, loan) + used_permit(request, home), ask="borrow.ask")


def used_permit(request: Request, home: Household) -> Act:
    """The supervisors' leave for a third borrower is good for one application."""
    permits = request.books.proposals(request.code, "special", ("agreed",), home.no)
    return Act(tuple(replace(one, state="done", ended_on=request.today) for one in permits))


def withdraw(request: Request) -> Answer:
    """`撤回 23`: only before the money is out; the group and the key holders are told."""
    reviewed = review.withdraw(request)
    if reviewed is not None:
        return reviewed
    mine = request.books.loans_of(request.code, household_of(request).no, ASKING)
    loan = one_loan(request, mine, "loan.none_asking")
    if isinstance(loan, Refusal):
        return refuse(loan)
    gone = loans.step(loan, "withdraw", ended_on=request.today)
    asked = {one.person for one in request.books.endorsements(request.code, loan.no)} - {request.speaker.person.no}
    told = tuple(notices.withdrawn(loan, request.speaker.person.name, person) for person in sorted(asked))
    return Answer("withdraw.done", facts_of(loan), Act((gone,), (), told), ask="withdraw.ask")


def _asked_consent(request: Request) -> Loan | Refusal:
    candidates = request.books.asked_of(request.code, request.speaker.person.no, "consent")
    wanted = request.slots.get("loan")
    if wanted is not None and wanted not in {loan.no for loan in candidates}:
        loan = request.books.loan(request.code, int(wanted))
        said = _mine(request, loan, "consent") if loan else None
        if loan and said and said.answer:
            return Refusal("consent.said_before", {"loan": loan.no, "answer": said.answer})
    return one_loan(request, candidates, "consent.not_asked")


def _mine(request: Request, loan: Loan, kind: str) -> Endorsement | None:
    said = request.books.endorsements(request.code, loan.no, kind)
    return next((one for one in said if one.person == request.speaker.person.no), None)


def consent(request: Request) -> Answer:
    """`同意联保 23`: the second free payer makes the keys turn to treasurer and chair."""
    reviewed = review.consent(request)
    if reviewed is not None:
        return reviewed
    loan = _asked_consent(request)
    if isinstance(loan, Refusal):
        return refuse(loan)
    mine = _mine(request, loan, "consent")
    borrower = request.books.household(request.code, loan.household)
    assert mine is not None and borrower is not None
    charter = request.charter(loan.charter_version)
    case = case_of(request, charter, borrower, loan.amount_fen, loan.months, loan.purpose)
    # A cadre who stands beside the household as guarantor does not approve its loan.
    officers = [one for one in request.books.officers(request.code) if one[1].no != case.cadre]
    homes = with_kin(request, borrower, [one.household for one in case.group])
    holders = key_holders(charter, officers, borrower, homes, request.today)
    consents = request.books.endorsements(request.code, loan.no, "consent")
    act = loans.consent(loan, mine, consents, case, holders, request.now)
    facts = facts_of(loan) | {"name": case.own.name}
    return Answer("consent.done", facts, act)


def decline(request: Request) -> Answer:
    """`不同意联保 23`."""
    reviewed = review.decline(request)
    if reviewed is not None:
        return reviewed
    loan = _asked_consent(request)
    if isinstance(loan, Refusal):
        return refuse(loan)
    mine = _mine(request, loan, "consent")
    borrower = request.books.household(request.code, loan.household)
    assert mine is not None and borrower is not None
    charter = request.charter(loan.charter_version)
    case = case_of(request, charter, borrower, loan.amount_fen, loan.months, loan.purpose)
    consents = request.books.endorsements(request.code, loan.no, "consent")
    if Status(loan.status) == Status.APPLIED:
        act = loans.refuse(loan, mine, consents, case)
    else:
        act = Act((replace(mine, answer="no", said_on=request.today),))
    return Answer("refuse.done", facts_of(loan) | {"name": case.own.name}, act)


def sign(request: Request) -> Answer:
    """`签 23`: the full terms, then the signature; the last one tells the cashier."""
    books, me = request.books, request.speaker.person.no
    candidates = books.asked_of(request.code, me, "signature")
    wanted = request.slots.get("loan")
    mine: Endorsement | None = None
    loan: Loan | Refusal | None = books.loan(request.code, int(wanted)) if wanted is not None else None
    if loan is None:
        loan = one_loan(request, candidates, "sign.not_asked")
    if isinstance(loan, Refusal):
        return refuse(loan)
    mine = _mine(request, loan, "signature")
    if mine is None and _mine(request, loan, "consent") is None and loan.person != me:
        return refuse(Refusal("sign.not_asked", {"loan": loan.no}))
    if mine is not None and mine.answer == "yes":
        return refuse(Refusal("sign.said_before", {"loan": loan.no}))
    wrong = loans.refusal(loan, "sign")
    if wrong is not None:
        return refuse(wrong)
    signatures = books.endorsements(request.code, loan.no, "signature")
    mine = mine or Endorsement(request.code, loan.no, "signature", me, "", len(signatures) + 1, None)
    free = payers_of(request, [loan])[loan.no]
    cashiers = posts(request, Role.CASHIER)
    stand_in = next((one.name for one in free if one not in cashiers), "")
    watching = [one.no for one in posts(request, Role.CHAIR, Role.SUPERVISOR)]
    borrower = books.people(request.code, {loan.person})[loan.person].name
    charter = request.charter(loan.charter_version)
    rows = lending.planned(loan, charter, request.today)
    facts = facts_of(loan) | {
        "name": borrower,
        "fee_fen": sum(row.fee_fen for row in rows),
        "first_fen": rows[0].principal_fen + rows[0].fee_fen,
        "charge_percent": charter.overdue.charge_percent,
    }
    ask = "sign.ask_borrower" if loan.person == me else "sign.ask_payer"
    payers = [one.no for one in free]
    act = loans.sign(loan, mine, signatures, request.today, payers, borrower, watching, stand_in)
    return Answer("sign.done", facts, act, ask=ask)


def received(request: Request) -> Answer:
    """`收到 23`: the borrower has the money in hand, said from the own phone."""
    loan = _paid_out(request)
    if isinstance(loan, Refusal):
        return refuse(loan)
    if loan.received_on is not None:
        return refuse(Refusal("received.said_before", {"loan": loan.no}))
    rows = request.books.instalments(request.code, loan.no)
    facts = facts_of(loan) | {"due_on": rows[0].due_on, "due_fen": rows[0].principal_fen + rows[0].fee_fen}
    return Answer("received.done", facts, Act((loans.step(loan, "receive", received_on=request.today),)))


def not_received(request: Request) -> Answer:
    """`没收到 23`: chair and supervisors are told at once; nothing is booked back without them."""
    loan = _paid_out(request)
    if isinstance(loan, Refusal):
        return refuse(loan)
    number = request.books.next_matter_no(request.code)
    matter = Matter(request.code, number, "not_received", loan.no, loan.person, "", request.today)
    told = tuple(
        notices.matter_raised(matter, request.speaker.person.name, person.no)
        for person in posts(request, Role.CHAIR, Role.SUPERVISOR, Role.TREASURER)
    )
    return Answer("not_received.done", facts_of(loan) | {"item": number}, Act((matter,), (), told))


def _paid_out(request: Request) -> Loan | Refusal:
    open_ones = request.books.loans_of(request.code, household_of(request).no, [Status.PAID_OUT])
    waiting = [loan for loan in open_ones if loan.received_on is None]
    return one_loan(request, open_ones if request.slots.get("loan") else waiting or open_ones, "received.none")
