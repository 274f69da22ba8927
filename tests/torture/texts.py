"""A million random and mutated texts through the reader: `python -m tests.torture.texts [COUNT]`.

No exception, slots that can be stored, no money command at low certainty, none slower than 20 ms of our own time.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

from tqdm import tqdm

from bot.understand import Reading, read, value_of
from tests.understand.score import is_money, load

CASES = Path(__file__).parents[1] / "cases"
FILES = (
    *("messages", "own_dev", "own_held", "fresh_a", "fresh_b", "w1_dev_a", "w1_dev_b", "w2_dev_a", "w2_dev_b"),
    *("w3_dev", "w4_dev", "w5_dev", "w6_dev", "w7_dev", "w8_dev", "w1_dev_c", "w2_dev_c", "w3_dev_c", "w4_dev_c"),
    *("w11_dev", "w12_dev"),
)
ROLES = (
    "member", "director", "chair", "treasurer", "cashier", "supervisor", "township", "county", "finance", "province",
    "nation",
)
PIECES = (
    "借还收批签点撤查验对是否我他的了吗没不号月年元块万千百一二三五十0123456789 ，。？！?,.、①²½%‰￥"
    "\u200b\u202e😀【】同意联保余额明细王五陈桂花银行投诉"
)
NAMES = ("陈桂花", "陈贵华", "王五", "李四", "李小红", "欧阳桂花")
LEAST_SURE, SLOWEST_S = 0.7, 0.02
MOST_FEN = 10_000_000_000


def messages() -> list[tuple[str, str]]:
    """Every message of the case files with the role that says it."""
    return [(case["text"], case["role"]) for name in FILES for case in load(CASES / f"{name}.jsonl")]


def mutated(chance: random.Random, known: list[tuple[str, str]]) -> tuple[str, str]:
    """A real message with pieces dropped, doubled, put in and crossed with others; one in eight is pieces only."""
    text, role = chance.choice(known)
    letters = list(text) if chance.randrange(8) else [chance.choice(PIECES) for _ in range(chance.randint(0, 30))]
    for _ in range(chance.randint(1, 4)):
        at, kind = chance.randrange(len(letters) + 1), chance.randrange(5)
        if kind == 0 and letters:
            del letters[at - 1]
        elif kind == 1:
            letters.insert(at, chance.choice(PIECES))
        elif kind == 2:
            letters[at:at] = letters[at : at + 3]
        elif kind == 3:
            other = chance.choice(known)[0]
            letters[at:at] = other[: chance.randint(1, len(other))]
        else:
            letters.insert(at, chr(chance.choice((chance.randrange(32, 0x3100), chance.randrange(0x4E00, 0x9FFF)))))
    return "".join(letters), chance.choice((role, *ROLES))


def fault(reading: Reading) -> str:
    """What is wrong with a reading; empty when nothing is."""
    json.dumps([reading.slots, reading.choices, reading.extras], ensure_ascii=False)
    if not 0.0 <= reading.certainty <= 1.0:
        return "certainty"
    if is_money(reading) and reading.certainty < LEAST_SURE:
        return "money at low certainty"
    for value in (reading.slots.get("amount_fen"), *(x.get("amount_fen") for x in reading.slots.get("lines", []))):
        if not (value is None or value == "all" or (isinstance(value, int) and 0 < value <= MOST_FEN)):
            return "amount"
    return ""


def run(count: int, seed: int, *, shown: bool = False) -> tuple[Counter[str], list[str]]:
    """Commands read and faults found."""
    chance, known = random.Random(seed), messages()
    commands, faults = Counter[str](), list[str]()
    for number in tqdm(range(count), disable=not shown):
        text, role = mutated(chance, known)
        started = time.thread_time()
        try:
            reading = read(text, role, NAMES if number % 2 else ())
            value_of(chance.choice(("amount", "months", "loan", "person", "purpose")), text)
            wrong = fault(reading)
        except Exception as error:
            wrong, reading = f"{type(error).__name__}: {error}", Reading("unknown")
        if not wrong and time.thread_time() - started > SLOWEST_S:
            started = time.thread_time()  # once more: a slow garbage collection is not the reader's
            read(text, role)
            wrong = "slow" if time.thread_time() - started > SLOWEST_S else ""
        commands[reading.command] += 1
        if wrong:
            faults.append(f"{wrong}: {role}: {text!r}")
    return commands, faults


def main(count: int) -> int:
    begun = time.monotonic()
    commands, faults = run(count, seed=20090428, shown=sys.stderr.isatty())
    spent = time.monotonic() - begun
    print(f"{count} texts, {len(faults)} faults, {spent:.0f} s, {spent / count * 1000:.2f} ms each")
    print(", ".join(f"{name} {number}" for name, number in commands.most_common(12)))
    print("\n".join(faults[:20]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
