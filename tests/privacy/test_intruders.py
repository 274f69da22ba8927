"""Who gets into Redis, the backups or the key file alone: what they can read and do is nothing."""

from __future__ import annotations

import json
import os
import pickle
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis import Redis
from rq import Queue
from rq.job import Job

import huzhu
from bot.bell import JOB, QUEUE, Bell
from bot.config import load
from bot.services import Services
from jobs import deliver
from jobs.engines import EmbeddedRedis
from jobs.worker import Worker
from ledger.store.sealing import new_key
from tests.engines import Postgres
from tests.keys import VARIABLE

BOOK = Path(__file__).resolve().parents[1] / "cases" / "qingshan.xlsx"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path) as server:
        yield server


class Bomb:
    """What a pickle does when somebody opens it."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


def test_t22_a_job_that_is_a_pickle_is_refused_and_runs_nothing(redis: EmbeddedRedis, tmp_path: Path) -> None:
    """Written straight into Redis, packed and plain, as data and as what the job is about; the next ring is heard."""
    config = tmp_path / "config.toml"
    config.write_text('[server]\ndemo = true\ndata_dir = "."\n', "utf-8")
    worker, mark = Worker(Services(load(config))), tmp_path / "opened"
    deliver.use(worker)
    client = Redis.from_url(redis.url)
    bombs = [pickle.dumps(Bomb(mark)), zlib.compress(pickle.dumps((Bomb(mark), None, [], {})))]
    for raw in bombs:
        job = Job.create(JOB, connection=client, serializer="json")
        job.save()
        client.hset(job.key, mapping={"data": raw, "meta": pickle.dumps(Bomb(mark))})
        client.sadd("rq:queues", f"rq:queue:{QUEUE}")
        client.rpush(f"rq:queue:{QUEUE}", job.id)
    listening = threading.Thread(target=worker._listen, daemon=True)
    listening.start()
    try:
        ends = threading.Event()
        for _ in range(600):
            if not Queue(QUEUE, connection=client, serializer="json").count:
                break
            ends.wait(0.05)
        assert not Queue(QUEUE, connection=client, serializer="json").count
        assert not mark.exists()
        worker.quick.woken.clear()
        Bell(lambda: redis.url).ring()
        assert worker.quick.woken.wait(20), "the worker is deaf afterwards"
        assert not mark.exists()
    finally:
        worker.stopping.set()
        if worker._rq is not None:
            worker._rq._stop_requested = True
        listening.join(20)
    # The bomb itself is live.
    with pytest.raises((ValueError, TypeError, zlib.error)):
        json.loads(zlib.decompress(bombs[1]))
    pickle.loads(bombs[0])  # noqa: S301  (our own bomb)
    assert mark.is_dir()


class Place:
    """One installation of the command line, with a key file of its own outside its data."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder, self.keys = folder, folder / "keys" / "huzhu"
        (folder / "var").mkdir(parents=True)
        self.config = folder / "config.toml"
        self.config.write_text(
            '[server]\ndata_dir = "var"\n[keys]\nfile = "keys/huzhu"\n'
            + (f'[database]\nurl = "{url}"\n' if url else ""), "utf-8")
        self.config.chmod(0o600)

    def run(self, *words: str, given: str = "") -> Result:
        return CliRunner().invoke(huzhu.main, [*words, "--config", str(self.config)], env={VARIABLE: given})

    def good(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 0, done.stderr
        return done.stdout + done.stderr


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_backup_holds_no_keys_and_is_not_brought_back_without_them(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    first_url = second_url = ""
    if database == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        first_url, second_url = server.url(server.create()), server.url(server.create())
    here, there = Place(tmp_path / "here", first_url), Place(tmp_path / "there", second_url)
    assert f"keys of personal data: {here.keys}; keep a copy" in here.good("init")
    here.good("import", str(BOOK))
    assert here.keys.stat().st_mode & 0o077 == 0
    told = here.good("backup", str(tmp_path / "copy"))
    assert f"holds no keys: keep {here.keys} too" in told
    words = here.keys.read_text("utf-8").split()
    secrets = [word.split(":")[1] for word in words if word.startswith(("seal:", "index:"))]
    assert len(secrets) == 2
    for path in [*(tmp_path / "copy").iterdir(), *(here.folder / "var").rglob("*")]:
        assert not path.is_file() or not [one for one in secrets if one.encode() in path.read_bytes()], path

    refused = there.run("restore", str(tmp_path / "copy"))
    assert refused.exit_code == 1 and f"which {there.keys} does not hold" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1 and not there.keys.exists()
    there.keys.parent.mkdir(exist_ok=True)
    there.keys.write_text(here.keys.read_text("utf-8"), "utf-8")
    there.keys.chmod(0o600)
    there.good("restore", str(tmp_path / "copy"))
    assert "entries" in there.good("verify")
    there.good("export", "QS001", "-o", str(tmp_path / "there.xlsx"))


def test_a_start_with_other_keys_is_refused_by_name(tmp_path: Path) -> None:
    place = Place(tmp_path / "place")
    place.good("init")
    right = place.keys.read_text("utf-8")
    index, seal = new_key("index"), new_key("seal")
    place.keys.write_text(f"{index}\n{seal}\n", "utf-8")
    for command in ("init", "verify", "serve", "worker", "timetable", "up"):
        done = place.run(command)
        assert done.exit_code == 1 and "does not hold" in done.stderr and str(place.keys) in done.stderr, command
        assert "Traceback" not in done.stderr and seal.split(":")[1] not in done.stderr
    assert "does not hold" in place.run("doctor").stdout
    place.keys.unlink()
    assert "does not hold" in place.run("verify").stderr and not place.keys.exists(), "no new keys over lost ones"
    place.keys.write_text("nonsense", "utf-8")
    place.keys.chmod(0o600)
    assert "holds something that is no key" in place.run("verify").stderr
    place.keys.write_text(right, "utf-8")
    place.keys.chmod(0o644)
    assert "open to every user" in place.run("verify").stderr
    place.keys.chmod(0o600)
    place.good("verify")


def test_keys_by_the_environment_and_never_in_the_data(tmp_path: Path) -> None:
    place = Place(tmp_path / "place")
    text = place.config.read_text("utf-8")
    place.config.write_text(text.replace('[keys]\nfile = "keys/huzhu"\n', ""), "utf-8")
    ring = f"{new_key('index')} {new_key('seal')}"
    assert place.run("init", given=ring).exit_code == 0 and not place.keys.exists()
    shown = place.run("keys", "show", given=ring)
    assert "$HUZHU_KEYS" in shown.stdout and ring.split(":")[1] not in shown.stdout
    more = place.run("keys", "rotate", given=ring)
    assert more.exit_code == 1 and "$HUZHU_KEYS: add seal:" in more.stderr
    added = more.stderr.split("add ")[1].split(" to it")[0]
    assert place.run("keys", "rotate", "--json", given=f"{ring} {added}").exit_code == 0
    place.config.write_text(text.replace("keys/huzhu", "var/keys"), "utf-8")
    done = place.run("verify")
    assert done.exit_code == 1 and "keys.file" in done.stderr and "lies in the data_dir" in done.stderr
