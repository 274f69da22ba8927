"""Text as a wire can carry it: what comes in can be stored, what goes out can be shown and fits.

Every channel cleans with these three functions, so that one person's name cannot break one of them.
"""

from __future__ import annotations

import unicodedata

# Overrides of the writing direction can make a text read as another one (reliability.md, T29).
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEPT_CONTROLS = frozenset("\n\t")


def storable(text: str) -> str:
    """Replaces what a database or an encoder refuses, NUL and lone surrogates; everything else stays as sent."""
    return "".join("\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text)


def sayable(text: str) -> str:
    """Strips control characters, direction overrides, surrogates and non-characters; line ends become newlines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if char in _KEPT_CONTROLS or _is_shown(char))


def clip(text: str, limit: int) -> str:
    """The longest beginning of `text` that has at most `limit` UTF-8 bytes and ends on a whole character."""
    raw = text.encode("utf-8")
    return text if len(raw) <= limit else raw[:limit].decode("utf-8", "ignore")


def _is_shown(char: str) -> bool:
    if char in _DIRECTION or unicodedata.category(char) in ("Cc", "Cs"):
        return False
    return ord(char) & 0xFFFE != 0xFFFE and not 0xFDD0 <= ord(char) <= 0xFDEF
