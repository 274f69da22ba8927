"""Many requests over a few connections that stay open, as fast as they are answered; one thread, no library.

It has to be light, for it runs on the cores of the server it measures.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Fired:
    """What came back: each answer's status and body in the order of the requests, and how long each took."""

    seconds: float
    waits_s: list[float]
    answers: list[tuple[int, bytes]] = field(repr=False)

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds

    def percentile(self, share: float) -> float:
        """The wait in seconds that this share of the requests did not exceed."""
        ordered = sorted(self.waits_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def post(host: str, target: str, body: bytes, kind: str = "text/xml") -> bytes:
    """One request, ready to be sent."""
    head = f"POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode("ascii") + body


def fire(port: int, requests: Sequence[bytes], connections: int, host: str = "127.0.0.1") -> Fired:
    """Send them all; each connection has one request under way at a time. Raises ConnectionError on a broken answer."""
    waits, answers = [0.0] * len(requests), [(0, b"")] * len(requests)
    numbers = iter(range(len(requests)))
    selector, left = selectors.DefaultSelector(), len(requests)
    lines = [_Line(host, port) for _ in range(min(connections, len(requests)))]
    begun = time.perf_counter()
    try:
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.ask(next(numbers), requests)
        while left:
            for key, _ in selector.select(30):
                line = key.data
                if (answer := line.heard()) is None:
                    continue
                waits[line.number], answers[line.number] = time.perf_counter() - line.asked_at, answer
                left -= 1
                if (number := next(numbers, None)) is not None:
                    line.ask(number, requests)
        return Fired(time.perf_counter() - begun, waits, answers)
    finally:
        selector.close()
        for line in lines:
            line.socket.close()


class _Line:
    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number, self.asked_at, self._got, self._whole = 0, 0.0, b"", 0

    def ask(self, number: int, requests: Sequence[bytes]) -> None:
        self.number, self.asked_at, self._got, self._whole = number, time.perf_counter(), b"", 0
        self.socket.sendall(requests[number])

    def heard(self) -> tuple[int, bytes] | None:
        """The answer when it is whole; the servers measured here always say its length."""
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the server closed a connection")
        self._got += piece
        if not self._whole:
            head, found, _ = self._got.partition(b"\r\n\r\n")
            if not found:
                return None
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            self._whole = len(head) + 4 + int(length)
        if len(self._got) < self._whole:
            return None
        return int(self._got[9:12]), self._got[self._got.index(b"\r\n\r\n") + 4 :]
