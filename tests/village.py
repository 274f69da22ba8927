"""The village of the tests: 青山村 in a real database of either kind, its people's phones, and days that pass.

Messages go through the one route (bot/turn.py) and notices through the real outbox; only what lies outside is played
here: the phones that ring and the clock on the wall.
"""

from __future__ import annotations

import itertools
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import outbox
from bot.app import digest_of
from bot.channels.base import Fate, Message, Outcome, Reply
from bot.clock import Clock
from bot.outbox import Outbox
from bot.turn import Turns
from bot.workbook import read_village
from jobs.daily import run_day
from ledger import charter, founding
from ledger.store import tables as tables_of
from ledger.store.mailbox import Mailbox
from ledger.store.migrations import upgrade
from ledger.store.store import Store
from ledger.store.verify import verify
from ledger.terms import ACCOUNT_WORDS
from ledger.village import Village as Told
from tests.engines import Postgres
from tests.keys import KEYS

BOOK = Path(__file__).parent / "cases" / "qingshan.xlsx"
CODE = "QS001"
FIRST_DAY = date(2026, 3, 1)
SECRET = b"only for the tests of the village"
WECHAT = "gh_qingshan"
QUICK = Path("/dev/shm")
SHOWN_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9元号月日])")

Change = Callable[[Told, dict[str, Any]], Told]
"""Another village or charter than qingshan's own, changed before the books are opened."""


@dataclass(frozen=True)
class Watch(Clock):
    """The demo clock on a wrist: seconds are real, but hours can be let pass."""

    ahead_s: list[int] = field(default_factory=lambda: [0])

    def now(self) -> int:
        return super().now() + self.ahead_s[0]

    def pass_by(self, seconds: int) -> None:
        self.ahead_s[0] += seconds


@dataclass
class Phones:
    """Every phone and WeChat of the village: the outbox sends here, and what arrived is kept."""

    heard: dict[str, list[str]] = field(default_factory=dict)
    unread: dict[str, list[str]] = field(default_factory=dict)

    def send(self, reference: str, to: str, text: str) -> Outcome:
        self.heard.setdefault(to, []).append(text)
        self.unread.setdefault(to, []).append(text)
        return Outcome(Fate.ACCEPTED, reference=reference)

    def send_text(self, openid: str, text: str) -> Outcome:
        return self.send("", openid, text)

    def read(self, to: str, text: str) -> None:
        """The person has read one message: it is no longer news."""
        self.unread[to].remove(text)

    def codes(self, to: str) -> list[str]:
        """The codes a phone was shown, the newest last."""
        return [found[0] for text in self.heard.get(to, []) for found in SHOWN_CODE.finditer(text)]


@dataclass
class Village:
    """One society with everything around it."""

    store: Store
    clock: Watch = field(default_factory=lambda: Watch(True))
    phones: Phones = field(default_factory=Phones)
    rung: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.turns = Turns(self.store, self.clock, SECRET, lambda: self.rung.append(1))
        self.outbox = Outbox(
            self.store, self.turns.make_code, self.clock.now, self.phones, self.phones, concurrency=1
        )
        self._keys = itertools.count(1)
        self.numbers = self._numbers()

    def _numbers(self) -> dict[str, str]:
        """Phones by name, by the tail of the 户号 and by the title of an office; a name two people share is none."""
        with self.store.read() as books:
            people, officers = books.people(CODE), books.officers(CODE)
        found: dict[str, str] = {}
        shared = set()
        for person in people.values():
            shared |= {person.name} & set(found)
            found[person.name] = person.phone
            found[person.household.rpartition("-")[2] or person.name] = person.phone
        for name in shared:
            del found[name]
        for office, person in officers:
            found.setdefault(office.title, person.phone)
        return found

    def phone(self, who: str) -> str:
        number = who if who.isdigit() and len(who) > 3 else self.numbers[who]
        assert number, f"{who} has no phone"
        return number

    def place(self, who: str, channel: str = "sms") -> str:
        """Where messages to this person arrive: the phone, or the openid of their WeChat."""
        return self.phone(who) if channel == "sms" else f"openid-{self.phone(who)}"

    def message(self, who: str, text: str, channel: str = "sms", key: str = "", kind: str = "text") -> Message:
        account = "http" if channel == "sms" else WECHAT
        return Message(
            channel, account, self.place(who, channel), key or f"m{next(self._keys)}", text, kind, digest_of(text)
        )

    def take(self, who: str, text: str, channel: str = "sms", key: str = "", kind: str = "text") -> Reply:
        """One message to its reply, nothing delivered yet."""
        return self.turns.take(self.message(who, text, channel, key, kind))

    def say(self, who: str, text: str, channel: str = "sms", key: str = "", kind: str = "text") -> str:
        """One message, everything it causes delivered; the reply has come back the way it does in life."""
        return self.arrived(who, channel, self.take(who, text, channel, key, kind).text)

    def arrived(self, who: str, channel: str, reply: str) -> str:
        """What waits is delivered; the reply has reached the person, over SMS as a message of its own."""
        self.deliver()
        if channel == "sms" and reply:
            self.phones.read(self.phone(who), reply)
        elif reply:
            self.phones.heard.setdefault(self.place(who, channel), []).append(reply)
        return reply

    def code(self, who: str) -> str:
        """The newest code any phone of this person was shown."""
        shown = self.phones.codes(self.place(who)) + self.phones.codes(self.place(who, "wechat"))
        assert shown, f"{who} was shown no code"
        return shown[-1]

    def confirm(self, who: str, text: str) -> str:
        """A message that is answered with a code, and the code."""
        self.say(who, text)
        return self.say(who, self.code(who))

    def deliver(self) -> None:
        self.outbox.deliver()

    def set_day(self, day: date) -> None:
        with self.store.write() as books:
            self.clock.set_today(Mailbox(books.connection), day)

    def today(self) -> date:
        with self.store.read() as books:
            return self.clock.today(Mailbox(books.connection))

    def day(self, day: date) -> dict[str, int]:
        """The business day begins: what it owes is done and delivered."""
        self.set_day(day)
        counts = run_day(self.store, day, self.clock.now())
        self.deliver()
        return counts

    def fault(self) -> str:
        """The first thing wrong with the books; empty when all is well."""
        with self.store.read() as books:
            return verify(books, CODE).fault

    def total_fen(self, word: str) -> int:
        """The size of an account's total, by the beginning of its Chinese word."""
        account = next(account for account, name in ACCOUNT_WORDS.items() if name.startswith(word))
        with self.store.read() as books:
            return abs(books.totals(CODE)[account])

    def entries(self) -> int:
        with self.store.read() as books:
            return books.head(CODE)[0]

    def counted(self) -> list[int]:
        """How many rows each table holds: a quick look at whether anything was added."""
        tables = tables_of.metadata.sorted_tables
        counts = [select(func.count()).select_from(table).scalar_subquery() for table in tables]
        with self.store.read() as books:
            return list(books.connection.execute(select(*counts)).one())

    def told(self, reply: Reply) -> list[tuple[int, str]]:
        """The notices a message caused, as (person, words)."""
        with self.store.read() as books:
            waiting = Mailbox(books.connection).notices_of(reply.society, reply.notices)
        return [(one.person, outbox.say(one, self.turns.make_code)) for one in waiting]

    # A loan on its way, for tests that begin later in its life.

    def apply(self) -> None:
        self.say("陈桂花", "借3000买化肥10个月")
        self.say("陈桂花", "1")

    def vouch(self) -> None:
        self.apply()
        self.say("刘大山", "同意联保 23")
        self.say("孙二妹", "同意联保 23")

    def approve(self) -> None:
        self.vouch()
        self.say("会计", f"批 23 {self.code('会计')}")
        self.say("理事长", f"批 23 {self.code('理事长')}")

    def clear(self) -> None:
        self.approve()
        self.day(date(2026, 3, 4))

    def sign(self) -> None:
        self.clear()
        for who in ("陈桂花", "刘大山", "孙二妹"):
            self.confirm(who, "签 23")

    def pay_out(self) -> None:
        self.sign()
        self.confirm("出纳", "放款 23")
        self.say("陈桂花", "收到 23")

    def collect(self) -> None:
        self.pay_out()
        self.day(date(2026, 4, 4))
        self.confirm("出纳", "收 陈桂花 315")


