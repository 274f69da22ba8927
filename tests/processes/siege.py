"""Workers, timetables, a clerk and Redis of a real village, killed again and again while notices and money flow.

What must hold in the end: no notice lost, none under two references, no money booked twice or forgotten, and all of it
on its way again soon after the last blow (reliability.md B5, B6, F4 to F10, F39).
"""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Self

from redis import Redis, RedisError

from bot.config import load
from bot.services import Services
from bot.workbook import read_village
from jobs.demo import VILLAGE
from jobs.engines import EmbeddedRedis
from jobs.intake import take_over
from ledger import charter
from ledger.broadcasts import ALL, GOING
from ledger.records import Act, Broadcast, Notice
from ledger.store.broadcasts import Broadcasts
from ledger.store.mailbox import Mailbox
from ledger.store.migrations import upgrade
from ledger.store.verify import verify
from tests.fakes.http_fake import Answer
from tests.fakes.sms_gateway import Delivery, SmsGateway

CODE, FIRST_DAY, ROOT = "QS001", date(2026, 3, 1), Path(__file__).resolve().parents[2]
CLERK_MOST = 4000
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


class Clocked(SmsGateway):
    """Remembers when each message reached its phone first."""

    def __init__(self, key: str) -> None:
        self.reached_at: dict[str, float] = {}
        super().__init__(key)

    def _accept(self, delivery: Delivery) -> Answer:
        self.reached_at.setdefault(delivery.text, time.monotonic())
        return super()._accept(delivery)


class Nursery:
    """One forking process; with `clock` its children live by another clock (libfaketime)."""

    def __init__(self, config: Path, log: Path, clock: str = "") -> None:
        environment = dict(os.environ)
        if clock:
            assert FAKETIME is not None
            environment |= {"LD_PRELOAD": str(FAKETIME), "FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.processes.nursery", str(config)], cwd=ROOT, env=environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output,
            )

    def fork(self, role: str) -> int:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{role}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@dataclass
class Report:
    """What came of it."""

    done: Counter[str] = field(default_factory=Counter)
    notices: int = 0
    lost: int = 0
    two_references: int = 0
    repeats: int = 0
    unknown_ends: int = 0
    collected: int = 0
    booked: int = 0
    fault: str = ""
    drained_s: float = 0.0
    longest_s: float = 0.0
    p99_s: float = 0.0
    redis_keys: int = 0
    backlog: int = 0
    broadcasts: int = 0
    bulk: int = 0
    bulk_lost: int = 0
    bulk_twice: int = 0

    def good(self) -> bool:
        harm = self.lost + self.two_references + self.bulk_lost + self.bulk_twice
        return not harm and self.collected == self.booked and not self.fault \
            and self.drained_s <= 60 and self.redis_keys < 60

    def __str__(self) -> str:
        done = ", ".join(f"{count} {what}" for what, count in sorted(self.done.items()))
        return (
            f"{done}\n{self.notices} notices: {self.lost} lost, {self.two_references} under two references, "
            f"{self.repeats} repeats under the same reference ({self.unknown_ends} ends cut off by the gateway)\n"
            f"{self.broadcasts} broadcasts to {self.bulk} phones: {self.bulk_lost} lost, {self.bulk_twice} under two "
            f"references\n"
            f"{self.collected} payments collected, {self.booked} booked; books: {self.fault or 'sound'}\n"
            f"delivered after at most {self.longest_s:.1f} s (p99 {self.p99_s:.1f} s); "
            f"{self.backlog} waiting at the last blow, all done {self.drained_s:.1f} s after it; "
            f"{self.redis_keys} keys in Redis"
        )


