"""A consistent copy of the books while everything runs, and bringing it back into an empty place.

SQLite is copied by its own backup interface (a copied file of a WAL database holds nothing, reliability.md M17);
PostgreSQL by pg_dump and pg_restore.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path

from ledger.store.store import Store

SQLITE_NAME, POSTGRESQL_NAME = "huzhu.db", "huzhu.dump"


class BackupFailed(Exception):
    """The copy could not be made or brought back; the text is one line for the operator."""


def backup(store: Store, folder: Path) -> Path:
    """Copy the books into `folder`; the file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = SQLITE_NAME if store.sqlite else POSTGRESQL_NAME
    target, part = folder / name, folder / f"{name}.part"
    part.unlink(missing_ok=True)
    if store.sqlite:
        source = sqlite3.connect(str(store.url.database))
        copy = sqlite3.connect(part)
        try:
            source.backup(copy)
            if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise BackupFailed("the copy is not sound")
        except sqlite3.Error as error:
            raise BackupFailed(f"the copy failed: {error}") from None
        finally:
            copy.close()
            source.close()
    else:
        _run("pg_dump", "--format=custom", f"--file={part}", _address(store))
    part.replace(target)
    return target


def restore(store: Store, folder: Path) -> None:
    """Bring a copy back. Raises BackupFailed when the place is not empty or the copy is missing."""
    if store.sqlite:
        source, target = folder / SQLITE_NAME, Path(str(store.url.database))
        if not source.is_file():
            raise BackupFailed(f"no {SQLITE_NAME} in {folder}")
        if target.exists() and target.stat().st_size:
            raise BackupFailed("the place to restore into is not empty")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        shutil.copyfile(source, part)
        part.replace(target)
        return
    if not (folder / POSTGRESQL_NAME).is_file():
        raise BackupFailed(f"no {POSTGRESQL_NAME} in {folder}")
    with store.read() as books:
        if books.connection.exec_driver_sql(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = 'public' LIMIT 1"
        ).first():
            raise BackupFailed("the place to restore into is not empty")
    _run("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={_address(store)}", str(folder / POSTGRESQL_NAME))


def _address(store: Store) -> str:
    return store.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(f"{program} is not installed: install postgresql-client")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)  # noqa: S603  (own arguments)
    if done.returncode:
        raise BackupFailed(f"{program} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ''}")
