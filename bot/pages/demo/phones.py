"""What the phones of a demo have sent and shown, in a small SQLite file of its own that all web processes share.

It is the memory of the outside world, not of the fund: deleting the file only empties the phones.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

SENT, RECEIVED, NOTE = "sent", "received", "note"
PAGE = 500

# `pushed` marks what WeChat delivered unasked: only so many of these are allowed for each message of the follower.
_TABLE = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    phone TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('sms', 'wechat')),
    way TEXT NOT NULL CHECK (way IN ('sent', 'received', 'note')),
    text TEXT NOT NULL,
    day TEXT NOT NULL,
    at INTEGER NOT NULL,
    pushed INTEGER NOT NULL DEFAULT 0,
    reference TEXT UNIQUE
) STRICT
"""


@dataclass(frozen=True)
class Shown:
    """One line on a phone. `way` is seen from the person: sent, received, or a note of the phone itself."""

    id: int
    phone: str
    channel: str
    way: str
    text: str
    day: str


@dataclass(frozen=True)
class Window:
    """What WeChat counts of a follower: when he last wrote (None: never), and what was pushed to him since."""

    wrote_at: int | None
    pushed: int


class Phones:
    """Opens the file anew for each call, so that threads and processes need not know of each other."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(
        self, phone: str, channel: str, way: str, text: str, day: str, *, reference: str | None = None,
        pushed: bool = False,
    ) -> bool:
        """Put a line on a phone; False when a line of this reference is there already."""
        row = (phone, channel, way, text, day, int(time.time()), int(pushed), reference)
        with self._open() as file:
            done = file.execute(
                "INSERT INTO message (phone, channel, way, text, day, at, pushed, reference)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (reference) DO NOTHING",
                row,
            )
            return done.rowcount == 1

    def of_reference(self, reference: str) -> Shown | None:
        with self._open() as file:
            row = file.execute(
                "SELECT id, phone, channel, way, text, day FROM message WHERE reference = ?", (reference,)
            ).fetchone()
        return Shown(*row) if row else None

    def after(self, number: int, limit: int = PAGE) -> list[Shown]:
        """The lines that came after the one of this number, oldest first."""
        with self._open() as file:
            rows = file.execute(
                "SELECT id, phone, channel, way, text, day FROM message WHERE id > ? ORDER BY id LIMIT ?",
                (number, limit),
            ).fetchall()
        return [Shown(*row) for row in rows]

    def window(self, phone: str) -> Window:
        with self._open() as file:
            last, wrote_at = file.execute(
                "SELECT coalesce(max(id), 0), max(at) FROM message"
                " WHERE phone = ? AND channel = 'wechat' AND way = 'sent'",
                (phone,),
            ).fetchone()
            (pushed,) = file.execute(
                "SELECT count(*) FROM message WHERE phone = ? AND channel = 'wechat' AND pushed = 1 AND id > ?",
                (phone, last),
            ).fetchone()
        return Window(wrote_at, pushed)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Autocommit: every statement here is a transaction by itself.
        with closing(sqlite3.connect(self._path, timeout=5, isolation_level=None)) as file:
            file.execute("PRAGMA journal_mode=WAL")
            file.execute("PRAGMA synchronous=NORMAL")
            file.execute(_TABLE)
            yield file
