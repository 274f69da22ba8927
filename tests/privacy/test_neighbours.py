"""Every command by every role with the numbers, names and codes of the society next door (reliability.md E5, T10, T11).

What is not mine is answered word for word as what is not there, by the same number of looks into the database, and
nothing of it changes. The mini-program's addresses have their own matrix in tests/api/test_matrix.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from bot.app import digest_of
from bot.channels.base import Message, Order, Reply
from handlers.table import TABLE
from ledger import journal
from ledger.identity_records import Freeze
from ledger.records import Act, Matter, Proposal
from ledger.store import tables as t
from ledger.terms import Account
from tests.api.neighbours import MARK, OTHER, OTHER_LOAN, settle
from tests.village import CODE, FIRST_DAY, Village

ROLES = ("陈桂花", "理事", "理事长", "会计", "出纳", "监事长", "乡镇", "县主管")
LOAN, ITEM, ENTRY, PERSON, RECEIPT, BROADCAST = "loan", "item", "entry", "person", "receipt", "broadcast"
TAKES: dict[str, frozenset[str]] = {
    name: frozenset(kinds.split()) for name, kinds in {
        "help": "", "yes": "", "no": "", "rules": "", "contacts": "", "stop": "", "resume": "", "tongue": "",
        "notices": "", "check": RECEIPT, "unknown": "", "complain": "", "join": "", "balance": "", "statement": "",
        "schedule": LOAN, "payoff": LOAN, "borrow": "", "withdraw": LOAN, "consent": LOAN, "refuse": LOAN,
        "sign": LOAN, "received": LOAN, "not_received": LOAN, "repay": "", "dispute": "", "object": LOAN,
        "extend": LOAN, "leave": "", "vote": "", "pending": "", "approve": LOAN, "reject": LOAN, "hold": LOAN,
        "release": LOAN, "answer": ITEM, "pay_out": LOAN, "collect": PERSON, "undo": "", "reverse": ENTRY,
        "refund_credit": PERSON, "write_off": LOAN, "write_off_resolution": LOAN, "write_off_filing": LOAN,
        "go_first": LOAN, "spend": "", "bank_in": "", "bank_out": "", "fund_in": "", "count": "",
        "admit": "", "second": ITEM, "turn_down": ITEM, "take_fee": ITEM, "contribute": PERSON, "stay": "",
        "refund": PERSON, "delegate": PERSON, "apply_for": PERSON, "countersign": f"{LOAN} {PERSON}",
        "form_group": PERSON, "move_group": PERSON, "lead_group": PERSON, "agree": ITEM, "disagree": ITEM,
        "relate": PERSON, "unrelate": PERSON, "pair": PERSON, "permit": LOAN, "set_off": LOAN, "day_sheet": "",
        "overdue": "", "find": PERSON, "sent_to": PERSON, "publish": "", "broadcast": "",
        "broadcast_progress": BROADCAST, "broadcast_pause": BROADCAST, "broadcast_go_on": BROADCAST,
        "broadcast_stop": BROADCAST, "start_vote": "", "close_month": "", "password": "",
        "freeze": f"{LOAN} {PERSON}", "unfreeze": ITEM,
        "vote_for": PERSON, "change_phone": PERSON, "add_phone": PERSON, "vouch": ITEM,
        "doubt": ITEM,
        "figures": "", "alerts": "", "rectify": "",
    }.items()
}
"""What of another society each command could be given; a new command needs its line here."""
PHONE_ITEM = 7072
"""The neighbour's change of a phone, waiting for somebody to vouch."""
STATE_OF_ITS_OWN = {
    "broadcast_go_on", "broadcast_pause", "broadcast_progress", "broadcast_stop", "doubt", "go_first",
    "lead_group", "move_group", "set_off", "take_fee", "unfreeze", "vouch", "write_off_filing", "write_off_resolution",
}
"""Commands whose own number means something only after a life of its own; the talks live it."""
SLOTS = {
    "loan", "item", "entry", "person", "code", "lines", "text", "amount_fen", "months", "on", "plan", "purpose",
    "source", "scope", "phone", "via", "about", "unheard", "accepted", "anonymous", "asked", "choice", "choices",
    "days", "free", "vote", "society", "topic", "words", "day", "day_ahead", "day_unclear",
}
"""Every slot that a handler looks at; a new one has to be thought about here, for it may name something next door."""


@dataclass(frozen=True)
class Named:
    """What a message names: things of the neighbour, or nothing at all."""

    loan: int
    item: int
    entry: int
    person: str
    code: str

    def slots(self) -> dict[str, Any]:
        return {
            "loan": self.loan, "item": self.item, "entry": self.entry, "person": self.person, "code": self.code,
            "lines": [{"person": self.person, "amount_fen": 100}], "text": f"{self.person} 理由", "amount_fen": 100_00,
            "months": 3, "phone": "19955550123", "purpose": "买化肥", "source": "捐赠",
        }

    def hidden(self, words: str) -> str:
        """The words without what was named, and without what no two messages have in common: codes and ids."""
        words = re.sub(r"(?<![0-9a-f])([0-9a-f]{24}|[0-9]{10}|[0-9]{6})(?![0-9a-f元])", "▪", words)
        for one in (self.loan, self.item, self.entry, self.person, self.code):
            words = re.sub(rf"(?<![0-9]){one}(?![0-9])", "□", words)
        return words


