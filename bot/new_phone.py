"""The last step of a change of phone: the code that was sent to the new phone comes back from it.

The new number may be in no book yet, or already stand for others of the house; only its own code does anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import choosing
from handlers import phone
from handlers.request import Request, Speaker
from ledger import codes
from ledger.records import Act, Proposal

if TYPE_CHECKING:
    from bot.turn import OneTurn

CODE_DIGITS = 6


def answer(turn: OneTurn) -> str | None:
    """What a message from a new phone says to the change that waits for it; None when it says nothing to it."""
    if turn.message.channel != "sms":
        return None
    bare = choosing.bare(turn.message.text.removeprefix("绑定"))
    if len(bare) != CODE_DIGITS:
        return None
    waiting = turn.books.phones_to_prove(turn.message.sender)
    if not waiting:
        return None
    right = next((one for one in waiting if codes.same(bare, turn.turns.make_code(phone.code_for(one)))), None)
    turn.command = "bind"
    return _wrong(turn, waiting[0]) if right is None else _proved(turn, right)


def _request(turn: OneTurn, proposal: Proposal) -> Request:
    society = turn.books.society(proposal.society)
    person = turn.books.person(proposal.society, int(proposal.body["person"]))
    assert society is not None and person is not None
    turn.society, turn.person = society.code, person.no
    return Request(Speaker(society, person, None, frozenset()), "bind", {}, turn.today, turn.now, turn.key,
                   turn.message.channel, turn.books, turn.turns.secret)


def _wrong(turn: OneTurn, proposal: Proposal) -> str:
    """One try less; after the last the change is void and the officers hear of it."""
    turn.books.lock(proposal.society)
    tries = int(proposal.body.get("tries", 0)) + 1
    if tries < phone.TRIES:
        counted = replace(proposal, body=proposal.body | {"tries": tries})
        turn.books.save(proposal.society, Act((counted,)), turn.today, turn.now)
        return turn.tell("code_wrong", {"left": phone.TRIES - tries})
    request = _request(turn, proposal)
    _save(turn, proposal, phone.ended(request, proposal, phone.BY_CODES))
    turn.person = 0
    return turn.tell("code_over")


def _proved(turn: OneTurn, proposal: Proposal) -> str:
    turn.books.lock(proposal.society)
    if int(proposal.body["until"]) < turn.now:
        return turn.tell("expired")
    request = _request(turn, proposal)
    act, facts = phone.proved(request, proposal)
    _save(turn, proposal, act)
    return turn.tell("phone.done", facts)


def _save(turn: OneTurn, proposal: Proposal, act: Act) -> None:
    turn.told += turn.books.save(proposal.society, act, turn.today, turn.now).notices
