"""Every message of the case files is read right: the shared cases, our own, and a second half written unseen.

That half was read at 92 % when first looked at and repaired since, so it guards against loss and proves nothing new.
Two halves more, `fresh_a` and `fresh_b`, were written by somebody who had seen neither the grammar nor these files:
both were read at 84 % when first looked at (87 % and 88 % with the writer's own slips put right), with one false money
command.
The bar is the project's: all of the shared cases, 97 % of each half, and no money command out of talk anywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.understand import read
from tests.understand.score import is_money, load, right, wrong

CASES = Path(__file__).parents[1] / "cases"
SHARED = load(CASES / "messages.jsonl")
OWN = load(CASES / "own_dev.jsonl")
WRITERS = (
    *("w1_dev_a", "w1_dev_b", "w1_dev_c", "w2_dev_a", "w2_dev_b", "w2_dev_c", "w3_dev", "w3_dev_c", "w4_dev"),
    *("w4_dev_c", "w5_dev", "w6_dev", "w7_dev", "w8_dev", "w11_dev", "w12_dev"),
)
HALVES = ("own_held", "fresh_a", "fresh_b", *WRITERS)
HELD = [case for half in HALVES for case in load(CASES / f"{half}.jsonl")]


@pytest.mark.parametrize("case", SHARED + OWN, ids=lambda c: f"{c['role']}:{c['text'][:24]}")
def test_reads(case: dict[str, Any]) -> None:
    reading = read(case["text"], case["role"])
    assert right(case, reading), reading


@pytest.mark.parametrize("half", HALVES)
def test_a_half_is_read_to_the_bar(half: str) -> None:
    bad = list(wrong(CASES / f"{half}.jsonl"))
    assert len(bad) <= 0.03 * len(load(CASES / f"{half}.jsonl")), bad
    assert not [case for case, reading in bad if is_money(reading) and reading.command != case["command"]]


@pytest.mark.parametrize(
    ("held", "least", "false_money"),
    [("w9_held", 142, 0), ("w10_held", 142, 0)],
)
def test_messages_nobody_looked_at(held: str, least: int, false_money: int) -> None:
    """Scored as a whole, so that they stay unseen: what is promised of new messages (tests/cases/README.md)."""
    cases = load(CASES / f"{held}.jsonl")
    bad = list(wrong(CASES / f"{held}.jsonl"))
    count = sum(is_money(reading) and reading.command != case["command"] for case, reading in bad)
    good = len(cases) - len(bad)
    del bad
    assert good >= least
    assert count <= false_money


@pytest.mark.parametrize(
    "case", [c for c in SHARED + OWN + HELD if c["command"] == "unknown"], ids=lambda c: c["text"][:24]
)
def test_no_money_out_of_talk(case: dict[str, Any]) -> None:
    reading = read(case["text"], case["role"])
    assert not is_money(reading), reading
    # Whoever says it: an officer's small talk books nothing either.
    for role in ("member", "treasurer", "cashier", "chair", "supervisor", "county"):
        assert not is_money(read(case["text"], role)), (role, case["text"])