class Siege:
    """A village under attack; everything is started and killed from the one main thread."""

    def __init__(self, folder: Path, database: str = "", seed: int = 1, workers: int = 2) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.random, self.workers = folder, random.Random(seed), workers
        self.gateway = Clocked(key := secrets.token_hex(16))
        self.config = folder / "config.toml"
        self.config.write_text(
            '[server]\ndemo = true\ndata_dir = "."\n' + (f'[database]\nurl = "{database}"\n' if database else "")
            + f'[sms]\ngateway = "http"\n[sms.http]\nsecret = "{secrets.token_hex(16)}"\n'
            f'send_url = "{self.gateway.send_url}"\nkey = "{key}"\n', "utf-8",
        )
        self.config.chmod(0o600)
        self.services = Services(load(self.config), 20.0)
        self.redis = EmbeddedRedis(folder)
        self.report = Report()
        self.put_at: dict[str, float] = {}
        self.alive: dict[str, int] = {}
        self.day = FIRST_DAY
        self.spoken = self.reached = 0
        self.book = folder / "collected.txt"

    def __enter__(self) -> Self:
        upgrade(self.services.store)
        village, faults, _ = read_village(VILLAGE, charter.names())
        assert village is not None, faults
        take_over(self.services.store, village, 0)
        self.redis.start()
        self.move_day(0)
        self.nursery = Nursery(self.config, self.folder / "log.txt")
        return self

    def __exit__(self, *_: object) -> None:
        self.nursery.close()
        self.redis.stop()
        self.gateway.close()
        self.services.store.close()

    def start(self, role: str) -> None:
        what = role.split("-")[0]
        line = f"clerk {self.collected()} {CLERK_MOST} {self.book}" if what == "clerk" else what
        self.alive[role] = self.nursery.fork(line)

    def roles(self) -> list[str]:
        return [*(f"worker-{n}" for n in range(self.workers)), "timetable-0", "timetable-1", "clerk"]

    def collected(self) -> int:
        try:
            return len(set(self.book.read_text("utf-8").split()))
        except FileNotFoundError:
            return 0

    def move_day(self, days: int) -> None:
        self.day += timedelta(days)
        with self.services.store.write() as books:
            self.services.clock.set_today(Mailbox(books.connection), self.day)

    def put(self, number: int) -> None:
        """So many new notices, in one transaction; some of them replies."""
        begin = len(self.put_at)
        told = [
            Notice(f"siege/{n}", 0, "raw", {"text": f"siege {n}"}, self.random.choice((0, 5, 8)),
                   ("sms", "", f"138{n:08}"))
            for n in range(begin, begin + number)
        ]
        with self.services.store.write() as books:
            books.notify(CODE, told, self.day, self.services.clock.now())
        self.put_at |= {f"siege {n}": time.monotonic() for n in range(begin, begin + number)}

    def broadcast(self) -> None:
        """An officer speaks to the whole village while everything is being killed."""
        with self.services.store.write() as books:
            books.lock(CODE)
            kept, now = Broadcasts(books.connection), self.services.clock.now()
            said = Broadcast(CODE, kept.next_no(CODE), f"siege broadcast {self.spoken}", ALL, "", 1, 0, GOING, self.day,
                             now)
            books.save(CODE, Act((said,)), self.day, now)
            self.reached = kept.audience(CODE, ALL, "", "", self.day).reached
        self.spoken += 1

    # The blows.

    def kill(self, role: str) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.alive[role], signal.SIGKILL)
        self.report.done[f"kills of a {role.split('-')[0]}"] += 1
        self.start(role)

    def kill_redis(self, *, old: bool = False) -> None:
        assert self.redis.process
        kept, data = self.folder / "old", self.redis.directory / "appendonlydir"
        if old and not kept.exists():
            shutil.copytree(data, kept)
        self.redis.process.kill()
        self.redis.process.wait()
        if old:
            shutil.rmtree(data)
            shutil.copytree(kept, data)
        self.redis.revive()
        self.report.done["Redis restored from an old dump" if old else "kills of Redis"] += 1

    def flush(self) -> None:
        with contextlib.suppress(RedisError):
            Redis.from_url(self.redis.url).flushall()
            self.report.done["FLUSHALL"] += 1

    def blow(self) -> None:
        chance = self.random.random()
        if chance < 0.83:
            self.kill(self.random.choice([role for role in self.roles() for _ in range(3 if "worker" in role else 1)]))
        elif chance < 0.87:
            self.kill_redis()
        elif chance < 0.89:
            self.kill_redis(old=True)
        elif chance < 0.96:
            self.flush()
        else:
            self.move_day(1)
            self.report.done["days moved"] += 1

    def kills(self) -> int:
        return sum(count for what, count in self.report.done.items() if what.startswith("kills"))

    def start_all(self) -> None:
        for role in self.roles():
            self.start(role)

    def run(self, kills: int, flushes: int = 0, seconds: float = 3600.0, pause_s: float = 0.3) -> Report:
        """Kill until it has been enough, then let everything come to rest and look at what is left."""
        end = time.monotonic() + seconds
        while (self.kills() < kills or self.report.done["FLUSHALL"] < flushes) and time.monotonic() < end:
            self.put(self.random.randrange(1, 12))
            if self.random.random() < 0.02 or not self.spoken:
                self.broadcast()
            if self.random.random() < 0.1:
                fault = self.random.choice(["close", "refuse", 503])
                self.gateway.misbehave(fault)
                self.report.unknown_ends += fault == "close"
            with contextlib.suppress(OSError):
                self.services.bell.ring()
            time.sleep(self.random.uniform(0, pause_s))
            self.blow()
        self.gateway.behave()
        return self.look()

    def look(self) -> Report:
        report, begun = self.report, time.monotonic()
        with self.services.store.read() as books:
            report.backlog = sum(Mailbox(books.connection).counts().get(state, 0) for state in ("waiting", "leased"))
        end = begun + 200
        while time.monotonic() < end and not self.drained():
            time.sleep(0.05)
        report.drained_s = time.monotonic() - begun
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.alive.pop("clerk"), signal.SIGKILL)
        self.finish_clerk()
        gateway = self.gateway
        with gateway.lock:
            delivered = list(gateway.delivered.values())
            report.repeats = sum(gateway.attempts.values()) - len(gateway.attempts)
        texts = Counter(one.text for one in delivered if one.text.startswith("siege"))
        report.notices = len(self.put_at)
        heard = Counter((one.to, one.text) for one in delivered if "通知：siege broadcast" in one.text)
        heard = Counter({key: count for key, count in heard.items() if "转告" not in key[1]})
        report.broadcasts, report.bulk = self.spoken, self.spoken * self.reached
        report.bulk_lost = report.bulk - len(heard)
        report.bulk_twice = sum(heard.values()) - len(heard)
        report.lost = len(set(self.put_at) - set(texts))
        report.two_references = sum(count - 1 for count in texts.values())
        waits = sorted(gateway.reached_at[text] - at for text, at in self.put_at.items() if text in gateway.reached_at)
        report.longest_s, report.p99_s = waits[-1], waits[int(len(waits) * 0.99)]
        report.redis_keys = Redis.from_url(self.redis.url).dbsize()  # type: ignore[assignment]
        return report

    def drained(self) -> bool:
        with self.services.store.read() as books:
            counts = Mailbox(books.connection).counts()
            mine = books.connection.exec_driver_sql(
                "SELECT count(*) FROM notice WHERE state IN ('waiting','leased') AND (broadcast > 0 OR say = 'raw' AND"
                f" key LIKE 'siege{'%' if self.services.store.sqlite else '%%'}')"
            ).scalar_one()
            making = Broadcasts(books.connection).unsettled()
        return not mine and making is None and bool(counts)

    def finish_clerk(self) -> None:
        """The last message whose answer was never heard is sent once more; then everything collected is booked once."""
        number = self.collected()
        pid = self.nursery.fork(f"clerk {number} {number + 1} {self.book}")
        end = time.monotonic() + 60
        while self.collected() <= number and time.monotonic() < end:
            time.sleep(0.02)
        assert pid
        with self.services.store.read() as books:
            found = verify(books, CODE)
            keys = [one for one in books.kept(CODE) if one.kind == "repayment"]
        self.report.fault = found.fault
        self.report.collected, self.report.booked = self.collected(), len(keys)
