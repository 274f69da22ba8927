"""What is said to those who are not in the books, and to what is no message at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import binding, limits, texts
from bot.channels.wechat_events import WITHDRAWN
from ledger.records import Act
from ledger.store import mastery
from ledger.store.reads import Known
from ledger.terms import OUTSIDE_ROLES, VILLAGE_ROLES, Role

if TYPE_CHECKING:
    from bot.turn import OneTurn


SCENE = "qrscene_"


def event(turn: OneTurn, name: str, known: Sequence[Known]) -> str:
    """Somebody follows the account, leaves it or scans its code; of everything else that happens nothing is said."""
    if name == "unsubscribe":
        _away(turn, known, away=True)
        return ""
    if name in WITHDRAWN:
        binding.let_go(turn.books, turn.address, turn.today, turn.now)
        return ""
    if name not in {"subscribe", "SCAN"}:
        return ""
    _away(turn, known, away=False)
    if known:
        with texts.tongue(known[0].address.tongue):
            return texts.fill("greeting.known", {})
    society = turn.books.society(turn.message.text.strip().removeprefix(SCENE)[:40])
    if society is not None:
        return texts.fill("greeting.scanned", {"village": society.village})
    return texts.fill("greeting.subscribed", {})


def _away(turn: OneTurn, known: Sequence[Known], *, away: bool) -> None:
    """Who follows no more is told nothing over WeChat; the phone, and what was bound, stay as they are."""
    if not mastery.is_master(turn.books.connection):
        return
    for one in known:
        if one.address.away != away:
            changed = replace(one.address, away=away)
            turn.books.save(changed.society, Act((changed,)), turn.today, turn.now)


def stranger(turn: OneTurn) -> str:
    """Somebody not registered: may bind a phone, else is told how to join; sees no data."""
    reading = turn.reading()
    turn.command = reading.command
    if limits.stranger_is_heard_out(turn):
        return ""
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
