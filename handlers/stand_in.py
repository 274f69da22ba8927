"""For a member without a phone: `代借` writes an application down, `代签 23 姓名 编号` a consent, signature or receipt.

The leader of the group and a supervisor each send it with the paper's number; the second of them makes it count.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ledger import lending, loans, notices, rules
from ledger.papers import LEADER, StandIn, side_of
from ledger.records import Act, Endorsement, Household, Loan, Notice, Paper, Person, Refusal
from ledger.terms import ASKING, Role, Status

from . import borrow
from .people import member, posts
from .request import Answer, Request, Speaker, facts_of, refuse

__all__ = ["apply_for", "case_of", "countersign", "side_of"]

_WISH = re.compile(
    r"借?(?P<yuan>[0-9]{2,6})(?:元|块)?(?P<purpose>[^0-9 ,，]{2,20}?)[ ,，]*(?:(?P<months>[0-9]{1,2})个月)?[ ,，]+"
    r"(?P<number>[^ ,，]{1,16})"
)
MONEY_ROLES = frozenset({Role.TREASURER, Role.CASHIER})


def case_of(request: Request, home: Household, person: Person, number: str, group: str = "") -> StandIn:
    """All that decides on whether the speaker may write down this person's word."""
    speaker, books = request.speaker, request.books
    group = group or home.group_name
    homes = [one.household for one in books.standings(request.code, group, request.today)] if group else []
    leader = next((one for one in homes if one.leader), None)
    money = {one.no for one in posts(request, *MONEY_ROLES)}
    can = (
        leader is not None and leader.no != home.no and leader.person not in money
        and bool(books.addresses(request.code, leader.person))
    )
    return StandIn(
        person.name, speaker.person.no, number.removeprefix("编号").removeprefix("号").strip(),
        bool(books.addresses(request.code, person.no)),
        leader is not None and leader.person == speaker.person.no, Role.SUPERVISOR in speaker.roles,
        bool(speaker.roles & MONEY_ROLES), speaker.person.household == home.no, can,
    )


def apply_for(request: Request) -> Answer:
    """`代借 程老根 1000买化肥 编号7`: the application as it stands on the paper; nobody is asked before both halves."""
    found = member(request, str(request.slots.get("person") or ""))
    wish = _WISH.fullmatch(str(request.slots.get("text") or "").strip())
    if isinstance(found, Refusal):
        return refuse(found)
    if wish is None:
        return refuse(Refusal("stand_in.how"))
    home, person = found
    case = case_of(request, home, person, wish["number"])
    side, against = side_of(case, [])
    charter = request.charter()
    months = int(wish["months"] or charter.loan.months_default)
    loan = _drafted(request, home, int(wish["yuan"]) * 100, wish["purpose"], months)
    loan_case = borrow.case_of(request, charter, home, loan.amount_fen, months, loan.purpose)
    against += rules.refusals(loan_case, rules.APPLY)
    if against:
        return refuse(*against)
    old = [
        loans.step(one, "lapse", ended_on=request.today)
        for one in request.books.loans_of(request.code, home.no, [Status.DRAFTED])
    ]
    paper = _paper(request, loan, "apply", person, side, case.number)
    facts = facts_of(loan) | {"name": person.name, "number": case.number, "what": "申请"}
    told = _ask_other(request, loan, home, person, paper)
    return Answer("stand_in.draft_done", facts, Act((*old, loan, paper), (), told), ask="stand_in.draft_ask")


def _drafted(request: Request, home: Household, amount_fen: int, purpose: str, months: int) -> Loan:
    version = request.books.charter_version(request.code, None, request.today).version
    charter = request.charter(version)
    return Loan(
        request.code, request.books.next_loan_no(request.code), home.no, home.person, amount_fen, purpose, months,
        charter.loan.plan_default, charter.fee.ppm_month, version, Status.DRAFTED, request.today,
    )


def _paper(request: Request, loan: Loan, kind: str, person: Person, side: str, number: str) -> Paper:
    by = request.speaker.person.no
    return Paper(request.code, loan.no, kind, person.no, side, by, number, request.today)


