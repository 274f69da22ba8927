"""The timetable process: when which job runs, by Beijing time; each row safe to miss, to repeat and to run twice.

A row asks the books what is owed, so a machine that was off catches up by simply running the row again.
"""

from __future__ import annotations

import json
import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from types import FrameType

from bot import logs
from bot.clock import ZONE
from bot.metrics import RAN
from bot.services import Services
from ledger.store import mastery
from ledger.store.mailbox import Mailbox
from ledger.store.store import Unavailable

from .alarm import watch
from .cash import tell_cash
from .daily import run_day
from .disclose import close_due
from .overdue import tell_overdue
from .remind import remind_due
from .sheets import publish_sheets

log = logging.getLogger(__name__)

LOOK_S = 20.0
LOOK_DEMO_S = 1.0


@dataclass(frozen=True)
class Row:
    """One job: from which hour on it is owed each day, and what it does.

    The hour is Beijing's, which has no summer time; the same hour of UTC, as a server's log says it, stands beside it.
    """

    name: str
    utc_hour: int
    beijing_hour: int
    run: Callable[[Services, date, int], object]


def _round(services: Services, today: date, now: int) -> object:
    return run_day(services.store, today, now, services.config.keep)


ROWS = (
    Row("close notices", 16, 0, lambda services, today, now: close_due(services.store, today, now)),
    Row("sheets", 22, 6, lambda services, today, now: publish_sheets(services.store, today, now)),
    Row("remind", 0, 8, lambda services, today, now: remind_due(services.store, today, now)),
    Row("cash", 9, 17, lambda services, today, now: tell_cash(services.store, today, now)),
    Row("overdue", 1, 9, lambda services, today, now: tell_overdue(services.store, today, now)),
    Row("whole round", 19, 3, _round),
)


class Timetable:
    """Looks at the clock and runs each row once a day; in demo mode whenever the day was moved."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.stopping = threading.Event()
        self._done: dict[str, date] = {}

    def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        logs.set_up()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        demo = self.services.config.server.demo
        while not self.stopping.is_set():
            try:
                self.look()
                watch(self.services)
            except Unavailable as error:
                log.warning("the books cannot be read now: %s", error)
            except Exception:
                log.exception("a row of the timetable failed")
            self.stopping.wait(LOOK_DEMO_S if demo else LOOK_S)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _hour(self, demo: bool) -> int:
        """The hour in Beijing; in a demo every row is owed as soon as the day is there."""
        return 24 if demo else datetime.now(ZONE).hour

    def _has_run(self, row: Row, today: date, demo: bool) -> bool:
        """Whether this day's work is done, by whichever timetable; a demo does it again after each start."""
        if self._done.get(row.name) == today:
            return True
        with self.services.store.read() as books:
            kept = Mailbox(books.connection).setting(RAN + row.name)
        last = json.loads(kept) if kept else {}
        return not demo and bool(last.get("good")) and last.get("day") == str(today)

    def _run(self, row: Row, today: date) -> object:
        """Run one row and write down that it ran, and how it ended."""
        good = False
        try:
            counts = row.run(self.services, today, self.services.clock.now())
            good = True
        finally:
            mark = {"day": str(today), "at": self.services.clock.now(), "good": good}
            with self.services.store.write() as books:
                Mailbox(books.connection).set_setting(RAN + row.name, json.dumps(mark))
        self._done[row.name] = today
        return counts

    def look(self) -> list[str]:
        """Run every row that is owed now and has not run today; their names."""
        with self.services.store.read() as books:
            mastery.demand(books.connection)
            today = self.services.clock.today(Mailbox(books.connection))
        demo = self.services.config.server.demo
        hour = self._hour(demo)
        ran = []
        for row in ROWS:
            if hour >= row.beijing_hour and not self._has_run(row, today, demo):
                counts = self._run(row, today)
                ran.append(row.name)
                log.info("%s for %s: %s", row.name, today, counts)
        if ran:
            self.services.bell.ring()
        return ran
