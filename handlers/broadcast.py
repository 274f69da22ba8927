"""通知: an officer's words to the village, to a group, to those with a loan, or to all villages one supervises.

Whom it reaches and what it costs is said before; beyond the charter's number a second person has to agree. How far it
is, and stopping it, are words of their own: 进度 5, 缓发 5, 续发 5, 停发 5.
"""

from __future__ import annotations

from typing import Any

from ledger import broadcasts, notices
from ledger.records import Act, Broadcast, Notice, Proposal, Refusal
from ledger.store.broadcasts import SAY, Broadcasts
from ledger.terms import VILLAGE_ROLES

from .people import SECONDS, posts, turned
from .request import Answer, Request, refuse

KIND, CIRCULAR = "broadcast", "circular"


def broadcast(request: Request) -> Answer:
    """`通知 明天上午开会`, `通知 第三组 …`, `通知 借款户 …`."""
    outside = not request.speaker.roles & VILLAGE_ROLES
    wanted = _wanted(request, outside)
    words = str(request.slots.get("text") or "").strip()
    terms = request.charter().broadcast
    against = wanted if isinstance(wanted, Refusal) else broadcasts.against_text(words, terms)
    if against is not None:
        return refuse(against)
    scope, name = wanted  # type: ignore[misc]
    facts = preview(request, words, scope, name, request.speaker.person.phone if outside else "")
    if not facts["reached"]:
        return refuse(Refusal("broadcast.nobody", {}))
    if broadcasts.wants_second(facts["reached"], terms):
        return _propose(request, words, scope, name, facts)
    begun = start(request, words, scope, name, request.speaker.person.no, 0)
    return Answer("broadcast.done", facts | {"item": begun.no}, Act((begun,)), ask="broadcast.ask")


def _wanted(request: Request, outside: bool) -> tuple[str, str] | Refusal:
    """The scope that was said and what belongs to it."""
    scope = str(request.slots.get("scope") or broadcasts.ALL)
    if outside:
        # The villages a supervisor speaks to have groups of their own; only all or the borrowers make sense there.
        return broadcasts.OUTSIDE, broadcasts.LOANS if scope == broadcasts.LOANS else broadcasts.ALL
    if scope in (broadcasts.ALL, broadcasts.LOANS):
        return scope, ""
    known = {home.group_name for home in request.books.households(request.code) if home.group_name}
    for name in (scope, f"第{scope}", scope.removeprefix("第")):
        if name in known:
            return broadcasts.GROUP, name
    return Refusal("broadcast.no_group", {"group": scope})


def preview(request: Request, words: str, scope: str, name: str, phone: str) -> dict[str, Any]:
    """What is shown before anything is sent: how many, how long, how dear at most, and who is left out."""
    inner = name if scope == broadcasts.OUTSIDE else scope
    found = Broadcasts(request.books.connection).audience(
        request.code, inner, name if scope == broadcasts.GROUP else "", phone, request.today)
    segments, fen = request.postage(SAY, {"text": words, "society": request.speaker.society.name})
    return {
        "text": words, "reached": found.reached, "silent": found.silent, "absent": found.absent,
        "villages": found.villages if phone else 0, "group": name if scope == broadcasts.GROUP else "",
        "loans_only": inner == broadcasts.LOANS, "segments": segments, "cost_fen": found.by_sms * segments * fen,
        "wechat": found.by_wechat,
    }


def start(request: Request, words: str, scope: str, name: str, by: int, second_by: int) -> Broadcast:
    """The broadcast that is saved; a worker makes its notices (ledger/store/broadcasts.py)."""
    return Broadcast(
        request.code, Broadcasts(request.books.connection).next_no(request.code), words, scope, name, by, second_by,
        broadcasts.GOING, request.today, request.now, spread=scope != broadcasts.OUTSIDE,
        made=scope == broadcasts.OUTSIDE,
    )


