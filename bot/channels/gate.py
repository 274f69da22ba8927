"""One gateway's door: so many messages a second, and shut for a while after several failures in a row.

A gateway that is down would otherwise be asked by every waiting message at once (reliability.md F29); the messages keep
waiting in the outbox meanwhile, and one of them looks whether it is back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from bot.channels.base import Fate, Outcome, Parcel

FAILURES = 5
SHORTEST_S = 30.0
LONGEST_S = 300.0


class Sender(Protocol):
    """A gateway. `tells_repeats`: the same reference handed over twice reaches the phone once."""

    @property
    def tells_repeats(self) -> bool: ...
    def send_parcel(self, parcel: Parcel) -> Outcome: ...


class PlainSender(Protocol):
    """A gateway that needs to know nothing but the words."""

    @property
    def tells_repeats(self) -> bool: ...
    def send(self, reference: str, to: str, text: str) -> Outcome: ...


class Plain:
    """Makes a plain sender one that takes parcels."""

    def __init__(self, sender: PlainSender) -> None:
        self._sender = sender
        self.tells_repeats = sender.tells_repeats

    def send_parcel(self, parcel: Parcel) -> Outcome:
        return self._sender.send(parcel.reference, parcel.to, parcel.text)


class Gate:
    """Threads may share one; each process has its own, so `per_second` is what one process may send."""

    def __init__(
        self, sender: Sender, per_second: float, clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sender, self._clock, self._sleep = sender, clock, sleep
        self._gap = 1 / per_second
        self._lock = threading.Lock()
        self._next = 0.0
        self._failures = 0
        self._shut_until = 0.0

    @property
    def tells_repeats(self) -> bool:
        return self._sender.tells_repeats

    def send_parcel(self, parcel: Parcel) -> Outcome:
        """One attempt, in its turn; while the door is shut the message is told to wait and nothing is sent."""
        with self._lock:
            now = self._clock()
            if now < self._shut_until:
                return Outcome(Fate.RETRY, "the gateway rests after failures", wait_s=int(self._shut_until - now) + 1)
            if self._failures >= FAILURES:
                # One looks whether it is back; whoever comes meanwhile finds the door shut.
                self._shut_until = now + SHORTEST_S
            self._next = max(self._next, now) + self._gap
            wait = self._next - self._gap - now
        if wait > 0:
            self._sleep(wait)
        outcome = self._sender.send_parcel(parcel)
        self._count(outcome)
        if outcome.fate is Fate.UNKNOWN and not self._sender.tells_repeats:
            return replace(outcome, final=True)
        return outcome

    def _count(self, outcome: Outcome) -> None:
        with self._lock:
            if outcome.fate in (Fate.ACCEPTED, Fate.REFUSED):
                # Also a refusal is an answer: the gateway works, only this message is not wanted.
                self._failures, self._shut_until = 0, 0.0
                return
            self._failures += 1
            if self._failures >= FAILURES:
                rest = min(LONGEST_S, SHORTEST_S * 2 ** (self._failures - FAILURES))
                self._shut_until = self._clock() + rest
