"""The outbox under many hands: each notice once, a dead worker's soon again, a late word refused, replies first."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import pytest

from bot import dispatch
from bot.channels.base import Fate, Outcome
from bot.outbox import Outbox
from ledger.records import Notice
from ledger.store.mailbox import Mailbox, Waiting
from ledger.store.migrations import upgrade
from ledger.store.store import Store
from tests.keys import KEYS

DAY = date(2026, 3, 1)


@dataclass
class Gate:
    """A gateway that counts, and holds every send until it is let go."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    open: threading.Event = field(default_factory=threading.Event)
    fate: Fate = Fate.ACCEPTED

    def send(self, reference: str, _to: str, text: str) -> Outcome:
        self.sent.append((reference, text))
        self.begun.release()
        assert self.open.wait(20)
        return Outcome(self.fate)


class Hands:
    """Stores over one database and what is in its outbox."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.stores = [Store(url, keys=KEYS)]
        self.time = 1000
        upgrade(self.stores[0])

    def outbox(self, gate: Gate, **settings: int) -> Outbox:
        self.stores.append(Store(self.url, keys=KEYS))
        return Outbox(self.stores[-1], lambda _parts: "", lambda: self.time, gate, **settings)  # type: ignore[arg-type]

    def put(self, number: int, priority: int = 5, society: str = "QS001", name: str = "n", made_at: int = 1) -> None:
        told = [
            Notice(f"{name}/{i}", 0, "raw", {"text": f"{name} {i}"}, priority, ("sms", "", f"199{i:08}"))
            for i in range(number)
        ]
        with self.stores[0].write() as books:
            for one in told:
                books.notify(society, [one], DAY, made_at)

    def lease(self, limit: int, lowest: int = 99) -> list[Waiting]:
        with self.stores[0].write() as books:
            return Mailbox(books.connection).lease(self.time, 12, limit, lowest)

    def states(self) -> dict[str, int]:
        with self.stores[0].read() as books:
            return Mailbox(books.connection).counts()

    def forget_leases(self) -> None:
        """What time does to the leases of the dead."""
        with self.stores[0].write() as books:
            books.connection.exec_driver_sql("UPDATE notice SET lease_until = 0 WHERE state = 'leased'")


@pytest.fixture
def hands(store_url: str) -> Iterator[Hands]:
    made = Hands(store_url)
    yield made
    for store in made.stores:
        store.close()


def test_many_workers_send_each_notice_once(hands: Hands) -> None:
    hands.put(400)
    gate = Gate()
    gate.open.set()
    workers = [threading.Thread(target=hands.outbox(gate).deliver, kwargs={"urgent": False}) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert hands.states() == {"sent": 400}
    assert len(gate.sent) == 400 and len({reference for reference, _ in gate.sent}) == 400


def test_a_reply_overtakes_a_broadcast_that_is_being_sent(hands: Hands) -> None:
    hands.put(200, priority=8, name="broadcast")
    slow, quick = Gate(), Gate()
    quick.open.set()
    bulk = threading.Thread(target=hands.outbox(slow).deliver)
    bulk.start()
    assert slow.begun.acquire(timeout=20)
    hands.put(1, priority=0, name="reply")
    assert hands.outbox(quick).deliver(urgent=True) == Counter({"sms/accepted": 1})
    assert [text for _, text in quick.sent] == ["reply 0"]
    slow.open.set()
    bulk.join()
    assert hands.states() == {"sent": 201}


def test_societies_take_turns_within_a_priority(hands: Hands) -> None:
    told = [Notice(f"b/{i}", i, "raw", {"text": "b"}, 8) for i in range(500)]
    with hands.stores[0].write() as books:
        books.notify_bulk("AA001", told, DAY, 1)
        books.notify_bulk("BB001", told[:20], DAY, 2)
    first = Counter(one.society for one in hands.lease(64))
    assert first["BB001"] == 20, first


def test_a_lease_is_renewed_while_a_send_takes_longer_than_it(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "BEAT_S", 0.05)
    hands.put(1)
    gate = Gate()
    slow = threading.Thread(target=hands.outbox(gate, lease_s=2).deliver)
    slow.start()
    assert gate.begun.acquire(timeout=20)
    with hands.stores[0].read() as books:
        before = books.connection.exec_driver_sql("SELECT lease_until FROM notice").scalar_one()
    hands.time += 60
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with hands.stores[0].read() as books:
            if books.connection.exec_driver_sql("SELECT lease_until FROM notice").scalar_one() > before:
                break
    else:
        raise AssertionError("never renewed")
    assert hands.lease(10) == []
    gate.open.set()
    slow.join()
    assert hands.states() == {"sent": 1} and len(gate.sent) == 1


def test_what_a_dead_worker_held_is_sent_by_the_next_under_the_same_reference(hands: Hands) -> None:
    hands.put(3)
    assert len(hands.lease(10)) == 3
    assert hands.lease(10) == []
    hands.forget_leases()
    gate = Gate()
    gate.open.set()
    hands.outbox(gate).deliver()
    assert hands.states() == {"sent": 3}
    references = [reference.rpartition("-")[2] for reference, _ in gate.sent]
    assert references == ["1", "2", "3"]


def test_the_late_word_of_a_paused_worker_counts_for_nothing(hands: Hands) -> None:
    hands.put(1)
    [old] = hands.lease(10)
    hands.forget_leases()
    [new] = hands.lease(10)
    assert new.attempt == old.attempt + 1
    mark = {"id": old.id, "attempt": old.attempt, "state": "failed", "reason": "late", "reference": "r",
            "not_before": 0, "done_at": 1, "sent_channel": "sms", "segments": 0}
    with hands.stores[0].write() as books:
        mailbox = Mailbox(books.connection)
        mailbox.mark([mark])
        mailbox.give_back([old])
        mailbox.renew([old], 10**9, 12)
    assert hands.states() == {"leased": 1}
    with hands.stores[0].write() as books:
        Mailbox(books.connection).mark([mark | {"attempt": new.attempt, "state": "sent", "reason": ""}])
    assert hands.states() == {"sent": 1}


def test_nothing_is_begun_once_the_lease_is_lost(hands: Hands) -> None:
    hands.put(5)
    gate = Gate()
    gate.open.set()
    assert hands.outbox(gate, lease_s=0).deliver(_after(3)) == Counter()
    assert gate.sent == [] and hands.states() == {"waiting": 5}


def test_a_worker_told_to_stop_gives_back_what_it_did_not_begin(hands: Hands) -> None:
    hands.put(40)
    gate, stopping = Gate(), threading.Event()
    worker = threading.Thread(target=hands.outbox(gate, concurrency=2).deliver, args=(stopping.is_set,))
    worker.start()
    assert gate.begun.acquire(timeout=20) and gate.begun.acquire(timeout=20)
    stopping.set()
    gate.open.set()
    worker.join()
    assert hands.states() == {"sent": 2, "waiting": 38}
    with hands.stores[0].read() as books:
        assert books.connection.exec_driver_sql("SELECT sum(attempt) FROM notice").scalar_one() == 2


def test_a_failed_attempt_waits_and_is_not_before_its_time(hands: Hands) -> None:
    hands.put(1)
    gate = Gate(fate=Fate.RETRY)
    gate.open.set()
    outbox = hands.outbox(gate)
    outbox.deliver()
    outbox.deliver()
    assert len(gate.sent) == 1 and hands.states() == {"waiting": 1}
    hands.time += 10
    outbox.deliver()
    assert len(gate.sent) == 2
    assert gate.sent[0] == gate.sent[1], "the same words under the same reference"


def test_leases_of_the_dead_do_not_count_as_tries(hands: Hands) -> None:
    hands.put(1)
    for _ in range(20):
        assert len(hands.lease(10)) == 1
        hands.forget_leases()
    gate = Gate(fate=Fate.RETRY)
    gate.open.set()
    outbox = hands.outbox(gate)
    outbox.deliver()
    assert hands.states() == {"waiting": 1}
    hands.time += 6
    outbox.deliver()
    assert len(gate.sent) == 2, "the second try comes after the first wait"


def test_ends_survive_books_that_cannot_be_written_for_a_while(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands.put(3)
    gate = Gate()
    gate.open.set()
    outbox = hands.outbox(gate)
    real, failures = dispatch.Mailbox.mark, iter([True, True])

    def sometimes(self: Mailbox, marks: list[dict[str, object]]) -> None:
        if marks and next(failures, False):
            raise dispatch.Unavailable("locked")
        real(self, marks)

    monkeypatch.setattr(dispatch.Mailbox, "mark", sometimes)
    outbox.deliver()
    assert hands.states() == {"sent": 3} and len(gate.sent) == 3


def _after(times: int):  # type: ignore[no-untyped-def]
    """A stop that is asked for at the so-manieth look at the outbox."""
    looks = iter([False] * times)
    return lambda: next(looks, True)


def test_the_reasons_are_kept_short(hands: Hands) -> None:
    hands.put(1)
    gate = Gate()
    gate.open.set()
    outbox = hands.outbox(gate)
    outbox.sms = type("Long", (), {"send": lambda *_: Outcome(Fate.REFUSED, "x" * 999)})()
    outbox.deliver()
    with hands.stores[0].read() as books:
        assert len(books.connection.exec_driver_sql("SELECT reason FROM notice").scalar_one()) == 200
