"""The database itself: how it is opened, how a transaction begins, and which failures mean "not now".

SQLite runs in WAL mode with full synchronisation and begins every writing transaction with BEGIN IMMEDIATE; without
that two approvers over-lend (reliability.md M1 to M3). PostgreSQL runs READ COMMITTED with the society's row locked.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from . import sealing
from .books import Books
from .mastery import NotMaster
from .sealing import Keyring

DatabaseFailure = SQLAlchemyError
"""Whatever goes wrong with a database: for who only says that it cannot be used."""


class Unavailable(Exception):
    """The books could not be had in time or at all; nothing was changed, and asking again is right."""


SHORT_PATIENCE_S = 3.0
"""A turn's time-out: WeChat waits five seconds for the whole answer."""

SERVER_NOTICES = " ".join(f"-c {name}={value}" for name, value in {
    "idle_in_transaction_session_timeout": 30_000,
    "tcp_user_timeout": 15_000, "tcp_keepalives_idle": 5, "tcp_keepalives_interval": 3, "tcp_keepalives_count": 3,
}.items())
"""By what PostgreSQL notices that a machine of ours is gone, and lets go of what it had locked: of its own it would
wait two hours. The time-out for idle transactions alone is not enough: after a pipeline, whose last word is a flush,
PostgreSQL does not measure it, nor in the middle of one."""

CLIENT_NOTICES = {
    "connect_timeout": 5, "tcp_user_timeout": 15_000,
    "keepalives_idle": 5, "keepalives_interval": 3, "keepalives_count": 3,
}
"""By what we notice that the database's machine is gone, which no statement's time-out tells."""

KEYS_HOLD_S = 60.0
"""So long a process goes by the keys that the database named before it looks again."""


class Store:
    """One database. `patience_s` is how long a statement or a lock may take before it counts as unavailable; `keys`
    seal and open personal data (sealing.py)."""

    def __init__(
        self, url: str, patience_s: float = SHORT_PATIENCE_S, pool_size: int = 16, *, keys: Keyring | None = None
    ) -> None:
        self.keys, self._keys_until = keys, 0.0
        self.patience_s, self._line = patience_s, threading.Lock()
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        arguments: dict[str, Any] = {}
        if self.sqlite:
            arguments["connect_args"] = {"timeout": patience_s, "check_same_thread": False}
        else:
            wait = int(patience_s * 1000)
            options = f"-c statement_timeout={wait} -c lock_timeout={wait} {SERVER_NOTICES}"
            arguments["connect_args"] = {"options": options, **CLIENT_NOTICES}
        self.engine: Engine = create_engine(
            self.url, poolclass=QueuePool, pool_size=pool_size, max_overflow=pool_size, pool_timeout=patience_s,
            execution_options={sealing.OPTION: keys},
            # What a refused statement was to write does not belong into a log.
            hide_parameters=True, **arguments,
        )
        # Whoever lets a store go without closing it leaves no connection open behind.
        weakref.finalize(self, self.engine.dispose)
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def write(self) -> Iterator[Books]:
        """One transaction that may write; committed at the end, rolled back on any exception."""
        with self._in_line(), self._translated(), self.engine.begin() as connection:
            self._take_keys(connection)
            yield Books(connection)

    @contextmanager
    def _in_line(self) -> Iterator[None]:
        """On SQLite only one can write: the threads of a process come one after the other, in the order they came.

        Left to SQLite's own waiting they would sleep longer and longer, and who has slept longest comes last.
        """
        if not self.sqlite:
            yield
            return
        if not self._line.acquire(timeout=self.patience_s):
            raise Unavailable("others of this process wrote for too long")
        try:
            yield
        finally:
            self._line.release()

    @contextmanager
    def read(self) -> Iterator[Books]:
        """One consistent view that writes nothing and, on SQLite, waits for nobody."""
        options: dict[str, Any] = {"huzhu_read": True}
        if not self.sqlite:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._translated(), self.engine.connect().execution_options(**options) as connection:
            self._take_keys(connection)
            yield Books(connection)

    def _take_keys(self, connection: Connection) -> None:
        """Now and then: the keys that the database names, as soon as it names any. Raises sealing.WrongKeys."""
        if self.keys is not None and time.monotonic() >= self._keys_until and (
                names := sealing.names_kept(connection)):
            self.keys.use(names)
            self._keys_until = time.monotonic() + KEYS_HOLD_S

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sealing.StaleKeys as error:
            self._keys_until = 0.0
            raise Unavailable("the keys were changed") from error
        except NotMaster as error:
            raise Unavailable(str(error)) from error
        except PoolTimeout as error:
            raise Unavailable("no connection was free") from error
        except DBAPIError as error:
            if is_passing(error):
                raise Unavailable(type(error.orig).__name__) from error
            raise

    def forget_what_was(self, tables: Sequence[str]) -> None:
        """Overwrite what was deleted or replaced in these tables, so that no page of a file still shows it."""
        with self._translated(), closing(self.engine.raw_connection()) as borrowed:
            link = borrowed.driver_connection
            assert link is not None
            if self.sqlite:
                link.execute("VACUUM")
                link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                return
            link.autocommit = True
            link.execute("SET statement_timeout = 0")
            for name in tables:
                link.execute(f"VACUUM FULL {name}")
            borrowed.invalidate()

    def close(self) -> None:
        self.engine.dispose()


def is_passing(error: BaseException) -> bool:
    """Whether an error is of the database and may pass by itself: locked, cancelled, cut off, full; no refused row."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, sealing.StaleKeys)
    name = type(error.orig).__name__
    if name == "OperationalError" and "sqlite3" in type(error.orig).__module__:
        text = str(error.orig)
        return any(word in text for word in ("locked", "busy", "full", "I/O", "unable to open", "readonly"))
    return error.connection_invalidated or name in {
        "OperationalError", "QueryCanceled", "LockNotAvailable", "DeadlockDetected", "SerializationFailure",
        "AdminShutdown", "CrashShutdown", "CannotConnectNow", "TooManyConnections", "IdleInTransactionSessionTimeout",
        "ConnectionTimeout", "DiskFull",
    }


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Every connection: our own BEGIN, write-ahead log, an fsync per commit, foreign keys."""
    connection.isolation_level = None
    cursor = connection.cursor()
    _turn_to_wal(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # Else REPLACE would take a row of the books away without waking the trigger that forbids it.
    cursor.execute("PRAGMA recursive_triggers=ON")
    cursor.close()


WAL_TRIES = 300


def _turn_to_wal(cursor: Any) -> None:
    """Turn a file to the write-ahead log. SQLite does not wait by itself where two do so to a new file at once."""
    for left in reversed(range(WAL_TRIES)):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if not left:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("huzhu_read", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
