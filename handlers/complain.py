"""Complaining: a complaint is kept under a number, answered by the supervisors, and its sender sees how it stands."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import complaints
from ledger.complaints import HIDDEN, NAMED, State
from ledger.records import Act, Matter, Refusal

from .request import Answer, Request


def complain(request: Request) -> Answer:
    """`投诉 内容`, `匿名投诉 内容`: kept and told to the supervisors; without words, how the own ones stand."""
    text = str(request.slots.get("text") or "").strip()
    if not text:
        return _mine(request)
    books, me = request.books, request.speaker.person
    hidden = bool(request.slots.get("anonymous"))
    matter = Matter(
        request.code, books.next_matter_no(request.code), HIDDEN if hidden else NAMED, 0, me.no, text, request.today
    )
    told = complaints.readers(books.officers(request.code), me.no, request.today)
    facts = {"item": matter.no, "days": request.charter().complaint.answer_days, "hidden": hidden}
    act = Act((matter,), (), tuple(complaints.told(matter, "" if hidden else me.name, one) for one in told))
    return Answer("complain.done", facts, act)


def _mine(request: Request) -> Answer:
    """The own complaints, the newest first, each with its state."""
    terms = request.charter().complaint
    lines = []
    for one in request.books.raised_by(request.code, request.speaker.person.no, 3, complaints.KINDS):
        state = complaints.state(one, terms, request.today)
        lines.append([str(one.raised_on), one.no, one.answer, state == State.ABOVE, state == State.WAITING])
    return Answer("complain.lines" if lines else "complain.none", {"lines": lines})


def against_answer(request: Request, matter: Matter) -> Refusal | None:
    """A complaint is answered by a supervisor, or by those above the village once the supervisors' term is over."""
    if matter.kind not in complaints.KINDS or answerable(request, [matter]):
        return None
    return Refusal("answer.supervisors", {"item": matter.no})


def answerable(request: Request, matters: Sequence[Matter]) -> list[Matter]:
    """Those of open `matters` that this officer is to answer; a fixed number of reads however many there are."""
    roles, me = request.speaker.roles, request.speaker.person.no
    complaining = [one for one in matters if one.kind in complaints.KINDS and one.person != me]
    found = [one for one in matters if one.kind not in complaints.KINDS] if roles & complaints.OTHERS else []
    if roles & complaints.WATCHING:
        found += complaining
    elif roles & complaints.ABOVE and complaining:
        terms, officers = request.charter().complaint, request.books.officers(request.code)
        found += [
            one for one in complaining
            if complaints.state(one, terms, request.today) == State.ABOVE
            or me in complaints.readers(officers, one.person, request.today)
        ]
    return sorted(found, key=lambda one: one.no)
