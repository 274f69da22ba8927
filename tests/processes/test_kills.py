"""`kill -9` of web and worker at random points of the walk changes nothing in the end but time."""

from __future__ import annotations

import random
import threading
from collections import Counter
from pathlib import Path

import pytest

from ledger.store.verify import verify
from ledger.terms import Account
from tests.processes.running import PHONES, Running, walk

KILLS = 20


class Nemesis(threading.Thread):
    """Kills until it has killed enough; waits for the victim's kind to be back before the next one of it."""

    def __init__(self, running: Running, seed: int) -> None:
        super().__init__(daemon=True)
        self.running, self.random, self.done = running, random.Random(seed), threading.Event()
        self.killed: Counter[str] = Counter()

    def run(self) -> None:
        while sum(self.killed.values()) < KILLS and not self.done.wait(self.random.uniform(0.05, 0.9)):
            command = self.random.choice(["serve", "worker"])
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
