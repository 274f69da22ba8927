"""Every message of the case files is read right: the shared cases, our own, and a second half written unseen.

That half was read at 92 % when first looked at and repaired since, so it guards against loss and proves nothing new.
The bar is the project's: all of the shared cases, 97 % of that half, and no money command out of talk anywhere.
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
HELD = load(CASES / "own_held.jsonl")


@pytest.mark.parametrize("case", SHARED + OWN, ids=lambda c: f"{c['role']}:{c['text'][:24]}")
def test_reads(case: dict[str, Any]) -> None:
    reading = read(case["text"], case["role"])
    assert right(case, reading), reading


def test_second_half_is_read_to_the_bar() -> None:
    bad = list(wrong(CASES / "own_held.jsonl"))
    assert len(bad) <= 0.03 * len(HELD), bad


@pytest.mark.parametrize(
    "case", [c for c in SHARED + OWN + HELD if c["command"] == "unknown"], ids=lambda c: c["text"][:24]
)
def test_no_money_out_of_talk(case: dict[str, Any]) -> None:
    reading = read(case["text"], case["role"])
    assert not is_money(reading), reading
    # Whoever says it: an officer's small talk books nothing either.
    for role in ("member", "treasurer", "cashier", "chair", "supervisor", "county"):
        assert not is_money(read(case["text"], role)), (role, case["text"])
