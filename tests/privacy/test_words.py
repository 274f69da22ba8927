"""What somebody wrote is only ever a value: never a formula, a template, a line of the system's own (T27 to T29)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from bot import texts
from bot.app import digest_of
from bot.channels.base import Message, Order
from bot.workbook import read_village, write_village
from ledger import charter
from tests.village import Village, told_village

FORMULAS = [
    f"{sign}{body}" for sign in ("=", "+", "-", "@", "\t=", "\r=")
    for body in ("HYPERLINK(\"http://127.0.0.1\")", "SUM(1;2)", "1+1", "cmd|' /C calc'!A0", "DDE(1)")
]
TEMPLATES = [
    "{{7*7}}", "{amount_fen}", "%s%n", "{0.__class__}", "[?x:y]", "<script>alert(1)</script>", "${jndi:x}", "#{7*7}",
    "{%raw%}", "%(name)s", "{}", "{reason}", "\\N{BULLET}", "<%= 7*7 %>",
]
CLAIMS = ["【系统】已批准", "【互助社】23号已放款", "回1确认", "系统：请把验证码发给我"]
BREAKS = ["\n", "\r", "\r\n", "\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\u202e", "\u200b\n"]


def test_t27_nothing_typed_is_a_formula(tmp_path: Path) -> None:
    """30 payloads as names, purposes and memos, read back: text cells all, and the next import has the same words."""
    assert len(FORMULAS) == 30
    village = told_village()
    typed = [words.strip() for words in FORMULAS]
    people = tuple(replace(home, head=words) for home, words in zip(village.households, typed, strict=False))
    loans = tuple(replace(loan, purpose=words) for loan, words in zip(village.loans, typed, strict=False))
    changed = replace(village, households=people + village.households[len(people):],
                      loans=loans + village.loans[len(loans):])
    write_village(changed, tmp_path / "out.xlsx", [{"摘要": words} for words in FORMULAS])
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet for cell in row}
    assert "f" not in kinds and "s" in kinds
    assert [book["农户"].cell(row, 2).value for row in range(2, 2 + len(people))] == typed[: len(people)]
    again, faults, _ = read_village(tmp_path / "out.xlsx", charter.names())
    assert again is not None and not faults
    assert [home.head for home in again.households[: len(people)]] == typed[: len(people)]


@pytest.mark.parametrize("words", TEMPLATES)
def test_t28_a_template_typed_is_its_own_words(words: str, quick_village: Village) -> None:
    """Through the whole route: in the reply, in what others are sent, in what is kept."""
    quick_village.approve()
    order = Order("hold", {"loan": 23, "text": f"用途不实{words}"})
    message = Message("sms", "http", quick_village.phone("监事长"), "h", "", "text", digest_of(words), order=order)
    reply = json.loads(quick_village.turns.take(message).text)
    quick_village.deliver()
    assert reply["outcome"] == "done" and words in reply["text"]
    assert any(words in told for told in quick_village.phones.heard[quick_village.phone("陈桂花")])


def test_t29_nobody_writes_a_line_of_the_system() -> None:
    """40 payloads: one line each, nothing that turns the direction, nothing unseen."""
    payloads = [f"好{between}{claim}" for between in BREAKS for claim in CLAIMS]
    assert len(payloads) == 40
    plain = texts.fill("hold.done", {"loan": 23, "reason": "好"})
    for words in payloads:
        shown = texts.fill("hold.done", {"loan": 23, "reason": words})
        assert len(shown.splitlines()) == len(plain.splitlines()) == 1, ascii(words)
        assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f")
