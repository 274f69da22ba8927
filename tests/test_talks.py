"""Whole conversations, told as the people had them: every `.talk` under talks/ is played on both databases.

    今天 2026-03-01          the business day; its daily round runs, what it owes is delivered
    过 25小时                 time passes on the same day
    陈桂花> 借3000买化肥       somebody writes (name, title, tail of the 户号, or a phone); `{码}` is their newest code
    陈桂花(微信)> 余额         the same over WeChat; (语音) is a voice there with its recognised words,
                             (图片) a picture, (点菜单) (关注) (取消关注) (扫码) what happens
    陈桂花(微信)> {刘大山的码}  the newest code of somebody else
      < 您要借3000元…         the reply; `…` stands for anything
      刘大山 < 陈桂花申请…     what another phone got since; other notices may come too
      刘大山 没有 …逾期…       no such message has come
    读完                      whatever came so far is read
    没有别的                  nobody got anything that was not read here
    核对 借出 38830.98        an account's total in yuan
    核对 23号 还款中           how a loan stands
    受灾 洪水 2026-02-20 2026-06-30 6个月   the county declares a disaster: from, until, at most so much more time
    延期 1 3个月              the assembly gives every open loan more time after declaration 1
    设 …                      before the first day: another charter, household or officer

Every message is delivered twice, as networks do, and has one effect. After every step the books are proved, after the
last one no phone and no ID number stands in clear in the database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jobs import relief
from ledger.money import from_yuan, to_yuan
from ledger.terms import STATUS_WORDS
from ledger.village import Village as Told
from tests.privacy import traces
from tests.village import CODE, Change, Village, patched

REACHED: dict[str, set[str]] = {}
"""The rows that the messages of each talk have reached, as far as the talks were played."""
TALKS = sorted((Path(__file__).parent / "talks").glob("*.talk"))
WECHAT = "(微信)"
KINDS = {
    "(语音)": "voice", "(图片)": "image", "(点菜单)": "event:CLICK", "(关注)": "event:subscribe",
    "(取消关注)": "event:unsubscribe", "(扫码)": "event:SCAN",
}


class Wrong(AssertionError):
    """A talk that did not go as it is written, with the line where it went astray."""


class Player:
    """Plays one talk in one village."""

    def __init__(self, village: Village, name: str) -> None:
        self.village = village
        self.reply = ""
        self.reached = REACHED.setdefault(name, set())

    def play(self, line: str) -> None:
        words = line.strip()
        for shape, act in self.acts():
            if found := re.fullmatch(shape, words, re.DOTALL):
                act(*found.groups())
                break
        else:
            raise Wrong(f"this line is nothing: {words}")
        fault = self.village.fault()
        if fault:
            raise Wrong(f"the books are wrong: {fault}")

    def acts(self) -> tuple[tuple[str, Callable[..., None]], ...]:
        return (
            (r"今天 (\d{4}-\d\d-\d\d)", self.day),
            (r"过 (\d+)(小时|分钟)", self.pass_by),
            (r"受灾 (\S+) (\S+) (\S+) (\d+)个月", self.disaster),
            (r"延期 (\d+) (\d+)个月", self.relief),
            (r"读完", self.all_read),
            (r"没有别的", self.nothing_else),
            (r"核对 (\d+)号 (\S+)", self.check_loan),
            (r"核对 (\S+) (\S+)", self.check_total),
            (r"< (.+)", self.check_reply),
            (r"(\S+) < (.+)", self.check_heard),
            (r"(\S+) 没有 (.+)", self.check_not_heard),
            (r"(\S+?)> ?(.*)", self.say),
        )

    def day(self, day: str) -> None:
        self.village.day(date.fromisoformat(day))

    def pass_by(self, count: str, unit: str) -> None:
        self.village.clock.pass_by(int(count) * (3600 if unit == "小时" else 60))

    def disaster(self, event: str, since: str, until: str, months: str) -> None:
        village, days = self.village, (date.fromisoformat(since), date.fromisoformat(until))
        relief.declare(village.store, CODE, event, *days, int(months), "县发3号", village.today(), village.clock.now())
        village.deliver()

    def relief(self, number: str, months: str) -> None:
        village = self.village
        relief.grant(village.store, CODE, int(number), int(months), "社决5号", village.today(), village.clock.now())
        village.deliver()

    def say(self, who: str, text: str) -> None:
        name, channel = _who(who)
        kind = next((kind for sign, kind in KINDS.items() if who.endswith(sign)), "text")
        text = re.sub(r"\{(\w+)的码\}", lambda found: self.village.code(found[1]), text)
        if "{码}" in text:
            text = text.replace("{码}", self.village.code(name))
        if "{错码}" in text:
            text = text.replace("{错码}", f"{(int(self.village.code(name)) + 1) % 10**6:06d}")
        message = self.village.message(name, text, channel, kind=kind)
        first = self.village.turns.take(message)
        counted = self.village.counted()
        again = self.village.turns.take(message)
        if (again.text, again.repeated, again.notices) != (first.text, True, ()) or self.village.counted() != counted:
            raise Wrong(f"the second time it was: {again}")
        if "系统刚才" in first.text:
            raise Wrong("the turn failed")
        self.reached.add(first.command)
        self.reply = self.village.arrived(name, channel, first.text)

    def check_reply(self, pattern: str) -> None:
        if not _fits(pattern, self.reply):
            raise Wrong(f"the reply was: {self.reply}")

    def check_heard(self, who: str, pattern: str) -> None:
        place = self.village.place(*_who(who))
        unread = self.village.phones.unread.get(place, [])
        heard = next((text for text in unread if _fits(pattern, text)), None)
        if heard is None:
            raise Wrong(f"{who} got: {' | '.join(unread) or 'nothing'}")
        self.village.phones.read(place, heard)

    def check_not_heard(self, who: str, pattern: str) -> None:
        for text in self.village.phones.unread.get(self.village.place(*_who(who)), []):
            if _fits(pattern, text):
                raise Wrong(f"{who} got: {text}")

    def all_read(self) -> None:
        self.village.phones.unread.clear()

    def nothing_else(self) -> None:
        left = {to: texts for to, texts in self.village.phones.unread.items() if texts}
        if left:
            raise Wrong(f"there is more: {left}")

    def check_total(self, word: str, yuan: str) -> None:
        there = self.village.total_fen(word)
        if there != from_yuan(yuan):
            raise Wrong(f"{word} is {to_yuan(there)}")

    def check_loan(self, number: str, word: str) -> None:
        with self.village.store.read() as books:
            loan = books.loan(CODE, int(number))
        stands = STATUS_WORDS[loan.status] if loan else "没有"
        if stands != word:
            raise Wrong(f"loan {number} is {stands}")


def _who(who: str) -> tuple[str, str]:
    for sign in (WECHAT, *KINDS):
        if who.endswith(sign):
            return who.removesuffix(sign), "wechat"
    return who, "sms"



def _fits(pattern: str, text: str) -> bool:
    parts = [re.escape(part) for part in pattern.split("…")]
    return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line


def change_of(path: Path) -> Change | None:
    """What the `设` lines of a talk make of the village; None where there are none."""
    settings = [line.strip().split(maxsplit=3) for _, line in _lines(path) if line.startswith("设 ")]
    if not settings:
        return None

    def change(told: Told, body: dict[str, Any]) -> Told:
        for _, kind, key, value in settings:
            if kind == "章程":
                patched(body, {key: json.loads(value)})
            elif kind == "农户":
                told = _household(told, key, *value.split(maxsplit=1))
            elif kind == "职务":
                told = replace(told, offices=tuple(one for one in told.offices if one.name != key))
            else:
                raise Wrong(f"nothing to set: {kind}")
        return told

    return change


def _household(told: Told, tail: str, name: str, value: str) -> Told:
    homes = [
        replace(home, **{name: json.loads(value)}) if home.no.endswith(f"-{tail}") else home
        for home in told.households
    ]
    assert tuple(homes) != told.households, "no household was changed"
    return replace(told, households=tuple(homes))


def play(path: Path, village: Village) -> None:
    player = Player(village, path.stem)
    for number, line in _lines(path):
        if line.startswith("设 "):
            continue
        try:
            player.play(line)
        except Wrong as wrong:
            raise Wrong(f"{path.name}:{number}: {line.strip()}\n  {wrong}") from None
    # Nobody's number stands anywhere in clear, whatever was said (reliability.md E6, T20).
    assert traces.in_tables(village.store) == {}


PLAIN = [path for path in TALKS if change_of(path) is None]
OTHERS = [path for path in TALKS if path not in PLAIN]


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_talk(path: Path, village: Village) -> None:
    play(path, village)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_talk_in_another_village(path: Path, found_village: Callable[[Change], Village]) -> None:
    change = change_of(path)
    assert change is not None
    play(path, found_village(change))


def test_a_talk_can_go_wrong(quick_village: Village, tmp_path: Path) -> None:
    """The player itself: each kind of line that is not true stops the talk and names the line."""
    wrong = {
        "陈桂花> 余额\n  < 没有这回事": "the reply was",
        "陈桂花> 余额\n  刘大山 < …": "刘大山 got: nothing",
        "今天 2026-03-01\n  石大柱 没有 您的5号…": "石大柱 got",
        "今天 2026-03-01\n没有别的": "there is more",
        "核对 借出 38830.99": "借出 is 38830.98",
        "核对 5号 已结清": "loan 5 is 还款中",
        "就这样吧": "this line is nothing",
    }
    for text, why in wrong.items():
        path = tmp_path / "wrong.talk"
        path.write_text(text, "utf-8")
        with pytest.raises(Wrong, match=why):
            play(path, quick_village)
    del REACHED["wrong"]
