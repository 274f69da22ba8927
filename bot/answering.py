"""What a message says to the question that is open at its address: yes, no, a code, a digit, or nothing to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot import binding, choosing, one_time, texts
from bot.said import DONE
from bot.understand import UNKNOWN, Reading
from handlers.request import Speaker
from handlers.table import CODE, TABLE
from ledger.store.mailbox import Question
from ledger.store.senders import CODE_USED

if TYPE_CHECKING:
    from bot.turn import OneTurn

CODE_DIGITS = 6


def answer_to(turn: OneTurn, question: Question, reading: Reading, speakers: Sequence[Speaker]) -> str | None:
    """What the message means to the open question; None when it is something else."""
    if question.wants in {choosing.CHOICE, choosing.GAP}:
        return choosing.answer(turn, question, reading, speakers)
    bare = choosing.bare(turn.message.text)
    code = str(reading.slots.get("code") or (bare if len(bare) == CODE_DIGITS else ""))
    says_yes = reading.command == "yes" and not reading.slots.get("loan")
    if not (says_yes or code or reading.command == "no"):
        return _still_open(turn, question, reading)
    if code and reading.command not in {"yes", UNKNOWN}:
        return None  # a code inside another command is that command's
    turn.command = reading.command if reading.command != UNKNOWN else "yes"
    if question.command == "bind":
        return binding.answer(turn, reading, question)
    if question.expires_at < turn.now:
        turn.mailbox.answered(turn.address)
        return turn.tell("expired")
    if reading.command == "no":
        turn.mailbox.answered(turn.address)
        return turn.tell("cancelled", outcome=DONE)
    if question.wants == CODE:
        if not one_time.right(turn, question, code):
            return one_time.wrong(turn, question)
        turn.state = CODE_USED
    return _confirmed(turn, question, speakers)


def _confirmed(turn: OneTurn, question: Question, speakers: Sequence[Speaker]) -> str:
    """Do what was asked about, if the one who was asked still may."""
    asked = (question.society, question.person)
    speaker = next((one for one in speakers if (one.society.code, one.person.no) == asked), None)
    turn.mailbox.answered(turn.address)
    if speaker is None:
        return turn.tell("expired")
    turn.society, turn.person, turn.command = question.society, question.person, question.command
    row = TABLE[question.command]
    if not speaker.roles & row.who:
        return turn.tell("wrong_role", {"roles": texts.role_words(row.who)})
    return turn.do(row, speaker, question.slots, confirmed=True, shown=question.content)


def _still_open(turn: OneTurn, question: Question, reading: Reading) -> str | None:
    """Nothing understood while something waits for a yes: the question stays, and how to answer is said again."""
    if reading.command != UNKNOWN or reading.extras or question.command == "bind" or question.expires_at < turn.now:
        return None
    turn.command = UNKNOWN
    return texts.fill("still_open.code" if question.wants == CODE else "still_open.one", {})
