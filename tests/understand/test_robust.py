"""Random and mutated texts: no exception, JSON-able slots, no money without certainty, nothing slow.

Also the strange messages of reliability.md 4.1: invisible signs, other scripts' digits, very long texts.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.understand import Reading, read
from tests.torture.texts import PIECES, ROLES, fault, run


def sane(reading: Reading) -> None:
    assert not fault(reading), reading


def test_twenty_thousand_mutations() -> None:
    _, faults = run(20_000, seed=20090428)
    assert not faults, faults[:5]


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
    started = time.thread_time()
    read(text, "cashier")
    assert time.thread_time() - started < 0.5


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
