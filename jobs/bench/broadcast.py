"""An officer's words to 600,000 households: how fast their notices are made, how fast they leave, and at what memory.

The base of making is the raw driver's bulk insert of as many notices into a table of the same columns and indexes; the
base of sending is a bare client with as many threads, each with a connection that stays open to the same gateway.
"""

from __future__ import annotations

import http.client
import json
import resource
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bot import speaking
from bot.channels.sms_http import Sender
from bot.clock import Clock
from bot.config_sms import SmsHttp
from bot.outbox import Outbox
from bot.routing import Policy
from ledger.store.mailbox import Mailbox
from ledger.store.sealing import passing_keys
from ledger.store.store import Store

from . import Result, Setting, country, gateway, peers, scene
from .measure import Line, alternate, machine
from .postgres import Postgres
from .raw_notices import RawNotices

MADE, DELIVERED, FLAT_MB = 0.3, 0.6, 64
SENT_A_ROUND, STEP = 3_000, 5_000


def run(setting: Setting) -> Result:
    """Made on both databases, sent from one."""
    lines: list[Line] = []
    told: list[str] = []
    figures: dict[str, Any] = {"machine": machine(), "ratios": {}}
    grown = 0
    with ExitStack() as stack:
        server = Postgres(peers.postgresql(setting.peers))
        stack.callback(server.stop)
        for name in ("sqlite", "postgresql"):
            url, place = f"sqlite:///{setting.folder / 'huzhu.db'}", str(setting.folder / "raw.db")
            if name == "postgresql":
                url, place = server.url(server.create()), scene.dsn(server, server.create())
            store = Store(url, 60, keys=passing_keys())
            stack.callback(store.close)
            country.found(store, setting.size, broadcast=True, shown=not setting.quick)
            before = _resident_mb()
            made, raw = _made(store, RawNotices(place), figures, name)
            grown = max(grown, _resident_mb() - before)
            lines.append(Line(f"{name}: notices made", [made], [raw], "raw bulk insert", MADE))
            if name == "sqlite":
                port = stack.enter_context(gateway.running(setting.folder))
                lines.append(_delivered(store, port, setting))
    figures["memory_grown_mb"], figures["recipients"] = grown, sum(
        part.households for part in country.parts(setting.size))
    told.append(f"memory grew by {grown} MB while {figures['recipients']} notices were made"
                f" (at most {FLAT_MB}: {'holds' if grown <= FLAT_MB else 'MISSED'})")
    figures["ratios"] = {one.name: one.figures() for one in lines}
    good = all(one.good for one in lines) and grown <= FLAT_MB
    return Result(figures, setting.quick or good, [*(one.words() for one in lines), *told])


def _made(store: Store, raw: RawNotices, figures: dict[str, Any], name: str) -> tuple[float, float]:
    """Notices a second: ours and the driver's, a stretch of the one after a stretch of the other."""
    now, spent, seconds, count = Clock().now(), 0.0, 0.0, 0
    more = True
    while more:
        begun = time.perf_counter()
        for _ in range(20):
            with store.write() as books:
                more = speaking.step(books, Policy(), now)
            if not more:
                break
        spent += time.perf_counter() - begun
        with store.read() as books:
            total = sum(Mailbox(books.connection).counts().values())
        begun = time.perf_counter()
        raw.insert(total - count)
        seconds += time.perf_counter() - begun
        count = total
    raw.close()
    figures[f"{name}_notices"] = count
    return count / spent, count / seconds


def _delivered(store: Store, port: int, setting: Setting) -> Line:
    """Messages a second through the gateway: the outbox, and a bare client with as many connections."""
    url, key = f"http://127.0.0.1:{port}/send", secrets.token_hex(16)
    outbox = Outbox(store, lambda _parts: "", Clock().now, Sender(SmsHttp(key, url, key, 5000)))
    wanted = 200 if setting.quick else SENT_A_ROUND

    def ours() -> float:
        with store.read() as books:
            before = Mailbox(books.connection).counts().get("sent", 0)
        seen = [0]

        def enough() -> bool:
            seen[0] += 1
            return seen[0] > wanted  # asked once before each message
        begun = time.perf_counter()
        outbox.deliver(enough)
        spent = time.perf_counter() - begun
        with store.read() as books:
            return (Mailbox(books.connection).counts().get("sent", 0) - before) / spent

    found = alternate({"ours": ours, "bare": _bare(port, key, wanted, outbox.concurrency)}, setting.rounds)
    return Line("sqlite: notices delivered", found["ours"], found["bare"], "bare keep-alive client", DELIVERED)


def _bare(port: int, key: str, wanted: int, threads: int) -> Callable[[], float]:
    """As many messages as wanted over connections that stay open, and nothing else."""

    def some(count: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port)
        for number in range(count):
            body = json.dumps({"id": f"b-{number}", "to": "13800000000", "text": "明天开社员大会"}).encode()
            line.request("POST", "/send", body, {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
            line.getresponse().read()
        line.close()

    def bare() -> float:
        begun = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(some, [wanted // threads] * threads))
        return wanted // threads * threads / (time.perf_counter() - begun)

    return bare


def _resident_mb() -> int:
    """What this process holds in memory now, in MB."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * resource.getpagesize() >> 20
