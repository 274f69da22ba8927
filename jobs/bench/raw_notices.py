"""The base of `huzhu bench broadcast`: the driver's bulk insert into a table with an outbox's columns and indexes."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg

BATCH = 5_000
TABLE = (
    "CREATE TABLE raw (id INTEGER PRIMARY KEY, society TEXT NOT NULL, key TEXT NOT NULL, person INTEGER NOT NULL,"
    " channel TEXT NOT NULL, account TEXT NOT NULL, recipient TEXT NOT NULL, say TEXT NOT NULL, facts TEXT NOT NULL,"
    " priority INTEGER NOT NULL, day TEXT NOT NULL, state TEXT NOT NULL, not_before BIGINT NOT NULL,"
    " attempt INTEGER NOT NULL, lease_until BIGINT NOT NULL, made_at BIGINT NOT NULL, done_at BIGINT NOT NULL,"
    " reason TEXT NOT NULL, reference TEXT NOT NULL, sent_channel TEXT NOT NULL, segments INTEGER NOT NULL,"
    " turn BIGINT NOT NULL, broadcast INTEGER NOT NULL, tries INTEGER NOT NULL)",
    "CREATE UNIQUE INDEX raw_key ON raw (society, key)",
    "CREATE INDEX raw_person ON raw (society, person, done_at)",
    "CREATE INDEX raw_waiting ON raw (priority, turn, id) WHERE state IN ('waiting','leased')",
    "CREATE INDEX raw_broadcast ON raw (society, broadcast, state) WHERE broadcast > 0",
)


class RawNotices:
    """Rows in transactions of 5,000 over one connection."""

    def __init__(self, place: str) -> None:
        self.mark = "%s" if place.startswith("host=") else "?"
        self.link: Any = psycopg.connect(place) if self.mark == "%s" else sqlite3.connect(place)
        if self.mark == "?":
            self.link.execute("PRAGMA journal_mode=WAL")
            self.link.execute("PRAGMA synchronous=FULL")
        for statement in TABLE:
            self.link.execute(statement)
        self.link.commit()
        self.done = 0

    def insert(self, count: int) -> None:
        """So many more notices."""
        statement = f"INSERT INTO raw VALUES ({', '.join([self.mark] * 24)})"  # noqa: S608  (marks only)
        last = self.done + count
        while self.done < last:
            numbers = range(self.done + 1, min(self.done + BATCH, last) + 1)
            self.link.cursor().executemany(statement, [
                (n, f"N{n // 144:05}", f"broadcast/1/{n}", n, "", "", "", "notice.broadcast", "{}", 9, "2008-12-31",
                 "waiting", 0, 0, 0, 0, 0, "", "", "", 0, 0, 1, 0) for n in numbers])
            self.link.commit()
            self.done = numbers[-1]

    def close(self) -> None:
        self.link.close()
