"""Leaving: the member asks, an officer agrees, two months later the cashier gives the own contribution back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ledger import leaving, notices
from ledger.calendar import add_months
from ledger.leaving import LeaveCase, Refund
from ledger.offices import acting
from ledger.records import Act, Address, Household, Person, Proposal, Refusal
from ledger.terms import Account, Role

from .people import SECONDS, member, posts, standing_of, turned
from .request import Answer, Request, household_of, refuse


def case_of(
    request: Request, home: Household, asked_on: date | None = None, waiting: int = 0, person: int = 0
) -> LeaveCase:
    """All that decides on this household's leaving today."""
    own, group = standing_of(request, home)
    offices = tuple(
        office.title for office, one in request.books.officers(request.code)
        if one.no == (person or home.person) and acting([office], request.today)
    )
    return LeaveCase(request.charter(), request.today, own, group, asked_on, offices, waiting)


def _request_of(request: Request, home: Household) -> Proposal | None:
    alive = request.books.proposals(request.code, "leave", household=home.no)
    return alive[0] if alive else None


def ask(request: Request) -> Answer:
    """`退社`: the written application; every reason against it at once, else the day from which it counts."""
    home = household_of(request)
    before = _request_of(request, home)
    against = leaving.refusals_to_leave(case_of(request, home, waiting=before.no if before else 0))
    if against:
        return refuse(*against)
    number = request.books.next_proposal_no(request.code)
    due_on = add_months(request.today, request.charter().membership.notice_months)
    me = request.speaker.person
    proposal = Proposal(request.code, number, "leave", home.no, me.no, "open", request.today, {}, due_on)
    facts = {
        "item": number, "name": me.name, "due_on": due_on,
        "own_fen": request.books.contribution_fen(request.code, home.no),
        "given_fen": home.gifted_fen + home.matched_fen,
    }
    told = tuple(
        notices.proposed(proposal, person.no, facts)
        for person in posts(request, *SECONDS["leave"]) if person.household != home.no
    )
    return Answer("leave.done", facts, Act((proposal,), (), told), ask="leave.ask")


def stay(request: Request) -> Answer:
    """`不退社`: the request is taken back while the money has not gone."""
    home = household_of(request)
    before = _request_of(request, home)
    if before is None:
        return refuse(Refusal("stay.none"))
    gone = replace(before, state="withdrawn", ended_on=request.today)
    facts = {"item": before.no, "name": request.speaker.person.name}
    told = tuple(
        notices.proposal_told(gone, "withdrawn", person.no, facts)
        for person in posts(request, Role.TREASURER, Role.CHAIR)
    )
    return Answer("stay.done", facts, Act((gone,), (), told))


def second(request: Request, proposal: Proposal) -> Answer:
    """An officer agrees to the leaving; the member hears from which day the money can be fetched."""
    home = request.books.household(request.code, proposal.household)
    assert home is not None and proposal.due_on is not None
    person = request.books.people(request.code, {home.person})[home.person]
    rules = [rule for rule in leaving.LEAVE if rule not in {leaving.too_early, leaving.asked_before}]
    against = leaving.refusals_to_leave(case_of(request, home, proposal.raised_on), rules)
    if against:
        return refuse(*against)
    agreed = turned(request, proposal, "agreed")
    facts = {
        "item": proposal.no, "name": person.name, "due_on": proposal.due_on,
        "own_fen": request.books.contribution_fen(request.code, home.no),
    }
    told = (notices.proposal_told(agreed, "agreed", home.person, facts),)
    return Answer("second.leave_done", facts, Act((agreed,), (), told), ask="second.leave_ask")


def refund(request: Request) -> Answer:
    """`退互助金 陈桂花`: on the day or later every condition is asked once more, then the own money goes back."""
    found = member(request, str(request.slots.get("person") or ""))
    if isinstance(found, Refusal):
        return refuse(found)
    home, person = found
    proposal = _request_of(request, home)
    if proposal is None or proposal.state != "agreed":
        return refuse(Refusal("refund.not_agreed", {"name": person.name, "item": proposal.no if proposal else 0}))
    if home.no == request.speaker.person.household:
        return refuse(Refusal("refund.own", {"name": person.name}))
    against = leaving.refusals_to_leave(case_of(request, home, proposal.raised_on))
    books, money = request.books, Account.BANK if request.slots.get("via") == "转账" else Account.CASH
    back = Refund(
        books.contribution_fen(request.code, home.no), -books.balance(request.code, Account.CREDIT, home.no),
        -books.balance(request.code, Account.FISCAL, home.no),
    )
    there_fen = books.totals(request.code)[money]
    if there_fen < back.total_fen:
        against.append(Refusal("money.short", {"there_fen": there_fen, "money": str(money)}))
    if against:
        return refuse(*against)
    act = leaving.leave(
        home, person, proposal, back, _ending(request, person), request.today, money, request.key,
        request.speaker.person.no,
    )
    facts = {"name": person.name, "amount_fen": back.total_fen, "credit_fen": back.credit_fen, "money": str(money)}
    return Answer("refund.done", facts, act, ask="refund.ask")


def _ending(request: Request, person: Person) -> list[Address]:
    """The addresses that end with the membership; one who holds an office outside it keeps them."""
    offices = [office for office, one in request.books.officers(request.code) if one.no == person.no]
    if acting(offices, request.today):
        return []
    return request.books.addresses(request.code, person.no)
