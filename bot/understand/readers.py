"""The commands whose words come in any order and need a reader of their own, by the name the phrase book gives.

A reader looks at the whole message or at its parts and answers with a reading, or None where it is not its command.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.understand import borrowing, collecting, lookup, repaying
from bot.understand.reading import Reading
from bot.understand.said import Said, Span

_WHOLE: dict[str, Callable[[Said, Span], Reading | None]] = {
    "borrow": borrowing.whole,
    "collect": collecting.whole,
    "figures": lookup.figures,
    "check": lookup.check,
    "repay": repaying.whole,
}
_PART: dict[str, Callable[[Said], Reading | None]] = {
    "borrow": borrowing.part,
    "check": lookup.check_part,
    "find": lookup.find_part,
    "repay": repaying.part,
}


def whole(name: str, said: Said, span: Span) -> Reading | None:
    reader = _WHOLE.get(name)
    return reader(said, span) if reader else None


def part(name: str, said: Said) -> Reading | None:
    reader = _PART.get(name)
    return reader(said) if reader else None
