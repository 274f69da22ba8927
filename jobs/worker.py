"""The worker process: one RQ queue, jobs run in the process itself, and a sweeper that needs no queue at all.

RQ is only the doorbell (reliability.md M10 to M13): every few seconds the sweeper looks into the outbox by itself, so
with Redis gone, flushed or hanging everything owed still leaves, a little later.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from redis import Redis, RedisError
from rq import Queue, SimpleWorker
from rq.timeouts import TimerDeathPenalty

from bot import logs
from bot.bell import QUEUE
from bot.metrics import BEAT
from bot.redis_address import connect
from bot.services import Services
from ledger.store.mailbox import Mailbox
from ledger.store.store import Unavailable

from . import deliver, gammu

log = logging.getLogger(__name__)

SWEEP_S = 2.0
REDIS_RETRY_S = 1.0
BEAT_S = 10.0


class _Worker(SimpleWorker):
    """Runs jobs in this process, in a thread of its own; signals belong to the process's main thread."""

    death_penalty_class = TimerDeathPenalty

    def _install_signal_handlers(self) -> None:
        """The main thread stops us."""

    def subscribe(self) -> None:
        """No commands over Redis: their listening thread would outlive every break of the connection."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed."""


@dataclass
class _Lane:
    """One thread that looks into the outbox when it is woken and every few seconds anyway."""

    urgent: bool
    woken: threading.Event = field(default_factory=threading.Event)


class Worker:
    """One worker process: a quick lane for replies, codes and receipts, and one for everything."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.stopping = threading.Event()
        self.quick, self.all = _Lane(urgent=True), _Lane(urgent=False)
        self._beat_at = 0.0
        self._rq: Any = None

    def wake(self) -> None:
        """Something waits: both lanes look now."""
        self.quick.woken.set()
        self.all.woken.set()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        logs.set_up()
        deliver.use(self)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        bell = threading.Thread(target=self._listen, name="bell", daemon=True)
        bell.start()
        threading.Thread(target=gammu.run, args=(self.services, self.stopping), name="gammu", daemon=True).start()
        self._sweep()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()
        self.wake()

    def _sweep(self) -> None:
        """Both lanes, until we are stopped."""
        quick = threading.Thread(target=self._look, args=(self.quick,), name="quick")
        quick.start()
        self._look(self.all)
        quick.join()

    def _look(self, lane: _Lane) -> None:
        """Look into the outbox every few seconds, whatever becomes of the queue."""
        while not self.stopping.is_set():
            lane.woken.clear()
            try:
                self._beat(lane)
                self.services.outbox.deliver(self.stopping.is_set, urgent=lane.urgent)
            except Unavailable as error:
                log.warning("the outbox cannot be read now: %s", error)
            except Exception:
                log.exception("a sweep failed")
            lane.woken.wait(SWEEP_S)

    def _beat(self, lane: _Lane) -> None:
        """Every few seconds the newest sign of life of any worker is written down, for /metrics and the doctor."""
        if not lane.urgent and time.monotonic() - self._beat_at > BEAT_S:
            with self.services.store.write() as books:
                Mailbox(books.connection).set_setting(BEAT, str(self.services.clock.now()))
            self._beat_at = time.monotonic()

    def _listen(self) -> None:
        """Answer the bell; begin again whenever Redis comes back."""
        while not self.stopping.is_set():
            try:
                url = self.services.config.redis_url()
                if url is None:
                    raise ConnectionError("no redis")
                self._work(connect(url, socket_connect_timeout=2, health_check_interval=15))
            except (RedisError, OSError) as error:
                log.warning("the bell is silent: %s", type(error).__name__)
            except Exception:
                log.exception("the listener failed")
            self.stopping.wait(REDIS_RETRY_S)

    def _work(self, redis: Redis) -> None:
        self._rq = self.listener(redis)
        self._rq.work(logging_level="WARNING")

    def listener(self, redis: Redis) -> Any:
        """RQ's worker on the one queue: with two, a job popped at the moment of a kill is lost (reliability.md M10)."""
        queue = Queue(QUEUE, connection=redis, serializer="json")
        name = f"huzhu-{os.getpid()}-{time.time_ns()}"
        return _Worker(
            [queue],
            name=name,
            connection=redis,
            serializer="json",
            worker_ttl=30,
            maintenance_interval=15,
            job_monitoring_interval=10,
            log_job_description=False,
        )
