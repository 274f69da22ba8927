"""The least a driver can do for a durable transfer of two lines: a head, two lines and two balances, one commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

TABLES = (
    "CREATE TABLE account (name TEXT PRIMARY KEY, fen BIGINT NOT NULL)",
    "CREATE TABLE head (no BIGINT PRIMARY KEY, key TEXT NOT NULL UNIQUE, made_on TEXT NOT NULL)",
    "CREATE TABLE line (no BIGINT NOT NULL, n INTEGER NOT NULL, account TEXT NOT NULL, fen BIGINT NOT NULL,"
    " PRIMARY KEY (no, n))",
    "CREATE INDEX line_account ON line (account, no)",
)
ACCOUNTS = ("cash", "bank")
BATCH = 10_000


class Raw:
    """Transfers over one connection of sqlite3 or psycopg, statement by statement."""

    def __init__(self, place: Path | str) -> None:
        self.mark = "?" if isinstance(place, Path) else "%s"
        if isinstance(place, Path):
            self.link: Any = sqlite3.connect(place, isolation_level=None)
            self.link.execute("PRAGMA journal_mode=WAL")
            self.link.execute("PRAGMA synchronous=FULL")
        else:
            self.link = psycopg.connect(place, autocommit=True)
        for statement in TABLES:
            self.link.execute(statement)
        self.done = 0
        self._many("INSERT INTO account VALUES (?, ?)", [(name, 0) for name in ACCOUNTS])

    def _sql(self, statement: str) -> str:
        return statement.replace("?", self.mark)

    def _many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        self.link.cursor().executemany(self._sql(statement), rows)

    def seed(self, count: int) -> None:
        """So many transfers in large transactions."""
        for first in range(1, count + 1, BATCH):
            numbers = range(first, min(first + BATCH, count + 1))
            self.link.execute("BEGIN")
            self._many("INSERT INTO head VALUES (?, ?, ?)", [(n, f"t/{n}", "2026-01-01") for n in numbers])
            self._many("INSERT INTO line VALUES (?, ?, ?, ?)",
                       [row for n in numbers for row in ((n, 1, "cash", -1), (n, 2, "bank", 1))])
            self.link.execute("COMMIT")
        self._many("UPDATE account SET fen = fen + ? WHERE name = ?", [(-count, "cash"), (count, "bank")])
        self.done = count
        if self.mark == "%s":
            self.link.execute("ANALYZE")

    def transfer(self) -> None:
        """One transfer, on the disk when this returns."""
        self.done += 1
        run, sql = self.link.execute, self._sql
        run("BEGIN" if self.mark == "%s" else "BEGIN IMMEDIATE")
        run(sql("INSERT INTO head VALUES (?, ?, ?)"), (self.done, f"t/{self.done}", "2026-01-02"))
        self._many("INSERT INTO line VALUES (?, ?, ?, ?)",
                   [(self.done, 1, "cash", -1), (self.done, 2, "bank", 1)])
        run(sql("UPDATE account SET fen = fen + ? WHERE name = ?"), (-1, "cash"))
        run(sql("UPDATE account SET fen = fen + ? WHERE name = ?"), (1, "bank"))
        run("COMMIT")

    def balance(self) -> int:
        return int(self.link.execute(self._sql("SELECT fen FROM account WHERE name = ?"), ("bank",)).fetchone()[0])

    def prove(self) -> None:
        """Nothing to prove: there is no chain."""

    def close(self) -> None:
        self.link.close()
