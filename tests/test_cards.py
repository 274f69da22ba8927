"""Printed code cards: a cell is asked for once, only its own number opens, a new card voids the old one."""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.outbox import say
from bot.routing import Policy, is_secret
from huzhu import main
from jobs.cards import LOW, page, tell_cards
from ledger import codes
from ledger.store import cards
from ledger.store.mailbox import Waiting
from tests.village import CODE, FIRST_DAY, SECRET, Village

CELL = re.compile(r"密码卡第(\d+)格")


def number(village: Village, who: str, cell: int) -> str:
    """What the holder reads on the paper."""
    return codes.one_time(SECRET, *cards.parts_of(CODE, person(village, who), series(village, who), cell))


def person(village: Village, who: str) -> int:
    with village.store.read() as books:
        return books.known("sms", "", village.phone(who))[0].person.no


def series(village: Village, who: str) -> int:
    with village.store.read() as books:
        return cards.series_of(books.connection, CODE, person(village, who))


def hand_out(village: Village, *names: str) -> None:
    village.turns.cards = True
    village.outbox.policy = Policy(secrets_by_wechat_only=True, cards=True)
    for who in names:
        with village.store.write() as books:
            cards.print_new(books.connection, CODE, person(village, who), FIRST_DAY)


def cell_in(text: str) -> int:
    found = CELL.search(text)
    assert found, text
    assert not re.search(r"(?<!\d)\d{4,6}(?![\d元号月日])", text), f"no number of a code in {text}"
    return int(found[1])


def newest(village: Village, who: str) -> str:
    """What this phone was told last, but for the word that another's key was turned."""
    return next(one for one in reversed(village.phones.heard[village.phone(who)]) if "刚批了" not in one)


def applied(village: Village) -> None:
    village.say("陈桂花", "借3000买化肥10个月")
    village.say("陈桂花", "1")
    village.say("刘大山", "同意联保 23")
    village.say("孙二妹", "同意联保 23")


def test_both_keys_by_card(village: Village) -> None:
    hand_out(village, "李秀英", "王建国")
    applied(village)
    for who, done in (("李秀英", "已批23号"), ("王建国", "已批23号")):
        cell = cell_in(newest(village, who))
        assert cell == 1
        assert done in village.say(who, f"批 23 {number(village, who, cell)}")


def test_only_the_cell_that_was_asked_for_opens(village: Village) -> None:
    hand_out(village, "李秀英", "王建国")
    applied(village)
    assert "验证码不对" in village.say("李秀英", f"批 23 {number(village, '李秀英', 2)}")
    assert "验证码不对" in village.say("李秀英", f"批 23 {number(village, '王建国', 1)}")
    assert "批 23" in village.say("李秀英", f"批 23 {number(village, '李秀英', 3)}"), "after three tries it is dead"
    cell = cell_in(village.say("李秀英", "批 23"))
    assert cell == 2, "another challenge asks for another cell"
    assert "已批23号" in village.say("李秀英", f"批 23 {number(village, '李秀英', 2)}")


def test_an_officers_own_act_by_card_and_each_cell_once(village: Village) -> None:
    hand_out(village, "张强")
    asked = village.say("张强", "取款 100")
    first = cell_in(asked)
    village.say("张强", number(village, "张强", first))
    asked = village.say("张强", "取款 100")
    assert cell_in(asked) == first + 1
    assert "验证码不对" in village.say("张强", number(village, "张强", first)), "a used cell opens nothing"


def test_who_holds_no_card_gets_nothing_through_the_dongle(village: Village) -> None:
    hand_out(village, "李秀英")
    applied(village)
    assert not any("批 23" in text for text in village.phones.heard.get(village.phone("王建国"), []))
    before = len(village.phones.heard.get(village.phone("王建国"), []))
    village.take("王建国", "批 23")
    village.deliver()
    said = village.phones.heard.get(village.phone("王建国"), [])[before:]
    assert not any(re.search(r"\d{6}", text) for text in said), "a fresh code does not pass the dongle either"


def test_a_new_card_voids_what_the_old_one_was_asked(village: Village) -> None:
    hand_out(village, "李秀英", "王建国")
    applied(village)
    old = number(village, "李秀英", cell_in(newest(village, "李秀英")))
    hand_out(village, "李秀英")
    assert "已批" not in village.say("李秀英", f"批 23 {old}")
    cell = cell_in(village.say("李秀英", "批 23"))
    assert (series(village, "李秀英"), cell) == (2, 1)
    assert "已批23号" in village.say("李秀英", f"批 23 {number(village, '李秀英', cell)}")


