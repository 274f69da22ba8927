"""How long a member waits while a broadcast to everybody leaves through the same books."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.records import Notice
from ledger.store.mailbox import Mailbox

from ..processes import end, start_tied, wait_until
from . import Setting, scene
from .load import fire

if TYPE_CHECKING:
    from .turn import Side

ROOT = Path(__file__).parents[2]
CALLERS = 4
PRIORITY = 6


@dataclass(frozen=True)
class Crowd:
    """What the turns took, and how much of the broadcast left meanwhile."""

    turns: int
    p50_s: float
    p99_s: float
    longest_s: float
    left: int
    of: int

    def words(self, name: str) -> str:
        return (f"{name}: {self.turns} turns while {self.left} of {self.of} notices left: median"
                f" {self.p50_s * 1000:.0f} ms, p99 {self.p99_s * 1000:.0f} ms, longest {self.longest_s * 1000:.0f} ms"
                " (p99 under 1 s)")

    def figures(self) -> dict[str, Any]:
        return dict(vars(self))


def while_a_broadcast_runs(side: Side, setting: Setting) -> Crowd:
    """Two workers deliver a notice to every household over the gateway while a few members ask for their balance."""
    now, made = side.services.clock.now(), 0
    with side.services.store.write() as books:
        today = side.services.clock.today(Mailbox(books.connection))
        for number in range(side.societies):
            people = sorted(books.people(scene.code(number)))
            told = [
                Notice(f"bench/{turn}/{no}", no, "raw", {"text": "本社明天开社员大会"}, PRIORITY)
                for turn in range(1 if setting.quick else 4) for no in people
            ]
            made += books.notify_bulk(scene.code(number), told, today, now - 3600)
    with _workers(side, 2):
        wait_until(lambda: _left(side) < made, 60)
        waits: list[float] = []
        rounds = 0
        while _left(side) and rounds < (2 if setting.quick else 60):
            requests = side.requests(side.members(50), "余额")
            fired = fire(side.ports["ours"], requests, CALLERS)
            bad = [status for status, _ in fired.answers if status != 200]
            if bad:
                raise RuntimeError(f"a turn during the broadcast was answered with {bad[0]}")
            waits += fired.waits_s
            rounds += 1
        gone = made - _left(side)
    waits.sort()
    return Crowd(len(waits), waits[len(waits) // 2], waits[int(len(waits) * 0.99)], waits[-1], gone, made)


def _left(side: Side) -> int:
    with side.services.store.read() as books:
        counts = Mailbox(books.connection).counts()
    return counts.get("waiting", 0) + counts.get("leased", 0)


@contextmanager
def _workers(side: Side, count: int) -> Iterator[None]:
    assert side.config.path is not None
    by_day = side.config.path.with_name("by_day.toml")
    argv = [sys.executable, "huzhu.py", "worker", "--config", str(by_day)]
    with (by_day.parent / "worker.log").open("wb") as log:
        processes = [start_tied(argv, output=log, cwd=ROOT) for _ in range(count)]
    try:
        yield
    finally:
        for one in processes:
            end(one, 10)
