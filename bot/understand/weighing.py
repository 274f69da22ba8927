"""How likely each command is by all the pieces of a message at once, where no whole phrase of the book fits it.

A linear sum: every piece of two or three signs, every sum, number and period says for and against each command with
a whole-number weight. The weights (weights.tsv) are built from the case files by tests/understand/build_weights.py.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from importlib.resources import files

from bot.understand.said import Said, Span, the_book

SCALE = 100
"""Weights are kept in hundredths."""
MOST_SIGNS = 240
"""A request stands well within this; a long complaint is told by its beginning and its end."""
_CODE = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{5}(?![A-Za-z0-9])")
_DIGITS, _SIGNS = re.compile("[0-9]+"), re.compile("[ ,。!:、\"]+")
_OUTSIDE = frozenset({"township", "county", "finance", "province", "nation"})
SUM, NUMBER, PERIOD = "¤", "№", "§"


def plain(said: Said, span: Span) -> str:
    """The message with its values replaced by what kind they are, between marks for its beginning and end."""
    kinds = [(a.start, a.end, SUM) for a in said.amounts]
    kinds += [(start, end, NUMBER) for _, start, end in said.loans]
    kinds += [(p.start, p.end, PERIOD) for p in said.periods]
    parts, place = [], span[0]
    for start, end, kind in sorted(kinds):
        if place <= start and end <= span[1]:
            parts += [said.s[place:start], kind]
            place = end
    text = _CODE.sub("#", "".join(parts) + said.s[place : span[1]])
    text = _SIGNS.sub(",", _DIGITS.sub("9", text))
    if len(text) > MOST_SIGNS:
        text = text[: MOST_SIGNS * 2 // 3] + "," + text[-MOST_SIGNS // 3 :]
    return f"^{text}$"


def pieces(said: Said, span: Span | None = None) -> set[str]:
    """Everything that weighs: runs of one to three signs, pairs across one sign, and who is speaking."""
    text = plain(said, span or (0, len(said.s)))
    found = {text[at : at + length] for length in (1, 2, 3) for at in range(len(text) - length + 1)}
    found |= {f"{text[at]}_{text[at + 2]}" for at in range(len(text) - 2)}
    kind = "m" if said.role == "member" else "h" if said.role in _OUTSIDE else "o"
    found |= {f"{kind}|{text[at : at + 2]}" for at in range(len(text) - 1)}
    words = said.part(span) if span else said.s
    # Which words of the book stand there, whatever they are: 宽限 weighs like 展期 though few ever wrote it.
    found |= {f"a|{name}" for name, pattern in the_book().anchors.items() if pattern.search(words)}
    found |= {f"q|{name}" for name, pattern in the_book().mood.items() if pattern.search(words)}
    found |= {f"r|{said.role}", f"k|{kind}", f"f|{text[1:3]}", f"l|{min(6, len(text) // 6)}"}
    return found


@lru_cache(maxsize=1)
def _weights() -> tuple[list[str], list[int], dict[str, list[tuple[int, int]]]]:
    """The commands, what each weighs before anything is said, and what each piece adds to which."""
    lines = files("bot.understand").joinpath("weights.tsv").read_text("utf-8").split("\n")
    commands, before = lines[1].split("\t"), [int(w) for w in lines[2].split("\t")]
    table = {}
    for line in lines[3:]:
        if line:
            piece, *weights = line.split("\t")
            table[piece] = [(int(c), int(w)) for c, _, w in (one.partition(":") for one in weights)]
    return commands, before, table


def weigh(said: Said, span: Span | None = None) -> dict[str, float]:
    """The chance of each command by the whole message or by one clause of it; they add up to one."""
    commands, before, table = _weights()
    known = pieces(said, span)
    sums = [0] * len(commands)
    for piece in known:
        for command, weight in table.get(piece, ()):
            sums[command] += weight
    share = 1 / math.sqrt(len(known)) / SCALE
    scores = [b / SCALE + s * share for b, s in zip(before, sums, strict=True)]
    top = max(scores)
    grown = [math.exp(s - top) for s in scores]
    whole = sum(grown)
    return {c: g / whole for c, g in zip(commands, grown, strict=True)}
