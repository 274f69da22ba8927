"""The bell's RQ job: it carries nothing and only wakes this process; the outbox in the database says what is owed.

A job that sent by itself could be cut off by RQ's time-out in the middle of a send, and a long one would deafen the
worker to the next ring (reliability.md F8).
"""

from __future__ import annotations

from typing import Protocol


class Sleeper(Protocol):
    """Whoever can be woken: the worker of this process."""

    def wake(self) -> None: ...


_here: list[Sleeper] = []
"""The worker of this process, set once at its start: an RQ job can be given nothing but plain data."""


def use(worker: Sleeper) -> None:
    """Make the worker of this process known to its jobs."""
    _here[:] = [worker]


def deliver() -> None:
    """The RQ job: something waits."""
    _here[0].wake()
