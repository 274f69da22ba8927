"""Two processes that watch over each other, so that `kill -9` on either of them still leaves nothing behind.

The outer one waits, the inner one works. Both adopt the orphans below them, so whichever is left can find them all.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from bot.lifeline import adopt_orphans, die_with_parent
from jobs.console import say
from jobs.processes import kill_descendants

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def guarded(run: Callable[[], int]) -> int:
    """Runs the function in a child and gives back its exit status; signals to stop are passed on to it.

    The child begins with these signals blocked, and unblocks them when it is ready for them. When the guard is
    killed, it gets SIGTERM and another parent.
    """
    adopt_orphans()
    sys.stdout.flush()
    sys.stderr.flush()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    guard = os.getpid()
    inner = os.fork()
    if inner == 0:
        _work(run, guard)
    _forward_signals_to(inner)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    # Looked at without burying, so that the number cannot be given to somebody else while we still signal it.
    os.waitid(os.P_PID, inner, os.WEXITED | os.WNOWAIT)
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    _, status = os.waitpid(inner, 0)
    kill_descendants()
    return 1 if status else 0


def _work(run: Callable[[], int], guard: int) -> None:
    status = 1
    try:
        die_with_parent(guard, signal.SIGTERM)
        adopt_orphans()
        status = run()
    except Exception as error:
        say("up", f"stopped by a fault of its own: {error!r}")
    finally:
        kill_descendants()
        os._exit(status)


def _forward_signals_to(inner: int) -> None:
    def forward(_number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(inner, signal.SIGTERM)

    for number in STOP_SIGNALS:
        # What was ignored before, as SIGHUP is under nohup, stays ignored.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, forward)
