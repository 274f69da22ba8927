"""Groups by message: officers propose, every member consents; kin, the cadre beside, the third borrower, set-off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ledger import groups, lending, money, notices, repayment
from ledger.groups import GroupCase
from ledger.records import Act, Assent, Household, Kin, Loan, Notice, Pairing, Person, Proposal, Refusal
from ledger.rules import Standing
from ledger.terms import VILLAGE_ROLES, Status

from .people import member, posts, propose, standing_of, turned, words_of
from .request import Answer, Request, one_loan, refuse

Named = tuple[Household, Person]


def named(request: Request, words: list[str]) -> tuple[list[Named], list[Refusal]]:
    """The members these words mean, and everything that could not be found."""
    found, wrong = [], []
    for word in words:
        one = member(request, word)
        if isinstance(one, Refusal):
            wrong.append(one)
        else:
            found.append(one)
    return found, wrong


def _standings(request: Request, people: list[Named]) -> list[Standing]:
    return [standing_of(request, home)[0] for home, _ in people]


def _ask_members(
    request: Request, kind: str, body: dict[str, Any], people: list[tuple[int, str]], facts: dict[str, Any],
    agreed: tuple[int, ...] = (), household: str = "",
) -> tuple[Act, int]:
    """A proposal that each of `people` is asked for; those in `agreed` have said yes already."""
    number = request.books.next_proposal_no(request.code)
    by = request.speaker.person.no
    proposal = Proposal(request.code, number, kind, household, by, "open", request.today, body)
    assents = tuple(
        Assent(request.code, number, person, "yes" if person in agreed else "", request.today if person in agreed
               else None)
        for person, _ in people
    )
    told = tuple(
        notices.proposed(proposal, person, facts | {"name": name}) for person, name in people if person not in agreed
    )
    return Act((proposal, *assents), (), told), number


def form(request: Request) -> Answer:
    """`组建 第十二组 组长陈桂花 刘大山 王五`: the named are asked one by one; without 组长 the first one leads."""
    words = words_of(request)
    name = words[0] if words and words[0].endswith("组") else ""
    chosen = [word.removeprefix("组长") for word in words[1:]]
    if not name or not chosen:
        return refuse(Refusal("group.form_how"))
    leader_word = next((word.removeprefix("组长") for word in words if word.startswith("组长")), chosen[0])
    people, wrong = named(request, chosen)
    leader = next((one for one in people if leader_word in {one[1].name, one[0].no.rpartition("-")[2]}), None)
    taken = any(home.group_name == name for home in request.books.households(request.code))
    case = GroupCase(
        request.charter(), name, _standings(request, people), (), leader[0].no if leader else "",
        request.books.kin(request.code), taken,
    )
    against = (*wrong, *(() if wrong else groups.refusals(case, groups.FORM)))
    if against or leader is None:
        return refuse(*against)
    names = "、".join(person.name for _, person in people)
    facts = {"group": name, "names": names, "leader": leader[1].name, "count": len(people)}
    body = {"group": name, "homes": [home.no for home, _ in people], "leader": leader[0].no}
    act, number = _ask_members(request, "group", body, [(one.no, one.name) for _, one in people], facts)
    return Answer("group.form_done", facts | {"item": number}, act, ask="group.form_ask")


def move(request: Request) -> Answer:
    """`入组 陈桂花 第四组`: she and everybody in the group are asked."""
    words = words_of(request)
    group = next((word for word in words if word.endswith("组")), "")
    who = next((word for word in words if word != group), "")
    found = member(request, who) if who and group else Refusal("group.move_how")
    if isinstance(found, Refusal):
        return refuse(found)
    home, person = found
    case = _move_case(request, home, group)
    against = groups.refusals(case, groups.MOVE)
    if against:
        return refuse(*against)
    facts = {"group": group, "mover": person.name}
    body = {"group": group, "homes": [home.no], "leader": ""}
    asked = [(one.household.person, one.name) for one in case.everyone]
    act, number = _ask_members(request, "move", body, asked, facts)
    return Answer("group.move_done", facts | {"item": number}, act, ask="group.move_ask")


def _move_case(request: Request, home: Household, group: str) -> GroupCase:
    own, old = standing_of(request, home)
    staying = request.books.standings(request.code, group, request.today)
    left = [one for one in old if one.household.no != home.no] if home.group_name else []
    return GroupCase(
        request.charter(), group, [own], staying, "", request.books.kin(request.code), False, left
    )


def ask_to_join(request: Request, home_no: str, person: int, name: str, group: str) -> Act:
    """A new member named a group: its members are asked; the own consent lies in the application."""
    staying = request.books.standings(request.code, group, request.today)
    asked = [(one.household.person, one.name) for one in staying] + [(person, name)]
    body = {"group": group, "homes": [home_no], "leader": ""}
    return _ask_members(request, "move", body, asked, {"group": group, "mover": name}, (person,))[0]


def lead(request: Request) -> Answer:
    """`换组长 第三组 孙二妹`: the group elects; more than half is enough."""
    words = words_of(request)
    group = next((word for word in words if word.endswith("组")), "")
    who = next((word for word in words if word != group), "")
    found = member(request, who) if who and group else Refusal("group.lead_how")
    if isinstance(found, Refusal):
        return refuse(found)
    home, person = found
    staying = request.books.standings(request.code, group, request.today)
    case = GroupCase(request.charter(), group, (), staying, home.no)
    against = groups.refusals(case, groups.LEAD)
    if against:
        return refuse(*against)
    facts = {"group": group, "leader": person.name}
    body = {"group": group, "homes": [one.household.no for one in staying], "leader": home.no}
    asked = [(one.household.person, one.name) for one in staying]
    act, number = _ask_members(request, "leader", body, asked, facts)
    return Answer("group.lead_done", facts | {"item": number}, act, ask="group.lead_ask")


# Kin.


def relate(request: Request) -> Answer:
    """`亲属 陈桂花 王五 父女`: near relatives do not vouch for each other."""
    words = words_of(request)
    people, wrong = named(request, words[:2])
    if wrong or len(words) < 3:
        return refuse(*wrong, None if len(words) >= 3 else Refusal("kin.how"))
    (home, person), (other, its_person) = people
    if home.no == other.no:
        return refuse(Refusal("kin.same_home", {"name": person.name}))
    low, high = sorted((home.no, other.no))
    told = Kin(request.code, low, high, words[2], request.speaker.person.no, request.today)
    together = bool(home.group_name) and home.group_name == other.group_name
    group = home.group_name if together else ""
    facts = {"one": person.name, "other": its_person.name, "relation": words[2], "group": group}
    return Answer("kin.done", facts, Act((told,)))


def unrelate(request: Request) -> Answer:
    """`非亲属 陈桂花 王五`: what was told wrongly ends."""
    people, wrong = named(request, words_of(request)[:2])
    if wrong or len(people) < 2:
        return refuse(*wrong, Refusal("kin.how") if not wrong else None)
    homes = {home.no for home, _ in people}
    pair = next((one for one in request.books.kin(request.code) if {one.one, one.other} == homes), None)
    if pair is None:
        return refuse(Refusal("kin.none"))
    names = {"one": people[0][1].name, "other": people[1][1].name}
    return Answer("kin.ended", names, Act((replace(pair, ended_on=request.today),)))


# The cadre beside a poor household.


def pair(request: Request) -> Answer:
    """`结对 程老根 范文才`: the officer is asked to stand beside the poor household."""
    people, wrong = named(request, words_of(request)[:2])
    if wrong or len(people) < 2:
        return refuse(*wrong, Refusal("pair.how") if not wrong else None)
    (home, person), (cadre_home, cadre) = people
    officer = cadre.no in {one.no for one in posts(request, *VILLAGE_ROLES)}
    against = groups.pairing_refusals(home, cadre_home.no, cadre_home.group_name, is_officer=officer)
    if against:
        return refuse(*against)
    facts = {"poor": person.name, "cadre": cadre.name}
    body = {"cadre": cadre.no}
    act, number = _ask_members(request, "pair", body, [(cadre.no, cadre.name)], facts, household=home.no)
    return Answer("pair.done", facts | {"item": number}, act, ask="pair.ask")


def paired(request: Request, proposal: Proposal) -> tuple[Act, dict[str, Any]]:
    """The cadre has said yes: the pairing stands, and the household hears of it."""
    home = request.books.household(request.code, proposal.household)
    assert home is not None
    made = Pairing(request.code, home.no, int(proposal.body["cadre"]), request.today)
    people = request.books.people(request.code, {home.person, made.cadre})
    facts = {"poor": people[home.person].name, "cadre": people[made.cadre].name}
    return Act((made,), (), (notices.proposal_told(proposal, "made", home.person, facts),)), facts


# The supervisors' leave for a third borrower (2 of 5, in special cases 3 of 5).


def permit(request: Request) -> Answer:
    """`特批 陈桂花`: one supervisor begins, another agrees; then the group's wider limit holds for one application."""
    found = member(request, str(request.slots.get("person") or ""))
    if isinstance(found, Refusal):
        return refuse(found)
    home, person = found
    against = groups.special_refusals(
        request.books.proposals(request.code, "special", ("agreed",), home.no), request.today
    )
    if home.no == request.speaker.person.household:
        against.append(Refusal("proposal.own_home", {"item": 0}))
    if against:
        return refuse(*against)
    return propose(request, "special", home.no, {}, {"name": person.name, "group": home.group_name})


