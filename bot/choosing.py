"""Questions with the smallest possible answer: `1 300元  2 500元`, and the one thing that was missing.

A choice keeps whole commands, and a digit picks one; a gap keeps one command, and the missing value completes it. What
is picked or completed goes the same way as typed words: it is previewed and confirmed where its row wants that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot import texts
from bot.said import DONE
from bot.understand import UNKNOWN, Reading, value_of
from handlers.request import Choice, Speaker
from handlers.table import ANYONE, TABLE, Row
from ledger.rectify import called
from ledger.store.mailbox import Question
from ledger.terms import OUTSIDE_ROLES, Role

if TYPE_CHECKING:
    from bot.turn import OneTurn

CHOICE, GAP = "choice", "gap"
LIFE_S = 30 * 60
MOST = 9
SLOT_KEYS = {"amount": "amount_fen"}
"""Slots whose name in a question is not their name in a command."""
GAPS = frozenset({"amount", "months", "loan", "person"})
"""What a bare answer can fill."""


BINDING = frozenset({"consent", "refuse", "received", "not_received"})
"""Commands that a typed word does at once, but a digit to a list only after a yes."""
MEANT = BINDING | {"repay"}
"""Commands that words without a phrase only seem to mean: whether they do is asked (`meant.*`), none binds unasked."""


FOR_OTHERS = frozenset({"consent", "refuse", "object"})
"""Commands about another household's loan."""


OF_A_VILLAGE = frozenset({"figures", "rectify"})
"""Commands that name the village they are about: its officer speaks, where it is one of the speaker's."""
FOR_VILLAGES = frozenset({
    "broadcast", "broadcast_progress", "broadcast_pause", "broadcast_go_on", "broadcast_stop", "second", "turn_down",
})
"""What the township and the county say to all their villages at once; it is kept in the first of them."""