def _propose(request: Request, words: str, scope: str, name: str, facts: dict[str, Any]) -> Answer:
    """Many recipients: the other officers are asked, any one of whom may agree."""
    kind = CIRCULAR if scope == broadcasts.OUTSIDE else KIND
    me = request.speaker.person
    others = [one.no for one in posts(request, *SECONDS[kind]) if one.no != me.no]
    if not others:
        return refuse(Refusal("broadcast.no_second", {"reached": facts["reached"]}))
    number = request.books.next_proposal_no(request.code)
    body = {"text": words, "scope": scope, "name": name}
    proposal = Proposal(request.code, number, kind, "", me.no, "open", request.today, body)
    told = tuple(
        Notice(f"proposal/{number}/{person}", person, "notice.propose_broadcast",
               facts | {"item": number, "by": me.name}, notices.ASK)
        for person in others
    )
    return Answer("broadcast.asked", facts | {"item": number}, Act((proposal,), (), told), ask="broadcast.ask")


def second(request: Request, proposal: Proposal) -> Answer:
    """`复核 3`: counted once more, then it begins."""
    body = proposal.body
    who = request.books.people(request.code, {proposal.by})[proposal.by]
    outside = body["scope"] == broadcasts.OUTSIDE
    facts = preview(request, body["text"], body["scope"], body["name"], who.phone if outside else "")
    begun = start(request, body["text"], body["scope"], body["name"], proposal.by, request.speaker.person.no)
    facts |= {"item": begun.no, "by": who.name}
    told = (Notice(f"proposal/{proposal.no}/done/{proposal.by}", proposal.by, "notice.broadcast_begun", facts,
                   notices.TOLD),)
    act = Act((turned(request, proposal, "done"), begun), (), told)
    return Answer("broadcast.done", facts, act, ask="broadcast.second_ask")


# What becomes of it.


def _mine(request: Request) -> Broadcast | Refusal:
    """The broadcast a number means, or the newest."""
    kept, number = Broadcasts(request.books.connection), int(request.slots.get("item") or 0)
    found = kept.get(request.code, number) if number else kept.newest(request.code)
    return found or Refusal("broadcast.none", {"item": number})


def _facts(request: Request, one: Broadcast) -> dict[str, Any]:
    so_far = Broadcasts(request.books.connection).progress(one)
    states = so_far.states
    _, fen = request.postage(SAY, {"text": one.text, "society": request.speaker.society.name})
    return {
        "item": one.no, "text": one.text, "arrived": states["delivered"],
        "sent": states["sent"] + states["delivered"] + states["unknown"],
        "left": states["waiting"] + states["leased"] + states["paused"], "failed": states["failed"],
        "cancelled": states["cancelled"], "segments": so_far.segments, "cost_fen": so_far.segments * fen,
        "making": so_far.villages - so_far.made if one.state == broadcasts.GOING else 0,
        "paused": one.state == broadcasts.PAUSED, "stopped": one.state == broadcasts.STOPPED,
    }


def progress(request: Request) -> Answer:
    """`进度 5`: how many were sent, how many wait, what it has cost so far."""
    one = _mine(request)
    return refuse(one) if isinstance(one, Refusal) else Answer("broadcast.progress", _facts(request, one))


def _change(request: Request, act: str) -> tuple[Broadcast, dict[str, Any]] | Refusal:
    one = _mine(request)
    changed = one if isinstance(one, Refusal) else broadcasts.changed(one, act)
    if isinstance(changed, Refusal):
        return changed
    assert isinstance(one, Broadcast)
    return changed, _facts(request, one)


def pause(request: Request) -> Answer:
    """`缓发 5`: nothing more goes out until 续发."""
    found = _change(request, "pause")
    return refuse(found) if isinstance(found, Refusal) else Answer("broadcast.paused", found[1], Act((found[0],)))


def go_on(request: Request) -> Answer:
    """`续发 5`: what was left goes out."""
    found = _change(request, "go_on")
    if isinstance(found, Refusal):
        return refuse(found)
    return Answer("broadcast.going_on", found[1], Act((found[0],)), ask="broadcast.go_on_ask")


def stop(request: Request) -> Answer:
    """`停发 5`: what was not sent never is."""
    found = _change(request, "stop")
    return refuse(found) if isinstance(found, Refusal) else Answer("broadcast.stopped", found[1], Act((found[0],)))

