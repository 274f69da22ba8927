"""Random and mutated texts: no exception, JSON-able slots, no money without certainty, nothing slow.

Also the strange messages of reliability.md 4.1: invisible signs, other scripts' digits, very long texts.
"""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.understand import Reading, read
from tests.understand.score import is_money, load

CASES = Path(__file__).parents[1] / "cases"
TEXTS = [(c["text"], c["role"]) for f in ("messages", "own_dev", "own_held") for c in load(CASES / f"{f}.jsonl")]
ROLES = [
    "member",
    "director",
    "chair",
    "treasurer",
    "cashier",
    "supervisor",
    "township",
    "county",
    "finance",
    "province",
    "nation",
]
PIECES = (
    "借还收批签点撤查验对是否我他的了吗没不号月年元块万千百一二三五十0123456789 ，。？！?,.、①²½%‰￥"
    "\u200b\u202e😀【】同意联保余额明细王五陈桂花银行投诉"
)


def sane(reading: Reading) -> None:
    json.dumps([reading.slots, reading.choices, reading.extras], ensure_ascii=False)
    assert 0.0 <= reading.certainty <= 1.0
    if is_money(reading):
        assert reading.certainty >= 0.7, reading
    for value in (reading.slots.get("amount_fen"), *(x.get("amount_fen") for x in reading.slots.get("lines", []))):
        assert value is None or value == "all" or (isinstance(value, int) and 0 < value <= 10_000_000_000)


def test_twenty_thousand_mutations() -> None:
    """Real messages with pieces dropped, doubled, swapped and put in; the median says that none is slow."""
    chance = random.Random(20090428)
    spent = []
    for _ in range(20_000):
        text, role = chance.choice(TEXTS)
        letters = list(text)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(letters) + 1)
            kind = chance.randrange(4)
            if kind == 0 and letters:
                del letters[at - 1]
            elif kind == 1:
                letters.insert(at, chance.choice(PIECES))
            elif kind == 2:
                letters[at:at] = letters[at : at + 3]
            else:
                other = chance.choice(TEXTS)[0]
                letters[at:at] = other[: chance.randint(1, len(other))]
        started = time.perf_counter()
        reading = read("".join(letters), chance.choice([role, *ROLES]))
        spent.append(time.perf_counter() - started)
        sane(reading)
    assert sorted(spent)[len(spent) // 2] < 0.02


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=80), st.sampled_from(ROLES))
def test_any_text(text: str, role: str) -> None:
    sane(read(text, role))


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=PIECES, max_size=40), st.sampled_from(ROLES))
def test_words_in_any_order(text: str, role: str) -> None:
    sane(read(text, role))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u3000",
        "\ufeff",
        "\u200b\u200b",
        "\x00",
        "😀" * 10000,
        "借" * 20000,
        "收 王五 300 " * 2000,
        "1," * 9000,
    ],
)
def test_odd_texts_in_time(text: str) -> None:
    started = time.perf_counter()
    read(text, "cashier")
    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize(
    ("text", "role", "command"),
    [
        ("\u200b确认\u200b", "member", "yes"), ("\ufeff余额", "member", "balance"), ("余\u200d额", "member", "balance"),
        ("余额\r\n", "member", "balance"), ("批\t23", "treasurer", "approve"), ("余额【中国移动】", "member",
        "balance"),
        ("同意联保吗", "member", "unknown"), ("我不反对", "member", "unknown"), ("同意不了联保", "member", "refuse"),
        ("还款 1e9", "member", "unknown"), ("还款 0x10", "member", "unknown"),
    ],
)  # fmt: skip
def test_strange_but_clear(text: str, role: str, command: str) -> None:
    reading = read(text, role)
    assert reading.command == command or ("amount" in reading.ambiguous and command == "unknown")


@pytest.mark.parametrize(
    "text",
    ["还款 1_000", "还款 ①00", "还款 ²", "还款 ½", "还款 -5", "还款 0", "还款 100.005", "还款 10,00", "还款 1.000,00"],
)
def test_no_amount_out_of_tricks(text: str) -> None:
    assert "amount_fen" not in read(text).slots
