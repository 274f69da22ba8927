"""Fixtures of the channel tests: the two webhooks in an application, and a Redis of their own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.channels import sms_http, wechat
from bot.channels.base import NotYet
from bot.channels.line import Line
from jobs.engines import redis_binary
from tests.channels.stage import NOW, Account, Gateway, Turns
from tests.fakes.wechat_phone import WeChatPhone


class Receipts(list[tuple[str, str, str]]):
    """What the webhooks reported; an unknown id is simply kept, as the books would ignore it. `early` are known only
    when they are asked for again, `unknown` never."""

    def __init__(self) -> None:
        super().__init__()
        self.early: set[str] = set()
        self.unknown: set[str] = set()

    def take(self, reference: str, status: str, reason: str) -> None:
        if reference in self.early | self.unknown:
            self.early.discard(reference)
            raise NotYet("no such message yet")
        self.append((reference, status, reason))


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def receipts() -> Receipts:
    return Receipts()


@pytest.fixture
def app(turns: Turns, receipts: Receipts) -> Flask:
    app = Flask(__name__)
    app.register_blueprint(
        wechat.blueprint(turns.take, Account(), turns.keep, on_receipt=receipts.take, clock=lambda: NOW)
    )
    app.register_blueprint(sms_http.blueprint(turns.take, receipts.take, Gateway()))
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def phone() -> WeChatPhone:
    account = Account()
    return WeChatPhone(account.token, account.aes_key, account.app_id, clock=lambda: NOW)


def line_for(request: pytest.FixtureRequest) -> Line:
    """Patient enough for a busy machine, except where the test is that no answer comes."""
    spec = getattr(request.node, "callspec", None)
    held = spec is not None and spec.params.get("fault") == "hold"
    return Line(connect=5, read=1 if held else 20, total=30)


class RedisServer:
    """A real Redis in a directory, without any persistence, that a test may kill and start again."""

    def __init__(self, directory: Path) -> None:
        self.socket = str(directory / "redis.sock")
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        binary = str(redis_binary())
        command = [binary, "--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert any("ready to accept connections" in line.lower() for line in self._process.stdout)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def client(self) -> Redis:
        once = Retry(NoBackoff(), 0)
        return Redis(unix_socket_path=self.socket, socket_timeout=2, socket_connect_timeout=2, retry=once)


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    yield server
    server.stop()
