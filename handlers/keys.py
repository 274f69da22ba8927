"""The codes of a key: another one sent, a given one looked at. What the code opens is its `content`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from ledger import codes, notices
from ledger.charter import Charter
from ledger.offices import holding
from ledger.records import Act, Challenge, Loan, Notice, Person, Refusal
from ledger.store.books import Books
from ledger.terms import Role

from .request import Answer, Request, refuse


def new_code(
    request: Request, loan: Loan, before: Challenge | None, content: str, say: str, facts: Mapping[str, Any]
) -> Answer:
    """Another code for exactly this content, in the reply."""
    issue = before.issue + 1 if before else 1
    fresh = Challenge(request.code, loan.no, request.speaker.person.no, issue, content, request.now)
    return Answer(say, dict(facts) | {"code_for": notices.code_for(fresh)}, Act((fresh,)))


def code_wrong(
    request: Request, loan: int, challenge: Challenge | None, content: str, given: str, charter: Charter
) -> Answer | None:
    """What is wrong with a code: none alive, or another number; a wrong one counts as a try and voids nothing else."""
    alive = (
        challenge is not None
        and not challenge.used
        and challenge.content == content
        and challenge.tries < charter.approval.code_tries
        and request.now - challenge.issued_at <= charter.approval.code_hours * 3600
    )
    if not alive or challenge is None:
        return refuse(Refusal("approve.code_dead", {"loan": loan}))
    if codes.same(given, _right(request, challenge)):
        return None
    counted = replace(challenge, tries=challenge.tries + 1)
    left = charter.approval.code_tries - counted.tries
    if left:
        return refuse(Refusal("approve.code_wrong", {"loan": loan, "left": left}), act=Act((counted,)))
    told = wrong_codes(request.books, request.code, request.speaker.person, request.today, request.key,
                       counted.tries)
    return refuse(Refusal("approve.code_dead", {"loan": loan}), act=Act((counted,), (), tuple(told)))


def wrong_codes(books: Books, society: str, person: Person, today: date, key: str, count: int) -> list[Notice]:
    """A code was guessed at until it was void: the chair and the supervisors hear whose number that was."""
    facts = {"name": person.name, "count": count}
    return [Notice(f"codes/{key}/{no}", no, "notice.codes_wrong", facts, notices.TOLD)
            for no in watching(books, society, person, today)]


def watching(books: Books, society: str, person: Person, today: date) -> list[int]:
    """Who hears that something is strange about a person's codes: the chair and the supervisors, not herself."""
    found = holding(books.officers(society), {Role.CHAIR, Role.SUPERVISOR}, today)
    return sorted(one.no for one in found if one.no != person.no)


def _right(request: Request, challenge: Challenge) -> str:
    """The code of a challenge: the number of the card's cell where one was asked for, else its own."""
    parts = notices.code_for(challenge)
    cell = request.books.cell(request.code, challenge.person, codes.content_of(*parts))
    return codes.one_time(request.secret, *(cell.parts if cell else parts))
