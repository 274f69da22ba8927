"""The doorbell: after a commit a worker is told that something waits. It carries nothing and may fail or be lost.

The database is the record of what is owed; a worker that hears no bell finds it by itself within seconds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock

from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue

from bot.metrics import Meter
from bot.redis_address import connect

log = logging.getLogger(__name__)

QUEUE = "deliver"
JOB = "jobs.deliver.deliver"
REST_S = 5.0
"""After a failure Redis is left alone for so long: a turn never waits on a dead queue twice."""


class Bell:
    """Rings at most once per waiting job; silent while Redis is away."""

    def __init__(self, redis_url: Callable[[], str | None], meter: Meter | None = None) -> None:
        self._meter = meter or Meter()
        self._url = redis_url
        self._queue: Queue | None = None
        self._resting_until = 0.0
        self._lock = Lock()

    def ring(self) -> None:
        """Put one `deliver` job on the queue unless one is waiting there already."""
        with self._lock:
            if time.monotonic() < self._resting_until:
                return
            try:
                queue = self._connected()
                if queue is not None and len(queue) == 0:
                    queue.enqueue(JOB, job_timeout=300, result_ttl=0, failure_ttl=3600, description="deliver")
            except (RedisError, OSError) as error:
                log.warning("the bell cannot be rung: %s", type(error).__name__)
                self._queue = None
                self._meter.bell_failures += 1
                self._resting_until = time.monotonic() + REST_S

    def _connected(self) -> Queue | None:
        if self._queue is None:
            url = self._url()
            if url is None:
                self._resting_until = time.monotonic() + REST_S
                return None
            redis = connect(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
            self._queue = Queue(QUEUE, connection=redis, serializer="json")
        return self._queue