def second_special(request: Request, proposal: Proposal) -> Answer:
    home = request.books.household(request.code, proposal.household)
    assert home is not None
    until = request.today + timedelta(days=request.charter().group.special_days)
    agreed = replace(turned(request, proposal, "agreed"), due_on=until)
    name = request.books.people(request.code, {home.person})[home.person].name
    facts = {"item": proposal.no, "name": name, "until_on": until}
    told = (notices.proposal_told(agreed, "agreed", home.person, facts),)
    return Answer("second.special_done", facts, Act((agreed,), (), told), ask="second.special_ask")


# Contributions against a late loan.


def set_off(request: Request) -> Answer:
    """`抵扣 23`: the treasurer begins, the chair agrees; only where the loan's own charter has the clause."""
    loan = _late(request)
    if isinstance(loan, Refusal):
        return refuse(loan)
    parts, against = _parts(request, loan)
    if against:
        return refuse(*against)
    facts = _set_off_facts(request, loan, parts)
    return propose(request, "set_off", loan.household, {"loan": loan.no}, facts)


def _late(request: Request) -> Loan | Refusal:
    return one_loan(request, request.books.loans_in(request.code, [Status.PAID_OUT]), "set_off.no_loan")


def _parts(request: Request, loan: Loan) -> tuple[tuple[tuple[str, int], ...], list[Refusal]]:
    """Who gives how much, in the order borrower, first, second substitute payer; and what speaks against it."""
    books, charter = request.books, request.charter(loan.charter_version)
    rows = books.instalments(request.code, loan.no)
    homes = [loan.household, loan.payer_one, loan.payer_two]
    sources = [(no, books.contribution_fen(request.code, no)) for no in homes if no]
    against = groups.set_off_refusals(charter, loan, repayment.days_late(rows, request.today), sources)
    return groups.shared_out(lending.due_fen(loan, rows, charter, request.today), sources), against


