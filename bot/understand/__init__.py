"""Text to command and slots: pure, no clock, no books, no wording of its own.

Everything a person types or says comes through `read`; the words it listens for are data in `handlers/phrases.toml`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.understand.reading import UNKNOWN, Reading

__all__ = ["UNKNOWN", "Reading", "read"]


def read(text: str, role: str = "member", names: Sequence[str] = ()) -> Reading:
    """The one reading of `text` said by somebody of `role`; `names` are the members of the speaker's own society."""
    exact = {
        "帮助": "help", "1": "yes", "确认": "yes", "是": "yes", "0": "no", "取消": "no", "否": "no",
        "余额": "balance", "明细": "statement", "待办": "pending", "撤": "undo", "逾期": "overdue", "今日账": "day_sheet",
    }
    del role, names
    command = exact.get(text.strip(), UNKNOWN)
    return Reading(command, certainty=1.0 if command != UNKNOWN else 0.0)
