"""A locked file that says which process holds a directory; the kernel lets go of it, whatever way the holder ends.

The lock belongs to the open file, so a child that inherits the file holds it too.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from jobs.processes import wait_until


class Held(Exception):
    """Somebody else has the lock. `owner` is the process id it wrote down."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner


class Lock:
    """Taken when made. `seconds` is how long the last children of a holder that was killed may take to go."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        wait_until(lambda: self._taken() or Path("/proc", self._owner()).exists(), seconds)
        if not self._taken():
            owner = self._owner()
            os.close(self.file)
            raise Held(owner)
        os.truncate(self.file, 0)
        os.pwrite(self.file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        os.close(self.file)

    def _owner(self) -> str:
        written = os.pread(self.file, 20, 0)
        return written.decode() if written.isdigit() else "?"

    def _taken(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False
