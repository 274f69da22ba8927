"""A new phone for a person: asked for by an officer or by her old phone, vouched for by two who know her, proved by the
new phone itself, told to the old one. Until all of that the old phone stays hers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ledger import identity, notices
from ledger.identity_records import Rebinding
from ledger.offices import acting
from ledger.records import Act, Address, Assent, Notice, Person, Proposal, Refusal
from ledger.store.books import Books
from ledger.terms import VILLAGE_ROLES

from .people import member, posts
from .request import Answer, Request, refuse

KIND = "phone"
PROOF_S = 24 * 3600
TRIES = 3
YES = "yes"
BY_CODES = "新手机错了3次码"


def tail(number: str) -> str:
    """As much of a phone as is shown to others."""
    return number[-3:]


def change(request: Request) -> Answer:
    """`换号 陈桂花 13900000000`, or from her own phone `换号 13900000000`; `加号 …` leaves the old one as it is."""
    subject = _subject(request)
    if isinstance(subject, Refusal):
        return refuse(subject)
    number = "".join(sign for sign in str(request.slots.get("phone") or "") if sign.isdigit())[-11:]
    alive = [one for one in request.books.proposals(request.code, KIND) if one.body["person"] == subject.no]
    asked = _vouchers(request, subject)
    found = (
        None if identity.MOBILE.fullmatch(number) else Refusal("phone.not_mobile"),
        Refusal("phone.same", {"name": subject.name}) if number == subject.phone else None,
        Refusal("phone.open", {"name": subject.name, "item": alive[0].no}) if alive else None,
        Refusal("phone.too_few", {"name": subject.name}) if len(asked) < _needed(request) else None,
    )
    if any(found):
        return refuse(*found)
    item = request.books.next_proposal_no(request.code)
    me = request.speaker.person
    body = {"person": subject.no, "old": subject.phone, "new": number, "add": request.command == "add_phone"}
    opened = Proposal(request.code, item, KIND, subject.household, me.no, "open", request.today, body)
    facts = {"name": subject.name, "by": me.name, "tail": tail(number), "item": item}
    told = [notices.proposed(opened, one.no, facts) for one in asked]
    if subject.no != me.no:
        # The old phone hears of it before anything has happened: if it is still hers, she can say no.
        told.append(Notice(f"proposal/{item}/old", subject.no, "notice.phone_asked", facts, notices.CODE))
    assents = tuple(Assent(request.code, item, one.no, "") for one in asked)
    facts |= {"names": "、".join(one.name for one in asked), "count": _needed(request)}
    return Answer("phone.asked", facts, Act((opened, *assents), (), tuple(told)), ask="phone.ask")


def _needed(request: Request) -> int:
    return request.charter().identity.vouchers


def _subject(request: Request) -> Person | Refusal:
    """Whose phone it is: a member's or an officer's by name, else the speaker's own."""
    name = str(request.slots.get("person") or "")
    if not name:
        return request.speaker.person
    if not request.speaker.roles & VILLAGE_ROLES:
        return Refusal("phone.by_officer")
    officers = {one.no: one for _, one in request.books.officers(request.code) if one.name == name}
    found = member(request, name)
    if isinstance(found, Refusal):
        return next(iter(officers.values())) if len(officers) == 1 else found
    return found[1]


def _vouchers(request: Request, subject: Person) -> list[Person]:
    home = request.books.household(request.code, subject.household) if subject.household else None
    group = request.books.standings(request.code, home.group_name, request.today) if home and home.group_name else ()
    people = request.books.people(request.code, {one.household.person for one in group}) if group else {}
    officers = posts(request, *VILLAGE_ROLES)
    holds = any(one.no == subject.no for one in officers)
    return identity.vouchers(
        subject, list(people.values()), officers, request.books.kin(request.code), request.speaker.person.no, holds
    )


def _asked(request: Request) -> tuple[Proposal, Assent] | Refusal:
    """The change of phone this person was asked about: the number given, or the only one."""
    mine = [one for one in request.books.asked_to_agree(request.code, request.speaker.person.no) if one.kind == KIND]
    wanted = request.slots.get("item")
    fitting = [one for one in mine if wanted is None or one.no == wanted]
    if len(fitting) != 1:
        return Refusal("phone.not_asked" if not fitting else "assent.which", {
            "item": wanted or 0, "items": "、".join(str(one.no) for one in fitting)})
    assents = request.books.assents(request.code, fitting[0].no)
    return fitting[0], next(one for one in assents if one.person == request.speaker.person.no)