def test_the_same_content_keeps_its_cell_and_a_full_card_gives_none(village: Village) -> None:
    hand_out(village, "李秀英")
    no = person(village, "李秀英")
    with village.store.write() as books:
        first = cards.ask(books.connection, CODE, no, "a", 5)
        assert first is not None and first == cards.ask(books.connection, CODE, no, "a", 9)
        rest = [cards.ask(books.connection, CODE, no, f"b{n}", 5) for n in range(cards.CELLS)]
        assert rest[-1] is None and rest[-2] is not None and rest[-2].left == 0
        assert cards.ask(books.connection, CODE, 999, "a", 5) is None


def test_the_holder_is_told_once_before_the_card_ends(village: Village) -> None:
    hand_out(village, "李秀英", "王建国")
    no = person(village, "李秀英")
    assert tell_cards(village.store, FIRST_DAY, village.clock.now()) == 0
    with village.store.write() as books:
        for n in range(cards.CELLS - LOW):
            cards.ask(books.connection, CODE, no, f"b{n}", 5)
    assert tell_cards(village.store, FIRST_DAY, village.clock.now()) == 1
    assert tell_cards(village.store, FIRST_DAY, village.clock.now()) == 0
    village.deliver()
    assert f"只剩{LOW}格" in newest(village, "李秀英")


def test_words_name_the_cell_and_hide_nothing_else() -> None:
    key = Waiting(1, CODE, "k", 7, "", "", "", "notice.key_asked", {"code_for": ["key", CODE, 23, 7, 1, "x"]}, 1, 1,
                  "leased")
    assert is_secret(key) and not is_secret(replace(key, facts=key.facts | {"cell": 3}))
    complaint = replace(key, say="notice.matter_complaint", facts={"cell": 3})
    assert is_secret(complaint), "a complaint stays off the dongle whatever it carries"

    def no_code(_parts: Sequence[str | int]) -> str:
        raise AssertionError("no code is made where a cell is named")

    bind = replace(key, say="bind_code", facts={"code_for": ["bind"], "cell": 41})
    assert "密码卡第41格" in say(bind, no_code)


def test_the_page_has_every_number_once(village: Village) -> None:
    shown = page(SECRET, CODE, "青山村互助社", 7, "<李秀英>", 3)
    cells = re.findall(r"<td><small>(\d+)</small>(\d{3})&thinsp;(\d{3})</td>", shown)
    assert [int(cell[0]) for cell in cells] == list(range(1, cards.CELLS + 1))
    assert cells[36][1] + cells[36][2] == codes.one_time(SECRET, *cards.parts_of(CODE, 7, 3, 37))
    assert "&lt;李秀英&gt;" in shown and "<李秀英>" not in shown


@pytest.fixture
def config(tmp_path: Path) -> list[str]:
    path = tmp_path / "config.toml"
    path.write_text('[server]\ndemo = true\ndata_dir = "."\n', "utf-8")
    told = ["--config", str(path)]
    assert CliRunner().invoke(main, ["init", *told]).exit_code == 0
    book = Path(__file__).parent / "cases" / "qingshan.xlsx"
    assert CliRunner().invoke(main, ["import", str(book), *told]).exit_code == 0
    return told


def test_the_command_writes_a_private_page_or_says_why_not(config: list[str], tmp_path: Path) -> None:
    out = tmp_path / "card.html"
    run = CliRunner()
    done = run.invoke(main, ["card", "QS001", "19900000024", "-o", str(out), *config])
    assert done.exit_code == 0, done.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600 and "第1张" in out.read_text("utf-8")
    again = run.invoke(main, ["card", "QS001", "19900000024", "-o", str(out), *config])
    assert again.exit_code == 1 and "is there already" in again.stderr
    second = tmp_path / "second.html"
    done = run.invoke(main, ["card", "QS001", "19900000024", "-o", str(second), *config])
    assert "第2张" in second.read_text("utf-8"), "the refused one used up no series"
    for wrong, why in ((["QS001", "19900000012"], "no officer"), (["XX001", "19900000024"], "no society")):
        refused = run.invoke(main, ["card", *wrong, "-o", str(tmp_path / "x.html"), *config])
        assert refused.exit_code == 1 and why in refused.stderr and not (tmp_path / "x.html").exists()
