"""`huzhu up`: the embedded Redis and the long-running programs under one roof, each started again when it dies.

Nothing outlives it, not even when it is killed outright: the kernel ties every program to it, and `guard.py` sees to
what the programs have started themselves.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

from bot.config import Config
from bot.server import refuse_taken_port
from jobs.console import Pipe, say
from jobs.engines import EmbeddedRedis, EngineError
from jobs.guard import STOP_SIGNALS, guarded
from jobs.lock import Held, Lock
from jobs.processes import bury_strangers, kill_descendants, kill_group, kill_strangers, start_tied

SHORTEST_DELAY, LONGEST_DELAY = 0.2, 5.0
# A program that has lived this long was well, so its next death is a new story with a short delay.
WELL_SECONDS = 10.0
ORPHAN_GRACE = 1.0
LOCK_SECONDS = 15.0


class SupervisorError(Exception):
    """It cannot start; the text is one line for the operator."""


@dataclass(frozen=True)
class Program:
    """One long-running command, started `count` times."""

    name: str
    argv: Sequence[str]
    count: int = 1


def up(
    config: Config,
    programs: Sequence[Program],
    prepare: Callable[[], None] | None = None,
    announce: Callable[[], None] | None = None,
    grace: float = 10.0,
) -> int:
    """Runs everything until a signal comes, and gives back the exit status.

    `prepare` brings the database to its newest shape before anything starts; `announce` is called once, when the web
    server has answered. `grace` is how many seconds a program has to stop by itself.
    """
    data_dir = config.server.data_dir
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = Lock(data_dir / "supervisor.lock", LOCK_SECONDS)
    except Held as held:
        raise SupervisorError(f"{data_dir} is already run by process {held.owner}: stop that one first") from None
    except OSError as error:
        raise SupervisorError(f"{data_dir}: {error.strerror or error}") from None
    try:
        refuse_taken_port(config)
        if prepare:
            prepare()
        return guarded(lambda: _Supervisor(config, programs, announce, grace).run())
    finally:
        lock.release()


@dataclass
class _BackOff:
    """When a thing that died may be started again."""

    delay: float = SHORTEST_DELAY
    due_at: float = 0.0
    started_at: float = 0.0

    def started(self) -> None:
        self.started_at = time.monotonic()

    def died(self) -> float:
        now = time.monotonic()
        if now - self.started_at > WELL_SECONDS:
            self.delay = SHORTEST_DELAY
        delay, self.delay = self.delay, min(self.delay * 2, LONGEST_DELAY)
        self.due_at = now + delay
        return delay


@dataclass
class _Child:
    name: str
    argv: Sequence[str]
    back_off: _BackOff = field(default_factory=_BackOff)
    process: subprocess.Popen[bytes] | None = None
    pipe: Pipe | None = None


class _Supervisor:
    """One thread and one loop: output to pass on, signals, the dead, and what is due to start again."""

    def __init__(
        self, config: Config, programs: Sequence[Program], announce: Callable[[], None] | None, grace: float
    ) -> None:
        self.config, self.announce, self.grace = config, announce, grace
        self.guard = os.getppid()
        self.stopping = False
        self.redis = EmbeddedRedis(config.server.data_dir) if config.redis.url == "embedded" else None
        self.redis_back_off = _BackOff()
        self.children = [
            _Child(program.name if program.count == 1 else f"{program.name}-{number}", program.argv)
            for program in programs
            for number in range(1, program.count + 1)
        ]
        self.width = max([len(child.name) for child in self.children], default=5)
        self.selector = selectors.DefaultSelector()
        self.bell, ring = socket.socketpair()
        for end in (self.bell, ring):
            end.setblocking(False)
        self.ring = ring

    def run(self) -> int:
        self._listen()
        try:
            if self.redis:
                self.redis.start()
                self.redis_back_off.started()
                self._say("up", f"Redis runs at {self.redis.url}")
            while not self.stopping:
                self._turn(0.1 if self.announce else 1.0)
                self._start_due()
                self._announce()
        except EngineError as error:
            self._say("up", str(error))
            return 1
        finally:
            self._stop()
        return 0

    def _say(self, name: str, line: str) -> None:
        say(name, line, self.width)

    def _listen(self) -> None:
        """Signals only ring a bell, so that they wake the loop and never come in the middle of anything."""
        signal.set_wakeup_fd(self.ring.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        for number in STOP_SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._ask_to_stop)
        self.selector.register(self.bell, selectors.EVENT_READ)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _turn(self, longest: float) -> None:
        """Waits for something to happen and passes on what was said; the dead are noticed here."""
        waits = [child.back_off.due_at - time.monotonic() for child in self.children if not child.process]
        for key, _ in self.selector.select(max(0.0, min([longest, *waits]))):
            if key.fileobj is self.bell:
                with contextlib.suppress(BlockingIOError):
                    self.bell.recv(4096)
            elif isinstance(key.data, Pipe) and not key.data.forward():
                self.selector.unregister(key.fileobj)
        for child in self.children:
            if child.process and child.process.poll() is not None:
                self._bury(child)
        if bury_strangers(self._known()):
            kill_strangers(self._known())

    def _known(self) -> set[int]:
        processes = [child.process for child in self.children]
        if self.redis:
            processes.append(self.redis.process)
        return {process.pid for process in processes if process}

    def _bury(self, child: _Child) -> None:
        """What the dead program itself had started goes with it, before it is started again."""
        assert child.process and child.pipe
        status, child_group = child.process.returncode, child.process
        child.process = None
        kill_group(child_group)
        kill_strangers(self._known())
        with contextlib.suppress(KeyError):
            self.selector.unregister(child.pipe.read_end)
        child.pipe.close()
        delay = child.back_off.died()
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        self._say(child.name, how if self.stopping else f"{how}; starts again in {delay:g} s")

    def _start_due(self) -> None:
        if self.stopping:
            return
        if self.redis and self.redis.died() and self.redis_back_off.due_at <= time.monotonic():
            self._revive_redis(self.redis)
        for child in self.children:
            if not child.process and child.back_off.due_at <= time.monotonic():
                self._start(child)

    def _revive_redis(self, redis: EmbeddedRedis) -> None:
        delay = self.redis_back_off.died()
        try:
            redis.revive()
            self.redis_back_off.started()
            self._say("up", "Redis had died and runs again, with its data")
        except EngineError as error:
            self._say("up", f"{error}; tried again in {delay:g} s")

    def _start(self, child: _Child) -> None:
        child.pipe = Pipe(child.name, self.width)
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        child.back_off.started()
        try:
            child.process = start_tied(child.argv, output=child.pipe.write_end, env=environment)
        except OSError as error:
            self._say(child.name, f"does not start: {error}; tried again in {child.back_off.died():g} s")
        child.pipe.started()
        if child.process:
            self.selector.register(child.pipe.read_end, selectors.EVENT_READ, child.pipe)
        else:
            child.pipe.close()

    def _announce(self) -> None:
        if self.announce and _web_answers(self.config):
            self.announce()
            sys.stdout.flush()
            self.announce = None

    def _stop(self) -> None:
        """Programs first, so that they can finish what they do while Redis is still there."""
        self.stopping = True
        for child in self.children:
            if child.process:
                with contextlib.suppress(ProcessLookupError):
                    child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + self.grace
        while any(child.process for child in self.children):
            if os.getppid() != self.guard:
                deadline = min(deadline, time.monotonic() + ORPHAN_GRACE)
            if (left := deadline - time.monotonic()) <= 0:
                break
            self._turn(min(left, 0.5))
        for child in self.children:
            if child.process:
                self._say(child.name, "does not stop and is killed")
                kill_group(child.process)
        if self.redis:
            self.redis.stop(10.0 if os.getppid() == self.guard else ORPHAN_GRACE)
        kill_descendants()


def _web_answers(config: Config) -> bool:
    """Any answer will do; only an open port is not enough, for it is open before the first worker is."""
    try:
        with socket.create_connection((config.server.host, config.server.port), timeout=1) as line:
            line.settimeout(1)
            line.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return line.recv(5) == b"HTTP/"
    except OSError:
        return False
