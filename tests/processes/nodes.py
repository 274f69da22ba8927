"""Machines of one installation, each a network namespace of its own behind a bridge: PostgreSQL, Redis and the gateway
stand on the bridge, web servers and workers on the machines. Needs root, as `ip netns` does.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.config import load
from bot.services import Services
from jobs.bench import scene
from jobs.engines import redis_binary
from jobs.processes import end, start_tied, wait_until
from ledger.store.mailbox import Mailbox
from tests.engines import Postgres, free_port
from tests.fakes.sms_gateway import Inbound, SmsGateway

PROGRAM = Path(__file__).resolve().parents[2] / "huzhu.py"
WEB_PORT = 8000


def cannot() -> str:
    """Why namespaces cannot be had here; empty where they can."""
    if os.geteuid() != 0:
        return "not root"
    name = f"hz{os.getpid()}"
    try:
        done = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    if done.returncode:
        return done.stderr.strip() or "ip netns add fails"
    subprocess.run(["ip", "netns", "del", name], check=True)
    return ""


class Node:
    """One machine: its namespace, its cable, its processes."""

    def __init__(self, installation: Installation, number: int) -> None:
        self.name = f"{installation.prefix}n{number}"
        self.cable = f"{installation.prefix}v{number}"
        self.address = f"{installation.net}.{10 + number}"
        self.url = f"http://{self.address}:{WEB_PORT}"
        inside = f"{self.cable}i"
        _ip("netns", "add", self.name)
        _ip("link", "add", self.cable, "type", "veth", "peer", "name", inside, "netns", self.name)
        _ip("link", "set", self.cable, "master", installation.bridge, "up")
        for words in (("addr", "add", f"{self.address}/24", "dev", inside), ("link", "set", inside, "up"),
                      ("link", "set", "lo", "up")):
            _ip("-n", self.name, *words)
        self.config = installation.write_config(self.name, self.address)
        self.processes = [self._start(command) for command in ("serve", "worker")]

    def _start(self, command: str) -> subprocess.Popen[bytes]:
        log = self.config.with_name(f"{self.name}.{command}.log")
        argv = ["ip", "netns", "exec", self.name, sys.executable, str(PROGRAM), command, "--config", str(self.config)]
        with log.open("wb") as output:
            return start_tied(argv, output=output)

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def hold(self, society: str) -> None:
        """A process of this machine locks a society and stays in the middle of it."""
        program = [sys.executable, "-m", "tests.processes.holding", str(self.config), society]
        process = start_tied(
            ["ip", "netns", "exec", self.name, *program], output=subprocess.PIPE, cwd=PROGRAM.parent)
        self.processes.append(process)
        assert process.stdout is not None
        with process.stdout as said:
            assert said.readline() == b"held\n"

    def cut_off(self) -> None:
        """The cable is pulled: nothing goes in or out, and nobody is told."""
        _ip("link", "set", self.cable, "down")

    def kill(self) -> None:
        """The power goes: every process of it at once."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def gone(self) -> None:
        for process in self.processes:
            end(process, 10)
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)


class Installation:
    """The bridge with what stands on it, and so many nodes."""

    def __init__(self, folder: Path, nodes: int, societies: int) -> None:
        number = os.getpid() % 200
        self.prefix, self.net = f"hz{number}", f"10.77.{number}"
        self.bridge, self.folder, self._count, self._societies = f"{self.prefix}b", folder, nodes, societies
        self.nodes: list[Node] = []

    def __enter__(self) -> Self:
        self._stack = contextlib.ExitStack()
        with self._stack:
            here = f"{self.net}.1"
            _ip("link", "add", self.bridge, "type", "bridge")
            self._stack.callback(subprocess.run, ["ip", "link", "del", self.bridge], check=False)
            _ip("addr", "add", f"{here}/24", "dev", self.bridge)
            _ip("link", "set", self.bridge, "up")
            self.database = Postgres({"listen_addresses": here}, f"{self.net}.0/24")
            self._stack.callback(self.database.stop)
            self.redis_port = free_port()
            redis = start_tied(
                [str(redis_binary()), "--bind", here, "--port", str(self.redis_port), "--protected-mode", "no",
                 "--save", "", "--dir", str(self.folder)], output=subprocess.DEVNULL)
            self._stack.callback(end, redis, 5)
            self.key, self.secret = secrets.token_hex(16), secrets.token_hex(16)
            self.gateway = SmsGateway(self.key, here)
            self._stack.callback(self.gateway.close)
            self.shared = secrets.token_hex(16)
            self._found(here)
            self.nodes = []
            for number in range(1, self._count + 1):
                node = Node(self, number)
                self._stack.callback(node.gone)
                self.nodes.append(node)
            for node in self.nodes:
                assert wait_until(node.ready, 60), node.config.with_name(f"{node.name}.serve.log").read_text("utf-8")
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.services.store.close()
        self._stack.close()

    def _found(self, here: str) -> None:
        name = self.database.create()
        self.url = f"postgresql://huzhu@{here}:5432/{name}"
        self.services = Services(load(self.write_config("home", here)))
        with self.services.store.write() as books:
            today = self.services.clock.today(Mailbox(books.connection))
        scene.found(self.services.store, self._societies, today, "wx0")

    def write_config(self, name: str, address: str) -> Path:
        """What one machine is told: the same keys, the same database, its own address."""
        folder = self.folder / name
        folder.mkdir()
        path = folder / "config.toml"
        path.write_text(
            f'[server]\nhost = "{address}"\nport = {WEB_PORT}\ndata_dir = "."\nsecret_key = "{self.shared}"\n'
            f'web_processes = 1\n[keys]\nfile = "{self.folder}/keys"\n[database]\nurl = "{self.url}"\n'
            f'[redis]\nurl = "redis://{self.net}.1:{self.redis_port}/0"\n'
            f'[sms]\ngateway = "http"\nsegment_fen = 5\n[sms.http]\nsecret = "{self.secret}"\nper_second = 500\n'
            f'send_url = "{self.gateway.send_url}"\nkey = "{self.key}"\n', "utf-8")
        path.chmod(0o600)
        return path

    def phone(self, node: Node) -> Inbound:
        """The gateway's way to one node."""
        return Inbound(node.url, self.secret)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
