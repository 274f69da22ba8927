"""The assembly by message: the chair calls a vote (表决), each household votes (投票), on paper without a phone."""

from __future__ import annotations

from ledger import assembly
from ledger.assembly_records import Ballot, Motion
from ledger.records import Act, Household, Paper, Person, Refusal
from ledger.store.assembly import Assembly

from . import stand_in
from .people import member
from .request import Answer, Request, household_of, refuse


def start(request: Request) -> Answer:
    """`表决 章程改为月费率4‰`: shown with who may vote and how much it wants; then every household is called."""
    books, code, terms = request.books, request.code, request.charter().assembly
    kept = Assembly(books)
    text = str(request.slots.get("text") or "").strip()
    against = assembly.against_text(text, kept.alive(code), terms)
    if against is not None:
        return refuse(against)
    homes = assembly.voters(books.households(code), request.today)
    act = assembly.begin(code, kept.next_no(code), text, request.speaker.person.no, homes, terms, request.today)
    motion = act.records[0]
    assert isinstance(motion, Motion)
    return Answer("motion.begun", assembly.called(motion, terms), act, ask="motion.ask")


def vote(request: Request) -> Answer:
    """`投票 3 赞成`: counted for the household; said again before the last day, the later word counts."""
    home = household_of(request)
    found = _motion(request, home, int(request.slots.get("vote") or 0))
    if isinstance(found, Refusal):
        return refuse(found)
    return _heard(request, found, home, request.speaker.person, "", Act())


def _motion(request: Request, home: Household, wanted: int) -> Motion | Refusal:
    """The motion a number means, where this household may vote on it now."""
    motion = Assembly(request.books).motion(request.code, wanted)
    against = assembly.against_vote(motion, wanted, home, request.today)
    if against is None and str(request.slots.get("choice") or "") not in assembly.CHOICES:
        against = Refusal("motion.no_choice", {"item": wanted})
    if against is not None:
        return against
    assert motion is not None
    return motion


def _heard(request: Request, motion: Motion, home: Household, person: Person, paper: str, more: Act) -> Answer:
    word = str(request.slots["choice"])
    said = Ballot(
        request.code, motion.no, home.no, person.no, assembly.CHOICES[word], request.today, paper)
    facts = {"item": motion.no, "choice": word, "closes_on": motion.closes_on, "name": person.name if paper else ""}
    return Answer("motion.heard", facts, more + Act((said,)))


def vote_for(request: Request) -> Answer:
    """`代投 3 程老根 赞成 编号7`: for one without a phone, by the group's leader and by a supervisor, alike on both."""
    found = member(request, str(request.slots.get("person") or ""))
    if isinstance(found, Refusal):
        return refuse(found)
    home, person = found
    motion = _motion(request, home, int(request.slots.get("vote") or 0))
    if isinstance(motion, Refusal):
        return refuse(motion)
    kind = f"vote_{assembly.CHOICES[str(request.slots['choice'])]}"
    case = stand_in.case_of(request, home, person, str(request.slots.get("text") or ""))
    halves = request.books.papers(request.code, motion.no, {f"vote_{one}" for one in assembly.CHOICES.values()})
    papers = [one for one in halves if one.person == person.no]
    side, against = stand_in.side_of(case, papers)
    if any(one.kind != kind for one in papers):
        against.append(Refusal("motion.paper_differs", {"name": person.name}))
    if against:
        return refuse(*against)
    paper = Paper(
        request.code, motion.no, kind, person.no, side, request.speaker.person.no, case.number, request.today)
    if not papers:
        return Answer("motion.paper_half", {"item": motion.no, "name": person.name, "number": case.number},
                      Act((paper,)))
    return _heard(request, motion, home, person, case.number, Act((paper,)))
