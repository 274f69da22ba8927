"""Ties the life of a process to the process that started it, with the kernel's parent-death signal (Linux only).

It lies on this floor because the web server needs it for its own children as much as the supervisor does.
"""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int, how: int = signal.SIGKILL) -> None:
    """To be called in a fresh child, with the parent's process id.

    The signal comes when the very thread that forked ends, so only a thread that lives as long as its process may
    start children that call this. A program started by exec keeps the tie, a further fork loses it.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, how, 0, 0, 0)
    # The parent may have died before the tie was made, and then no signal would ever come.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def adopt_orphans() -> None:
    """Makes children of dead children ours instead of init's, so that none can slip away."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
