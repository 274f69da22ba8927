"""Blows to real processes: kills, flushes, old dumps, a full disk, a locked database, a clock that jumped.

Twenty kills here; a thousand in tests/torture/faults.py.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import digest_of
from bot.channels.base import Busy, Message
from ledger.store.mailbox import Mailbox
from tests.processes.siege import FAKETIME, Nursery, Siege


def test_twenty_kills_lose_nothing_and_book_nothing_twice(tmp_path: Path) -> None:
    with Siege(tmp_path / "huzhu", seed=3) as siege:
        siege.start_all()
        siege.kill_redis()
        siege.flush()
        siege.kill_redis(old=True)
        report = siege.run(kills=20)
    assert report.good(), report
    assert report.longest_s < 60, report


def test_twenty_kills_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    with Siege(tmp_path / "huzhu", postgres_url, seed=4) as siege:
        siege.start_all()
        report = siege.run(kills=20, flushes=1)
    assert report.good(), report


def test_the_notices_of_a_killed_worker_leave_within_fifteen_seconds(tmp_path: Path) -> None:
    with Siege(tmp_path / "huzhu", workers=2) as siege:
        siege.gateway.misbehave("hold", forever=True)
        siege.start("worker-0")
        siege.put(5)
        siege.gateway.wait_for_calls(1, 30)
        os.kill(siege.alive.pop("worker-0"), 9)
        siege.gateway.behave()
        killed = time.monotonic()
        siege.start("worker-1")
        wait(lambda: siege.drained())
        assert time.monotonic() - killed < 16
        assert len(siege.gateway.delivered) == 5


def test_a_gateway_that_takes_a_message_and_never_says_so_gets_it_under_the_same_name(tmp_path: Path) -> None:
    with Siege(tmp_path / "huzhu", workers=1) as siege:
        siege.gateway.misbehave("hold", "close")
        siege.start("worker-0")
        siege.put(6)
        wait(lambda: siege.drained())
        gateway = siege.gateway
        with gateway.lock:
            repeats = sum(gateway.attempts.values()) - len(gateway.attempts)
            texts = [one.text for one in gateway.delivered.values() if one.text.startswith("siege")]
        assert sorted(texts) == [f"siege {n}" for n in range(6)]
        assert 1 <= repeats <= 2  # no more than there were unknown ends


def test_a_worker_by_another_clock_does_its_part(tmp_path: Path) -> None:
    if FAKETIME is None:
        pytest.skip("libfaketime is not installed: apt install faketime")
    with Siege(tmp_path / "huzhu", workers=1) as siege:
        siege.start("worker-0")
        for clock in ("+1d", "-1h", "@2038-01-20 00:00:00"):
            strange = Nursery(siege.config, siege.folder / "log.txt", clock)
            try:
                strange.fork("worker")
                siege.put(20)
                wait(lambda: siege.drained())
            finally:
                strange.close()
        siege.put(20)
        wait(lambda: siege.drained())
        texts = [one.text for one in siege.gateway.delivered.values() if one.text.startswith("siege")]
        assert len(texts) == len(set(texts)) == 80


def test_books_locked_for_three_seconds_delay_and_lose_nothing(tmp_path: Path) -> None:
    with Siege(tmp_path / "huzhu", workers=1) as siege:
        siege.start("worker-0")
        siege.put(10)
        other = sqlite3.connect(siege.folder / "huzhu.db", timeout=20, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        free = threading.Timer(3.2, lambda: other.execute("COMMIT"))
        free.start()
        with contextlib.suppress(Busy):
            siege.services.turns.take(message("余额"))
        free.join()
        other.close()
        wait(lambda: siege.drained())
        assert len({one.text for one in siege.gateway.delivered.values() if one.text.startswith("siege")}) == 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_refuses_and_recovers_by_itself(small_disk: Path) -> None:
    with Siege(small_disk / "huzhu", workers=1) as siege:
        siege.start("worker-0")
        siege.put(10)
        wait(lambda: siege.drained())
        stuffing = small_disk / "stuffing"
        with stuffing.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)
        asked = 0
        with pytest.raises(Busy):
            for asked in range(300):
                siege.services.turns.take(message("余额", f"full{asked}"))
        stuffing.unlink()
        assert siege.services.turns.take(message("余额", f"full{asked}")).text
        siege.put(10)
        wait(lambda: siege.drained())
        assert siege.services.turns.take(message("余额", "full0")).repeated or asked == 0
        with siege.services.store.read() as books:
            assert books.connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert not Mailbox(books.connection).counts().get("failed")


def message(text: str, key: str = "m1") -> Message:
    return Message("sms", "http", "19900000012", key, text, "text", digest_of(text))


def wait(true: object, seconds: float = 60.0) -> None:
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
