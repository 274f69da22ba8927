"""The officers' side of a loan: the two keys, each with a code bound to the exact content; rejecting, holding,
releasing, objecting and answering."""

from __future__ import annotations

from dataclasses import replace

from ledger import identity, loans, notices, rectify, rules, watched
from ledger.charter import Charter
from ledger.offices import before_board, conflicted, holding
from ledger.records import Act, Challenge, Endorsement, Household, Loan, Matter, Notice, Refusal
from ledger.terms import ASKING, VILLAGE_ROLES, Role, Status

from . import queue, review
from .borrow import case_of
from .complain import against_answer
from .guards import frozen_loan
from .keys import code_wrong, new_code
from .people import posts, with_kin
from .request import Answer, Request, facts_of, household_of, one_loan, refuse


def _my_key(request: Request, loan: Loan) -> Endorsement | None:
    keys = request.books.endorsements(request.code, loan.no, "key")
    return next((one for one in keys if one.person == request.speaker.person.no), None)


def _wanted(request: Request) -> Loan | Refusal:
    """The loan whose key this officer is asked for; any number outside that gets one and the same answer."""
    candidates = request.books.asked_of(request.code, request.speaker.person.no, "key")
    wanted = request.slots.get("loan")
    if wanted is None or wanted in {loan.no for loan in candidates}:
        return one_loan(request, candidates, "approve.none")
    loan = request.books.loan(request.code, int(wanted))
    if loan is None:
        return Refusal("approve.none", {"loan": wanted})
    mine = _my_key(request, loan)
    if mine is not None and mine.answer == "yes":
        return Refusal("approve.said_before", {"loan": loan.no})
    return loan


def _has_interest(request: Request, loan: Loan) -> bool:
    """Whether the loan is of the speaker's own household or group."""
    borrower = request.books.household(request.code, loan.household)
    assert borrower is not None
    standings = request.books.standings(request.code, borrower.group_name, request.today) if borrower.group_name else ()
    homes: list[Household] = [one.household for one in standings] or [borrower]
    return conflicted(request.speaker.person, borrower, with_kin(request, borrower, homes))


def _against(request: Request, loan: Loan) -> tuple[Refusal, ...]:
    """Everything against this officer's key: own interest, no key asked for, the wrong moment."""
    found = [loans.refusal(loan, "approve")]
    if loan.person == request.speaker.person.no:
        found.append(Refusal("approve.own", {"loan": loan.no}))
    elif _has_interest(request, loan):
        found.append(Refusal("approve.conflict", {"loan": loan.no}))
    elif _my_key(request, loan) is None and Status(loan.status) != Status.APPLIED:
        found.append(Refusal("approve.not_yours", {"loan": loan.no}))
    return tuple(one for one in found if one is not None)


def approve(request: Request) -> Answer:
    """`批 23 482913` turns a key; `批 23` alone sends another code."""
    reviewed = review.approve(request)
    if reviewed is not None:
        return reviewed
    loan = _wanted(request)
    if isinstance(loan, Refusal):
        return refuse(loan)
    charter = request.charter(loan.charter_version)
    against = (*_against(request, loan), frozen_loan(request, loan), before_board(charter, loan, request.today))
    if any(against):
        return refuse(*against)
    challenge = request.books.challenge(request.code, loan.no, request.speaker.person.no)
    given = request.slots.get("code")
    if given is None:
        borrower = request.books.people(request.code, {loan.person})[loan.person].name
        facts = facts_of(loan) | {"name": borrower}
        return new_code(request, loan, challenge, loans.content(loan), "approve.code", facts)
    wrong = code_wrong(request, loan.no, challenge, loans.content(loan), str(given), charter)
    if wrong is not None:
        return wrong
    assert challenge is not None
    return _turn_key(request, loan, challenge, charter)


def _turn_key(request: Request, loan: Loan, challenge: Challenge, charter: Charter) -> Answer:
    books = request.books
    mine, keys = _my_key(request, loan), books.endorsements(request.code, loan.no, "key")
    borrower = books.household(request.code, loan.household)
    assert mine is not None and borrower is not None
    people = books.people(request.code, {one.person for one in keys if one.answer == "yes"})
    if any(identity.same_human(one, request.speaker.person) for one in people.values()):
        return refuse(Refusal("approve.same_human", {"loan": loan.no}))
    last = all(one.answer == "yes" for one in keys if one.person != mine.person) and len(keys) >= 2
    if last:
        case = case_of(request, charter, borrower, loan.amount_fen, loan.months, loan.purpose)
        first = queue.poor_first(request, loan, charter)
        against = rules.refusals(case, rules.APPROVE) + ((first,) if first else ())
        if against:
            return refuse(*against)
    name = books.people(request.code, {loan.person})[loan.person].name
    officers = books.officers(request.code)
    supervisors = [one.no for one in holding(officers, {Role.SUPERVISOR}, request.today)]
    seq, head = books.head(request.code)
    page = (books.next_disclosure_no(request.code), seq, head)
    stated = queue.skipped(request, loan)
    act = loans.approve(
        loan, mine, keys, challenge, request.today, charter.disclosure.loan_days, page, supervisors, name,
        stated.text if stated else "",
    )
    me = request.speaker.person
    hearing = {loan.person, *(one.no for one in holding(officers, VILLAGE_ROLES, request.today))} - {me.no}
    act += watched.key_turned(loan, name, me.name, request.key, hearing)
    facts = facts_of(loan) | {"name": name, "page": page[0], "days": charter.disclosure.loan_days}
    return Answer("approve.done_second" if last else "approve.done_first", facts, act)