def _ask_other(request: Request, loan: Loan, home: Household, person: Person, paper: Paper) -> tuple[Notice, ...]:
    """The other half is asked: the supervisors, or the group's leader where a supervisor began."""
    if paper.side == LEADER:
        others = [one.no for one in posts(request, Role.SUPERVISOR)]
    else:
        group = request.books.standings(request.code, home.group_name, request.today) if home.group_name else ()
        others = [one.household.person for one in group if one.household.leader]
        others = others or [one.no for one in posts(request, Role.SUPERVISOR)]
    return tuple(
        notices.paper_asked(loan, paper, person.name, other, KIND_WORDS[paper.kind])
        for other in others if other != request.speaker.person.no
    )


KIND_WORDS = {"apply": "申请借款", "consent": "同意联保", "signature": "签合同", "received": "收到钱"}


def countersign(request: Request) -> Answer:
    """`代签 23 程老根 编号7`: one half of what this person is asked for; the second half makes it count."""
    found = member(request, str(request.slots.get("person") or ""))
    if isinstance(found, Refusal):
        return refuse(found)
    home, person = found
    loan = request.books.loan(request.code, int(request.slots.get("loan") or 0))
    kind = _asked_for(request, loan, person) if loan else ""
    if loan is None or not kind:
        return refuse(Refusal("stand_in.nothing", {"name": person.name, "loan": request.slots.get("loan") or 0}))
    case = case_of(request, home, person, str(request.slots.get("text") or ""))
    papers = [one for one in request.books.papers(request.code, loan.no, {kind}) if one.person == person.no]
    side, against = side_of(case, papers)
    if against:
        return refuse(*against)
    paper = _paper(request, loan, kind, person, side, case.number)
    facts = facts_of(loan) | {"name": person.name, "number": case.number, "what": KIND_WORDS[kind]}
    if not papers:
        told = _ask_other(request, loan, home, person, paper)
        return Answer("stand_in.half", facts, Act((paper,), (), told), ask="stand_in.ask")
    done = _count(request, loan, kind, home, person)
    if done.refusals or done.act is None:
        return done
    return Answer("stand_in.done", facts, Act((paper,)) + _marked(done.act, person), ask="stand_in.ask")


def _asked_for(request: Request, loan: Loan, person: Person) -> str:
    """What this person is to say on this loan now: apply, signature, consent or received; empty for nothing."""
    said = [one for one in request.books.endorsements(request.code, loan.no) if one.person == person.no]
    waiting = {one.kind for one in said if one.answer == ""}
    if loan.status == Status.DRAFTED and loan.person == person.no:
        return "apply"
    if loan.status == Status.PAID_OUT and loan.person == person.no and loan.received_on is None:
        return "received"
    if loan.status in ASKING:
        return next((kind for kind in ("signature", "consent") if kind in waiting), "")
    return ""


def _count(request: Request, loan: Loan, kind: str, home: Household, person: Person) -> Answer:
    """What the two halves amount to: the very act that the person's own message would be."""
    own = Speaker(request.speaker.society, person, home, frozenset({Role.MEMBER}))
    asked = replace(request, speaker=own, slots={"loan": loan.no})
    if kind == "apply":
        return _apply(asked, loan, home)
    return {"consent": borrow.consent, "signature": borrow.sign, "received": borrow.received}[kind](asked)


def _apply(request: Request, draft: Loan, home: Household) -> Answer:
    charter = request.charter(draft.charter_version)
    case = borrow.case_of(request, charter, home, draft.amount_fen, draft.months, draft.purpose)
    against = rules.refusals(case, rules.APPLY)
    if against:
        return refuse(*against)
    loan = loans.step(draft, "apply", applied_on=request.today, special_case=case.special_case)
    rows = lending.planned(loan, charter, request.today)
    facts: dict[str, Any] = facts_of(loan) | {"fee_fen": sum(row.fee_fen for row in rows)}
    return Answer("stand_in.done", facts, loans.apply(case, loan) + borrow.used_permit(request, home))


def _marked(act: Act, person: Person) -> Act:
    """The person's own word in the records carries that it was given on paper."""
    records = tuple(
        replace(one, title="代签") if isinstance(one, Endorsement) and one.person == person.no and one.answer else one
        for one in act.records
    )
    return replace(act, records=records)
