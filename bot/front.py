"""Stands between the network and the application: takes in a whole request before a thread is spent on it.

Without it a few dozen connections that send their body a byte a minute would hold every thread, and the village would
be cut off. It speaks ASGI to granian and WSGI to Flask.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from typing import Any
from urllib.parse import unquote_to_bytes

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[..., Iterable[bytes]]

# The application has its own, smaller limits; this one only keeps the memory bounded.
MOST_BYTES = 4 << 20
BODY_SECONDS = 15.0
# An answer whose length is known and small goes out in one piece.
ONE_PIECE = 1 << 20
# A reader that takes a piece more slowly than this has gone.
PIECE_SECONDS = 30.0
_REFUSALS = {400: b"Bad Request", 408: b"Request Timeout", 413: b"Content Too Large", 500: b"Internal Server Error"}


_PARTS = frozenset({"wechat", "miniprogram", "api", "sms", "notices", "desk", "demo", "health", "metrics"})

_log = logging.getLogger("huzhu.web")


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class Front:
    """One ASGI application around one WSGI application and its threads."""

    def __init__(self, application: Application, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            environ = _environ(scope, await asyncio.wait_for(_body(scope, receive), BODY_SECONDS))
        except TimeoutError:
            return await _refuse(send, 408)
        except _Refused as refused:
            return await _refuse(send, refused.status)
        except ConnectionError:
            # Granian says the same of a sender that has gone and of one whose chunks make no sense.
            return await _refuse(send, 400)
        loop = asyncio.get_running_loop()
        answer = _Answer()
        try:
            piece = await loop.run_in_executor(self._threads, self._run, environ, answer, loop, send)
        except Exception:
            # Flask turns its own faults into answers, so this is a fault below it, or the reader has gone.
            # The address is not told: a gateway's secret stands in it.
            _log.exception("request failed: %s below /%s", scope["method"], _first(scope["path"]))
            return None if answer.begun else await _refuse(send, 500)
        if piece is not None:
            await send(answer.head())
            await send({"type": "http.response.body", "body": piece})
        return None

    def _run(
        self, environ: dict[str, Any], answer: _Answer, loop: asyncio.AbstractEventLoop, send: Send
    ) -> bytes | None:
        """In a thread. Gives back a small answer's whole body; a stream it sends from here and gives back nothing."""

        async def send_on(event: Event) -> None:
            await send(event)

        def put(event: Event) -> None:
            asyncio.run_coroutine_threadsafe(send_on(event), loop).result(PIECE_SECONDS)

        pieces = self._application(environ, answer.start)
        try:
            each = iter(pieces)
            # Some applications only name the status when their first piece is asked for.
            first = next(each, b"")
            if 0 <= answer.length <= ONE_PIECE:
                return b"".join([first, *each])
            put(answer.head())
            for piece in chain([first], each):
                put({"type": "http.response.body", "body": piece, "more_body": True})
            put({"type": "http.response.body", "body": b""})
            return None
        finally:
            if close := getattr(pieces, "close", None):
                close()


class _Answer:
    """What the application has said about its answer: status and headers, once."""

    def __init__(self) -> None:
        self.status, self.headers = 0, list[tuple[bytes, bytes]]()
        self.length, self.begun = -1, False

    def start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], None]:
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self.length = int(dict(self.headers).get(b"content-length", -1))
        return _no_writing

    def head(self) -> Event:
        if not self.status:
            raise RuntimeError("the application gave no status")
        self.begun = True
        return {"type": "http.response.start", "status": self.status, "headers": self.headers}


def _first(path: str) -> str:
    """The first part of an address, where it is one of ours: what follows may be a secret, and so may anything else."""
    part = path.split("/")[1] if path.startswith("/") else ""
    return part if part in _PARTS else "…"


def _no_writing(_piece: bytes) -> None:
    raise NotImplementedError("the old write() of WSGI; give the body back instead")


async def _body(scope: Event, receive: Receive) -> bytes:
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if not declared.isdigit():
        raise _Refused(400)
    if int(declared) > MOST_BYTES:
        raise _Refused(413)
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ConnectionError
        body += event.get("body", b"")
        if len(body) > MOST_BYTES:
            raise _Refused(413)
        if not event.get("more_body"):
            return bytes(body)


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(_REFUSALS[status]))]
    with suppress(Exception):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": _REFUSALS[status]})


def _environ(scope: Event, body: bytes) -> dict[str, Any]:
    """The request as PEP 3333 wants it. The body is complete, so its length is known even when it came in chunks."""
    path = unquote_to_bytes(scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw, value in scope["headers"]:
        name, text = raw.decode("latin-1").replace("-", "_").upper(), value.decode("latin-1")
        # A name with an underscore could pass for the one with a hyphen that a proxy has set.
        if b"_" in raw or name in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            continue
        key = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
        environ[key] = f"{environ[key]}{';' if name == 'COOKIE' else ','}{text}" if key in environ else text
    if body or scope["method"] in ("POST", "PUT", "PATCH"):
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ
