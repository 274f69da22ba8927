"""The outbox at work: small leases renewed while they are held, ends written every beat, what is not begun given back.

A killed worker's notices are free again after one short lease, a paused worker's late word is refused by the attempt
number, and a worker that lost its lease does not begin what it still holds (reliability.md F4 to F8, F45).
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from ledger.store.mailbox import Mailbox, Waiting
from ledger.store.store import Store, Unavailable

log = logging.getLogger(__name__)

BATCH, MOST = 24, 96
"""So many are leased at once, and so many where all of the batch before left within a beat: what a kill strands for one
lease is never more than what leaves in a moment."""
WRITTEN = 24
"""As soon as so many have ended they are written, while the others are being sent: a kill repeats no more (under
their own references), however large the batch."""
LEASE_S = 12
BEAT_S = 0.2
"""How often ends are written and leases looked at while a batch is being sent; far shorter than a lease."""
URGENT = 1
"""Up to this priority a notice goes through the quick lane: replies, codes, receipts."""
LOWEST = 99
PATIENCE_S = 60.0
"""How long ends are kept while the books cannot be written; after it a notice is sent again under its reference."""

Mark = dict[str, Any]


class Ready(Protocol):
    @property
    def notice(self) -> Waiting: ...


R = TypeVar("R", bound=Ready)
Send = Callable[[R], tuple[Mark, str]]
Take = Callable[[int, int], tuple[int, list[R]]]
"""Leases up to so many notices of at most this priority; how many were leased, and those that are to be sent."""


@dataclass
class _Hold:
    """One batch that this process holds: what has ended and is not written yet, what was not begun."""

    store: Store
    now: Callable[[], int]
    lease_s: int
    good_until: float
    ended: list[Mark] = field(default_factory=list)
    untried: list[Waiting] = field(default_factory=list)

    def good(self) -> bool:
        """Whether the lease surely still stands: only then may another send begin."""
        return time.monotonic() < self.good_until

    def beat(self, out: Sequence[Waiting]) -> bool:
        """Write what has ended, give back what was not begun, renew the rest in good time. False while the books
        cannot be had."""
        begun = time.monotonic()
        old = begun > self.good_until - self.lease_s / 2
        try:
            with self.store.write() as books:
                mailbox = Mailbox(books.connection)
                mailbox.mark(self.ended)
                mailbox.give_back(self.untried)
                if old:
                    mailbox.renew(out, self.now(), self.lease_s)
        except Unavailable as error:
            log.warning("ends cannot be written now: %s", error)
            return False
        self.ended, self.untried = [], []
        if old:
            self.good_until = begun + self.lease_s - 1
        return True


def run(
    store: Store, now: Callable[[], int], take: Take[R], send: Send[R], *, stop: Callable[[], bool] = lambda: False,
    concurrency: int = 8, lease_s: int = LEASE_S, urgent: bool = False,
) -> Counter[str]:
    """Send everything that is due, batch by batch; counts by label. `urgent` leaves all but the quick lane alone."""
    counts: Counter[str] = Counter()
    limit = BATCH
    with ThreadPoolExecutor(concurrency, "send") as pool:
        while not stop():
            begun = time.monotonic()
            hold = _Hold(store, now, lease_s, begun + lease_s - 1)
            leased, ready = take(limit, URGENT if urgent else LOWEST)
            if not leased:
                break
            if ready and not _send_all(pool, hold, ready, send, stop, counts):
                break
            limit = min(2 * limit, MOST) if time.monotonic() - begun < BEAT_S else BATCH
    return counts


def _send_all(
    pool: ThreadPoolExecutor, hold: _Hold, ready: Sequence[R], send: Send[R], stop: Callable[[], bool],
    counts: Counter[str],
) -> bool:
    """One batch to its end; False when its ends could not be written in all that time."""

    def attempt(one: R) -> tuple[Mark, str] | None:
        return send(one) if hold.good() and not stop() else None

    out: dict[Future[tuple[Mark, str] | None], Waiting] = {pool.submit(attempt, one): one.notice for one in ready}
    written_at = time.monotonic()
    while out or hold.ended or hold.untried:
        for future in _some(out):
            notice, end = out.pop(future), future.result()
            if end is None:
                hold.untried.append(notice)
            else:
                hold.ended.append(end[0])
                counts[end[1]] += 1
        if hold.beat(list(out.values())):
            written_at = time.monotonic()
        elif not out and (stop() or time.monotonic() - written_at > PATIENCE_S):
            log.error("%s ends could not be written", len(hold.ended))
            return False
    return True


def _some(out: Collection[Future[tuple[Mark, str] | None]]) -> set[Future[tuple[Mark, str] | None]]:
    """Those that have ended: as many as are written at once, all that are left, or what a beat brings."""
    ended: set[Future[tuple[Mark, str] | None]] = set()
    with contextlib.suppress(TimeoutError):
        for future in as_completed(out, BEAT_S):
            ended.add(future)
            if len(ended) >= WRITTEN:
                break
    return ended
