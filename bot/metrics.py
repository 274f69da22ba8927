"""What operations look at, in Prometheus' text format: the outbox and the clockwork from the database, turns from here.

Turns are counted in each web process by itself, under a label that says which; nothing here names a person.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_left
from collections import Counter
from threading import Lock

from ledger.store.mailbox import Mailbox

BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 4.5)
BEAT, RAN = "beat/worker", "ran/"
"""Settings: when a worker last looked into the outbox; when each row of the timetable last ran, and how it ended."""


class Meter:
    """Counts of one process; a turn costs it one lock and two additions."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._outcomes: Counter[str] = Counter()
        self._buckets = [0] * (len(BUCKETS_S) + 1)
        self._sum_s = 0.0
        self.bell_failures = 0

    def turn(self, outcome: str, seconds: float) -> None:
        with self._lock:
            self._outcomes[outcome] += 1
            self._buckets[bisect_left(BUCKETS_S, seconds)] += 1
            self._sum_s += seconds

    def lines(self) -> list[str]:
        where = f'process="{os.getpid()}"'
        with self._lock:
            outcomes, buckets, total = dict(self._outcomes), list(self._buckets), self._sum_s
        found = ["# TYPE huzhu_turns_total counter"]
        found += [f'huzhu_turns_total{{{where},outcome="{name}"}} {count}' for name, count in sorted(outcomes.items())]
        found.append("# TYPE huzhu_turn_seconds histogram")
        reached = 0
        for bound, count in zip([*map(str, BUCKETS_S), "+Inf"], buckets, strict=True):
            reached += count
            found.append(f'huzhu_turn_seconds_bucket{{{where},le="{bound}"}} {reached}')
        found += [f"huzhu_turn_seconds_sum{{{where}}} {total:.6f}", f"huzhu_turn_seconds_count{{{where}}} {reached}"]
        found += ["# TYPE huzhu_bell_failures_total counter",
                  f"huzhu_bell_failures_total{{{where}}} {self.bell_failures}"]
        return found


def exposition(mailbox: Mailbox, meter: Meter, now: int) -> str:
    """Everything, one figure a line."""
    found = ["# TYPE huzhu_notices gauge"]
    found += [f'huzhu_notices{{state="{state}"}} {count}' for state, count in sorted(mailbox.counts().items())]
    found += ["# TYPE huzhu_oldest_due_seconds gauge", f"huzhu_oldest_due_seconds {mailbox.oldest_due(now)}"]
    if beat := mailbox.setting(BEAT):
        found += ["# TYPE huzhu_worker_heartbeat_age_seconds gauge",
                  f"huzhu_worker_heartbeat_age_seconds {max(0, now - int(beat))}"]
    found.append("# TYPE huzhu_timetable_last_run_timestamp_seconds gauge")
    for name, value in mailbox.settings(RAN):
        ran = json.loads(value)
        labels = f'row="{name.removeprefix(RAN)}",good="{int(ran["good"])}"'
        found.append(f"huzhu_timetable_last_run_timestamp_seconds{{{labels}}} {ran['at']}")
    return "\n".join([*found, *meter.lines()]) + "\n"
