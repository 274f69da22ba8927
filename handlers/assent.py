"""What members answer to a proposal about their group: `同意入组 5`, `不同意入组 5`; without a phone on paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ledger import groups, notices
from ledger.groups import GroupCase
from ledger.records import Act, Assent, Household, Paper, Proposal, Refusal

from . import stand_in
from .group import paired
from .people import member, standing_of
from .request import Answer, Request, refuse

RULES = {"group": groups.FORM, "move": groups.MOVE, "leader": groups.LEAD}


def agree(request: Request) -> Answer:
    return _answer(request, groups.YES)


def disagree(request: Request) -> Answer:
    return _answer(request, groups.NO)


def _answer(request: Request, answer: str) -> Answer:
    """One answer; the last consent (for a leader more than half) makes it so."""
    name = str(request.slots.get("person") or "")
    if name:
        return _on_paper(request, name, answer)
    me = request.speaker.person.no
    found = _asked(request, me)
    if isinstance(found, Refusal):
        return refuse(found)
    proposal, mine = found
    return _hear(request, proposal, replace(mine, answer=answer, said_on=request.today), Act())


def _asked(request: Request, person: int) -> tuple[Proposal, Assent] | Refusal:
    """The proposal this person is asked for: the number given, or the only one."""
    open_ones = request.books.asked_to_agree(request.code, person)
    wanted = request.slots.get("item")
    fitting = [one for one in open_ones if wanted is None or one.no == wanted]
    if not fitting:
        return Refusal("assent.not_asked", {"item": wanted or 0})
    if len(fitting) > 1:
        return Refusal("assent.which", {"items": "、".join(str(one.no) for one in fitting)})
    assents = request.books.assents(request.code, fitting[0].no)
    return fitting[0], next(one for one in assents if one.person == person)


def _on_paper(request: Request, name: str, answer: str) -> Answer:
    """`同意入组 5 程老根 编号7`: for one without a phone, said by the leader-to-be and by a supervisor."""
    found = member(request, name)
    if isinstance(found, Refusal):
        return refuse(found)
    home, person = found
    asked = _asked(request, person.no)
    if isinstance(asked, Refusal):
        return refuse(asked)
    proposal, mine = asked
    group = str(proposal.body.get("group") or home.group_name)
    case = stand_in.case_of(request, home, person, str(request.slots.get("text") or ""), group)
    leader = str(proposal.body.get("leader") or "")
    if leader and leader == request.speaker.person.household:
        case = replace(case, leads=True)
    papers = [one for one in request.books.papers(request.code, proposal.no, {"group"}) if one.person == person.no]
    side, against = stand_in.side_of(case, papers)
    if against:
        return refuse(*against)
    paper = Paper(
        request.code, proposal.no, "group", person.no, side, request.speaker.person.no, case.number, request.today
    )
    if not papers:
        facts = {"item": proposal.no, "name": person.name, "number": case.number}
        return Answer("assent.paper_half", facts, Act((paper,)))
    said = replace(mine, answer=answer, said_on=request.today, paper=case.number)
    return _hear(request, proposal, said, Act((paper,)))


def _hear(request: Request, proposal: Proposal, said: Assent, more: Act) -> Answer:
    assents = request.books.assents(request.code, proposal.no)
    state = groups.answered(assents, said, all_of_them=proposal.kind != "leader")
    facts: dict[str, Any] = {"item": proposal.no, "group": proposal.body.get("group", "")}
    act = more + Act((said,))
    if state == "open":
        return Answer("assent.heard" if said.answer == groups.YES else "assent.heard_no", facts, act)
    if state == "done" and proposal.kind != "pair":
        against = _against(request, proposal)
        if against:
            return refuse(*against)
    ended = replace(proposal, state=state, ended_on=request.today)
    act += Act((ended,))
    if state == "done":
        act += _done(request, proposal)
    people = {one.person for one in assents} | {proposal.by}
    told = tuple(
        notices.proposal_told(ended, state, person, facts) for person in sorted(people - {request.speaker.person.no})
    )
    return Answer(f"assent.{state}", facts, act + Act((), (), told))


def _homes(request: Request, proposal: Proposal) -> list[Household]:
    found = [request.books.household(request.code, no) for no in proposal.body["homes"]]
    return [home for home in found if home is not None and home.left_on is None]


def _against(request: Request, proposal: Proposal) -> tuple[Refusal, ...]:
    """The rules asked again when the last answer comes, because the village may have moved on."""
    name, homes = str(proposal.body["group"]), _homes(request, proposal)
    staying = () if proposal.kind == "group" else request.books.standings(request.code, name, request.today)
    coming = [] if proposal.kind == "leader" else [standing_of(request, home)[0] for home in homes]
    taken = proposal.kind == "group" and any(
        home.group_name == name for home in request.books.households(request.code)
    )
    left = [
        one for home in homes if proposal.kind == "move" and home.group_name
        for one in standing_of(request, home)[1] if one.household.no != home.no
    ]
    case = GroupCase(
        request.charter(), name, coming, staying, str(proposal.body["leader"]), request.books.kin(request.code), taken,
        left,
    )
    return groups.refusals(case, RULES[proposal.kind])


def _done(request: Request, proposal: Proposal) -> Act:
    if proposal.kind == "pair":
        return paired(request, proposal)[0]
    name, leader = str(proposal.body["group"]), str(proposal.body["leader"])
    homes = _homes(request, proposal)
    if proposal.kind == "leader":
        homes = [one.household for one in request.books.standings(request.code, name, request.today)]
    return Act(groups.grouped(homes, name, leader))
