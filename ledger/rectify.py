"""Rectification by a date (限期整改): the county says what is wrong and by when; the village answers, or is told late.

It stops nothing by itself (no interfering in the internal running); what follows is the county's decision.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date, timedelta

from .notices import ASK, TOLD
from .records import Matter, Notice, Refusal, Society
from .terms import Role

KIND = "rectify"
"""The kind of the matter that the village has to answer."""
ANSWERS = frozenset({Role.CHAIR, Role.TREASURER, Role.SUPERVISOR})
"""Who in the village answers for it."""
DAYS_MAX = 366
"""A date a year and a day off is a slip of the finger."""
_TAIL = re.compile(r"(?:(?:村|的)?互助(?:资金)?社|社|村|的)$")


def called(society: Society, word: str) -> bool:
    """Whether an officer who says `word` means this society: its code, its name or its village, with or without 村."""
    bare = _TAIL.sub("", word.strip())
    return word.strip().upper() == society.code or (
        bool(bare) and bare in {_TAIL.sub("", society.name), _TAIL.sub("", society.village)})


def named(societies: Iterable[Society], word: str) -> list[Society]:
    """The societies an officer may mean."""
    return [one for one in societies if called(one, word)]


def against(days: int, text: str) -> list[Refusal]:
    """Why this is no order: no date that can be kept, or nothing that is to be put right."""
    wrong = [] if 1 <= days <= DAYS_MAX else [Refusal("rectify.days", {"limit": DAYS_MAX})]
    return wrong if text else [*wrong, Refusal("rectify.no_text")]


def order(society: str, no: int, by: int, text: str, days: int, today: date) -> Matter:
    """The order, due `days` after today."""
    return Matter(society, no, KIND, 0, by, text, today, due_on=today + timedelta(days=days))


def is_late(matter: Matter, today: date) -> bool:
    """Whether its day is past and nobody has answered."""
    return matter.kind == KIND and matter.answered_on is None and matter.due_on is not None and today > matter.due_on


def told(matter: Matter, people: Collection[int]) -> tuple[Notice, ...]:
    """Those who answer for the village hear of the order."""
    return tuple(
        Notice(f"matter/{matter.no}/{person}", person, "notice.rectify", _facts(matter), ASK)
        for person in sorted(people)
    )


def reminded(matter: Matter, people: Collection[int]) -> list[Notice]:
    """The day before it is due, once."""
    return [Notice(f"matter/{matter.no}/due/{person}", person, "notice.rectify_due", _facts(matter), ASK)
            for person in sorted(people)]


def told_late(matter: Matter, village: str, people: Collection[int]) -> list[Notice]:
    """The day is past: the county officer who ordered it hears, and the village once more."""
    facts = _facts(matter) | {"village": village}
    mine = Notice(f"matter/{matter.no}/late/{matter.person}", matter.person, "notice.rectify_late_county", facts, ASK)
    return [mine, *(Notice(f"matter/{matter.no}/late/{person}", person, "notice.rectify_late", facts, ASK)
                    for person in sorted(set(people) - {matter.person}))]


def answered(matter: Matter, village: str) -> Notice:
    """What the village says it did, to who ordered it."""
    facts = {"item": matter.no, "village": village, "text": matter.answer}
    return Notice(f"matter/{matter.no}/answer", matter.person, "notice.rectify_answered", facts, TOLD)


def _facts(matter: Matter) -> dict[str, object]:
    return {"item": matter.no, "text": matter.text, "due_on": matter.due_on}
