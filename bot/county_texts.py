"""A county's own wording: a TOML file of the shape of texts.toml with only the texts it says otherwise.

It is checked before anything starts: only texts that exist, only the facts they have, and never over three SMS.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot import examples, texts

MOST_PARTS = 3
_FACT = re.compile(r"\{(\w+)(?::\w*)?\}|\[\?(\w+):")
_NOT_OURS = ("贷款", "利息")
_PIECES = ("text", "line", "join")


def read(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The county's words and everything that is wrong with them."""
    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        return {}, [f"{path.name} cannot be read: {error}"]
    faults = [
        fault
        for section, given in table.items()
        for name, words in (given.items() if isinstance(given, dict) else [("", given)])
        for fault in _faults(section, name, words)
    ]
    return table, faults or _too_long(table)


def use(path: Path) -> None:
    """Speak the county's words from now on; a file that changed for the worse since the check changes nothing."""
    table, faults = read(path)
    if not faults:
        texts.put_over(table)


def _faults(section: str, name: str, words: Any) -> list[str]:
    ours = texts.words().get(section, {}).get(name)
    key = f"{section}.{name}"
    if ours is None:
        return [f"there is no text {key}"]
    if isinstance(ours, Mapping):
        if not isinstance(words, Mapping) or set(words) != set(_PIECES):
            return [f"{key} is a list: give its text, line and join"]
        return [fault for piece in _PIECES for fault in _piece(f"{key}.{piece}", ours[piece], words[piece])]
    return _piece(key, ours, words)


def _piece(key: str, ours: str, words: Any) -> list[str]:
    if not isinstance(words, str) or not (words.strip() or key.endswith(".join")):
        return [f"{key} is not a text in quotes"]
    unknown = _facts(words) - _facts(ours)
    faults = [f"{key} has no fact {{{name}}}" for name in sorted(unknown)]
    # A code that is not shown, or a sum that is left out, would make the text useless or unsafe.
    faults += [f"{key} must keep {{{name}}}" for name in sorted(_facts(ours) & texts.CODES - _facts(words))]
    faults += [f"{key} says {word}; the fund's word is 借款 or 占用费" for word in _NOT_OURS if word in words]
    return faults


def _facts(words: str) -> set[str]:
    return {one or other for one, other in _FACT.findall(words)}


def _too_long(table: Mapping[str, Any]) -> list[str]:
    texts.put_over(table)
    try:
        keys = [f"{section}.{name}" for section, given in table.items() for name in given]
        return [f"{key} takes more than {MOST_PARTS} SMS" for key in keys if examples.parts(key) > MOST_PARTS]
    finally:
        texts.put_over({})
