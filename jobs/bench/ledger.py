"""Durable transfers of two lines a second through `Books.save`, against the raw drivers and other people's ledgers.

Ours seals each entry into the chain, keeps running balances and totals, locks the society and is refused by triggers
when it does not balance; the raw drivers write a head, two lines and two balances. Where others are compared, each
transfer is followed by reading the balance back.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from ledger.records import Act, Draft
from ledger.records import Line as Posting
from ledger.store.migrations import upgrade
from ledger.store.sealing import passing_keys
from ledger.store.store import Store
from ledger.store.verify import verify
from ledger.terms import Account

from . import Result, Setting, peers
from .measure import Line, alternate, machine
from .postgres import Postgres
from .raw_ledger import Raw

LEAST, SMALL = 0.5, 1_000
SOCIETY, DAY, BATCH, BEGINNING_FEN = "BL0001", date(2026, 1, 1), 2_000, 10**12
OTHERS = Path(__file__).parent / "others"
FILES = ("beancount", "ledger", "hledger")
NOT_HAD = (
    "pgledger: a set of SQL files in a repository, in no package registry",
    "TigerBeetle, medici, Formance, ERPNext: no server of theirs (or of MongoDB, MariaDB) in a package registry",
    "python-accounting: mysqlclient, which it demands, wants MySQL's C library to be built",
    "django-ledger: 31 to 52 a second at 1,000 transfers here before (13 to 24 ms a post); left out for its seeding",
)


class Ours:
    """The same transfer through our own books."""

    def __init__(self, url: str) -> None:
        self.store = Store(url, 60, keys=passing_keys())
        upgrade(self.store)
        self.done = 0
        opening = Draft("opening", DAY, (Posting(Account.BANK, BEGINNING_FEN), Posting(Account.OTHER, -BEGINNING_FEN)),
                        "opening", 0)
        with self.store.write() as books:
            books.save(SOCIETY, Act((), (opening,)), DAY, 0)

    def _draft(self) -> Draft:
        self.done += 1
        return Draft("cash_move", DAY, (Posting(Account.CASH, 1), Posting(Account.BANK, -1)), f"t/{self.done}", 1)

    def seed(self, count: int) -> None:
        while self.done < count:
            drafts = tuple(self._draft() for _ in range(min(BATCH, count - self.done)))
            with self.store.write() as books:
                books.save(SOCIETY, Act((), drafts), DAY, 0)
        with self.store.write() as books:
            books.connection.exec_driver_sql("ANALYZE")

    def transfer(self) -> None:
        draft = self._draft()
        with self.store.write() as books:
            books.lock(SOCIETY)
            books.save(SOCIETY, Act((), (draft,)), DAY, 0)

    def balance(self) -> int:
        with self.store.read() as books:
            return books.balance(SOCIETY, Account.CASH, "")

    def prove(self) -> None:
        """What was written is a sound journal; raises RuntimeError when it is not."""
        with self.store.read() as books:
            if fault := verify(books, SOCIETY).fault:
                raise RuntimeError(f"the bench's own books are wrong: {fault}")

    def close(self) -> None:
        self.store.close()


class Other:
    """A script in the environment of the peers."""

    def __init__(self, argv: Sequence[str]) -> None:
        self.process = subprocess.Popen(  # noqa: S603
            list(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def ask(self, wish: str, count: int) -> float:
        """Seconds for so many. Raises CannotHave when it gives up."""
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(f"{wish} {count}\n")
            self.process.stdin.flush()
            return float(json.loads(self.process.stdout.readline())["seconds"])
        except (OSError, ValueError) as error:
            raise peers.CannotHave("it gave up") from error

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


def run(setting: Setting) -> Result:
    """At 1,000 and at so many transfers before."""
    lines: list[Line] = []
    figures: dict[str, Any] = {"machine": machine(), "not to be had": NOT_HAD, "prior": {}}
    told, behind = [], []
    for prior in sorted({min(SMALL, setting.size), setting.size}):
        found, missing = _at(prior, setting)
        mine = [
            Line(f"{prior} before: {name}", found[f"ours {name}"], found[f"raw {name}"], base, LEAST)
            for name, base in (("sqlite", "raw sqlite3"), ("postgresql", "raw psycopg"))
        ]
        slowest = min(
            (found["ours sqlite, read back"], found["ours postgresql, read back"]), key=statistics.median)
        others = [
            Line(f"{prior} before: our slower one, read back", slowest, rates, name, 1)
            for name, rates in found.items() if not name.startswith(("ours", "raw"))
        ]
        lines += mine
        behind += [one for one in others if not one.good]
        told += [one.words() for one in (*mine, *others)] + [f"not compared: {one}" for one in missing]
        figures["prior"][str(prior)] = {f"{one.name} / {one.base_name}": one.figures() for one in (*mine, *others)}
    told += [f"not compared: {one}" for one in NOT_HAD]
    return Result(figures, setting.quick or (all(one.good for one in lines) and not behind), told)


def _at(prior: int, setting: Setting) -> tuple[dict[str, list[float]], list[str]]:
    """The rates of everybody, and who could not be had."""
    count, few = (20, 2) if setting.quick else (200, 10)
    missing: list[str] = []
    with ExitStack() as stack:
        folder = setting.folder / str(prior)
        folder.mkdir()
        server = Postgres(peers.postgresql(setting.peers))
        stack.callback(server.stop)
        contenders: dict[str, Callable[[], float]] = {}
        mine: list[tuple[str, Ours | Raw]] = [
            ("ours sqlite", Ours(f"sqlite:///{folder / 'ours.db'}")), ("raw sqlite", Raw(folder / "raw.db")),
            ("ours postgresql", Ours(server.url(server.create()))),
            ("raw postgresql", Raw(f"host={server.directory} user=huzhu dbname={server.create()}")),
        ]
        for name, one in mine:
            stack.callback(one.close)
            one.seed(prior)
            contenders[name] = _rate(one, count)
            if isinstance(one, Ours):
                contenders[f"{name}, read back"] = _rate(one, count // 2, each=True)
        for name, other in _others(setting, folder, server, missing):
            stack.callback(other.close)
            try:
                other.ask("seed", prior)
                other.ask("go", 1)
            except peers.CannotHave as why:
                missing.append(f"{name}: {why}")
                continue
            each = 1 if name in FILES and prior > SMALL else few
            contenders[name] = lambda other=other, each=each: each / other.ask("go", each)  # type: ignore[misc]
        found = alternate(contenders, setting.rounds)
        for _, one in mine:
            one.prove()
    return found, missing


def _rate(one: Ours | Raw, count: int, *, each: bool = False) -> Callable[[], float]:
    """A round of one that runs in this process: transfers a second, the balance read back at the end or after each."""

    def measured() -> float:
        begun = time.perf_counter()
        for _ in range(count):
            one.transfer()
            if each and one.balance() != one.done:
                raise RuntimeError(f"the balance is {one.balance()} after {one.done} transfers")
        rate = count / (time.perf_counter() - begun)
        if one.balance() != one.done:
            raise RuntimeError(f"the balance is {one.balance()} after {one.done} transfers")
        return rate

    return measured


def _others(setting: Setting, folder: Path, server: Postgres, missing: list[str]) -> list[tuple[str, Other]]:
    """Those of the other ledgers that can be had here."""
    found: list[tuple[str, Other]] = []
    if setting.quick:
        missing.append("the others: only in a run that is not quick")
        return found
    try:
        python = str(peers.environment(peers.LEDGERS, setting.peers))
        found.append(("django-hordak", Other(
            [python, str(OTHERS / "django_hordak.py"), str(server.directory), server.create()])))
        book = str(folder / "b.beancount")
        found.append(("beancount", Other([python, str(OTHERS / "plain_text.py"), "beancount", book])))
    except peers.CannotHave as why:
        missing.append(str(why))
    for name in FILES[1:]:
        if shutil.which(name):
            book = str(folder / f"{name}.journal")
            found.append((name, Other([sys.executable, str(OTHERS / "plain_text.py"), name, book])))
        else:
            missing.append(f"{name}: not on this machine (apt install {name})")
    return found
