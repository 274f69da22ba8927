"""The second key on what is not a loan: `复核 3` agrees to a proposal about people, `退回 3 理由` sends it back."""

from __future__ import annotations

from collections.abc import Callable

from ledger import notices
from ledger.records import Act, Proposal, Refusal

from . import broadcast, delegate, group, join, leave
from .people import against_second, turned, wanted
from .request import Answer, Request, refuse

FINISH: dict[str, Callable[[Request, Proposal], Answer]] = {
    "join": join.second,
    "leave": leave.second,
    "delegate": delegate.second,
    "special": group.second_special,
    "set_off": group.second_set_off,
    broadcast.KIND: broadcast.second,
    broadcast.CIRCULAR: broadcast.second,
}


def second(request: Request) -> Answer:
    """`复核 3`: what was proposed is shown once more and asked of the books as they are now."""
    proposal = wanted(request)
    if isinstance(proposal, Refusal):
        return refuse(proposal)
    against = against_second(request, proposal)
    return refuse(against) if against else FINISH[proposal.kind](request, proposal)


def turn_down(request: Request) -> Answer:
    """`退回 3 理由`: the proposal ends; who made it reads why."""
    proposal = wanted(request)
    if isinstance(proposal, Refusal):
        return refuse(proposal)
    reason = str(request.slots.get("text") or "").strip()
    against = against_second(request, proposal)
    if against or not reason:
        return refuse(against, None if reason else Refusal("turn_down.no_reason", {"item": proposal.no}))
    ended = turned(request, proposal, "refused")
    facts = {"item": proposal.no, "reason": reason}
    told = notices.proposal_told(ended, "refused", proposal.by, facts)
    return Answer("turn_down.done", facts, Act((ended,), (), (told,)), ask="turn_down.ask")
