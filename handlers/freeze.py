"""`停`: anybody near stops a person's or a loan's money at once, without a code; two others lift it, each with one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ledger import identity, notices
from ledger.identity_records import Freeze, Watchword
from ledger.records import Act, Household, Notice, Person, Refusal
from ledger.terms import VILLAGE_ROLES

from .people import member, posts
from .request import Answer, Request, refuse


def freeze(request: Request) -> Answer:
    """`停` stops the speaker's own, `停 23` a loan, `停 陈桂花` (by officers) a person; what runs stays as it is."""
    target = _target(request)
    if isinstance(target, Refusal):
        return refuse(target)
    person, loan, name = target
    books = request.books
    standing = books.freezes(request.code)
    facts: dict[str, Any] = {"name": name, "loan": loan}
    words = "freeze.loan" if loan else "freeze.self" if person == request.speaker.person.no else "freeze.other"
    there = identity.frozen(standing, 0 if loan else person, loan)
    if there is not None:
        return Answer(words, facts | {"item": there.no})
    made = Freeze(
        request.code, books.next_freeze_no(request.code), person, loan, request.speaker.person.no, request.now
    )
    facts |= {"item": made.no, "by": request.speaker.person.name}
    people = {one.no for one in posts(request, *VILLAGE_ROLES)} | {person}
    told = tuple(
        Notice(f"freeze/{made.no}/{no}", no, "notice.frozen_loan" if loan else "notice.frozen", facts, notices.CODE)
        for no in sorted(people - {request.speaker.person.no})
    )
    return Answer(words, facts, Act((made,), (), told))


def _target(request: Request) -> tuple[int, int, str] | Refusal:
    """(person, loan or 0, name) of what is to be stopped."""
    me = request.speaker.person
    officer = bool(request.speaker.roles & VILLAGE_ROLES)
    number = request.slots.get("loan")
    if number is not None:
        loan = request.books.loan(request.code, int(number))
        asked = loan is not None and any(
            one.person == me.no for one in request.books.endorsements(request.code, loan.no)
        )
        if loan is None or not (officer or asked or loan.household == me.household):
            return Refusal("freeze.no_loan", {"loan": number})
        borrower = request.books.people(request.code, {loan.person})[loan.person]
        return loan.person, loan.no, borrower.name
    name = str(request.slots.get("person") or "")
    if not name or name == me.name:
        return me.no, 0, me.name
    if not officer:
        return Refusal("freeze.by_officer")
    found = _named(request, name)
    return found if isinstance(found, Refusal) else (found.no, 0, found.name)


def _named(request: Request, name: str) -> Person | Refusal:
    """A member or officer by name."""
    found = member(request, name)
    if not isinstance(found, Refusal):
        return found[1]
    officers = {one.no: one for one in posts(request, *VILLAGE_ROLES) if one.name == name}
    return next(iter(officers.values())) if len(officers) == 1 else found


def unfreeze(request: Request) -> Answer:
    """`解停 3`: two officers, neither the frozen one nor of that house or group; the second lifts it."""
    standing = request.books.freezes(request.code)
    wanted = request.slots.get("item")
    found = [one for one in standing if wanted is None or one.no == wanted]
    if len(found) != 1:
        items = "、".join(str(one.no) for one in found)
        return refuse(Refusal("freeze.which" if found else "freeze.none", {"items": items, "item": wanted or 0}))
    there = found[0]
    me, people = request.speaker.person, request.books.people(request.code, {there.person, there.first_by} - {0})
    subject = people.get(there.person)
    if not identity.may_lift(there, me, subject, _group(request, subject)):
        return refuse(Refusal("freeze.own", {"item": there.no}))
    first = people.get(there.first_by)
    facts: dict[str, Any] = {"item": there.no, "name": subject.name if subject else "", "loan": there.loan}
    if first is None:
        one = replace(there, first_by=me.no)
        told = tuple(
            Notice(f"freeze/{there.no}/first/{no.no}", no.no, "notice.unfreeze_asked", facts | {"by": me.name},
                   notices.ASK)
            for no in posts(request, *VILLAGE_ROLES)
            if no.no != me.no and identity.may_lift(there, no, subject, _group(request, subject))
        )
        return Answer("freeze.first", facts, Act((one,), (), told), ask="freeze.ask")
    if identity.same_human(first, me) or (me.household and first.household == me.household):
        return refuse(Refusal("freeze.second", {"item": there.no}))
    over = replace(there, ended_by=me.no, ended_at=max(request.now, 1))
    told = tuple(
        Notice(f"freeze/{there.no}/over/{no}", no, "notice.unfrozen", facts, notices.CODE)
        for no in sorted({one.no for one in posts(request, *VILLAGE_ROLES)} | {there.person}) if no != me.no
    )
    return Answer("freeze.lifted", facts, Act((over,), (), told), ask="freeze.ask")


def _group(request: Request, subject: Person | None) -> list[Household]:
    home = request.books.household(request.code, subject.household) if subject and subject.household else None
    if home is None or not home.group_name:
        return []
    return [one.household for one in request.books.standings(request.code, home.group_name, request.today)]


def password(request: Request) -> Answer:
    """`暗号 桂花香`: the word that every true message to this person carries from now on; `暗号 取消` takes it away."""
    word = "".join(str(request.slots.get("text") or "").split())
    if not word:
        return Answer("password.how")
    me = request.speaker.person
    if word in {"取消", "不要", "不要了", "删除"}:
        return Answer("password.gone", {}, Act((Watchword(request.code, me.no, "", request.today),)),
                      ask="password.drop")
    if not identity.WORD.fullmatch(word) or any(taken in word for taken in identity.NO_WORD):
        return refuse(Refusal("password.bad"))
    facts = {"word": word}
    return Answer("password.set", facts, Act((Watchword(request.code, me.no, word, request.today),)),
                  ask="password.ask")
