"""The bell: one queue, plain data, nothing left behind, and no turn that waits when Redis is away, hangs or is full."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot import bell
from bot.bell import Bell
from bot.config import load
from bot.services import Services
from jobs import deliver
from jobs.engines import EmbeddedRedis
from jobs.worker import Worker


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path) as server:
        yield server


def test_a_ring_is_one_job_of_plain_data(redis: EmbeddedRedis) -> None:
    ring = Bell(lambda: redis.url)
    for _ in range(5):
        ring.ring()
    client = Redis.from_url(redis.url)
    [job] = client.keys("{rq}:job:*")
    data = client.hget(job, "data")
    with contextlib.suppress(zlib.error):
        data = zlib.decompress(data)
    assert json.loads(data) == [bell.JOB, None, [], {}]


def test_a_worker_hears_one_queue_wakes_and_leaves_nothing_behind(redis: EmbeddedRedis, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[server]\ndemo = true\ndata_dir = "."\n', "utf-8")
    worker = Worker(Services(load(config)))
    deliver.use(worker)
    ring, client = Bell(lambda: redis.url), Redis.from_url(redis.url)
    listening = threading.Thread(target=worker._listen, daemon=True)
    listening.start()
    try:
        sizes = set()
        for _ in range(30):
            worker.quick.woken.clear()
            ring.ring()
            assert worker.quick.woken.wait(20)
            until(lambda: not client.exists("{rq}:queue:deliver") and not client.keys("{rq}:job:*"))
            sizes.add(client.dbsize())
        assert max(sizes) < 12, sizes
        assert [one.name for one in worker._rq.queues] == ["deliver"]
        client.flushall()
        worker.quick.woken.clear()
        ring.ring()
        assert worker.quick.woken.wait(20)
    finally:
        worker.stopping.set()
        worker._rq._stop_requested = True
        listening.join(20)


def test_keys_of_killed_workers_go_by_themselves(redis: EmbeddedRedis, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[server]\ndemo = true\ndata_dir = "."\n', "utf-8")
    worker = Worker(Services(load(config)))
    rq_worker = worker.listener(Redis.from_url(redis.url))
    rq_worker.register_birth()
    client = Redis.from_url(redis.url)
    assert 0 < client.ttl(f"{{rq}}:worker:{rq_worker.name}") <= 120


@pytest.mark.parametrize("how", ["gone", "hangs", "full"])
def test_a_ring_never_takes_long_twice(how: str, redis: EmbeddedRedis) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        url = {"gone": "redis://127.0.0.1:1", "full": redis.url}.get(how, f"redis://127.0.0.1:{silent.getsockname()[1]}")
        if how == "full":
            Redis.from_url(redis.url).config_set("maxmemory", "1")
        ring = Bell(lambda: url)
        begun = time.monotonic()
        ring.ring()
        assert time.monotonic() - begun < 1.8
        begun = time.monotonic()
        for _ in range(100):
            ring.ring()
        assert time.monotonic() - begun < 0.3


def test_a_full_redis_is_heard_again_once_there_is_room(redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    client, ring = Redis.from_url(redis.url), Bell(lambda: redis.url)
    client.config_set("maxmemory", "1")
    ring.ring()
    assert not client.keys("{rq}:queue:*")
    client.config_set("maxmemory", "0")
    monkeypatch.setattr(ring, "_resting_until", 0.0)
    ring.ring()
    assert client.llen("{rq}:queue:deliver") == 1


def until(true: object, seconds: float = 20.0) -> None:
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
