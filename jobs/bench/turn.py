"""Messages a second through `POST /wechat` under the production server, against a bare Flask application there.

The base opens the push with wechatpy, does one durable insert and echoes; ours proves the push, knows repeats, keeps
the open question, reads what is meant and answers from the books or posts an entry. Both run in the same number of
processes and threads, over the same kind of database on the same disk, and are fired at by the same client.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.config import Config, load
from bot.pages.demo.relay import Relay
from bot.services import Services
from ledger.store.mailbox import Mailbox

from ..engines import EmbeddedRedis
from ..processes import end, start_tied, wait_until
from . import Result, Setting, bare, gateway, peers, scene
from .load import Fired, fire, post
from .measure import Line, alternate, machine
from .postgres import Postgres
from .turn_crowd import while_a_broadcast_runs

CONNECTIONS = 16
BALANCE, MONEY = 0.6, 0.4
LATE_S = 1.0
ROOT = Path(__file__).parents[2]
START = "from pathlib import Path; from bot.config import load; from bot.server import serve;"


@dataclass
class Side:
    """One database with our server, the bare one and the one without an insert over it."""

    name: str
    config: Config
    services: Services
    societies: int
    ports: dict[str, int] = field(default_factory=dict)
    asked: int = 0
    busy: int = 0
    paid: int = 0
    relay: Relay = field(init=False)

    def __post_init__(self) -> None:
        assert self.config.wechat is not None
        self.relay = Relay(self.config.wechat)

    def requests(self, who: Sequence[str], words: str) -> list[bytes]:
        """A fresh push of the same words from each."""
        pushes = (self.relay.text(one, words) for one in who)
        return [post("127.0.0.1", push.target, push.body) for push in pushes]

    def members(self, count: int) -> list[str]:
        """So many members, a different household each time as long as there are any."""
        found = [
            scene.member(n // scene.HOMES % self.societies, n % scene.HOMES + 1)
            for n in range(self.asked, self.asked + count)
        ]
        self.asked += count
        return found

    def send(self, server: str, requests: list[bytes], expected: str) -> Fired:
        """Fire, repeat as WeChat does what is answered with 503 (the repeats count into the time), and see that every
        answer is the right one; raises RuntimeError with the first that is not."""
        fired = fire(self.ports[server], requests, CONNECTIONS)
        for _ in range(2):
            # The bare one has no 503 of its own: a lock it does not get in time is a 500.
            wanted = (503,) if server == "ours" else (500, 503)
            again = [number for number, (status, _) in enumerate(fired.answers) if status in wanted]
            if not again:
                break
            self.busy += len(again)
            repeated = fire(self.ports[server], [requests[number] for number in again], CONNECTIONS)
            fired.seconds += repeated.seconds
            for number, answer in zip(again, repeated.answers, strict=True):
                fired.answers[number] = answer
        for status, body in fired.answers:
            words = self.relay.open(body) if status == 200 else ""
            if expected not in words:
                raise RuntimeError(f"{server} on {self.name} answered {status} {words[:80]!r} instead of {expected!r}")
        return fired

    def balance(self, count: int) -> Callable[[], float]:
        return lambda: self.send("ours", self.requests(self.members(count), "余额"), "还剩").rate

    def money(self) -> float:
        """A quarter of the societies' cashiers take in one yuan each; only the confirmation, which posts the entry, is
        timed. The next quarter follows: nobody writes as fast as a flood."""
        some = self.societies // 4
        cashiers = [scene.cashier((self.paid * some + number) % self.societies) for number in range(some)]
        self.paid += 1
        home = scene.name(self.paid % scene.HOMES + 1)
        self.send("ours", self.requests(cashiers, f"收 {home} 1"), "回1")
        return self.send("ours", self.requests(cashiers, "1"), "已入账").rate

    def echoed(self, server: str, count: int) -> Callable[[], float]:
        return lambda: self.send(server, self.requests(self.members(count), "余额"), "余额").rate


def run(setting: Setting) -> Result:
    """Both databases, one after the other."""
    lines: list[Line] = []
    figures: dict[str, Any] = {"machine": machine(), "connections": CONNECTIONS, "databases": {}}
    told: list[str] = []
    good = True
    for name in ("sqlite", "postgresql"):
        with _side(name, setting) as side:
            count = setting.size
            found = alternate({
                "balance": side.balance(count), "money": side.money,
                "insert": side.echoed("insert", count), "echo": side.echoed("echo", count),
            }, setting.rounds)
            crowd = while_a_broadcast_runs(side, setting)
        mine = [
            Line(f"{name}: balance turn", found["balance"], found["insert"], "bare with one insert", BALANCE),
            Line(f"{name}: money turn, 1 to entry", found["money"], found["insert"], "bare with one insert", MONEY),
            Line(f"{name}: balance turn", found["balance"], found["echo"], "bare without any insert", 0),
            Line(f"{name}: money turn", found["money"], found["echo"], "bare without any insert", 0),
        ]
        lines += mine
        good = good and all(one.good for one in mine) and crowd.p99_s < LATE_S
        told += [*(one.words() for one in mine), crowd.words(name)]
        figures["databases"][name] = {one.name + " / " + one.base_name: one.figures() for one in mine} | {
            "while a broadcast runs": crowd.figures(), "answered busy": side.busy}
    return Result(figures, good or setting.quick, told)


@contextmanager
def _side(name: str, setting: Setting) -> Iterator[Side]:
    """The villages, and the three servers over them."""
    with ExitStack() as stack:
        folder = setting.folder / name
        folder.mkdir()
        url, bare_database = f"sqlite:///{folder / 'huzhu.db'}", str(folder / "bare.db")
        if name == "postgresql":
            server = Postgres(peers.postgresql(setting.peers))
            stack.callback(server.stop)
            database, other = server.create(), server.create()
            url, bare_database = server.url(database), scene.dsn(server, other)
        config = configured(folder, url, stack)
        bare.prepare(bare_database)
        societies = 40 if setting.quick else 160
        services = Services(config)
        stack.callback(services.store.close)
        with services.store.write() as books:
            today = services.clock.today(Mailbox(books.connection))
        assert config.wechat is not None
        scene.found(services.store, societies, today, config.wechat.app_id)
        side = Side(name, config, services, societies)
        for label, base in (("ours", None), ("insert", bare_database), ("echo", "")):
            side.ports[label] = stack.enter_context(_serving(config, label, base))
        yield side


def configured(folder: Path, url: str, stack: ExitStack) -> Config:
    """A configuration with WeChat and a gateway on this machine, and the Redis it needs."""
    sink = stack.enter_context(gateway.running(folder))
    port = free_port()
    path = folder / "config.toml"
    path.write_text(
        f'[server]\nport = {port}\ndata_dir = "."\nsecret_key = "{secrets.token_hex(16)}"\n'
        f'[keys]\nfile = "{folder.parent}/{folder.name}.keys"\n[database]\nurl = "{url}"\n'
        f'[wechat]\napp_id = "wx{secrets.token_hex(8)}"\napp_secret = "{secrets.token_hex(16)}"\n'
        f'token = "{secrets.token_hex(16)}"\naes_key = "{secrets.token_hex(21)}A"\napi_base = "http://127.0.0.1:9"\n'
        f'[sms]\ngateway = "http"\n[sms.http]\nsecret = "{secrets.token_hex(16)}"\nper_second = 5000\n'
        f'key = "{secrets.token_hex(16)}"\nsend_url = "http://127.0.0.1:{sink}/send"\n', "utf-8")
    path.chmod(0o600)
    # The same installation by day: a worker of a real one would hold a broadcast back until the morning.
    by_day = folder / "by_day.toml"
    by_day.write_text(path.read_text("utf-8").replace("[server]\n", "[server]\ndemo = true\n"), "utf-8")
    by_day.chmod(0o600)
    config = load(path)
    stack.enter_context(EmbeddedRedis(config.server.data_dir))
    return config


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _serving(config: Config, label: str, base: str | None) -> Iterator[int]:
    """Our production server in processes of its own, over our application or (with a database) the bare one."""
    assert config.wechat is not None and config.path is not None
    port = free_port()
    own = config.path.with_name(f"{label}.toml")
    told = config.path.read_text("utf-8").replace(f"port = {config.server.port}\n", f"port = {port}\n")
    own.write_text(told, "utf-8")
    own.chmod(0o600)
    target = "" if base is None else ", 'jobs.bench.bare:application'"
    seal = f"{config.wechat.token} {config.wechat.aes_key} {config.wechat.app_id}"
    environment = os.environ | {bare.DATABASE: base or "", bare.SEAL: seal}
    with own.with_suffix(".log").open("wb") as log:
        process = start_tied([sys.executable, "-c", f"{START} serve(load(Path({str(own)!r})){target})"], output=log,
                             env=environment, cwd=ROOT)
    try:
        if not wait_until(lambda: process.poll() is not None or _answers(port), 60) or process.poll() is not None:
            raise RuntimeError(f"{label} does not start: {own.with_suffix('.log').read_text('utf-8')[-2000:]}")
        yield port
    finally:
        end(process, 10)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
