"""One terminal for many programs: their lines come out whole, each with the name of the program in front.

Whoever reads our output slowly or not at all must not hold up the supervisor, so lines are dropped before that.
"""

from __future__ import annotations

import os
import select

LONGEST = 4000
_PATIENCE = 0.5


class _Terminal:
    """Standard error, as long as somebody takes what we write there."""

    def __init__(self) -> None:
        self._dropped = 0

    def write(self, line: bytes) -> None:
        """Waits a moment for a slow reader; once a line had to be dropped, no longer waits before the next one."""
        try:
            # A pipe that select calls writable takes at least 4096 bytes without blocking.
            if not select.select([], [2], [], 0 if self._dropped else _PATIENCE)[1]:
                self._dropped += 1
                return
            if self._dropped:
                line = b"(%d lines were not read and are lost)\n" % self._dropped + line
                self._dropped = 0
            os.write(2, line)
        except (OSError, ValueError):
            return


_terminal = _Terminal()


def say(name: str, line: str | bytes, width: int = 10) -> None:
    """Writes one line to standard error in one piece."""
    raw = line.encode("utf-8", "replace") if isinstance(line, str) else line
    _terminal.write(f"{name:<{width}} | ".encode() + raw[:LONGEST] + b"\n")


class Pipe:
    """The output of one program, cut into lines."""

    def __init__(self, name: str, width: int) -> None:
        self._name, self._width = name, width
        self.read_end, self.write_end = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.read_end, False)
        self._rest = b""

    def started(self) -> None:
        """Only the program keeps the writing end, so that its end is seen as the end of the output."""
        os.close(self.write_end)

    def forward(self) -> bool:
        """Passes on what there is; false at the end of the output."""
        try:
            read = os.read(self.read_end, 65536)
        except BlockingIOError:
            return True
        *lines, self._rest = (self._rest + read).split(b"\n")
        if not read or len(self._rest) > LONGEST:
            lines, self._rest = [*lines, *filter(None, [self._rest])], b""
        for line in lines:
            say(self._name, line, self._width)
        return bool(read)

    def close(self) -> None:
        """Passes on the last words of a program that has ended."""
        while select.select([self.read_end], [], [], 0)[0] and self.forward():
            pass
        os.close(self.read_end)
