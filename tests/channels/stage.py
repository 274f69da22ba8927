"""What the channel tests share: secrets, a clock that stands still, and a turn that keeps what it was told.

The turn is the dependency that the webhooks are given; here it does the least that `bot.channels.base` promises.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from bot.channels.base import Busy, Conflict, Message, Reply

TOKEN = "village-token-0123456789"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID = "wx0123456789abcdef"
NOW = 1_790_000_000


@dataclass(frozen=True)
class Account:
    app_id: str = APP_ID
    app_secret: str = "0123456789abcdef0123456789abcdef"
    token: str = TOKEN
    aes_key: str = AES_KEY
    api_base: str = ""


@dataclass(frozen=True)
class Gateway:
    secret: str = "a-long-secret-path-part"
    send_url: str = ""
    key: str = "a-long-bearer-key"


@dataclass
class Turns:
    """Answers every message once; a repeat gets the stored reply, other content under the same key `Conflict`."""

    answer: str = "收到"
    busy: bool = False
    messages: list[Message] = field(default_factory=list)
    malformed: list[tuple[str, str, str, bytes]] = field(default_factory=list)
    repeats: int = 0
    _stored: dict[tuple[str, str, str, str], tuple[str, Reply]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: Message) -> Reply:
        if self.busy:
            raise Busy
        key = (message.channel, message.account, message.sender, message.key)
        with self._lock:
            if key in self._stored:
                digest, reply = self._stored[key]
                if digest != message.digest:
                    raise Conflict
                self.repeats += 1
                return reply
            self.messages.append(message)
            reply = Reply(self.answer)
            self._stored[key] = (message.digest, reply)
            return reply

    def keep(self, channel: str, account: str, digest: str, raw: bytes) -> None:
        if self.busy:
            raise Busy
        self.malformed.append((channel, account, digest, raw))


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Stays silent."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application behind a real HTTP server on loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
