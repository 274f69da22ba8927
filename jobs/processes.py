"""Starting a program that cannot outlive us, and ending everything that has come out of us.

Only the main thread may start programs here: their death signal hangs on the thread that forked them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO

from bot.lifeline import die_with_parent

TICK = 0.005


def start_tied(
    argv: Sequence[str],
    *,
    output: int | IO[bytes],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    keep: Sequence[int] = (),
    user: int | None = None,
    group: int | None = None,
    death: int = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """A child in a process group of its own that gets the signal `death` when we die.

    `keep` are file numbers it inherits; `user` and `group` who it becomes.
    """
    tie: Callable[[], None] = partial(die_with_parent, os.getpid(), death)
    # The function between fork and exec only makes two system calls, and the callers have one thread.
    return subprocess.Popen(  # noqa: S603
        argv,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=env,
        pass_fds=keep,
        user=user,
        group=group,
        extra_groups=None if user is None else [],
        process_group=0,
        preexec_fn=tie,
    )


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Asks again and again until it is so, or the time is up."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(TICK)
    return True


def _children() -> dict[int, list[int]]:
    """Who comes from whom, on the whole machine; read from /proc, so nothing has to be installed for it."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            # The program's name stands in brackets and may hold anything, so the fields are counted behind it.
            state, parent = Path(entry.path, "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
            if state not in "ZX":
                children.setdefault(int(parent), []).append(int(entry.name))
    return children


def descendants(of: int) -> list[int]:
    """Every living process that comes from this one."""
    children = _children()
    found: list[int] = []
    waiting = [of]
    while waiting:
        born = children.get(waiting.pop(), [])
        found += born
        waiting += born
    return found


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def kill_descendants(seconds: float = 5.0) -> None:
    """Kills and buries until nothing that came from us is left; what is born meanwhile is killed in the next turn."""
    deadline = time.monotonic() + seconds
    while (found := descendants(os.getpid())) and time.monotonic() < deadline:
        _kill(found)
        bury_strangers(set())
        time.sleep(TICK)


def kill_strangers(known: set[int]) -> None:
    """Children we did not start came to us when their own parent died: nobody waits for their work any more."""
    _kill(set(_children().get(os.getpid(), [])) - known)


def bury_strangers(known: set[int]) -> bool:
    """Takes the exit status of dead children other than the known ones; true when there was one."""
    found = False
    with contextlib.suppress(ChildProcessError):
        # Only looked at first, because the status of a known child belongs to its Popen object.
        while dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if dead.si_pid in known:
                break
            os.waitpid(dead.si_pid, 0)
            found = True
    return found


def end(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Asks the program to stop, and after the given time kills its whole group."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
