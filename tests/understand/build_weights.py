"""Builds `bot/understand/weights.tsv` from the case files; run it when cases were added: it needs scikit-learn.

    python -m tests.understand.build_weights

Logistic regression over the pieces of bot/understand/weighing.py; small weights are dropped and the rest rounded, so
that reading needs nothing but whole numbers. The held halves are never looked at here.
"""

from __future__ import annotations

import json
import math
import random
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.understand.engine import by_phrase
from bot.understand.phrases import book
from bot.understand.said import lay_out
from bot.understand.weighing import SCALE, pieces
from tests.understand.test_talk import ORDERS, TALK

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
TARGET = ROOT / "bot" / "understand" / "weights.tsv"
TAUGHT = (
    *("messages", "own_dev", "own_held", "fresh_a", "fresh_b"),
    *("w1_dev_a", "w1_dev_b", "w1_dev_c", "w2_dev_a", "w2_dev_b", "w2_dev_c", "w3_dev", "w3_dev_c", "w4_dev"),
    *("w4_dev_c", "w5_dev", "w6_dev", "w7_dev", "w8_dev", "w11_dev", "w12_dev"),
)
LEAST, STRENGTH, RARE = 0.3, 30.0, 3
"""Weights below `LEAST` are dropped, and pieces that fewer than `RARE` messages hold teach nothing."""


def load(paths: Sequence[Path]) -> list[dict[str, Any]]:
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines() if line.strip()]


def spoken() -> dict[str, Any]:
    return tomllib.loads((ROOT / "handlers" / "sayings.toml").read_text("utf-8"))


def sayings() -> list[dict[str, Any]]:
    """The sentences of handlers/sayings.toml."""
    return [
        {"text": text, "role": group["role"], "command": command}
        for group in spoken()["say"] for command, texts in group.items() if command != "role" for text in texts
    ]


FILLED = 5
"""How often each frame is taught, with other words in its holes."""


def frames() -> list[dict[str, Any]]:
    """The frames of handlers/sayings.toml with their holes filled by chance, the same at every build."""
    chance, data = random.Random(20090428), spoken()
    holes = data["holes"]

    def filled(frame: str) -> str:
        return re.sub(r"\{([a-z]+)\}", lambda hole: str(chance.choice(holes[hole[1]])), frame)

    return [
        {"text": filled(frame), "role": group["role"], "command": command}
        for group in data["frame"] for command, written in group.items() if command != "role"
        for frame in written for _ in range(FILLED)
    ]


def politer(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The short ones again with a greeting, thanks or a story around them: manners and stories must weigh nothing."""
    chance, around = random.Random(20090428), spoken()["around"]
    before, behind, stories = around["before"], around["behind"], around["stories"]
    found = []
    for case in cases:
        if len(case["text"]) > 30 or case["command"] in ("yes", "no") or case["text"].strip().isdigit():
            continue
        if chance.random() < 0.35:
            ahead, after = chance.choice([*before, ""]), chance.choice([*behind, ""])
            found.append(case | {"text": ahead + case["text"] + after})
        if chance.random() < 0.5:
            told = [chance.choice(stories) for _ in range(chance.randint(1, 3))]
            last = [chance.choice(stories)] if chance.random() < 0.3 else []
            ahead = chance.choice([*before, "", ""])
            found.append(case | {"text": ahead + "，".join([*told, case["text"], *last])})
    for role, orders in ORDERS.items():
        for order in orders:
            for wrapping in chance.sample(TALK.split(), 15):
                found.append({"text": wrapping.format(order), "role": role, "command": "unknown"})
    for role in ("member", "member", "treasurer", "cashier"):
        for _ in range(15):
            told = [chance.choice(stories) for _ in range(chance.randint(1, 4))]
            found.append({"text": "，".join(told), "role": role, "command": "unknown"})
    return found


def clauses(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The clauses of the longer ones by themselves: those that the phrases read alone as the whole, and the talk."""
    found = []
    for case in cases:
        said = lay_out(case["text"], case["role"], ())
        if len(said.clauses) < 2:
            continue
        for span in said.clauses:
            words = said.text.written(*span)
            anchor = book().anchors.get(case["command"])
            says = by_phrase(lay_out(words, case["role"], ())).command
            if says == case["command"]:
                found.append(case | {"text": words})
            elif says == "unknown" and anchor and not anchor.search(words) and not said.loans and len(said.clauses) > 2:
                found.append(case | {"text": words, "command": "unknown"})
    return [one for one in found if len(one["text"]) > 3]


def build(cases: list[dict[str, Any]]) -> str:
    import numpy
    from scipy.sparse import diags
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    cases = cases + sayings() + frames()
    cases = cases + politer(cases) + clauses(cases)
    found = [pieces(lay_out(case["text"], case["role"], ())) for case in cases]
    often = Counter(piece for one in found for piece in one)
    table = DictVectorizer(dtype=numpy.float32)
    shares = numpy.array([1 / math.sqrt(len(one)) for one in found], dtype=numpy.float32)
    rows = diags(shares) @ table.fit_transform([{p: 1 for p in one if often[p] >= RARE} for one in found])
    model = LogisticRegression(C=STRENGTH, max_iter=80).fit(rows.astype(numpy.float32), [c["command"] for c in cases])
    lines = [
        "# Built by tests/understand/build_weights.py; do not edit by hand.",
        "\t".join(model.classes_),
        "\t".join(str(round(w * SCALE)) for w in model.intercept_),
    ]
    for name, column in zip(table.feature_names_, model.coef_.T, strict=True):
        kept = [f"{at}:{round(w * SCALE)}" for at, w in enumerate(column) if abs(w) >= LEAST]
        if kept and "\t" not in name and "\n" not in name:
            lines.append("\t".join([name, *kept]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    more = [Path(name) for name in sys.argv[1:]]
    TARGET.write_text(build(load([CASES / f"{name}.jsonl" for name in TAUGHT] + more)), "utf-8")
    print(TARGET.stat().st_size, "bytes")
