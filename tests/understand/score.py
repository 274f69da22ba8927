"""The scorer of the case files: the command, the ambiguities and every slot must be right; free text must be contained.

Run it on case files to see what is misread: `python tests/understand/score.py tests/cases/messages.jsonl`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.understand import Reading, read

MONEY = frozenset(
    [
        "borrow",
        "repay",
        "consent",
        "sign",
        "received",
        "approve",
        "pay_out",
        "collect",
        "spend",
        "bank_in",
        "bank_out",
        "fund_in",
        "count",
        "reverse",
        "undo",
        "countersign",
    ]
)
FREE = ("text", "purpose")


def load(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def is_money(reading: Reading) -> bool:
    return reading.command in MONEY or (reading.command == "yes" and "code" in reading.slots)


def right(case: dict[str, Any], reading: Reading) -> bool:
    if reading.command != case["command"] or sorted(reading.ambiguous) != sorted(case["ambiguous"]):
        return False
    if set(reading.slots) != set(case["slots"]):
        return False
    return all(
        value in reading.slots[k] if k in FREE else reading.slots[k] == value for k, value in case["slots"].items()
    )


def wrong(path: Path) -> Iterator[tuple[dict[str, Any], Reading]]:
    for case in load(path):
        reading = read(case["text"], case["role"])
        if not right(case, reading):
            yield case, reading


def main(paths: list[str]) -> None:
    for name in paths:
        cases = load(Path(name))
        started = time.perf_counter()
        bad = list(wrong(Path(name)))
        spent = (time.perf_counter() - started) / max(1, len(cases)) * 1000
        false = [c for c, r in bad if is_money(r) and r.command != c["command"]]
        for case, reading in bad:
            print(case["role"], case["text"], "\n   want", case["command"], case["slots"], case["ambiguous"],
                  "\n   got ", reading.command, reading.slots, reading.ambiguous, reading.certainty)  # fmt: skip
        print(f"{name}: {len(cases) - len(bad)}/{len(cases)} false money {len(false)} {spent:.2f} ms")


if __name__ == "__main__":
    main(sys.argv[1:])
