"""A phone that was silent for long may be another's by now: before anything is told or done, it says what only its
owner knows, the last four signs of the identity card or, without one in the books, the number of the household (T26).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.store import senders
from ledger.store.mailbox import Question
from ledger.store.reads import Known

if TYPE_CHECKING:
    from bot.turn import OneTurn

WANTS = "reconfirm"
TRIES = 3
DAY_S = 86400
NEVER_S = 10 * 365 * DAY_S


def answer(turn: OneTurn, known: Sequence[Known]) -> str | None:
    """What is said to a phone that has to show whose it is; None for one that has nothing to show."""
    if turn.message.channel != "sms":
        return None
    question = turn.mailbox.question(turn.address)
    if question is None or question.wants != WANTS:
        return _begin(turn, known) if _silent(turn, known) else None
    turn.society, turn.person = "", 0  # not even the own word goes to a phone that may be another's
    if question.tries >= TRIES:
        if turn.now - int(question.content) < DAY_S:
            return turn.tell("reconfirm.shut")
        return _begin(turn, known)
    said = "".join(unicodedata.normalize("NFKC", turn.message.text).split()).upper()
    if said in _answers(known):
        turn.mailbox.answered(turn.address)
        return turn.tell("reconfirm.thanks")
    if not said.isalnum() or len(said) not in {3, 4}:
        return turn.tell(_asked(known))
    tries = question.tries + 1
    turn.mailbox.ask(turn.address, replace(question, tries=tries, content=str(turn.now)))
    return turn.tell("reconfirm.wrong", {"left": TRIES - tries}) if tries < TRIES else turn.tell("reconfirm.shut")


def _silent(turn: OneTurn, known: Sequence[Known]) -> bool:
    before = senders.last_before(turn.books.connection, "sms", turn.message.sender)
    if not before or turn.now - before < 30 * DAY_S:
        return False
    days = turn.books.charter(known[0].address.society, None, turn.today).identity.reconfirm_days
    return turn.now - before > days * DAY_S


def _begin(turn: OneTurn, known: Sequence[Known]) -> str:
    turn.society, turn.person = "", 0
    turn.mailbox.ask(turn.address, Question(
        "", 0, WANTS, {}, WANTS, turn.key, "0", 0, turn.now + NEVER_S
    ))
    return turn.tell(_asked(known))


def _asked(known: Sequence[Known]) -> str:
    return "reconfirm.card" if any(one.person.id_card for one in known) else "reconfirm.home"


def _answers(known: Sequence[Known]) -> set[str]:
    """What any of the phone's people may say."""
    cards = {one.person.id_card[-4:].upper() for one in known if one.person.id_card}
    return cards or {one.person.household.rpartition("-")[2] for one in known if one.person.household}
