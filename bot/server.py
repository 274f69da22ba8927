"""`huzhu serve`: the web application under granian, in as many processes as the configuration says.

Granian's main process only starts workers and starts them again when they die; a worker dies with the main process.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
from functools import partial

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from bot.config import Config, ConfigError
from bot.front import Front
from bot.lifeline import die_with_parent

TARGET = "bot.app:create_app_from_env"
# Requests wait for the database far more than they compute, yet more threads than this only queue up behind it.
THREADS = 8
# In each worker; those beyond wait in the kernel's queue instead of in our memory.
CONNECTIONS = 1024
# WeChat gives up after 5 s; what still runs after this is not worth waiting for.
STOP_SECONDS = 8
HEADER_MILLISECONDS = 10_000


def serve(config: Config, target: str = TARGET, threads: int = THREADS) -> None:
    """Serves until SIGTERM or SIGINT; open requests may finish. Ends with status 1 when a worker cannot live.

    `target` names a function without arguments that gives the WSGI application; it reads `$HUZHU_CONFIG`.
    """
    refuse_taken_port(config)
    if config.path:
        os.environ["HUZHU_CONFIG"] = str(config.path)
    server = Server(
        target,
        address=config.server.host,
        port=config.server.port,
        interface=Interfaces.ASGINL,
        workers=config.server.web_processes,
        backpressure=CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
        log_access=False,
    )
    # Granian starts its workers from this thread, so the death signal hangs on the right one.
    server.serve(target_loader=partial(_application, os.getpid(), threads))


def _application(main: int, threads: int, target: str) -> Front:
    """Runs first in each worker. A worker that outlived granian would keep answering, and keep the port."""
    die_with_parent(main)
    # Until the worker listens itself, it has granian's handlers from the fork, and they would swallow a wish to stop.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    module, _, name = target.partition(":")
    return Front(getattr(importlib.import_module(module), name)(), threads)


def refuse_taken_port(config: Config) -> None:
    """Granian shares its port with anybody, so a second server would silently take half of the first one's requests."""
    host, port = config.server.host, config.server.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # Otherwise the connections that the last server has just closed would count as taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigError([f"server.port: cannot listen on {host}:{port}: {why}"]) from None
