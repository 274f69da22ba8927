"""The timetable process: when which job runs, by Beijing time; each row safe to miss, to repeat and to run twice.

A row asks the books what is owed, so a machine that was off catches up by simply running the row again.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from types import FrameType

from bot.clock import ZONE
from bot.services import Services
from ledger.store import mastery
from ledger.store.mailbox import Mailbox
from ledger.store.store import Unavailable

from .cash import tell_cash
from .daily import run_day
from .disclose import close_due
from .overdue import tell_overdue
from .remind import remind_due

log = logging.getLogger(__name__)

LOOK_S = 20.0
LOOK_DEMO_S = 1.0


@dataclass(frozen=True)
class Row:
    """One job: from which Beijing hour on it is owed each day, and what it does."""

    name: str
    beijing_hour: int
    run: Callable[[Services, date, int], object]


def _round(services: Services, today: date, now: int) -> object:
    return run_day(services.store, today, now)


ROWS = (
    Row("close notices", 0, lambda services, today, now: close_due(services.store, today, now)),
    Row("remind", 8, lambda services, today, now: remind_due(services.store, today, now)),
    Row("cash", 17, lambda services, today, now: tell_cash(services.store, today, now)),
    Row("overdue", 9, lambda services, today, now: tell_overdue(services.store, today, now)),
    Row("whole round", 3, _round),
)


class Timetable:
    """Looks at the clock and runs each row once a day; in demo mode whenever the day was moved."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.stopping = threading.Event()
        self._done: dict[str, date] = {}

    def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        demo = self.services.config.server.demo
        while not self.stopping.is_set():
            try:
                self.look()
            except Unavailable as error:
                log.warning("the books cannot be read now: %s", error)
            except Exception:
                log.exception("a row of the timetable failed")
            self.stopping.wait(LOOK_DEMO_S if demo else LOOK_S)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def look(self) -> list[str]:
        """Run every row that is owed now and has not run today; their names."""
        with self.services.store.read() as books:
            mastery.demand(books.connection)
            today = self.services.clock.today(Mailbox(books.connection))
        demo = self.services.config.server.demo
        hour = 24 if demo else datetime.now(ZONE).hour
        ran = []
        for row in ROWS:
            if self._done.get(row.name) != today and hour >= row.beijing_hour:
                counts = row.run(self.services, today, self.services.clock.now())
                self._done[row.name] = today
                ran.append(row.name)
                log.info("%s for %s: %s", row.name, today, counts)
        if ran:
            self.services.bell.ring()
        return ran
