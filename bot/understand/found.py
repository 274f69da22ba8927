"""A match on its way to a reading: where it stood, its named parts, and what was made of them so far.

It is the one thing that changes while a message is read; finders write into it, nobody else keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.understand.said import Said, Span


@dataclass
class Found:
    """A match on its way to a reading: where it stood, its named parts, and what was made of them."""

    said: Said
    span: Span
    parts: dict[str, Span]
    slots: dict[str, Any] = field(default_factory=dict)
    ambiguous: list[str] = field(default_factory=list)
    choices: dict[str, list[Any]] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)
    used: list[Span] = field(default_factory=list)
    wanted: dict[str, bool] = field(default_factory=dict)
    keeps: bool = False
    """The words that matched are worth keeping: 我交了五百咋写四百 is the complaint and its text."""

    def word(self, name: str) -> str:
        return self.said.part(self.parts[name])

    def unsure(self, name: str, choices: tuple[Any, ...] = ()) -> None:
        if name not in self.ambiguous:
            self.ambiguous.append(name)
        if choices:
            self.choices[name] = list(choices)


class NotThis(Exception):
    """The words fit, the values do not: this is another command or none."""
