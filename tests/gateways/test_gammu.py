"""gammu-smsd as Debian ships it, over gammu's dummy phone: round trips, parts, reports, kills, a busy database."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.channels.base import Fate, Parcel
from bot.channels.gammu import Poller, Sender
from ledger.store.smsd import Smsd
from tests.channels.conftest import Receipts
from tests.channels.stage import Turns
from tests.gateways.conftest import until
from tests.gateways.gammu import Dongle

pytestmark = pytest.mark.gateways

PHONE, OTHER, THIRD = "13800138000", "13800138001", "13800138002"
LONG = "我要借三千五百块买化肥，" * 10 + "尾🐷"


@dataclass
class Stand:
    """A dongle and our two sides of its database."""

    dongle: Dongle
    smsd: Smsd
    turns: Turns = field(default_factory=Turns)
    receipts: Receipts = field(default_factory=Receipts)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sender = Sender(self.smsd)
        self.poller = self.new_poller()

    def new_poller(self) -> Poller:
        """A poller that remembers nothing, as after a restart of ours."""
        return Poller(
            self.smsd, self.turns.take, self.receipts.take, lambda number, _key: self.asked.append(number), lambda: "i"
        )

    def send(self, reference: str, to: str, text: str, *, urgent: bool = False) -> Fate:
        return self.sender.send_parcel(Parcel(reference, to, text, urgent)).fate

    def heard(self) -> list[str]:
        self.poller.look()
        return [message.text for message in self.turns.messages]


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    yield from standing(Dongle(tmp_path))


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    """The same dongle, its tables once in a file and once on a server."""
    server = "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))
    yield from standing(Dongle(tmp_path, server))


def standing(dongle: Dongle) -> Iterator[Stand]:
    dongle.start()
    smsd = Smsd(dongle.url, 1.0)
    yield Stand(dongle, smsd)
    dongle.stop()
    smsd.close()


def test_chinese_both_ways_and_the_reports(either: Stand) -> None:
    either.dongle.say(PHONE, "我要借三千五百块买化肥")
    until(either.heard, "the message never came")
    (message,) = either.turns.messages
    assert (message.channel, message.account, message.sender) == ("sms", "gammu", PHONE)
    assert message.text == "我要借三千五百块买化肥"
    assert either.send("i-1", PHONE, "借3000元🐷\n回1确认") is Fate.ACCEPTED
    assert either.send("i-2", OTHER, "第二条") is Fate.ACCEPTED
    until(lambda: either.dongle.texts_to(OTHER), "it never left")
    assert either.dongle.texts_to(PHONE) == ["借3000元🐷\n回1确认"]
    either.poller.look()
    assert either.receipts == [], "sent is not delivered"
    either.dongle.report(PHONE, "Delivered")
    either.dongle.report(OTHER, "Failed")
    until(lambda: either.poller.look() or len(either.receipts) == 2, f"{either.receipts}")
    assert sorted(either.receipts) == [("i-1", "delivered", ""), ("i-2", "failed", "gammu-smsd could not send it")]
    before = list(either.receipts)
    either.poller.look()
    assert either.receipts == before, "each report once"


def test_long_messages_both_ways_and_one_that_never_comes_whole(
    either: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    either.dongle.say(PHONE, LONG)
    either.dongle.say(OTHER, LONG, backwards=True)
    either.dongle.say(THIRD, LONG, lost=1)
    assert either.send("i-1", PHONE, LONG) is Fate.ACCEPTED
    until(lambda: len(either.heard()) == 2, "a long message never came")
    assert either.heard() == [LONG, LONG]
    until(lambda: either.dongle.texts_to(PHONE) == [LONG], "it never left whole")
    # smsd gives the torso out after its own time; the rest is waited for, then the person is asked.
    until(lambda: either.dongle.rows('SELECT 1 FROM inbox WHERE "Processed" = \'false\''), "no torso")
    either.poller.look()
    assert either.asked == []
    monkeypatch.setattr("bot.channels.gammu.PATIENCE_S", 0)
    either.poller.look()
    either.poller.look()
    assert either.asked == [THIRD] and len(either.turns.messages) == 2


def test_parts_that_smsd_gives_out_one_by_one_are_put_together(stand: Stand) -> None:
    stand.dongle.stop()
    connection = sqlite3.connect(stand.dongle.database)
    whole = "我要借三千🐷买化肥".encode("utf-16-be").hex()
    for n, words in ((2, whole[24:]), (1, whole[:24])):  # cut through the middle of the emoji
        connection.execute(
            "INSERT INTO inbox (Text, SenderNumber, Coding, UDH, TextDecoded, RecipientID, ReceivingDateTime) VALUES "
            f"('{words}', '+86{PHONE}', 'Unicode_No_Compression', '06080400AB020{n}', 'x', '', '2026-11-24 09:00:0{n}')"
        )
        connection.commit()
        assert stand.heard() == ([] if n == 2 else ["我要借三千🐷买化肥"])
    connection.close()


def test_killed_with_messages_on_both_sides_nothing_is_lost_or_doubled(stand: Stand) -> None:
    stand.dongle.kill()
    for n in range(6):
        stand.dongle.say(f"138001380{n:02d}", f"余额{n}")
        assert stand.send(f"i-{n}", f"139001390{n:02d}", f"第{n}条") is Fate.ACCEPTED
        assert stand.send(f"i-{n}", f"139001390{n:02d}", f"第{n}条") is Fate.ACCEPTED, "told again under its reference"
    stand.dongle.start()
    until(lambda: stand.dongle.rows("SELECT 1 FROM sentitems"), "nothing left")
    stand.dongle.kill()
    stand.dongle.start()
    # What smsd was sending when it died it only takes up again after a minute of its own.
    until(lambda: len(stand.heard()) == 6 and not stand.smsd.waiting(), "something was lost", 120)
    assert sorted(stand.heard()) == [f"余额{n}" for n in range(6)]
    sent = stand.dongle.rows("SELECT CreatorID, count(*) FROM sentitems GROUP BY CreatorID")
    assert {row[0] for row in sent} == {f"i-{n}" for n in range(6)}


def test_a_message_read_twice_from_the_sim_is_taken_once(stand: Stand) -> None:
    stand.dongle.say(PHONE, "收 陈桂花 500")
    until(stand.heard, "the message never came")
    # smsd died between keeping it and clearing the SIM: the same message comes under another ID.
    connection = sqlite3.connect(stand.dongle.database)
    connection.execute(
        "INSERT INTO inbox (Text, SenderNumber, Coding, UDH, TextDecoded, RecipientID, ReceivingDateTime) SELECT Text,"
        " SenderNumber, Coding, UDH, TextDecoded, RecipientID, ReceivingDateTime FROM inbox")
    connection.commit()
    connection.close()
    assert stand.heard() == ["收 陈桂花 500"] and stand.turns.repeats == 1
    assert not stand.smsd.pieces()


def test_our_own_crash_between_turn_and_mark_repeats_the_turn_only(
    either: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    either.dongle.say(PHONE, "余额")
    until(either.smsd.pieces, "the message never came")
    monkeypatch.setattr(either.smsd, "done", lambda *_args, **_more: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        either.poller.look()
    monkeypatch.undo()
    either.poller = either.new_poller()
    assert either.heard() == ["余额"] and either.turns.repeats == 1


def test_busy_books_leave_the_message_where_it_is(stand: Stand) -> None:
    stand.dongle.say(PHONE, "余额")
    stand.turns.busy = True
    until(stand.smsd.pieces, "the message never came")
    assert stand.heard() == [] and stand.smsd.pieces()
    stand.turns.busy = False
    assert stand.heard() == ["余额"] and not stand.smsd.pieces()


def test_a_database_that_cannot_be_had_keeps_the_message_waiting(stand: Stand) -> None:
    lock = sqlite3.connect(stand.dongle.database, isolation_level=None, timeout=10)
    lock.execute("BEGIN IMMEDIATE")
    assert stand.send("i-1", PHONE, "x") is Fate.RETRY
    lock.execute("ROLLBACK")
    # A full disk: nothing more fits into the file.
    lock.close()
    assert stand.send("i-1", PHONE, "x") is Fate.ACCEPTED
    until(lambda: stand.dongle.texts_to(PHONE) == ["x"], "it never left")


def test_a_full_disk_under_the_database(stand: Stand) -> None:
    from sqlalchemy import event

    stand.dongle.stop()

    @event.listens_for(stand.smsd._engine, "connect")
    def small(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    fates = [stand.send(f"i-{n}", PHONE, "字" * 60) for n in range(80)]
    assert fates[0] is Fate.ACCEPTED and fates[-1] is Fate.RETRY
    stored = stand.dongle.rows("SELECT count(*) FROM outbox")[0][0]
    assert stored == fates.count(Fate.ACCEPTED), "accepted is stored, and what is not stored is told"


def test_replies_leave_before_what_is_not_urgent(either: Stand) -> None:
    either.dongle.stop()
    for n in range(4):
        either.send(f"i-{n}", f"139001390{n:02d}", "通知")
    either.send("i-9", PHONE, "回答", urgent=True)
    time.sleep(1.1)  # smsd takes nothing that was queued in this very second
    either.dongle.start()
    until(lambda: not either.smsd.waiting(), "not all left")
    assert either.dongle.references_sent()[0] == "i-9"


def test_words_of_a_complaint_do_not_stay_in_the_village(either: Stand) -> None:
    from bot.channels.base import Message, Reply

    def turn(_message: Message) -> Reply:
        return Reply("", command="complain")

    either.dongle.say(PHONE, "匿名投诉 会计多收钱")
    until(either.smsd.pieces, "the message never came")
    either.poller.take_turn = turn
    either.poller.look()
    assert either.dongle.rows('SELECT "Text", "TextDecoded", "Processed" FROM inbox') in (
        [("", "", "true")], [("", "", True)])


def test_the_state_of_modem_and_schema(either: Stand, tmp_path: Path) -> None:
    until(lambda: either.smsd.state()[1], "the modem never signed in")
    version, ((phone, age_s, _, _),) = either.smsd.state()
    assert version == 17 and phone == "village1" and age_s < 30
    empty = Smsd(f"sqlite:///{tmp_path / 'empty.db'}")
    assert empty.state() == (0, [])
    empty.close()
