"""Whom a name means: two who sound alike are two people, and nobody is ever guessed."""

from __future__ import annotations

import pytest

from bot.understand import read
from bot.understand.names import match

VILLAGE = [
    "陈桂花",
    "陈贵华",
    "刘大山",
    "孙二妹",
    "李小红",
    "李小红",
    "王建国",
    "王五",
    "张发财",
    "买买提·艾力",
    "欧阳春",
    "吴𠮷",
]
CASES = {
    "陈桂花": ["陈桂花"], "陈贵花": ["陈桂花", "陈贵华"], "陈桂花家": ["陈桂花"], "王五他媳妇": ["王五"],
    "桂花": ["陈桂花"], "刘达山": ["刘大山"],
    "刘打山": ["刘大山"], "李小红": ["李小红"], "李小宏": ["李小红"], "赵云": [], "张发才": ["张发财"],
    "刘大水": ["刘大山"], "孙二妹家里": ["孙二妹"],
    "买买提·艾力": ["买买提·艾力"], "吴𠮷": ["吴𠮷"], "老孙": ["孙二妹"], "老王": ["王建国", "王五"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "found"), CASES.items())
def test_match(name: str, found: list[str]) -> None:
    assert match(name, VILLAGE) == found


def test_collect_with_names() -> None:
    reading = read("收 刘达山 500 孙二妹家 300", "cashier", VILLAGE)
    assert reading.slots["lines"] == [
        {"person": "刘大山", "amount_fen": 50000},
        {"person": "孙二妹", "amount_fen": 30000},
    ]
    doubt = read("收 陈贵花 500", "cashier", VILLAGE)
    assert doubt.ambiguous == ["person"] and doubt.choices["person"] == ["陈桂花", "陈贵华"]
    assert doubt.slots["lines"] == [{"amount_fen": 50000}]


def test_find_with_names() -> None:
    assert read("查 孙二美", "treasurer", VILLAGE).slots == {"person": "孙二妹"}
    assert read("查 老王", "treasurer", VILLAGE).ambiguous == ["person"]
    assert read("查 赵云", "treasurer", VILLAGE).slots == {"person": "赵云"}


def test_a_member_whose_name_sounds_like_a_command_is_found() -> None:
    village = ["刘水国", "于七", "余鹅", "明希"]
    for name in village:
        for text in (f"查 {name}", f"查{name}", f"看一下{name}"):
            assert read(text, "treasurer", village).slots == {"person": name}, text
    assert read("查 刘水国", "treasurer").slots == {"person": "刘水国"}
    assert read("查 逾期", "treasurer", village).command == "overdue"
    assert read("收 于七 300 刘水国 200", "cashier", village).slots["lines"][0]["person"] == "于七"


@pytest.mark.parametrize("text", [
    "收 钱小梅 663 吴大海 759.40", "收钱小梅663 吴大海759.40", "收 吴大海 759.40 钱小梅 663",
    "收 吴大海759.40元 钱小梅663元",
])
def test_a_name_that_begins_like_the_word_for_money_is_a_name(text: str) -> None:
    read_ = read(text, "cashier", ["孙小梅", "钱小梅", "周小梅", "吴大海"])
    assert read_.command == "collect" and not read_.ambiguous
    assert sorted((one["person"], one["amount_fen"]) for one in read_.slots["lines"]) == [
        ("吴大海", 75_940), ("钱小梅", 66_300)]
