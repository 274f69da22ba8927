"""Taking a household in: the treasurer proposes, another officer agrees, the cashier takes the money; paying in."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ledger import members, notices
from ledger.calendar import add_months
from ledger.members import JoinCase, Shares
from ledger.records import Act, Notice, Proposal, Refusal
from ledger.terms import CATEGORIES, Account, Role

from .group import ask_to_join
from .people import member, posts, propose, turned, wanted, words_of
from .request import Answer, Request, refuse

_PHONE = re.compile(r"1[3-9][0-9]{9}")
_ID = re.compile(r"[0-9]{17}[0-9Xx]")
_MONEY = re.compile(r"([0-9]{1,6})元?")
_NO_PHONE = frozenset({"无手机", "没手机", "没有手机", "无电话", "没电话", "没有电话"})
_LATER = frozenset({"缓交", "缓缴", "以后交"})
_FREE = frozenset({"免交", "免缴", "免费"})


def how(request: Request) -> Answer:
    """`入社` by a member: the household is in already; by the treasurer: how to take one in; by the county: who may."""
    roles = request.speaker.roles
    if Role.TREASURER in roles:
        return Answer("join.how_treasurer")
    return Answer("join.member_already" if Role.MEMBER in roles else "greeting.join")


def fields(words: list[str]) -> dict[str, Any] | Refusal:
    """What a treasurer wrote behind 入社, in any order; each field is known by its shape.

    `入社 李大山 19900000063 贫困户 0 第三组`, with 户主…, 住…村, 缓交, 免交, 无手机 and an ID number where they fit.
    """
    told: dict[str, Any] = {"phone": "", "id_card": "", "head": "", "lives_in": "", "group": "", "deferred": False}
    for word in words:
        sort = word + "户" if word + "户" in CATEGORIES else word
        if word in _NO_PHONE:
            continue
        if _PHONE.fullmatch(word):
            told["phone"] = word
        elif _ID.fullmatch(word):
            told["id_card"] = word.upper()
        elif sort in CATEGORIES:
            told["category"] = sort
        elif found := _MONEY.fullmatch(word):
            told["own_fen"] = int(found[1]) * 100
        elif word in _LATER:
            told["deferred"] = True
        elif word in _FREE:
            told["own_fen"] = 0
        elif word.startswith("户主") and len(word) > 2:
            told["head"] = word.removeprefix("户主")
        elif word.startswith("住") and len(word) > 2:
            told["lives_in"] = word.removeprefix("住")
        elif word.endswith("组") and len(word) > 1:
            told["group"] = word
        elif "name" not in told:
            told["name"] = word
        else:
            return Refusal("join.unread", {"word": word})
    return told


def case_of(request: Request, told: dict[str, Any]) -> JoinCase:
    """All that decides on taking this household in today."""
    books, charter, name = request.books, request.charter(), str(told.get("name", ""))
    category, phone, id_card = str(told.get("category", "")), str(told["phone"]), str(told["id_card"])
    least_fen = members.shares(charter, category, charter.contribution.shares_min).own_fen if category else 0
    homes = books.members_by(phone=phone, id_card=id_card)
    here = [(home, person) for home, person in homes if home.society == request.code]
    away = next((home.society for home, _ in homes if home.society != request.code), "")
    society = books.society(away) if away else None
    head = str(told["head"] or name)
    same_head = next((h for h in books.households(request.code) if h.left_on is None and h.head == head), None)
    totals, group = books.totals(request.code), str(told["group"])
    return JoinCase(
        charter, request.today, request.speaker.society.village, name, category,
        int(told.get("own_fen", least_fen)), bool(told["deferred"]), phone, id_card, head, str(told["lives_in"]),
        group, len(books.standings(request.code, group, request.today)) if group else 0,
        next((home.no for home, person in here if phone and person.phone == phone), ""),
        next((home.no for home, person in here if id_card and person.id_card == id_card), ""),
        same_head.no if same_head else "", society.name if society else "",
        -totals[Account.CONTRIBUTION], -totals[Account.FISCAL] - books.given_fen(request.code),
    )


def _facts(case: JoinCase) -> dict[str, Any]:
    offer = members.shares_for(case.charter, case.category, case.own_fen)
    assert isinstance(offer, Shares)
    return {
        "name": case.name, "category": case.category, "own_fen": case.own_fen, "phone": case.phone or "无手机",
        "given_fen": offer.gifted_fen + offer.matched_fen, "group": case.group, "deferred": case.deferred,
        "village": case.village,
    }


def admit(request: Request) -> Answer:
    """`入社 李大山 19900000063 贫困户 0 第三组`: every refusal at once, else the second key is asked."""
    told = fields(words_of(request))
    if isinstance(told, Refusal):
        return refuse(told)
    case = case_of(request, told)
    against = members.refusals_to_join(case)
    if against:
        return refuse(*against)
    return propose(request, "join", "", told | {"own_fen": case.own_fen}, _facts(case))


def second(request: Request, proposal: Proposal) -> Answer:
    """The second key: who pays nothing now is a member at once, for the others the cashier takes the money."""
    case = case_of(request, proposal.body)
    against = members.refusals_to_join(case)
    if against:
        return refuse(*against)
    facts = _facts(case) | {"item": proposal.no}
    if not case.own_fen or case.deferred:
        act = _enrol(request, case, Account.BANK) + Act((turned(request, proposal, "done"),))
        return Answer("second.join_done", facts, act, ask="second.join_ask")
    agreed = turned(request, proposal, "agreed")
    told = [notices.proposal_told(agreed, "agreed", person.no, facts) for person in posts(request, Role.CASHIER)]
    if case.phone:
        key = f"proposal/{proposal.no}/applicant"
        told.append(Notice(key, 0, "notice.join_pay", facts, notices.TOLD, ("sms", "", case.phone)))
    return Answer("second.join_agreed", facts, Act((agreed,), (), tuple(told)), ask="second.join_ask")


def _enrol(request: Request, case: JoinCase, money: Account) -> Act:
    books = request.books
    no, person = books.next_household_no(request.code), books.next_person_no(request.code)
    by = request.speaker.person.no
    act = members.enrol(case, request.code, no, person, money, request.key, by)
    return act + ask_to_join(request, no, person, case.name, case.group) if case.group else act


def take_fee(request: Request) -> Answer:
    """`入社费 3`: the cashier has the money of an agreed joining in hand; with it the household is a member."""
    proposal = wanted(request, ("agreed",), "join")
    if isinstance(proposal, Refusal):
        return refuse(proposal)
    case = case_of(request, proposal.body)
    against = members.refusals_to_join(case)
    if against:
        return refuse(*against)
    money = Account.BANK if request.slots.get("via") == "转账" else Account.CASH
    done = replace(proposal, state="done", ended_on=request.today)
    facts = _facts(case) | {"item": proposal.no, "money": str(money)}
    return Answer("fee.done", facts, _enrol(request, case, money) + Act((done,)), ask="fee.ask")


def contribute(request: Request) -> Answer:
    """`互助金 陈桂花 200`: a member pays in more, or what was deferred; the cashier has it in hand."""
    found = member(request, str(request.slots.get("person") or ""))
    if isinstance(found, Refusal):
        return refuse(found)
    home, person = found
    books, more_fen = request.books, int(request.slots.get("amount_fen") or 0)
    own_fen = books.contribution_fen(request.code, home.no)
    members_fen = -books.totals(request.code)[Account.CONTRIBUTION]
    against = members.refusals_to_add(request.charter(), home, own_fen, more_fen, members_fen)
    if against:
        return refuse(*against)
    money = Account.BANK if request.slots.get("via") == "转账" else Account.CASH
    by = request.speaker.person.no
    act = members.add(home, person.name, more_fen, request.today, money, request.key, by)
    facts = {
        "name": person.name, "amount_fen": more_fen, "after_fen": own_fen + more_fen, "money": str(money),
        "until_on": add_months(request.today, request.charter().contribution.deferred_months),
    }
    return Answer("contribute.done", facts, act, ask="contribute.ask")
