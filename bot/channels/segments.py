"""How many SMS a text costs: operators count UTF-16 units, 70 in one message and 67 in each part of a longer one."""

from __future__ import annotations

ONE, PART = 70, 67


def units(text: str) -> int:
    """UTF-16 units, in which an emoji is two."""
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


def segments(text: str) -> int:
    """What the operator bills: 0 for nothing."""
    length = units(text)
    return min(length, 1) if length <= ONE else -(-length // PART)


def split(text: str) -> list[str]:
    """The parts of a text, none of which breaks an emoji; a short text is one part."""
    if units(text) <= ONE:
        return [text]
    parts, now, size = [], "", 0
    for sign in text:
        width = 2 if ord(sign) > 0xFFFF else 1
        if size + width > PART:
            parts.append(now)
            now, size = "", 0
        now, size = now + sign, size + width
    return [*parts, now]