def vouch(request: Request) -> Answer:
    """`证明 12`: I know her and she told me herself. The second one sends a code to the new phone."""
    found = _asked(request)
    if isinstance(found, Refusal):
        return refuse(found)
    proposal, mine = found
    books, me = request.books, request.speaker.person
    before = [one.person for one in books.assents(request.code, proposal.no) if one.answer == YES]
    people = books.people(request.code, {*before, int(proposal.body["person"])})
    subject = people[int(proposal.body["person"])]
    if any(not identity.two_homes(people[no], me) for no in before):
        return refuse(Refusal("phone.one_home", {"item": proposal.no}))
    facts = {"name": subject.name, "tail": tail(str(proposal.body["new"])), "item": proposal.no}
    said = replace(mine, answer=YES, said_on=request.today)
    if len(before) + 1 < _needed(request):
        return Answer("phone.vouched_first", facts, Act((said,)), ask="phone.vouch_ask")
    body = proposal.body | {"proof": request.key, "until": request.now + PROOF_S, "tries": 0}
    agreed = replace(proposal, state="agreed", agreed_on=request.today, body=body)
    to = ("sms", "", str(proposal.body["new"]))
    proof = Notice(f"proposal/{proposal.no}/proof", 0, "phone_code", facts | {"code_for": code_for(agreed)},
                   notices.CODE, to)
    return Answer("phone.vouched_second", facts, Act((said, agreed), (), (proof,)), ask="phone.vouch_ask")


def code_for(proposal: Proposal) -> list[str | int]:
    """What the code that the new phone gets is derived from: this change, this number, this moment."""
    return [KIND, proposal.society, proposal.no, str(proposal.body["new"]), str(proposal.body["proof"])]


def doubt(request: Request) -> Answer:
    """`不是本人 12`: who was asked, or she herself, says no; one is enough and needs no code."""
    me, wanted = request.speaker.person, request.slots.get("item")
    alive = request.books.proposals(request.code, KIND)
    found = [one for one in alive if wanted is None or one.no == wanted]
    found = [
        one for one in found
        if one.body["person"] == me.no
        or any(said.person == me.no for said in request.books.assents(request.code, one.no))
    ]
    if len(found) != 1:
        return refuse(Refusal("phone.not_asked", {"item": wanted or 0}))
    return Answer("phone.doubted", {"item": found[0].no}, ended(request, found[0], me.name))


def ended(request: Request, proposal: Proposal, by: str) -> Act:
    """The change does not happen; all officers, the person and who asked for it hear that."""
    over = replace(proposal, state="refused", ended_on=request.today)
    subject = request.books.people(request.code, {int(proposal.body["person"])})[int(proposal.body["person"])]
    facts = {"name": subject.name, "by": by}
    people = {one.no for one in posts(request, *VILLAGE_ROLES)} | {subject.no, proposal.by}
    told = tuple(notices.proposal_told(over, "refused", no, facts) for no in sorted(people))
    return Act((over,), (), told)


def proved(request: Request, proposal: Proposal) -> tuple[Act, dict[str, Any]]:
    """The new phone sent its code: it is hers from now on, and everything that changed address rests for two days."""
    books, no = request.books, int(proposal.body["person"])
    subject = books.people(request.code, {no})[no]
    old, new, add = str(proposal.body["old"]), str(proposal.body["new"]), bool(proposal.body["add"])
    records: list[Any] = [
        replace(proposal, state="done", ended_on=request.today), Rebinding(request.code, no, request.now, KIND),
        Address("sms", "", new, request.code, no, request.today),
    ]
    if not add:
        # A WeChat may be on the lost phone as well: it is bound anew from the new one.
        records.append(replace(subject, phone=new))
        records += [replace(one, ended_on=request.today) for one in books.addresses(request.code, no)
                    if one.sender != new]
    hours = request.charter().identity.rebind_hours
    facts: dict[str, Any] = {"name": subject.name, "tail": tail(new), "hours": hours, "item": proposal.no, "add": add}
    told = _told(request, proposal, subject, facts)
    if old and not add:
        told.append(Notice(f"proposal/{proposal.no}/last", 0, "notice.phone_last", facts, notices.CODE,
                           ("sms", "", old)))
    return Act(tuple(records), (), tuple(told)), facts


def _told(request: Request, proposal: Proposal, subject: Person, facts: dict[str, Any]) -> list[Notice]:
    """Every officer hears of every change."""
    others: Sequence[Person] = [one for one in posts(request, *VILLAGE_ROLES) if one.no != subject.no]
    return [notices.proposal_told(proposal, "done", one.no, facts) for one in others]


def rebound(books: Books, society: str, subject: Person, today: date, key: str) -> list[Notice]:
    """A person's WeChat was exchanged for another: the phone on file and all officers are told."""
    hours = books.charter(society, None, today).identity.rebind_hours
    facts: dict[str, Any] = {"name": subject.name, "hours": hours}
    officers = {person.no for office, person in books.officers(society) if acting([office], today)} - {subject.no}
    told = [Notice(f"rebound/{key}/{no}", no, "notice.rebound", facts, notices.TOLD) for no in sorted(officers)]
    if subject.phone:
        told.append(Notice(f"rebound/{key}/own", subject.no, "notice.rebound_own", facts, notices.CODE,
                           ("sms", "", subject.phone)))
    return told
