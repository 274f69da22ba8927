"""Starting a program that cannot outlive us, and ending everything that has come out of us.

Only the main thread may start programs here: their death signal hangs on the thread that forked them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
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


def descendants(of: int) -> list[int]:
    """Every living process that comes from this one; read from /proc, so nothing has to be installed for it."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            # The program's name stands in brackets and may hold anything, so the fields are counted behind it.
            fields = Path(entry.path, "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = [of]
    while waiting:
        born = children.get(waiting.pop(), [])
        found += born
        waiting += born
    return found


def kill_descendants(seconds: float = 5.0) -> None:
    """Kills and buries until nothing that came from us is left; what is born meanwhile is killed in the next turn."""
    deadline = time.monotonic() + seconds
    while found := descendants(os.getpid()):
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        bury()
        if time.monotonic() > deadline:
            return
        time.sleep(TICK)


def bury() -> None:
    """Takes the exit status of every dead child, so that none stays as a zombie."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


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
