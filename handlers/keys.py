"""The codes of a key: another one sent, a given one looked at. What the code opens is its `content`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ledger import codes, notices
from ledger.charter import Charter
from ledger.records import Act, Challenge, Loan, Refusal

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
    wrong = Refusal("approve.code_wrong", {"loan": loan, "left": left})
    return refuse(wrong if left else Refusal("approve.code_dead", {"loan": loan}), act=Act((counted,)))


def _right(request: Request, challenge: Challenge) -> str:
    """The code of a challenge: the number of the card's cell where one was asked for, else its own."""
    parts = notices.code_for(challenge)
    cell = request.books.cell(request.code, challenge.person, codes.content_of(*parts))
    return codes.one_time(request.secret, *(cell.parts if cell else parts))
