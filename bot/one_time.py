"""The one-time code of an open question: what it is derived from, whether it is right, and what a wrong one costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import cards
from handlers import keys
from ledger import codes
from ledger.store.mailbox import Question

if TYPE_CHECKING:
    from bot.turn import OneTurn

TRIES = 3


def parts(address: tuple[str, str, str], nonce: str, content: str) -> list[str | int]:
    """Bound to the phone, the message that opened the question and the very words that were shown."""
    return ["question", *address, nonce, content]


def right(turn: OneTurn, question: Question, code: str) -> bool:
    its = parts(turn.address, question.nonce, question.content)
    wanted = cards.wanted(turn.books, question.society, question.person, its, turn.turns.make_code)
    return bool(code) and codes.same(code, wanted)


def wrong(turn: OneTurn, question: Question) -> str:
    """One try less; after the last the question is void."""
    tries = question.tries + 1
    if tries >= TRIES:
        turn.mailbox.answered(turn.address)
        if question.society:
            speaker = turn.books.person(question.society, question.person)
            assert speaker is not None
            told = keys.wrong_codes(turn.books, question.society, speaker, turn.today, turn.key, TRIES)
            turn.told += turn.books.notify(question.society, told, turn.today, turn.now)
        return turn.tell("code_over")
    turn.mailbox.ask(turn.address, replace(question, tries=tries))
    return turn.tell("code_wrong", {"left": TRIES - tries})
