"""The embedded Redis with really killed processes, and the databases that the other tests are given."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, text

from jobs import engines
from jobs.engines import EmbeddedRedis, EngineError, embedded_url, redis_binary
from jobs.processes import wait_until
from tests.engines import Postgres, family, gone, listens_on_a_port

HOLDER = """
import signal, sys
from pathlib import Path
from jobs.engines import EmbeddedRedis, EngineError
try:
    with EmbeddedRedis(Path(sys.argv[1])) as server:
        print(server.process.pid, flush=True)
        signal.pause()
except EngineError as error:
    sys.exit(str(error))
"""


def hold(directory: Path) -> subprocess.Popen[str]:
    """Another process that runs the Redis of this directory until it is ended."""
    argv = [sys.executable, "-c", HOLDER, str(directory)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def client(server: EmbeddedRedis) -> redis.Redis:
    return redis.Redis.from_url(server.url)


def killed(server: EmbeddedRedis) -> None:
    assert server.process
    server.process.kill()
    server.process.wait()


def test_killed_redis_comes_back_with_its_data(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server, client(server) as link:
        for _ in range(5):
            for number in range(200):
                link.rpush("queue", number)
            killed(server)
            assert server.died() and embedded_url(tmp_path) is None
            assert server.revive() and not server.revive()
        assert link.llen("queue") == 1000
    with EmbeddedRedis(tmp_path) as server, client(server) as link:
        assert link.llen("queue") == 1000


def test_found_through_its_file_and_closed_to_others(tmp_path: Path) -> None:
    assert embedded_url(tmp_path) is None
    with EmbeddedRedis(tmp_path) as server, client(server) as link:
        assert embedded_url(tmp_path) == server.url
        assert server.socket.stat().st_mode & 0o777 == 0o700
        assert link.config_get("port") == {"port": "0"} and link.config_get("appendonly") == {"appendonly": "yes"}
        assert link.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert embedded_url(tmp_path) is None and not (tmp_path / "redis" / "socket").exists()


@pytest.mark.parametrize("name", ["互助 社 100%?", "x" * 120])
def test_odd_and_long_paths(tmp_path: Path, name: str) -> None:
    directory = tmp_path / name
    for _ in range(2):
        with EmbeddedRedis(directory) as server, client(server) as link:
            assert embedded_url(directory) == server.url
            link.incr("starts")
            place = server.socket.parent
            assert place.stat().st_mode & 0o777 == 0o700
        assert place == directory / "redis" or not place.exists()
    with EmbeddedRedis(directory) as server, client(server) as link:
        assert link.get("starts") == b"2"


def test_second_one_on_the_same_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LOCK_SECONDS", 0.1)
    with EmbeddedRedis(tmp_path) as server:
        with pytest.raises(EngineError, match=f"is in use: process {os.getpid()} already runs a Redis"):
            EmbeddedRedis(tmp_path).start()
        other = hold(tmp_path)
        words = other.communicate(timeout=20)[1]
        assert other.returncode == 1 and len(words.splitlines()) == 1 and "is in use" in words
        assert embedded_url(tmp_path) == server.url


def test_redis_dies_with_its_killed_owner(tmp_path: Path) -> None:
    """And the next owner can start at once, with the data of the one before."""
    for started in range(5):
        owner = hold(tmp_path)
        assert owner.stdout
        pid = int(owner.stdout.readline())
        left = family(owner.pid)
        assert pid in [process.pid for process in left]
        with redis.Redis.from_url(str(embedded_url(tmp_path))) as link:
            assert link.incr("starts") == started + 1
        owner.send_signal(signal.SIGKILL)
        owner.communicate()
    assert gone(left) == []
    assert wait_until(lambda: embedded_url(tmp_path) is None, 5)


def test_server_that_outlived_its_owner_keeps_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock hangs on the server too, so two servers never write the same files."""
    monkeypatch.setattr(engines, "LOCK_SECONDS", 0.1)
    server = EmbeddedRedis(tmp_path)
    server.start()
    assert server._lock
    server._lock.release()
    with pytest.raises(EngineError, match="is in use"):
        EmbeddedRedis(tmp_path).start()
    killed(server)
    with EmbeddedRedis(tmp_path) as second:
        assert client(second).ping()


