"""What one message was understood to say: a command, its slots, and what has to be asked.

The record lives apart so that every part of the reader can build one without importing the package's door.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Reading:
    """`slots` are exactly those of the contract; `extras` holds what it books by but names no slot for (`via`)."""

    command: str
    slots: dict[str, Any] = field(default_factory=dict)
    ambiguous: list[str] = field(default_factory=list)
    choices: dict[str, list[Any]] = field(default_factory=dict)
    certainty: float = 0.0
    extras: dict[str, Any] = field(default_factory=dict)