def _set_off_facts(request: Request, loan: Loan, parts: tuple[tuple[str, int], ...]) -> dict[str, Any]:
    books = request.books
    homes = [books.household(request.code, no) for no, _ in parts]
    people = books.people(request.code, {home.person for home in homes if home} | {loan.person})
    shown = [
        f"{people[home.person].name}{money.spoken(fen)}"
        for home, (_, fen) in zip(homes, parts, strict=True) if home
    ]
    total_fen = sum(fen for _, fen in parts)
    return {"loan": loan.no, "name": people[loan.person].name, "parts": "、".join(shown), "total_fen": total_fen}


def second_set_off(request: Request, proposal: Proposal) -> Answer:
    loan = request.books.loan(request.code, int(proposal.body["loan"]))
    if loan is None or loan.status != Status.PAID_OUT:
        return refuse(Refusal("set_off.no_loan", {"loan": proposal.body["loan"]}))
    parts, against = _parts(request, loan)
    if against:
        return refuse(*against)
    rows, charter = request.books.instalments(request.code, loan.no), request.charter(loan.charter_version)
    by = request.speaker.person.no
    act = groups.set_off(loan, rows, charter, parts, request.today, request.key, by)
    facts = _set_off_facts(request, loan, parts) | {"item": proposal.no}
    told: list[Notice] = []
    for no, fen in parts[1:] if parts[0][0] == loan.household else parts:
        home = request.books.household(request.code, no)
        assert home is not None
        told.append(notices.proposal_told(proposal, "taken", home.person, facts | {"own_fen": fen}))
    done = turned(request, proposal, "done")
    return Answer("second.set_off_done", facts, act + Act((done,), (), tuple(told)), ask="second.set_off_ask")
