"""A household's delegate changes, for age or death: the treasurer proposes, a supervisor agrees, all else stays."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ledger import delegates, notices
from ledger.delegates import DelegateCase
from ledger.offices import acting
from ledger.records import Act, Endorsement, Household, Notice, Person, Proposal, Refusal
from ledger.terms import ASKING

from .people import member, propose, turned, words_of
from .request import Answer, Request, refuse

_PHONE = re.compile(r"1[3-9][0-9]{9}")
_ID = re.compile(r"[0-9]{17}[0-9Xx]")
DEATH_WORDS = frozenset({"身故", "去世", "过世", "死亡", "病故", "继承"})


def _told(words: list[str]) -> dict[str, Any]:
    """`许小军 19900000112 身故`, the ID number where it is known, in any order."""
    body: dict[str, Any] = {"name": "", "phone": "", "id_card": "", "death": False}
    for word in words:
        if _PHONE.fullmatch(word):
            body["phone"] = word
        elif _ID.fullmatch(word):
            body["id_card"] = word.upper()
        elif word in DEATH_WORDS:
            body["death"] = True
        elif word and not body["name"] and "手机" not in word:
            body["name"] = word
    return body


def _case(request: Request, home: Household, person: Person, body: dict[str, Any]) -> DelegateCase:
    books = request.books
    owners = books.members_by(phone=str(body["phone"]), id_card=str(body["id_card"]))
    others = [(one, who) for one, who in owners if (one.society, one.no) != (home.society, home.no)]
    return DelegateCase(
        request.today, request.charter().membership.min_age_years, home, person, str(body["name"]),
        str(body["phone"]), str(body["id_card"]), bool(body["death"]),
        others[0][1].name if others else "",
    )


def change(request: Request) -> Answer:
    """`换人 012 许小军 19900000112 身故`: the same membership under a new name; a supervisor turns the second key."""
    who, *rest = words_of(request) or [""]
    found = member(request, who) if rest else Refusal("delegate.how")
    if isinstance(found, Refusal):
        return refuse(found)
    home, person = found
    body = _told(rest)
    case = _case(request, home, person, body)
    against = delegates.refusals(case)
    if against:
        return refuse(*against)
    return propose(request, "delegate", home.no, body, _facts(case))


def _facts(case: DelegateCase) -> dict[str, Any]:
    return {
        "name": case.person.name, "heir": case.name, "phone": case.phone or "无手机",
        "home": case.home.no.rpartition("-")[2], "death": case.death,
    }


def second(request: Request, proposal: Proposal) -> Answer:
    books, body = request.books, proposal.body
    home = books.household(request.code, proposal.household)
    assert home is not None
    person = books.people(request.code, {home.person})[home.person]
    case = _case(request, home, person, body)
    against = delegates.refusals(case)
    if against:
        return refuse(*against)
    standing = delegates.Standing(
        tuple(books.loans_of(request.code, home.no)),
        tuple(books.said_by(request.code, person.no)),
        {loan.no: loan for loan in books.loans_vouched(request.code, home.no)},
        tuple(office for office, one in books.officers(request.code) if one.no == person.no
              and acting([office], request.today)),
        tuple(books.addresses(request.code, person.no)),
    )
    act = delegates.change(case, standing, books.next_person_no(request.code))
    act += Act((), (), _asked_anew(request, act, home, case.name))
    facts = _facts(case) | {"item": proposal.no}
    leader = next(
        (one.household.person for one in books.standings(request.code, home.group_name, request.today)
         if one.household.leader and one.household.no != home.no), 0,
    ) if home.group_name else 0
    told = tuple(
        notices.proposal_told(proposal, "done", one, facts)
        for one in sorted({leader, proposal.by} - {0})
    )
    return Answer(
        "second.delegate_done", facts, act + Act((turned(request, proposal, "done"),), (), told),
        ask="second.delegate_ask",
    )


def _asked_anew(request: Request, act: Act, home: Household, heir: str) -> tuple[Notice, ...]:
    """The new delegate hears what is now asked of him: consents and signatures that were open."""
    told = []
    for one in act.records:
        if not isinstance(one, Endorsement) or one.answer:
            continue
        loan = request.books.loan(request.code, one.loan)
        assert loan is not None
        if loan.status not in ASKING:
            continue
        borrower = request.books.people(request.code, {loan.person})[loan.person].name
        if loan.household == home.no:
            loan, borrower = replace(loan, person=one.person), heir
        say = notices.sign_asked if one.kind == "signature" else notices.consent_asked
        told.append(say(loan, borrower, one.person))
    return tuple(told)