def found(village: Village) -> tuple[Named, Named]:
    """The neighbour beside the village, with one of everything; what is there, and what is nowhere."""
    settle(village)
    with village.store.write() as books:
        spent = [journal.spend(100, FIRST_DAY, Account.BANK, "纸", f"n{n}", 1, "other") for n in range(46)]
        books.save(OTHER, Act((
            Matter(OTHER, 7071, "objection", OTHER_LOAN, 1, f"{MARK}川的异议", FIRST_DAY),
            Freeze(OTHER, 7071, 1, 0, 2, 1),
            Proposal(OTHER, PHONE_ITEM, "phone", f"{OTHER}-012", 12, "open", FIRST_DAY,
                     {"new": "19955550125", "person": 12}),
            Proposal(OTHER, 7071, "join", "", 1, "open", FIRST_DAY, {"name": f"{MARK}新人"}),
        ), tuple(spent)), FIRST_DAY, 0)
        receipt = list(books.kept(OTHER))[-1]
        person = books.members_named(OTHER, f"{MARK}王五")[0][1].name
    there = Named(OTHER_LOAN, 7071, receipt.seq, person, receipt.code)
    return there, Named(9923, 9071, 9904, f"{MARK}天外", "ZZZZZ")


def ask(village: Village, who: str, command: str, named: Named, *, show_only: bool = True) -> Reply:
    place = village.phone(who)
    key = f"{who}/{command}/{named.loan}/{named.item}"
    order = Order(command, named.slots())
    message = Message("sms", "http", place, key, "", "text", digest_of(key), order=order)
    return village.turns.take(message, show_only=show_only)


@contextmanager
def looks(village: Village) -> Iterator[list[str]]:
    """The statements that go to the database meanwhile."""
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    event.listen(village.store.engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(village.store.engine, "before_cursor_execute", hear)


def of_neighbour(village: Village) -> dict[str, list[Any]]:
    """Every row that is the neighbour's."""
    with village.store.read() as books:
        return {
            table.name: sorted(books.connection.execute(select(table).where(table.c.society == OTHER)).all(), key=repr)
            for table in t.metadata.sorted_tables if "society" in table.c
        }


def test_every_command_and_slot_has_its_line() -> None:
    assert set(TAKES) == set(TABLE)
    root = Path(__file__).resolve().parents[2] / "handlers"
    read = {
        name for path in root.glob("*.py")
        for name in re.findall(r'slots(?:\.get\(|\[)"([a-z_]+)"', path.read_text("utf-8"))
    }
    assert read <= SLOTS, read - SLOTS


@pytest.fixture
def quick(quick_village: Village) -> Village:
    return quick_village


def test_t10_t11_what_is_not_mine_is_answered_as_what_is_not_there(quick: Village) -> None:
    there, nowhere = found(quick)
    before, wrong, said = of_neighbour(quick), [], 0
    for who in ROLES:
        for command in TABLE:
            if ITEM in TAKES[command]:
                phone = replace(there, item=PHONE_ITEM)
                told = phone.hidden(ask(quick, who, command, phone).text)
                assert told == nowhere.hidden(ask(quick, who, command, nowhere).text), f"{command} by {who}"
            with looks(quick) as first:
                mine = ask(quick, who, command, there)
            with looks(quick) as second:
                none = ask(quick, who, command, nowhere)
            assert "系统刚才" not in mine.text + none.text, f"{command} by {who} fails"
            told = there.hidden(mine.text)
            if told != nowhere.hidden(none.text):
                wrong.append(f"{command} by {who}: {told[:300]} / {nowhere.hidden(none.text)[:300]}")
            if len(first) != len(second):
                wrong.append(f"{command} by {who}: {len(first)} looks, {len(second)} for nothing")
            if MARK in told or OTHER in told:
                wrong.append(f"{command} by {who} shows the neighbour: {told[:300]}")
            said += told != ""
    assert not wrong, "\n".join(wrong)
    assert said == len(ROLES) * len(TABLE)
    # And for good: asked, and confirmed where it asks.
    for who in ROLES:
        for command in TABLE:
            ask(quick, who, command, there, show_only=False)
            quick.take(who, "1")
    assert of_neighbour(quick) == before


def test_the_matrix_is_not_empty(quick: Village) -> None:
    """A number of one's own is answered otherwise than one that is nowhere, at some point of a loan's life."""
    _, nowhere = found(quick)
    with quick.store.write() as books:
        books.save(CODE, Act((Matter(CODE, 1, "objection", 5, 1, "异议", FIRST_DAY),)), FIRST_DAY, 0)
        last = list(books.kept(CODE))[-1]
    quick.say("会计", "入社 李大山 19900000063 一般户 400 第一组")
    quick.say("会计", "1")
    alike = {command for command, kinds in TAKES.items() if kinds} - STATE_OF_ITS_OWN
    own = Named(23, 1, last.seq, "王五", last.code)

    def still_alike() -> set[str]:
        return {
            command for command in alike
            if all(own.hidden(ask(quick, who, command, own).text) ==
                   nowhere.hidden(ask(quick, who, command, nowhere).text) for who in (*ROLES, "刘大山"))
        }

    quick.apply()
    alike = still_alike()
    for who in ("刘大山", "孙二妹"):
        quick.say(who, "同意联保 23")
    for who in ("会计", "理事长"):
        quick.say(who, f"批 23 {quick.code(who)}")
    quick.day(date(2026, 3, 4))
    for who in ("陈桂花", "刘大山", "孙二妹"):
        quick.confirm(who, "签 23")
    quick.confirm("出纳", "放款 23")
    alike = still_alike()
    assert alike == set()


def test_nobody_speaks_for_the_neighbour(quick: Village) -> None:
    """A phone of the one society is a stranger to the other: no order names its way in."""
    found(quick)
    for person in range(1, 6):
        order = Order("balance", {}, speaker=(OTHER, person))
        message = Message("sms", "http", quick.phone("陈桂花"), f"o{person}", "", "text", digest_of("x"), order=order)
        told = quick.turns.take(message).text
        assert MARK not in told and OTHER not in told and "not_you" in told