def test_unreadable_data_are_set_aside(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server, client(server) as link:
        link.set("a", "b")
    for path in (tmp_path / "redis").rglob("*.aof"):
        path.write_bytes(b"REDIS0999 from a server of the future")
    with EmbeddedRedis(tmp_path) as server, client(server) as link:
        assert link.get("a") is None
        assert len(list((tmp_path / "redis").glob("unreadable-*"))) == 1


def test_torn_end_of_the_data_is_cut(tmp_path: Path) -> None:
    """What a power cut leaves: the last command only half written."""
    with EmbeddedRedis(tmp_path) as server, client(server) as link:
        link.set("a", "b")
    written = max((tmp_path / "redis").rglob("*.aof"), key=lambda path: path.stat().st_mtime_ns)
    written.write_bytes(written.read_bytes() + b"*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1")
    with EmbeddedRedis(tmp_path) as server, client(server) as link:
        assert link.keys() == [b"a"]


def test_no_server_or_no_room_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "redis").write_text("a file where the directory should be")
    with pytest.raises(EngineError, match="redis: File exists"):
        EmbeddedRedis(tmp_path).start()
    too_old = tmp_path / "redis-server"
    too_old.write_text("#!/bin/sh\necho Redis server v=6.0.16 sha=0\n")
    too_old.chmod(0o755)
    monkeypatch.setattr(engines, "_candidates", lambda: iter([tmp_path / "missing", too_old]))
    with pytest.raises(EngineError, match="no Redis server found"):
        redis_binary()


def test_every_packaged_server_serves_the_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever server this machine has, not only the one that would be chosen."""
    for number, binary in enumerate(list(engines._candidates())):
        if not binary.exists():
            continue
        monkeypatch.setattr(engines, "_candidates", lambda found=binary: iter([found]))
        with EmbeddedRedis(tmp_path / str(number)) as server, client(server) as link:
            link.rpush("queue", "job")
            assert link.lmove("queue", "at work", "LEFT", "RIGHT") == b"job"
            assert link.eval("return redis.call('LLEN', KEYS[1])", 1, "at work") == 1


def test_redis_is_empty_for_each_test(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as link:
        assert link.dbsize() == 0
        link.set("left", "over")


test_redis_is_still_empty = test_redis_is_empty_for_each_test


@pytest.mark.parametrize("_turn", [1, 2])
def test_database_is_empty_for_each_test(store_url: str, _turn: int) -> None:
    engine = create_engine(store_url)
    with engine.begin() as link:
        link.execute(text("CREATE TABLE left_over (n INTEGER)"))
    engine.dispose()


def test_postgres_keeps_its_promises(postgres: Postgres, postgres_url: str) -> None:
    """A test on a database that may forget proves nothing, so the settings that matter are asked for."""
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as link:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            row = link.execute("SELECT current_setting(%s)", [name]).fetchone()
            assert row == ("on",)
        assert link.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    assert not listens_on_a_port(postgres.process.pid)


def test_template_is_copied(postgres: Postgres) -> None:
    template = postgres.create()
    with psycopg.connect(postgres.url(template).replace("+psycopg", "")) as link:
        link.execute("CREATE TABLE kept (n INTEGER)")
    copy = postgres.create(template)
    with psycopg.connect(postgres.url(copy).replace("+psycopg", "")) as link:
        assert link.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    postgres.drop(copy)
    postgres.drop(template)


def test_postgres_dies_with_its_killed_owner(tmp_path: Path) -> None:
    code = "import signal; from tests.engines import Postgres; print(Postgres().directory, flush=True); signal.pause()"
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    directory = Path(owner.stdout.readline().strip())
    left = family(owner.pid)
    assert len(left) > 3
    owner.kill()
    owner.communicate()
    assert gone(left) == []
    assert wait_until(lambda: not (directory / "data" / "postmaster.pid").exists(), 10)
    subprocess.run(["rm", "-r", directory], check=True)
