"""What the handlers about people share: who a name means, which officers to tell, opening and ending proposals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ledger import identity, notices
from ledger.offices import holding
from ledger.records import Act, Household, Person, Proposal, Refusal
from ledger.rules import Standing
from ledger.terms import OUTSIDE_ROLES, Role

from .request import Answer, Request, refuse

SECONDS: dict[str, frozenset[Role]] = {
    "join": frozenset({Role.CHAIR, Role.DIRECTOR, Role.SUPERVISOR}),
    "leave": frozenset({Role.TREASURER, Role.CHAIR, Role.DIRECTOR}),
    "delegate": frozenset({Role.SUPERVISOR}),
    "special": frozenset({Role.SUPERVISOR}),
    "set_off": frozenset({Role.CHAIR, Role.DIRECTOR}),
    "broadcast": frozenset({Role.CHAIR, Role.TREASURER, Role.SUPERVISOR}),
    "circular": OUTSIDE_ROLES | {Role.SUPERVISOR},
}
"""Whose second key each kind of proposal wants; kinds that are not here are agreed on by those they concern."""


def words_of(request: Request) -> list[str]:
    """What stands behind the command's word, cut at spaces and commas."""
    text = unicodedata.normalize("NFKC", str(request.slots.get("text") or ""))
    return [word for word in re.split(r"[\s,，、;；:：。]+", text) if word]


def posts(request: Request, *roles: Role) -> list[Person]:
    """The people who hold one of these offices today, each once."""
    return holding(request.books.officers(request.code), roles, request.today)


def member(request: Request, words: str) -> tuple[Household, Person] | Refusal:
    """The member household a name, a head's name or the tail of a 户号 means; two of one name are asked apart."""
    books = request.books
    if words.isascii() and words.isdigit():
        home = books.household(request.code, f"{request.code}-{words.zfill(3)}")
        person = books.person(request.code, home.person) if home and home.left_on is None else None
        return (home, person) if home and person else Refusal("member.none", {"name": words})
    found = books.members_named(request.code, words)
    if not found:
        return Refusal("member.none", {"name": words})
    if len(found) > 1:
        tails = "、".join(f"{home.no.rpartition('-')[2]}号户" for home, _ in found)
        return Refusal("member.several", {"name": words, "homes": tails})
    return found[0]


def standing_of(request: Request, home: Household) -> tuple[Standing, tuple[Standing, ...]]:
    """How a household stands, and its whole group (itself alone where it has none)."""
    group = request.books.standings(request.code, home.group_name, request.today)
    own = next(one for one in group if one.household.no == home.no)
    return own, group if home.group_name else (own,)


def propose(request: Request, kind: str, household: str, body: dict[str, Any], facts: dict[str, Any]) -> Answer:
    """Open a proposal of an officer and ask everybody who may turn the second key."""
    number = request.books.next_proposal_no(request.code)
    me = request.speaker.person.no
    proposal = Proposal(request.code, number, kind, household, me, "open", request.today, body)
    told = tuple(
        notices.proposed(proposal, person.no, facts | {"by": request.speaker.person.name})
        for person in posts(request, *SECONDS[kind])
        if person.no != me
    )
    shown = facts | {"item": number}
    return Answer(f"propose.{kind}_done", shown, Act((proposal,), (), told), ask=f"propose.{kind}_ask")


def wanted(request: Request, states: tuple[str, ...] = ("open",), kind: str = "") -> Proposal | Refusal:
    """The proposal a number means, in one of these states."""
    number = int(request.slots.get("item") or 0)
    found = request.books.proposal(request.code, number) if number else None
    if found is None or found.state not in states or (kind and found.kind != kind):
        return Refusal("proposal.none", {"item": number})
    return found


def against_second(request: Request, proposal: Proposal) -> Refusal | None:
    """Why this officer may not turn the second key: the own proposal, another office's matter, the own household."""
    me = request.speaker.person
    if proposal.kind not in SECONDS or not request.speaker.roles & SECONDS[proposal.kind]:
        return Refusal("proposal.not_yours", {"item": proposal.no})
    if proposal.by == me.no:
        return Refusal("proposal.own", {"item": proposal.no})
    if proposal.household and proposal.household == me.household:
        return Refusal("proposal.own_home", {"item": proposal.no})
    return None


def turned(request: Request, proposal: Proposal, state: str) -> Proposal:
    """The proposal with the speaker's second key turned today."""
    over = request.today if state in {"done", "refused", "withdrawn"} else None
    return replace(
        proposal, state=state, agreed_by=request.speaker.person.no, agreed_on=request.today, ended_on=over
    )


def with_kin(request: Request, borrower: Household, homes: Sequence[Household]) -> list[Household]:
    """A borrower's group and the households of near relatives: whoever is of one of them decides nothing here."""
    kin = [one for one in request.books.kin(request.code) if borrower.no in {one.one, one.other}]
    there = {one.no for one in homes}
    near = sorted(identity.near(kin, borrower.no) - there)
    found = [request.books.household(request.code, no) for no in near]
    return [*homes, *(one for one in found if one is not None)]


def needs(*refusals: Refusal | None) -> Answer | None:
    """A refusing answer when there is anything to refuse."""
    return refuse(*refusals) if any(refusals) else None


def waiting_for(request: Request) -> list[str]:
    """What waits for this officer among proposals, as the words to send."""
    lines = []
    for one in request.books.proposals(request.code):
        if one.state == "open" and against_second(request, one) is None:
            lines.append(f"复核 {one.no}")
        elif one.state == "agreed" and one.kind == "join" and Role.CASHIER in request.speaker.roles:
            lines.append(f"入社费 {one.no}")
        elif one.state == "agreed" and one.kind == "leave" and Role.CASHIER in request.speaker.roles:
            home = request.books.household(request.code, one.household)
            if home is not None and one.due_on is not None and one.due_on <= request.today:
                lines.append(f"退互助金 {home.no.rpartition('-')[2]}")
    return lines
