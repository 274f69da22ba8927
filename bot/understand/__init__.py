"""Text to command and slots: pure, no clock, no books, no wording of its own.

Everything a person types or says comes through `read`; the words it listens for are data in `handlers/phrases.toml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.understand import collecting, earlier, guard, undecided
from bot.understand.answers import value_of
from bot.understand.engine import understand
from bot.understand.normal import Text, normalise
from bot.understand.phrases import book
from bot.understand.reading import UNKNOWN, Reading
from bot.understand.said import lay_out

__all__ = ["UNKNOWN", "Reading", "read", "value_of"]

WHOLLY_READ, HEAD, TAIL = 120, 75, 40
"""Signs of a message that is read as it stands; of a longer one its beginning and its end are, where a request stands:
so the time for any text is bounded. The longest message of all the case files has 60 signs."""
OPENING = 8
"""Signs by which free text is found again in the whole message."""


def read(text: str, role: str = "member", names: Sequence[str] = ()) -> Reading:
    """The one reading of `text` said by somebody of `role`; `names` are the members of the speaker's own society."""
    if len(text) > WHOLLY_READ:
        written = normalise(text)
        if len(written.s) > WHOLLY_READ:
            return _of_a_long_one(written, role, names)
    said = lay_out(text, role, names)
    dated = earlier.told_in(said.text)
    if dated:
        # 我去年春节欠多少 is 我欠多少 on another day; the day is no slot of the contract and goes with the extras.
        told, rest = dated
        reading = understand(lay_out(rest, role, names))
        if reading.command in book().dated:
            return replace(reading, extras=reading.extras | {"day": told})
    wavers = undecided.told_in(said.text)
    if wavers:
        either, rest = wavers
        asked = undecided.between(understand(lay_out(rest, role, names)), *either)
        if asked:
            return asked
    return understand(said)


def _of_a_long_one(whole: Text, role: str, names: Sequence[str]) -> Reading:
    """A cashier's list is read to its end or not at all; free text is kept to its end; the rest stands in front or
    behind."""
    if role == "cashier":
        said = lay_out("".join(whole.raw), role, names)
        listed = None if guard.junk(said) else collecting.whole(said, said.core)
        if listed:
            return listed
    ends = whole.raw[:HEAD], whole.raw[-TAIL:]
    found = understand(lay_out("，".join("".join(end) for end in ends), role, names))
    if found.command == "collect":
        return Reading(UNKNOWN)
    told, written = found.slots.get("text"), "".join(whole.raw)
    begins = written.find(told[:OPENING]) if isinstance(told, str) else -1
    return found if begins < 0 else replace(found, slots=found.slots | {"text": written[begins:].strip()})
