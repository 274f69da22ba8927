"""`huzhu up` with stand-ins for the real programs: everything is really started and really killed.

The supervisor runs in a process of its own, because the tests kill it in every way there is.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
import redis

from jobs.processes import wait_until
from tests.engines import family, free_port, gone

# A shell that runs the tests in the background has SIGINT ignored, and whoever inherits that goes on ignoring it.
UP = """
import signal, sys
for number in (signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
from pathlib import Path
from bot import config
from bot.config import ConfigError
from jobs.supervisor import Program, SupervisorError, up
try:
    found = config.load(Path(sys.argv[1]))
    programs = [Program(name, [sys.argv[3], "-c", code], count) for name, code, count in eval(sys.argv[2])]
    prepare = lambda: print("prepared", flush=True)
    sys.exit(up(found, programs, prepare, lambda: print("announced", flush=True), grace=1.0))
except (SupervisorError, ConfigError) as error:
    sys.exit(str(error))
"""
IDLE = "import time; print('here'); time.sleep(600)"
# Ignores every polite signal, and has a child in a session of its own that does the same.
STUBBORN = """
import os, signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
os.write(1, b'stubborn %d\\n' % os.getpid())
time.sleep(600)
"""
WEB = """
import http.server, os, pathlib, socketserver, time
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
os.write(1, b'web %d\\n' % os.getpid())
http.server.HTTPServer(('127.0.0.1', PORT), Answer).serve_forever()
"""
Programs = list[tuple[str, str, int]]


class Up:
    """A running `huzhu up` and what it has said so far."""

    def __init__(self, directory: Path, programs: Programs, engine: str = "embedded", interpreter: str = "") -> None:
        self.port = free_port()
        self.data_dir = directory / "var"
        path = directory / "config.toml"
        path.write_text(f'[server]\nport = {self.port}\n[redis]\nurl = "{engine}"\n')
        programs = [(name, code.replace("PORT", str(self.port)), count) for name, code, count in programs]
        self.process = subprocess.Popen(
            [sys.executable, "-c", UP, str(path), repr(programs), interpreter or sys.executable],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def said(self, words: str, times: int = 1, seconds: float = 20) -> list[str]:
        """Waits for lines with these words and gives them back."""

        def found() -> list[str]:
            return [line for line in list(self.lines) if re.search(words, line)]

        assert wait_until(lambda: len(found()) >= times or self._ended(), seconds), self.lines
        assert len(found()) >= times, self.lines
        return found()

    def _ended(self) -> bool:
        return self.process.poll() is not None and not self._reader.is_alive()

    def inner(self) -> int:
        return int(family(self.process.pid)[0].children()[0].pid)

    def programs(self) -> dict[str, int]:
        """The process ids by the last word of their command line."""
        return {process.cmdline()[-1]: process.pid for process in family(self.inner())[1:] if process.cmdline()}

    def close(self) -> None:
        everything = family(self.process.pid)
        self.process.terminate()
        self.process.wait(20)
        self._reader.join(20)
        assert self.process.stdout
        self.process.stdout.close()
        assert gone(everything) == []


def test_starts_names_announces_and_ends(tmp_path: Path) -> None:
    with closing(Up(tmp_path, [("serve", WEB, 1), ("worker", IDLE, 2)])) as up:
        up.said("^announced")
        up.said(r"^worker-1 +\| here$")
        up.said(r"^worker-2 +\| here$")
        words = "".join(up.lines)
        assert words.index("prepared") < words.index("Redis runs at unix:") < words.index("here")
        everything = family(up.process.pid)
        assert len(everything) == 6
        up.process.send_signal(signal.SIGTERM)
        assert up.process.wait(20) == 0
        assert gone(everything, 0) == []
        assert not (up.data_dir / "redis" / "socket").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_other_ways_to_ask(tmp_path: Path, number: int) -> None:
    with closing(Up(tmp_path, [("worker", IDLE, 1)], engine="redis://127.0.0.1:1/0")) as up:
        up.said("here")
        assert "Redis runs" not in "".join(up.lines)
        everything = family(up.process.pid)
        # A terminal sends it to both halves at once.
        os.kill(up.inner(), number)
        up.process.send_signal(number)
        assert up.process.wait(20) == 0
        assert gone(everything, 0) == []


def test_killed_program_starts_again(tmp_path: Path) -> None:
    with closing(Up(tmp_path, [("serve", WEB, 1), ("timetable", IDLE, 1)])) as up:
        first = int(up.said(r"web (\d+)")[0].split()[-1])
        os.kill(first, signal.SIGKILL)
        second = int(up.said(r"web (\d+)", 2)[1].split()[-1])
        assert first != second
        up.said(r"^serve +\| was killed by signal 9; starts again in 0.2 s")
        assert len(up.said("here")) == 1


def test_back_off_grows(tmp_path: Path) -> None:
    with closing(Up(tmp_path, [("worker", "import sys; sys.exit(3)", 1), ("timetable", IDLE, 1)])) as up:
        lines = up.said("ended with status 3; starts again", 4)
        assert [float(line.split()[-2]) for line in lines[:4]] == [0.2, 0.4, 0.8, 1.6]


def test_program_that_is_not_there(tmp_path: Path) -> None:
    with closing(Up(tmp_path, [("worker", IDLE, 1)], interpreter="/nowhere/python")) as up:
        up.said("does not start: .*No such file.*tried again in 0.2 s")


def test_stubborn_program_and_its_lost_child_are_killed(tmp_path: Path) -> None:
    with closing(Up(tmp_path, [("worker", STUBBORN, 1)])) as up:
        up.said("stubborn", 2)
        everything = family(up.process.pid)
        assert len(everything) == 5
        up.process.send_signal(signal.SIGTERM)
        assert up.process.wait(10) == 0
        up.said("does not stop and is killed")
        assert gone(everything, 0) == []


def test_lost_child_of_a_dead_program_does_not_stay(tmp_path: Path) -> None:
    """A forked worker whose parent was killed would go on with the same work that the new one is given."""
    with closing(Up(tmp_path, [("worker", STUBBORN, 1)])) as up:
        up.said("stubborn", 2)
        old = [process for process in family(up.inner())[1:] if "stubborn" in " ".join(process.cmdline())]
        assert len(old) == 2
        os.kill(min(process.pid for process in old), signal.SIGKILL)
        assert gone(old) == []
        up.said("stubborn", 4)


@pytest.mark.parametrize("victims", ["outer", "inner", "both"])
def test_nothing_outlives_a_killed_supervisor(tmp_path: Path, victims: str) -> None:
    programs = [("serve", WEB, 1), ("worker", STUBBORN, 1), ("timetable", IDLE, 1)]
    with closing(Up(tmp_path, programs)) as up:
        up.said("announced")
        up.said("stubborn", 2)
        everything = family(up.process.pid)
        assert len(everything) == 7
        inner = up.inner()
        stray = [child for process in family(inner)[1:] for child in process.children()]
        assert len(stray) == 1
        if victims in ("outer", "both"):
            up.process.kill()
        if victims in ("inner", "both"):
            os.kill(inner, signal.SIGKILL)
        # What a program has started and not tied to itself is out of reach when both are gone at one blow.
        lost = stray if victims == "both" else []
        assert gone([process for process in everything if process not in lost]) == []
        for process in lost:
            process.kill()
        assert up.process.wait(10) == (1 if victims == "inner" else -signal.SIGKILL)


def test_starts_at_once_after_being_killed(tmp_path: Path) -> None:
    """The lock is free as soon as the last child is gone, and Redis has kept what it had."""
    for turn in range(3):
        with closing(Up(tmp_path, [("timetable", IDLE, 1)])) as up:
            up.said("here")
            address = up.said("Redis runs at")[0].split()[-1]
            with redis.Redis.from_url(address) as link:
                assert link.incr("turns") == turn + 1
            up.process.kill()


def test_killed_redis_comes_back(tmp_path: Path) -> None:
    with closing(Up(tmp_path, [("timetable", IDLE, 1)])) as up:
        address = up.said("Redis runs at")[0].split()[-1]
        up.said("here")
        with redis.Redis.from_url(address) as link:
            link.set("kept", "yes")
            os.kill(link.info()["process_id"], signal.SIGKILL)
        up.said("Redis had died and runs again")
        with redis.Redis.from_url(address) as link:
            assert link.get("kept") == b"yes"
        assert len(up.said("here")) == 1


def test_second_supervisor_is_refused(tmp_path: Path) -> None:
    with closing(Up(tmp_path, [("timetable", IDLE, 1)])) as up:
        up.said("here")
        with closing(Up(tmp_path, [("timetable", IDLE, 1)])) as second:
            assert second.process.wait(20) == 1
            lines = second.said("is already run by process")
            assert second.lines == lines and str(up.process.pid) in lines[0]


def test_taken_port_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Up(tmp_path, [("serve", WEB, 1)])) as up:
        up.said("announced")
        monkeypatch.setattr("tests.test_supervisor.free_port", lambda: up.port)
        (tmp_path / "other").mkdir()
        with closing(Up(tmp_path / "other", [("serve", WEB, 1)])) as second:
            assert second.process.wait(20) == 1
            assert len(second.said("server.port: cannot listen")) == len(second.lines) == 1


def test_lines_come_out_whole(tmp_path: Path) -> None:
    """Long, broken and unfinished lines, and more of them than a pipe holds."""
    talker = "import sys, os; os.write(1, b'x' * 9000 + b'\\n\\xff\\n' + b'line\\n' * 20000 + b'no end'); sys.exit(7)"
    with closing(Up(tmp_path, [("worker", talker + " if 1 else 0", 1), ("timetable", IDLE, 1)])) as up:
        up.said("ended with status 7")
        words = list(up.lines)
        first = next(number for number, line in enumerate(words) if "ended with" in line)
        assert words[first - 1].endswith("| no end\n")
        assert len([line for line in words[:first] if line.endswith("| line\n")]) == 20000
        assert all(len(line) < 4096 for line in words)


def test_unread_output_does_not_stop_it(tmp_path: Path) -> None:
    noisy = "import os, time\nwhile True: os.write(1, b'noise\\n' * 1000); time.sleep(0.01)"
    config = tmp_path / "config.toml"
    config.write_text(f"[server]\nport = {free_port()}\n")
    argv = [sys.executable, "-c", UP, str(config), repr([("worker", noisy, 1)]), sys.executable]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert wait_until(lambda: len(family(process.pid)) == 4, 20)
        everything = family(process.pid)
        assert not wait_until(lambda: process.poll() is not None, 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert gone(everything, 0) == []
