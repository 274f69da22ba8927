"""A demo in one process: a real HTTP server on loopback, with threads that deliver and keep the timetable."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from bot.app import create_app
from bot.config import load
from bot.services import Services
from jobs.demo import prepare, write_config
from jobs.timetable import Timetable
from ledger.store.migrations import upgrade

PATIENCE_S = 20.0


@dataclass
class Demo:
    services: Services
    base_url: str
    delivering: threading.Event
    """Cleared, what waits stays where it is."""


def services_in(folder: Path, port: int) -> Services:
    services = Services(load(write_config(folder, port)), PATIENCE_S)
    upgrade(services.store)
    prepare(services)
    return services


@contextmanager
def running(folder: Path) -> Iterator[Demo]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    services = services_in(folder, port)
    server = make_server("127.0.0.1", port, create_app(services.config, services), threaded=True)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    stop, delivering = threading.Event(), threading.Event()
    delivering.set()
    timetable = Timetable(services)

    def keep_going() -> None:
        while not stop.wait(0.02):
            timetable.look()
            if delivering.is_set():
                services.outbox.deliver()

    threads = [threading.Thread(target=server.serve_forever, args=(0.02,)), threading.Thread(target=keep_going)]
    for thread in threads:
        thread.start()
    try:
        yield Demo(services, f"http://127.0.0.1:{port}", delivering)
    finally:
        stop.set()
        threads[1].join()
        server.shutdown()
        threads[0].join()
        server.server_close()
        services.store.close()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with running(tmp_path) as one:
        yield one


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    """The pages without a server: nothing that the phones send gets through."""
    services = services_in(tmp_path, 9)
    yield create_app(services.config, services).test_client()
    services.store.close()
