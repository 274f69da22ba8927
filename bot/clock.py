"""The only place that asks what day and what time it is.

The business day is Asia/Shanghai's; in demo mode it is the day that was set for every process at once (`huzhu today`),
while seconds, leases and the life of codes stay real.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ledger.store.mailbox import Mailbox

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = "today"


@dataclass(frozen=True)
class Clock:
    """`demo` lets the day be set; real time never does."""

    demo: bool = False

    def today(self, mailbox: Mailbox) -> date:
        """The business day, the same in every process."""
        if self.demo:
            kept = mailbox.setting(TODAY)
            if kept:
                return date.fromisoformat(kept)
        return datetime.now(ZONE).date()

    def set_today(self, mailbox: Mailbox, day: date) -> None:
        """Move the business day of a demo. Raises ValueError outside demo mode."""
        if not self.demo:
            raise ValueError("the day can only be set in demo mode")
        mailbox.set_setting(TODAY, day.isoformat())

    def now(self) -> int:
        """Seconds since 1970."""
        return int(time.time())
