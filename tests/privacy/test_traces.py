"""Canaries: people whose every number is known go through whole flows, then are looked for where they may not be."""

from __future__ import annotations

import logging
import re
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.logs import Json, masked
from bot.metrics import exposition
from jobs.backup import backup
from ledger import journal
from ledger.masks import without_numbers
from ledger.records import Act
from ledger.store import sessions, subscriptions
from ledger.store.mailbox import Mailbox
from ledger.terms import Account
from tests.privacy import traces
from tests.village import CODE, FIRST_DAY, Village

STRANGER, NEWCOMER, ID_CARD, OPENID = "19955550123", "19955550124", "110101199003071233", "oCanary0000000000000000001XY"


def lived(village: Village) -> list[str]:
    """Every kind of message that carries a number; gives the numbers, and what only their owners may read."""
    village.collect()
    village.say("陈桂花", "绑定", "wechat")
    village.say("陈桂花", f"绑定 {village.phone('陈桂花')}", "wechat")
    village.say("陈桂花", village.code("陈桂花"), "wechat")
    village.say("陈桂花", f"投诉 出纳不接电话，打我{STRANGER}，身份证{ID_CARD}")
    village.say("陈桂花", "1")
    village.say(STRANGER, f"我要入社 {NEWCOMER}")
    village.confirm("会计", f"入社 周明 一般户 {NEWCOMER} {ID_CARD}")
    village.say("会计", f"{NEWCOMER} 是谁的电话")
    with village.store.write() as books:
        session = sessions.Session("hash", "wxmini", OPENID, frozenset({(CODE, 1)}), 1, 10**10)
        sessions.begin(books.connection, session, 1)
        subscriptions.accepted(books.connection, "wxmini", OPENID, "T1", 1)
        people = books.people(CODE).values()
        assert Mailbox(books.connection).counts()
    known = [one.phone for one in people] + [one.id_card for one in people]
    return [one for one in {*known, STRANGER, NEWCOMER, ID_CARD, OPENID, village.place("陈桂花", "wechat")} if one]


def test_t20_an_operator_with_the_database_reads_no_number(village: Village, tmp_path: Path) -> None:
    """All rows, the bytes of SQLite's file with its log, a dump of PostgreSQL, and the backup: not one canary."""
    canaries = lived(village)
    assert len(canaries) > 100
    assert traces.in_tables(village.store) == {}
    assert traces.words_in(traces.dump(village.store).encode(), canaries) == []
    copy = backup(village.store, tmp_path / "copy")
    for path in (tmp_path / "copy").iterdir():
        raw = path.read_bytes()
        if path == copy and not village.store.sqlite:
            # The custom format is packed; as SQL it shows what is in it.
            done = subprocess.run(["pg_restore", "-f", "-", str(path)], capture_output=True, check=False)
            raw = done.stdout if done.returncode == 0 else raw
        assert traces.words_in(raw, canaries) == [], path.name
    if village.store.sqlite:
        file = Path(str(village.store.url.database))
        for path in file.parent.glob(f"{file.name}*"):
            assert traces.words_in(path.read_bytes(), canaries) == [], path.name
    # The looking glass itself: one number in clear is seen.
    with village.store.write() as books:
        books.connection.execute(text("UPDATE loan SET purpose = :number WHERE no = 5"), {"number": f"问{STRANGER}"})
    assert traces.in_tables(village.store) == {"loan.purpose": {STRANGER}}


def test_a_number_typed_where_others_read_is_taken_out(village: Village) -> None:
    """Purposes, reasons and memos stay in clear, and a memo for ever: what was typed into them keeps no number."""
    village.say("陈桂花", f"借3000买化肥找{STRANGER}10个月")
    village.say("陈桂花", "1")
    spent = journal.spend(5_000, FIRST_DAY, Account.BANK, f"打印纸{STRANGER}", "paper", 1)
    with village.store.write() as books:
        books.save(CODE, Act(entries=(spent,)), FIRST_DAY, 0)
    with village.store.read() as books:
        memos = [one.memo for one in books.kept(CODE)]
        loans = [one.purpose for one in books.all_loans(CODE)]
    assert traces.in_tables(village.store) == {} and village.fault() == ""
    assert "打印纸（电话）" in memos and any("化肥" in purpose for purpose in loans)


@pytest.mark.parametrize("typed", ["19955550123", "+8619955550123", "86 199 5555 0123", "199-5555-0123", ID_CARD,
                                   "11010119900307123X", f"{STRANGER}和{NEWCOMER}"])
def test_nothing_of_a_number_is_left(typed: str) -> None:
    left = without_numbers(f"请找{typed}，还500元")
    assert left.startswith("请找（") and left.endswith("，还500元")
    assert not re.search(r"[0-9Xx]", left.removesuffix("500元"))
    assert without_numbers("23号还了1234567.89元，2026-03-01") == "23号还了1234567.89元，2026-03-01"


def test_t37_logs_and_figures_know_nobody(village: Village, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        canaries = lived(village)
        for who in ("陈桂花", "会计"):
            village.say(who, "余额")
    written = "\n".join(Json().format(one) for one in caplog.records)
    assert traces.words_in(written.encode(), [*canaries, "陈桂花", "周明"]) == []
    with village.store.read() as books:
        figures = exposition(Mailbox(books.connection), village.turns.meter, village.clock.now())
    assert "huzhu_turns_total" in figures and traces.words_in(figures.encode(), [*canaries, "陈桂花", "周明"]) == []
    told = f"Key (sender)=({STRANGER}) of {OPENID} with {ID_CARD}, +86{STRANGER}"
    assert masked(told) == "Key (sender)=([phone]) of [openid] with [id], [phone]"


def test_t37_a_database_error_does_not_say_what_was_written(village: Village) -> None:
    """A refused statement's own words go into tracebacks: the values in it do not."""
    with pytest.raises(Exception, match="parameters hidden") as caught, village.store.write() as books:
        books.connection.execute(text("INSERT INTO office (society, person) VALUES (:a, :b)"), {"a": "周明", "b": 1})
    assert "周明" not in str(caught.value).split("[SQL")[1]
