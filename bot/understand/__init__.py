"""Text to command and slots: pure, no clock, no books, no wording of its own.

Everything a person types or says comes through `read`; the words it listens for are data in `handlers/phrases.toml`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.understand.answers import value_of
from bot.understand.engine import understand
from bot.understand.reading import UNKNOWN, Reading
from bot.understand.said import lay_out

__all__ = ["UNKNOWN", "Reading", "read", "value_of"]


def read(text: str, role: str = "member", names: Sequence[str] = ()) -> Reading:
    """The one reading of `text` said by somebody of `role`; `names` are the members of the speaker's own society."""
    return understand(lay_out(text, role, names))