def told_village() -> Told:
    village, faults, _ = read_village(BOOK, charter.names())
    assert village is not None, faults
    return village


def open_books(store: Store, change: Change | None = None) -> None:
    """Qingshan, changed or as it is, in an empty database; the demo's day is the first."""
    told, body = told_village(), charter.body_of("")
    if change is not None:
        told = change(told, body)
    upgrade(store)
    act, history = founding.found(told, body)
    with store.write() as books:
        books.save(told.society.code, act, told.society.opened_on, 0)
        books.history(told.society.code, history)
        Watch(True).set_today(Mailbox(books.connection), FIRST_DAY)


@pytest.fixture(scope="session")
def sqlite_village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with qingshan in it; every test takes a copy."""
    path = tmp_path_factory.mktemp("qingshan") / "huzhu.db"
    store = Store(f"sqlite:///{path}", keys=KEYS)
    open_books(store)
    store.close()
    return path


@pytest.fixture(scope="session")
def postgres_village(postgres: Postgres) -> str:
    """The name of a database with qingshan in it; every test takes a copy."""
    name = postgres.create()
    store = Store(postgres.url(name), keys=KEYS)
    open_books(store)
    store.close()
    return name


@pytest.fixture
def sqlite_copy(sqlite_village: Path) -> Iterator[str]:
    """In memory where there is such a place: every commit is still flushed, but to nothing slow."""
    with tempfile.TemporaryDirectory(prefix="huzhu-", dir=QUICK if QUICK.is_dir() else None) as folder:
        shutil.copy(sqlite_village, Path(folder) / "qingshan.db")
        yield f"sqlite:///{folder}/qingshan.db"


@pytest.fixture
def postgres_copy(postgres: Postgres, postgres_village: str) -> Iterator[str]:
    name = postgres.create(postgres_village)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def village(request: pytest.FixtureRequest) -> Iterator[Village]:
    """Qingshan on 2026-03-01, once in each database."""
    url = request.getfixturevalue("sqlite_copy" if request.param == "sqlite" else "postgres_copy")
    store = Store(str(url), keys=KEYS)
    yield Village(store)
    store.close()


@pytest.fixture
def quick_village(sqlite_copy: str) -> Iterator[Village]:
    """Qingshan on SQLite only, for what no database can change."""
    store = Store(sqlite_copy, keys=KEYS)
    yield Village(store)
    store.close()


@pytest.fixture
def found_village(store_url: str) -> Iterator[Callable[[Change], Village]]:
    """Makes another village than qingshan, in each database."""
    store = Store(store_url, keys=KEYS)

    def make(change: Change) -> Village:
        open_books(store, change)
        return Village(store)

    yield make
    store.close()


def patched(body: dict[str, Any], settings: Mapping[str, Any]) -> None:
    """Set values of a charter by `section.key`."""
    for name, value in settings.items():
        section, key = name.split(".")
        assert key in body[section], name
        body[section] = {**body[section], key: value}