def bare(text: str) -> str:
    """The digits of a message that holds nothing else."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).rstrip("。.!号")
    return plain if plain.isascii() and plain.isdigit() else ""


def offer(turn: OneTurn, speaker: Speaker, command: str, slots: Mapping[str, Any], choices: Sequence[Choice]) -> str:
    """Open the choice and give its words. A choice without a command of its own continues this one."""
    kept, words = [], []
    for number, one in enumerate(choices[:MOST], 1):
        label = texts.fill(one.label, one.facts)
        words.append(f"{number} {label}")
        kept.append({
            "command": one.command or command,
            "slots": (dict(one.slots) if one.command else {**slots, **one.slots}),
            "ask": list(one.ask), "society": one.society or speaker.society.code,
            "person": one.person or speaker.person.no, "says": [re.sub(r"\s", "", label)],
        })
    shown = "  ".join(words)
    free = choices[0].free if choices else ""
    _open(turn, speaker, command, CHOICE, {"choices": kept, "words": shown, "free": free, "slots": dict(slots)})
    return texts.Ready(shown)


def ask_gap(
    turn: OneTurn, speaker: Speaker, command: str, slots: Mapping[str, Any], asked: Sequence[str],
    offers: Mapping[str, Sequence[Any]],
) -> str:
    """Ask for the first slot of `asked`: by digits where it can only be one of a few, else for the value."""
    slot = asked[0]
    values = list(dict.fromkeys(offers.get(slot, ())))
    found = [_filled(slot, slots, value) for value in values]
    if 2 <= len(values) <= MOST and all(found):
        choices = [
            Choice(f"menu.{slot}", {slot: value, f"{slot}_fen": value}, {} if filled is None else filled,
                   ask=tuple(asked[1:]))
            for value, filled in zip(values, found, strict=True)
        ]
        return texts.fill(f"which.{slot}", {"choices": offer(turn, speaker, command, slots, choices)})
    if slot in GAPS:
        _open(turn, speaker, command, GAP, {"asked": list(asked), "slots": dict(slots)})
    return texts.fill(f"ambiguous.{slot}", {})


def _open(turn: OneTurn, speaker: Speaker, command: str, wants: str, slots: dict[str, Any]) -> None:
    turn.mailbox.ask(turn.address, Question(
        speaker.society.code, speaker.person.no, command, slots, wants, turn.key, "", 0, turn.now + LIFE_S
    ))


def _filled(slot: str, slots: Mapping[str, Any], value: Any) -> dict[str, Any] | None:
    """The slots with this one filled; the lines of a list hold their persons and amounts themselves."""
    key = SLOT_KEYS.get(slot, slot)
    if "lines" not in slots:
        return {**slots, key: value}
    lines = [dict(line) for line in slots["lines"]]
    lacking = [line for line in lines if key not in line]
    if len(lacking) != 1:
        return None
    lacking[0][key] = value
    return {**slots, "lines": lines}


def answer(turn: OneTurn, question: Question, reading: Reading, speakers: Sequence[Speaker]) -> str | None:
    """What a message says to an open choice or gap; None when it is something else."""
    digits = bare(turn.message.text)
    talk = reading.command in {UNKNOWN, "yes", "no"} and not reading.extras
    if not (talk or digits) or question.expires_at < turn.now:
        return _expired(turn, question, bool(digits))
    if digits == "0" or (reading.command == "no" and not digits):
        turn.command = "no"
        turn.mailbox.answered(turn.address)
        return turn.tell("cancelled", outcome=DONE)
    turn.command = question.command
    if question.wants == GAP:
        return _fill_gap(turn, question, speakers)
    return _pick(turn, question, digits, reading, speakers)


def _expired(turn: OneTurn, question: Question, answered: bool) -> str | None:
    if question.expires_at >= turn.now or not answered:
        return None
    turn.mailbox.answered(turn.address)
    return turn.tell("expired")


def _fill_gap(turn: OneTurn, question: Question, speakers: Sequence[Speaker]) -> str:
    asked = list(question.slots["asked"])
    value = value_of(asked[0], turn.message.text)
    filled = _filled(asked[0], question.slots["slots"], value) if value is not None else None
    if filled is None:
        return turn.tell("answer_again", {"what": texts.Ready(texts.fill(f"ambiguous.{asked[0]}", {}))})
    return _go(turn, question.society, question.person, question.command, filled, asked[1:], speakers)


def _pick(
    turn: OneTurn, question: Question, digits: str, reading: Reading, speakers: Sequence[Speaker]
) -> str:
    choices = question.slots["choices"]
    picked = choices[int(digits) - 1] if digits and 1 <= int(digits) <= len(choices) else None
    words = re.sub(r"\s", "", turn.message.text)
    named = [one for one in choices if words and any(_says(words, said) for said in one["says"])]
    if picked is None and len(named) == 1:
        picked = named[0]
    free = question.slots["free"]
    if picked is None and free and reading.command == UNKNOWN and not digits:
        value = value_of(free, turn.message.text)
        if value is not None:
            filled = {**question.slots["slots"], free: value}
            return _go(turn, question.society, question.person, question.command, filled, [], speakers)
    if picked is None:
        return turn.tell("choose_again", {"choices": texts.Ready(question.slots["words"])})
    # A digit to a list may be a slip where the list offers what binds: that is asked once more.
    turn.picked = picked["says"][0] if picked["command"] != question.command and picked["command"] in BINDING else ""
    return _go(turn, picked["society"], picked["person"], picked["command"], picked["slots"], picked["ask"], speakers)


def _says(words: str, label: str) -> bool:
    """A choice is also made by its own words, or by its number without the unit: 三百, 300, 23号, 035."""
    if words in {label, re.sub(r"(?:元|号户?|个月).*$", "", label)}:
        return True
    fen = value_of("amount", words)
    return fen is not None and fen == value_of("amount", label) and label.endswith("元")


def _go(
    turn: OneTurn, society: str, person: int, command: str, slots: dict[str, Any], ask: list[str],
    speakers: Sequence[Speaker],
) -> str:
    """Go on with what was picked, as the person it was offered to."""
    turn.mailbox.answered(turn.address)
    speaker = next((s for s in speakers if s.person.no == person and s.society.code == society), None)
    row = TABLE[command]
    if speaker is None:
        return turn.tell("expired")
    if not speaker.roles & row.who:
        return turn.tell("wrong_role", {"roles": texts.role_words(row.who)})
    return turn.go(row, speaker, slots, ask, {})


def which_speaker(
    turn: OneTurn, command: str, slots: Mapping[str, Any], ask: Sequence[str], fitting: Sequence[Speaker]
) -> str:
    """Several people of one phone could mean this, or one officer of several villages: who or where is asked."""
    one_name = len({one.person.name for one in fitting}) == 1
    choices = [
        Choice("menu.village" if one_name else "menu.person",
               {"person": one.person.name, "township": one.society.township, "village": one.society.village},
               slots, command, tuple(ask), society=one.society.code, person=one.person.no)
        for one in fitting
    ]
    return texts.fill("which.speaker", {"choices": offer(turn, fitting[0], command, slots, choices)})


def unclear(row: Row, fitting: Sequence[Speaker]) -> bool:
    """Whether it matters which household or officer of one phone is speaking; what all may ask is told to anyone."""
    homes = {(one.society.code, one.person.household or str(one.person.no)) for one in fitting}
    return len(homes) > 1 and (row.writes or (Role.MEMBER in row.who and row.who != ANYONE))


def narrowed(turn: OneTurn, command: str, fitting: Sequence[Speaker], slots: Mapping[str, Any]) -> list[Speaker]:
    """Of the people of one phone those whom the named loan concerns; all of them where it concerns none or several."""
    if command in FOR_VILLAGES and all(one.roles & OUTSIDE_ROLES for one in fitting):
        return list(fitting[:1])
    if command in OF_A_VILLAGE and (place := str(slots.get("society") or "")):
        fitting = [one for one in fitting if called(one.society, place)] or fitting[:1]
    number = slots.get("loan")
    if len(fitting) < 2 or not isinstance(number, int):
        return list(fitting)
    near = []
    for one in fitting:
        loan = turn.books.loan(one.society.code, number)
        if loan is None:
            continue
        own = one.household is not None and one.household.no == loan.household
        asked = {said.person for said in turn.books.endorsements(one.society.code, number)}
        other = one.person.no in asked and not own
        if other if command in FOR_OTHERS else own or (command == "sign" and other):
            near.append(one)
    return near if len(near) == 1 else list(fitting)
