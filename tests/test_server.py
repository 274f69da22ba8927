"""The web server with a tiny application: killed workers, slow and oversized requests, and a clean end."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import config
from bot.config import ConfigError
from bot.server import refuse_taken_port
from jobs.processes import wait_until
from tests.engines import family, free_port, gone

SERVE = """
import sys
from pathlib import Path
from bot import config, front, server
front.BODY_SECONDS = 1.0
server.STOP_SECONDS = 2
server.serve(config.load(Path(sys.argv[1])), sys.argv[2])
"""


class Served:
    def __init__(self, directory: Path, target: str = "tests.tiny_app:create") -> None:
        self.port = free_port()
        self.file = directory / "config.toml"
        self.file.write_text(f"[server]\nport = {self.port}\n")
        argv = [sys.executable, "-c", SERVE, str(self.file), target]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def ask(self, path: str, method: str = "GET", body: object = None, **headers: str) -> tuple[int, str]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})  # type: ignore[arg-type]
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()

    def alive(self) -> bool:
        try:
            return self.ask("/health/live")[0] == 200
        except OSError:
            return False

    def workers(self) -> set[int]:
        return {process.pid for process in family(self.process.pid)[1:]}


@contextmanager
def served(directory: Path) -> Iterator[Served]:
    server = Served(directory)
    try:
        assert wait_until(server.alive, 20)
        yield server
    finally:
        everything = family(server.process.pid)
        server.process.terminate()
        server.process.communicate(timeout=20)
        assert gone(everything) == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served")) as found:
        yield found


def test_request_arrives_whole(server: Served) -> None:
    headers = {"X_Twice": "a", "Cookie": "k=v"}
    status, text = server.ask("/seen/%E4%BA%92%2f%41?q=%E5%8A%A9&q2=", **headers)
    seen = json.loads(text)
    assert status == 200 and seen["rest"] == "互/A" and seen["args"] == {"q": "助", "q2": ""}
    assert seen["from"] == "127.0.0.1" and seen["X-Twice"] == "a" and seen["Cookie"] == "k=v"


def test_header_with_underscore_is_not_the_one_with_hyphen(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(b"GET /seen/x HTTP/1.1\r\nHost: x\r\nX_Real_Ip: 1.2.3.4\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert b'"X-Real-Ip":null' in answer


def test_status_without_body_and_pieces_in_time(server: Served) -> None:
    assert server.ask("/nothing") == (204, "")
    assert server.ask("/fault")[0] == 500 and server.ask("/nowhere")[0] == 404
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    line.request("GET", "/pieces")
    started = time.monotonic()
    answer = line.getresponse()
    assert answer.readline() == b"0\n" and time.monotonic() - started < 0.3
    assert answer.read() == b"1\n2\n"
    line.close()


@pytest.mark.parametrize(("size", "status"), [(0, 200), (65536, 200), (65537, 413), (5 << 20, 413)])
def test_size_of_the_body(server: Served, size: int, status: int) -> None:
    """The same answer whether the length is told first or the body comes in chunks."""
    whole = b"x" * size
    for body in (whole, iter([whole[:100], whole[100:]])):
        try:
            assert server.ask("/size", "POST", body)[0] == status
        except (BrokenPipeError, ConnectionResetError):
            # Refused and closed while we were still sending.
            assert size > 4 << 20


def test_broken_chunks_are_the_senders_fault(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(b"POST /size HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n")
        assert line.recv(12) == b"HTTP/1.1 400"


def test_slow_senders_do_not_block_the_others(server: Served) -> None:
    """Twenty for every thread there is; each is told off when its time is up."""
    slow = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(320)]
    for line in slow:
        line.sendall(b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx")
    started = time.monotonic()
    for _ in range(20):
        assert server.alive()
    assert time.monotonic() - started < 1.0
    assert {line.recv(12) for line in slow} == {b"HTTP/1.1 408"}
    for line in slow:
        line.close()


def test_every_killed_worker_is_replaced(server: Served) -> None:
    for _ in range(3):
        before = server.workers()
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        assert wait_until(lambda old=before: len(server.workers() - old) == 1 and server.alive(), 10)  # type: ignore[misc]
        assert wait_until(lambda: len({server.ask("/health/live")[1] for _ in range(8)}) == 2, 10)


def test_port_is_not_shared(server: Served) -> None:
    with pytest.raises(ConfigError, match=r"server\.port: cannot listen on .*: Address already in use"):
        refuse_taken_port(config.load(server.file))


def test_open_request_is_finished_before_the_end(tmp_path: Path) -> None:
    answers: list[tuple[int, str]] = []
    with served(tmp_path) as server:
        thread = threading.Thread(target=lambda: answers.append(server.ask("/slow/1.0")))
        thread.start()
        assert not wait_until(lambda: bool(answers), 0.3)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0
        thread.join()
    assert answers == [(200, "done")]


def test_request_without_end_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        line = socket.create_connection(("127.0.0.1", server.port))
        line.sendall(b"GET /slow/60.0 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert server.alive()
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(20)
        assert time.monotonic() - started < 6
        line.close()


def test_workers_die_with_the_killed_main_process(tmp_path: Path) -> None:
    server = Served(tmp_path)
    assert wait_until(server.alive, 20)
    everything = family(server.process.pid)
    assert len(everything) >= 3
    server.process.kill()
    server.process.communicate()
    assert gone(everything) == []


def test_application_that_cannot_be_made_ends_the_server(tmp_path: Path) -> None:
    server = Served(tmp_path, "tests.tiny_app:broken")
    said = server.process.communicate(timeout=30)[0].decode()
    assert server.process.returncode == 1 and "the application cannot be made" in said
