"""Text to command and slots: pure, no clock, no books, no wording of its own.

Everything a person types or says comes through `read`; the words it listens for are data in `handlers/phrases.toml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.understand import earlier
from bot.understand.answers import value_of
from bot.understand.engine import understand
from bot.understand.phrases import book
from bot.understand.reading import UNKNOWN, Reading
from bot.understand.said import lay_out

__all__ = ["UNKNOWN", "Reading", "read", "value_of"]


def read(text: str, role: str = "member", names: Sequence[str] = ()) -> Reading:
    """The one reading of `text` said by somebody of `role`; `names` are the members of the speaker's own society."""
    said = lay_out(text, role, names)
    dated = earlier.told_in(said.text)
    if dated:
        # 我去年春节欠多少 is 我欠多少 on another day; the day is no slot of the contract and goes with the extras.
        told, rest = dated
        reading = understand(lay_out(rest, role, names))
        if reading.command in book().dated:
            return replace(reading, extras=reading.extras | {"day": told})
    return understand(said)
