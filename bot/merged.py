"""The words of one message that stands for several reminders: a short line for each, the rest counted.

Three messages' worth is the most; what does not fit any more is told as a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import texts
from bot.channels.segments import segments

SEGMENTS = 3
REMIND = {"notice.remind": "brief.remind", "notice.remind_today": "brief.remind_today"}


def words(facts: Mapping[str, Any]) -> str:
    """As many of the items as fit, the most urgent first; the same facts always give the same words."""
    items = list(facts["items"])
    lines = [texts.fill(_brief(one["say"]), one["facts"]) for one in items]
    for shown in range(len(lines), 0, -1):
        told = {"count": len(lines), "rest": len(lines) - shown, "text": texts.Ready("；".join(lines[:shown]))}
        said = texts.fill("notice.merged", told)
        if segments(said) <= SEGMENTS:
            break
    return said


def _brief(say: str) -> str:
    part = say.removeprefix("notice.overdue_")
    return REMIND.get(say) or f"brief.overdue_{part}"
