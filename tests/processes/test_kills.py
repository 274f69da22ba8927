"""`kill -9` of web and worker at random points of the walk changes nothing in the end but time."""

from __future__ import annotations

import random
import threading
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from ledger.store.verify import verify
from ledger.terms import Account
from tests.privacy import traces
from tests.processes.running import PHONES, Running, walk

KILLS = 20


class Nemesis(threading.Thread):
    """Kills until it has killed enough; waits for the victim's kind to be back before the next one of it."""

    def __init__(
        self, running: Running, seed: int, kills: int = KILLS, commands: tuple[str, ...] = ("serve", "worker")
    ) -> None:
        super().__init__(daemon=True)
        self.running, self.random, self.done = running, random.Random(seed), threading.Event()
        self.kills, self.commands = kills, commands
        self.killed: Counter[str] = Counter()

    def run(self) -> None:
        while sum(self.killed.values()) < self.kills and not self.done.wait(self.random.uniform(0.05, 0.9)):
            command = self.random.choice(self.commands)
            if self.running.kill(command, self.random.randrange(8)):
                self.killed[command] += 1


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_kills_change_nothing_but_time(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = "" if database == "sqlite" else str(request.getfixturevalue("postgres_url"))
    with Running(tmp_path / "huzhu", url) as running:
        nemesis = Nemesis(running, seed=7)
        nemesis.start()
        walk(running)
        nemesis.join(60)
        running.wait(running.ready, "the web server did not come back")
        with running.services.store.read() as books:
            found = verify(books, "QS001")
            assert found.fault == ""
            assert [one.kind for one in books.kept("QS001")] == ["opening", "pay_out", "repayment"]
            assert books.balance("QS001", Account.LOANS, "23") == 270_000
        assert sum(nemesis.killed.values()) == KILLS and len(nemesis.killed) == 2, nemesis.killed
        texts = Counter(running.gateway.texts_to(PHONES["陈桂花"]))
        receipts = [text for text in texts if "收据" in text]
        assert len(receipts) == 1 and texts[receipts[0]] == 1, receipts
        nobody_shows(running)


def nobody_shows(running: Running) -> None:
    """Whatever the killed left behind: no number in the database, in any file beside it, in Redis, logs, figures.

    Nor a name in what is not the database (reliability.md T37).
    """
    with running.services.store.read() as books:
        people = list(books.people("QS001").values())
    known = [one for person in people for one in (person.phone, person.id_card) if one]
    assert len(known) > 100 and traces.in_tables(running.services.store) == {}
    for path in running.folder.rglob("*"):
        if path.is_file():
            assert traces.words_in(path.read_bytes(), known) == [], path.name
    address = running.services.config.redis_url()
    assert address is not None
    with urllib.request.urlopen(f"{running.base_url}/metrics", timeout=5) as answer:
        figures = answer.read()
    log = (running.folder / "log.txt").read_bytes()
    assert b"huzhu_turns_total" in figures and log
    for raw in (traces.in_redis(address), figures, log):
        assert traces.words_in(raw, [*known, *(person.name for person in people)]) == []
