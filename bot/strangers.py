"""What is said to those who are not in the books, and to what is no message at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import binding, texts
from ledger.terms import OUTSIDE_ROLES, VILLAGE_ROLES, Role

if TYPE_CHECKING:
    from bot.turn import OneTurn


def event(name: str, *, known: bool) -> str:
    """Somebody follows the account or leaves it."""
    if name == "unsubscribe":
        return ""
    return texts.fill("greeting.known" if known else "greeting.subscribed", {})


def stranger(turn: OneTurn) -> str:
    """Somebody not registered: may bind a phone, else is told how to join; sees no data."""
    reading = turn.reading()
    turn.command = reading.command
    if turn.message.channel != "sms":
        question = turn.mailbox.question(turn.address)
        said = binding.answer(turn, reading, question)
        if said is not None:
            return said
        return turn.tell("greeting.subscribed")
    words = {"join": "greeting.join", "borrow": "greeting.borrow"}.get(reading.command, "greeting.unknown")
    return texts.fill(words, {})


def voice_of(roles: frozenset[Role]) -> str:
    """The role a person's words are read in: the outside office first, then the village post, then the member."""
    for group in (OUTSIDE_ROLES, VILLAGE_ROLES):
        for role in Role:
            if role in roles and role in group:
                return str(role)
    return str(Role.MEMBER)
