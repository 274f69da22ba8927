"""The drill: a copy of running books, sealed or not, brought back, proved, and silent until it is the master."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.channels.base import Message
from bot.clock import Clock
from bot.outbox import Outbox
from bot.turn import Turns
from jobs import envelope
from jobs.audit import audit, heads
from jobs.backup import HEADS_NAME, BackupFailed, backup, prove, restore
from jobs.daily import run_day
from ledger import journal
from ledger.store import mastery
from ledger.store.mailbox import Mailbox
from ledger.store.store import Store, Unavailable
from ledger.terms import Account
from tests.books.scene import CODE, Scene, phone
from tests.engines import Postgres
from tests.keys import KEYS

SECRET = "twelve signs and more"


@pytest.fixture
def empty(scene: Scene, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty place of the same kind."""
    if scene.store.sqlite:
        place = Store(f"sqlite:///{tmp_path / 'other' / 'huzhu.db'}", keys=KEYS)
        yield place
        place.close()
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create()
    place = Store(server.url(name), keys=KEYS)
    yield place
    place.close()
    server.drop(name)


@pytest.mark.parametrize("secret", [None, SECRET])
def test_drill(scene: Scene, empty: Store, tmp_path: Path, secret: str | None) -> None:
    """Copied while somebody writes, brought back, proved against the heads that came with it."""
    stop = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        while not stop.is_set():
            scene.book(date(2026, 5, 1), journal.spend(1, date(2026, 5, 1), Account.BANK, "写", scene.key(), 7))
            written += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = backup(scene.store, tmp_path / "copy", secret, heads(scene.store, [CODE], "entry"))
    finally:
        stop.set()
        writer.join()
    assert made.stat().st_mode & 0o077 == 0
    assert (tmp_path / "copy" / HEADS_NAME).is_file()
    assert envelope.is_sealed(made) == bool(secret)
    if secret:
        assert b"SC001" not in made.read_bytes()
    restore(empty, tmp_path / "copy", secret)
    assert prove(empty, tmp_path / "copy") == []
    there = audit(empty)[0]
    assert there.entries + written >= audit(scene.store)[0].entries >= there.entries >= 15
    kept = heads(scene.store, [CODE], "entry")
    assert kept[there.entries - 1].hash == there.hash


def test_a_place_that_is_not_empty_is_refused(scene: Scene, tmp_path: Path) -> None:
    backup(scene.store, tmp_path / "copy")
    with pytest.raises(BackupFailed, match="not empty"):
        restore(scene.store, tmp_path / "copy")


def test_a_copy_that_contradicts_what_was_published_is_refused(scene: Scene, tmp_path: Path) -> None:
    kept = heads(scene.store, [CODE])
    later = [type(kept[0])(CODE, kept[0].seq + 1, "d" * 64, kept[0].day)]
    with pytest.raises(BackupFailed, match="published head"):
        backup(scene.store, tmp_path / "copy", None, later)
    assert not [path for path in (tmp_path / "copy").iterdir() if path.suffix in {".db", ".dump", ".part"}]


def test_a_restored_copy_that_lacks_entries_shows(scene: Scene, empty: Store, tmp_path: Path) -> None:
    backup(scene.store, tmp_path / "copy")
    path = tmp_path / "copy" / HEADS_NAME
    path.write_text(path.read_text().replace(f"{CODE} ", f"{CODE} 9", 1))
    restore(empty, tmp_path / "copy")
    assert "is missing: a head kept outside" in prove(empty, tmp_path / "copy")[0]


def test_a_wrong_passphrase_or_damage_is_refused(scene: Scene, empty: Store, tmp_path: Path) -> None:
    made = backup(scene.store, tmp_path / "copy", SECRET)
    with pytest.raises(BackupFailed, match="give its passphrase"):
        restore(empty, tmp_path / "copy")
    with pytest.raises(BackupFailed, match="wrong or the file is damaged"):
        restore(empty, tmp_path / "copy", SECRET + "!")
    whole = made.read_bytes()
    for damaged in (whole[:-1], whole[:-20], whole[:200] + b"x" + whole[201:], whole + whole[-40:], whole[:20]):
        made.write_bytes(damaged)
        with pytest.raises(BackupFailed, match="damaged"):
            restore(empty, tmp_path / "copy", SECRET)
    with pytest.raises(BackupFailed, match="too short"):
        backup(scene.store, tmp_path / "short", "short")


def test_a_restored_copy_answers_but_lends_nothing_until_it_is_the_master(
    scene: Scene, empty: Store, tmp_path: Path
) -> None:
    backup(scene.store, tmp_path / "copy")
    restore(empty, tmp_path / "copy")
    clock = Clock(demo=True)
    with empty.write() as books:
        clock.set_today(Mailbox(books.connection), date(2026, 5, 2))
        books.connection.execute(text("DELETE FROM notice"))
    turns = Turns(empty, clock, b"secret")

    def say(words: str, key: str) -> str:
        return turns.take(Message("sms", "x", phone(1), key, words, "text", words)).text

    assert "互助金" in say("余额", "1")
    assert say("借3000买化肥10个月", "2").startswith("这里是备份的账本")
    with pytest.raises(Unavailable, match="restored copy"):
        Scene(empty).book(date(2026, 5, 2), journal.spend(1, date(2026, 5, 2), Account.BANK, "写", "k", 7))
    with pytest.raises(Unavailable, match="restored copy"):
        run_day(empty, date(2026, 5, 2), 0)
    with empty.write() as books:
        books.connection.execute(text("UPDATE notice SET priority = 5 WHERE id = (SELECT max(id) FROM notice)"))
    assert sum(Outbox(empty, turns.make_code, clock.now, None, None).deliver().values()) == 1  # the other reply
    with empty.write() as books:
        assert mastery.declare(books.connection) == 1
    assert "备份" not in say("借3000买化肥10个月", "3")
    assert run_day(empty, date(2026, 5, 2), 0)["faults"] == 0
    with empty.write() as books:
        mastery.retire(books.connection)
    assert say("借3000买化肥10个月", "4").startswith("这里是备份的账本")


def test_an_envelope_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "CHUNK", 16)
    for size in (0, 1, 15, 16, 17, 32, 100):
        plain, sealed, opened = tmp_path / "a", tmp_path / f"b{size}", tmp_path / f"c{size}"
        plain.write_bytes(bytes(range(size)))
        envelope.seal(plain, sealed, SECRET)
        envelope.unseal(sealed, opened, SECRET)
        assert opened.read_bytes() == plain.read_bytes()
