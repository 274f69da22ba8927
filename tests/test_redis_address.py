"""The bell through Redis Sentinel, Redis Cluster, TLS and passwords, with real servers; and addresses taken apart."""

from __future__ import annotations

import contextlib
import ipaddress
import random
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis import Redis, RedisError

from bot.bell import Bell
from bot.config import load
from bot.redis_address import connect, parse, shared
from bot.services import Services
from jobs import deliver
from jobs.engines import redis_binary
from jobs.worker import Worker

PASSWORD = "a password, with / and @"
QUOTED = "a%20password%2C%20with%20%2F%20and%20%40"


GIVEN: set[int] = set()


def free_port() -> int:
    """A port that nobody has; below those the kernel gives away, as is a cluster's second one (10000 higher)."""
    while True:
        port = random.randrange(12_000, 20_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            if port not in GIVEN:
                probe.bind(("127.0.0.1", port))
                GIVEN.add(port)
                return port


class Servers:
    """Redis servers of one test, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.running = folder, {}  # type: ignore[var-annotated]

    def start(self, name: str, *lines: str, sentinel: bool = False) -> subprocess.Popen[bytes]:
        place = self.folder / name
        place.mkdir(exist_ok=True)
        written = place / "conf"
        written.write_text("\n".join([f'dir "{place}"', 'save ""', *lines, ""]), "utf-8")
        with (place / "log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [str(redis_binary()), str(written), *(["--sentinel"] if sentinel else [])], stdout=log,
                stderr=subprocess.STDOUT)
        return self.running[name]

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    made = Servers(tmp_path)
    yield made
    made.stop()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(RedisError, OSError):
            if true():
                return
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


@contextlib.contextmanager
def listening(url: str, folder: Path) -> Iterator[Worker]:
    """A worker that hears the bell through this address."""
    config = folder / "config.toml"
    config.write_text(f'[server]\ndemo = true\ndata_dir = "."\n[redis]\nurl = "{url}"\n', "utf-8")
    config.chmod(0o600)
    worker = Worker(Services(load(config)))
    deliver.use(worker)
    thread = threading.Thread(target=worker._listen, daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        worker.stopping.set()
        if worker._rq is not None:
            worker._rq._stop_requested = True
        Bell(lambda: url).ring()  # wakes it, so that it sees that it is over
        thread.join(30)
        assert not thread.is_alive()


def heard(worker: Worker, url: str) -> bool:
    """Whether a ring through the same address wakes the worker."""
    worker.quick.woken.clear()
    Bell(lambda: url).ring()
    return worker.quick.woken.wait(1)


def test_sentinels_name_the_master_and_a_failover_is_followed(servers: Servers, tmp_path: Path) -> None:
    ports, watch = [free_port() for _ in range(2)], [free_port() for _ in range(3)]
    secret = f'"{PASSWORD}"'
    for n, port in enumerate(ports):
        follow = [f"replicaof 127.0.0.1 {ports[0]}"] if n else []
        servers.start(f"data{n}", f"port {port}", f"requirepass {secret}", f"masterauth {secret}", *follow)
    until(lambda: Redis(port=ports[1], password=PASSWORD).info("replication")["master_link_status"] == "up")
    for n, port in enumerate(watch):
        servers.start(
            f"watch{n}", f"port {port}", f"sentinel monitor huzhu 127.0.0.1 {ports[0]} 2",
            f"sentinel auth-pass huzhu {secret}", "sentinel down-after-milliseconds huzhu 1000",
            "sentinel failover-timeout huzhu 5000", sentinel=True)
    hosts = ",".join(f"127.0.0.1:{port}" for port in watch)
    url = f"redis+sentinel://:{QUOTED}@{hosts}/huzhu"
    until(lambda: len(Redis(port=watch[0]).sentinel_sentinels("huzhu")) == 2)
    with listening(url, tmp_path) as worker:
        until(lambda: heard(worker, url))
        assert shared(url).set("token", "1", ex=60)
        servers.running["data0"].kill()
        servers.running["watch0"].kill()  # two of three still agree
        until(lambda: heard(worker, url))
        assert connect(url).info("replication")["role"] == "master"
        assert Redis(port=ports[1], password=PASSWORD).info("replication")["role"] == "master"


def test_a_cluster_of_one_node_carries_the_bell_and_shared_keys(servers: Servers, tmp_path: Path) -> None:
    port = free_port()
    servers.start("node", f"port {port}", "cluster-enabled yes", f'requirepass "{PASSWORD}"')
    node = Redis(port=port, password=PASSWORD)
    until(lambda: bool(node.ping()))
    node.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
    until(lambda: node.set("{rq}:probe", "1", ex=1) is True)
    url = f"redis+cluster://:{QUOTED}@127.0.0.1:{port}"
    with listening(url, tmp_path) as worker:
        until(lambda: heard(worker, url))
        until(lambda: not node.keys("{rq}:job:*"))
        assert {key.split(b":")[0] for key in node.keys("*")} == {b"{rq}"}
        keys = shared(url)
        assert keys.set("wechat:token", "1", ex=60) and keys.get("wechat:token") == b"1"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key and a certificate of its own for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "tls.key", folder / "tls.crt"
    paths[0].write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    paths[1].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return paths


class Wrapped:
    """TLS before a server that has none itself: every connection is unwrapped and passed on."""

    def __init__(self, folder: Path, target: int) -> None:
        key, self.authority = certificate(folder)
        self.target, self.port = target, free_port()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority, key)
        plain = socket.create_server(("127.0.0.1", self.port))
        self.server = context.wrap_socket(plain, server_side=True)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self.server.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@pytest.mark.parametrize("kind", ["", "+cluster"])
def test_tls_with_a_password_and_only_with_the_right_authority(servers: Servers, tmp_path: Path, kind: str) -> None:
    port = free_port()
    wrapped = Wrapped(tmp_path, port)
    cluster = ["cluster-enabled yes", f"cluster-announce-port {wrapped.port}"] if kind else []
    servers.start("data", f"port {port}", f'requirepass "{PASSWORD}"', *cluster)
    plain = Redis(port=port, password=PASSWORD)
    until(lambda: bool(plain.ping()))
    if kind:
        plain.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
        until(lambda: plain.set("{rq}:probe", "1", ex=1) is True)
    url = f"rediss{kind}://:{QUOTED}@127.0.0.1:{wrapped.port}"
    try:
        with pytest.raises((RedisError, OSError)):
            connect(url, socket_timeout=5).ping()
        trusted = connect(f"{url}?ssl_ca_certs={wrapped.authority}", socket_timeout=5)
        assert trusted.set("{rq}:x", "1") and plain.get("{rq}:x") == b"1"
        trusted.close()
    finally:
        wrapped.close()


@pytest.mark.parametrize("url", [
    "redis+sentinel://127.0.0.1:1", "redis+cluster://127.0.0.1:1/0", "redis+sentinel:///huzhu",
    "redis+cluster://127.0.0.1:1?sentinel_password=x", "redis+sentinel://127.0.0.1:x/huzhu",
    "redis+sentinel://127.0.0.1/huzhu/first", "http+sentinel://127.0.0.1/huzhu",
])
def test_a_wrong_address_is_refused_by_name(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(url)
    config = tmp_path / "config.toml"
    config.write_text(f'[server]\ndemo = true\n[redis]\nurl = "{url}"\n', "utf-8")
    config.chmod(0o600)
    with pytest.raises(Exception, match=r"redis\.url"):
        load(config)


def test_an_address_is_taken_apart() -> None:
    found = parse(f"rediss+sentinel://huzhu:{QUOTED}@a,b:7/main/3?sentinel_password=s&ssl_ca_certs=/ca.pem")
    assert found.hosts == (("a", 26379), ("b", 7)) and found.tls and found.database == 3
    assert (found.user, found.password, found.service) == ("huzhu", PASSWORD, "main")
    assert PASSWORD not in repr(found) and "sentinel_password" not in repr(found)
