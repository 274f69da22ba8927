"""An HTTP server on loopback that answers as its subclass says, and misbehaves when it is told to.

Every misbehaviour is a queue entry used up by one request, or `forever`; nothing waits for time to pass.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

FAULTS = ("refuse", "close", "hold", "half", "html", "huge", "redirect")


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = field(repr=False)


Answer = tuple[int, Any]


class HttpFake:
    """`faults`: refuse (cut before doing), close (do, then cut), hold (do, answer only at the end), half (do, half an
    answer), html, huge, redirect (all three do it first), or a number: that status without doing anything."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.calls: list[Call] = []
        self.errors: list[str] = []
        self.lock = threading.RLock()
        self.arrived = threading.Condition(self.lock)
        self._faults: deque[str | int] = deque()
        self._forever: str | int | None = None
        self._released = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._server = _Server((host, 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.port = self._server.server_address[1]
        self.url = f"http://{host}:{self.port}"

    def answer(self, call: Call) -> Answer:
        """What the server says: a status and a JSON value or bytes. Called with the lock held."""
        raise NotImplementedError

    def misbehave(self, *faults: str | int, forever: bool = False) -> None:
        with self.lock:
            if forever:
                (self._forever,) = faults
            else:
                self._faults.extend(faults)

    def behave(self) -> None:
        with self.lock:
            self._faults.clear()
            self._forever = None

    def count(self, path: str) -> int:
        with self.lock:
            return sum(call.path == path for call in self.calls)

    def wait_for_calls(self, number: int, seconds: float = 10) -> None:
        with self.lock:
            assert self.arrived.wait_for(lambda: len(self.calls) >= number, seconds), "the call never came"

    def close(self) -> None:
        self._released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.cut_all()
        assert not self.errors, self.errors

    def cut_all(self) -> None:
        """Ends every kept-alive connection, as a restarted server does."""
        with self.lock:
            sockets = list(self._sockets)
        for connection in sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, call: Call) -> tuple[str | int | None, Answer]:
        with self.lock:
            self.calls.append(call)
            fault = self._faults.popleft() if self._faults else self._forever
            answer: Answer = (0, None)
            if fault != "refuse" and not isinstance(fault, int):
                answer = self.answer(call)
            self.arrived.notify_all()
            return fault, answer

    def _released_wait(self) -> None:
        self._released.wait(30)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A client that went away is no error of the fake; real ones are kept in `errors` by the handler."""


def _handler(fake: HttpFake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave in one packet; in two they would meet the 40 ms of a delayed acknowledgement.
        wbufsize = -1

        def setup(self) -> None:
            super().setup()
            with fake.lock:
                fake._sockets.add(self.connection)

        def finish(self) -> None:
            with fake.lock:
                fake._sockets.discard(self.connection)
            with contextlib.suppress(OSError):
                super().finish()

        def log_message(self, *_: object) -> None:
            """Stays silent: the tests look at `calls`."""

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                call = Call(self.command, parts.path, parse_qs(parts.query, True), headers, body)
                fault, (status, value) = fake._take(call)
            except Exception as failure:
                fake.errors.append(repr(failure))
                raise
            if fault in ("refuse", "close", "hold"):
                if fault == "hold":
                    fake._released_wait()
                self.close_connection = True
                return
            self._answer(fault, status, value)

        def _answer(self, fault: str | int | None, status: int, value: Any) -> None:
            raw = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
            if isinstance(fault, int):
                status, raw = fault, b"told to fail"
            elif fault == "html":
                raw = b"<html>busy</html>"
            elif fault == "huge":
                raw = b"x" * (8 << 20)
            elif fault == "redirect":
                status, raw = 302, b""
            self.send_response(status)
            if fault == "redirect":
                self.send_header("Location", fake.url + "/elsewhere")
            self.send_header("Content-Type", "application/json; encoding=utf-8")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            if fault == "half":
                self.close_connection = True
                raw = raw[: len(raw) // 2]
            self.wfile.write(raw)

    return Handler
