"""Fills the sentences of `words.toml` with the facts of a fault; no Chinese sentence stands in code.

A treasurer reads them beside the workbook, so what was written is quoted short and on one line.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

SENTENCES: dict[str, str] = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


def say(key: str, **facts: object) -> str:
    """The sentence of `key` with its facts. A missing key or fact is our bug and raises KeyError."""
    return SENTENCES[key].format_map({name: _short(fact) for name, fact in facts.items()})


def _short(fact: object) -> str:
    text = " ".join(str(fact).split())
    return text if len(text) <= 60 else f"{text[:57]}…"