def reject(request: Request) -> Answer:
    """`驳回 23 理由`: one officer with a key says no, with a reason the borrower reads."""
    reviewed = review.reject(request)
    if reviewed is not None:
        return reviewed
    loan = _wanted(request)
    if isinstance(loan, Refusal):
        return refuse(loan)
    reason = str(request.slots.get("text") or "").strip()
    found = [one for one in _against(request, loan) if one.key != "loan.wrong_status"]
    if not reason:
        found.append(Refusal("reject.no_reason", {"loan": loan.no}))
    wrong = loans.refusal(loan, "reject")
    if found or wrong:
        return refuse(*found, wrong)
    gone = loans.step(loan, "reject", ended_on=request.today)
    return Answer("reject.done", facts_of(loan), Act((gone,), (), (notices.rejected(gone, reason),)), ask="reject.ask")


def _asking(request: Request, act: str) -> Loan | Refusal:
    candidates = request.books.loans_in(request.code, ASKING)
    loan = one_loan(request, candidates, "loan.none_asking")
    return loan if isinstance(loan, Refusal) else (loans.refusal(loan, act) or loan)


def hold(request: Request) -> Answer:
    """`暂停 23 理由`: a supervisor stops a loan before the money is out."""
    loan = _asking(request, "hold")
    if isinstance(loan, Refusal):
        return refuse(loan)
    reason = str(request.slots.get("text") or "").strip()
    if not reason:
        return refuse(Refusal("hold.no_reason", {"loan": loan.no}))
    held = loans.step(loan, "hold")
    held = replace(held, status=loan.status, held=reason)
    told = (notices.held(held, f"hold/{request.key}", loan.person, reason),)
    return Answer("hold.done", facts_of(loan) | {"reason": reason}, Act((held,), (), told))


def release(request: Request) -> Answer:
    """`恢复 23`: the hold is lifted; an open objection must have been answered first."""
    loan = _asking(request, "release")
    if isinstance(loan, Refusal):
        return refuse(loan)
    if not loan.held:
        return refuse(Refusal("release.not_held", {"loan": loan.no}))
    waiting = [one for one in request.books.open_matters(request.code, loan.no) if one.kind == "objection"]
    if waiting:
        return refuse(Refusal("release.objection", {"loan": loan.no, "item": waiting[0].no}))
    free = replace(loan, held="")
    told = (notices.held(free, f"release/{request.key}", loan.person, ""),)
    return Answer("release.done", facts_of(loan), Act((free,), (), told))


def object_to(request: Request) -> Answer:
    """`异议 23 理由`: any member may; the loan waits until it is answered."""
    reviewed = review.object_to(request)
    if reviewed is not None:
        return reviewed
    loan = _asking(request, "object")
    text = str(request.slots.get("text") or "").strip()
    if isinstance(loan, Refusal):
        return refuse(loan)
    if not text:
        return refuse(Refusal("object.no_reason", {"loan": loan.no}))
    number = request.books.next_matter_no(request.code)
    home = household_of(request)
    matter = Matter(request.code, number, "objection", loan.no, home.person, text, request.today)
    # A stop that stands already is not lifted by the answer to this.
    held = replace(loan, held=loan.held or f"异议{number}")
    told = tuple(
        notices.matter_raised(matter, request.speaker.person.name, person.no)
        for person in posts(request, Role.SUPERVISOR, Role.CHAIR)
    )
    borrower = notices.held(held, f"objection/{number}", loan.person, "有人提出异议", number)
    return Answer("object.done", facts_of(loan) | {"item": number}, Act((matter, held), (), (*told, borrower)))


def answer(request: Request) -> Answer:
    """`答复 5 内容`: an open matter is answered; the last objection answered lets the loan go on."""
    number = request.slots.get("item")
    matter = request.books.matter(request.code, int(number)) if number is not None else None
    text = str(request.slots.get("text") or "").strip()
    if matter is None or matter.answered_on is not None:
        return refuse(Refusal("answer.none", {"item": number or 0}))
    if matter.person == request.speaker.person.no:
        return refuse(Refusal("answer.own", {"item": matter.no}))
    if (wrong := against_answer(request, matter)) is not None:
        return refuse(wrong)
    if matter.kind == rectify.KIND and not request.speaker.roles & rectify.ANSWERS:
        return refuse(Refusal("answer.village", {"item": matter.no}))
    if not text:
        return refuse(Refusal("answer.no_text", {"item": matter.no}))
    loan = request.books.loan(request.code, matter.loan) if matter.kind == "objection" else None
    if loan is not None and _has_interest(request, loan):
        return refuse(Refusal("answer.conflict", {"item": matter.no}))
    done = replace(matter, answered_on=request.today, answer=text, answered_by=request.speaker.person.no)
    act = Act((done,), (), _told_answer(request, done))
    if loan is not None and loan.held == f"异议{matter.no}":
        others = [
            one for one in request.books.open_matters(request.code, loan.no)
            if one.kind == "objection" and one.no != matter.no
        ]
        after = replace(loan, held=f"异议{others[0].no}" if others else "")
        act += Act((after,))
    return Answer("answer.done", {"item": matter.no}, act)


def _told_answer(request: Request, done: Matter) -> tuple[Notice, ...]:
    """Who raised it reads the answer; nobody does where nobody is named."""
    if done.kind == rectify.KIND:
        return (rectify.answered(done, request.speaker.society.village),)
    return (notices.matter_answered(done),) if done.person else ()
