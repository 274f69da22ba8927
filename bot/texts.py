"""The words of texts.toml, found by key and filled with facts; the only place where Chinese for people is put together.

Filling is plain substitution: what a person wrote is only ever a value, never a pattern (reliability.md T28), and it
is cut, put on one line and freed of control signs first (T29).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ledger import money
from ledger.calendar import spoken_date, weekday_word
from ledger.records import Refusal
from ledger.terms import (
    ACCOUNT_WORDS,
    FATE_WORDS,
    PLAN_WORDS,
    ROLE_WORDS,
    STATUS_WORDS,
    VILLAGE_ROLES,
    WAY_WORDS,
    Role,
)

FILE = Path(__file__).with_name("texts.toml")
ENGLISH_FILE = Path(__file__).with_name("texts.en.toml")
ENGLISH = "en"
_tongue: ContextVar[str] = ContextVar("tongue", default="")
_county: dict[str, Any] = {}
"""What this installation says otherwise (bot/county_texts.py); filled once at the start of a process."""
VALUE_LIMIT = 40
LONG_LIMIT = 180
"""Where a text asks for it (`{text:long}`): what an officer says to many is not cut."""
_OPTIONAL = re.compile(r"\[\?(\w+):([^\]]*)\]")
_LIKE_A_CODE = re.compile(r"(?<!\d)\d{4,6}(?!\d)")
CODES = frozenset({"code", "confirm"})
"""Facts that are a one-time code or ask for one: with them in a text, nothing else may look like a code."""
_TERMED = frozenset({"category", "categories", "offices", "roles", "source", "stage", "what", "law", "event"})
"""Facts that hold our own terms, perhaps several with 、 between them."""
_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")

MakeCode = Callable[[Sequence[str | int]], str]
"""Derives the one-time code of `code_for` facts."""


class UnknownText(KeyError):
    """No words for a key: always our bug; a test visits every key."""


@cache
def words() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))


@cache
def english() -> dict[str, Any]:
    return tomllib.loads(ENGLISH_FILE.read_text("utf-8"))


def put_over(table: Mapping[str, Any]) -> None:
    """Say these words instead of our own from now on; they have been checked."""
    _county.clear()
    _county.update(table)


@contextmanager
def tongue(name: str) -> Iterator[None]:
    """Everything filled inside is said in this language; what it has no words for stays Chinese."""
    before = _tongue.set(name)
    try:
        yield
    finally:
        _tongue.reset(before)


def find(key: str) -> str | Mapping[str, str]:
    """The template of `a.b`, of `refusal.a_b` for a refusal `a.b`, or of the bare keys under [say]."""
    tables = ([english()] if _tongue.get() == ENGLISH else []) + [_county, words()]
    for table in tables:
        found = _in(table, *key.partition(".")[::2])
        if found is not None:
            return found  # type: ignore[no-any-return]
    raise UnknownText(key)


def _in(table: Mapping[str, Any], section: str, name: str) -> Any:
    if not name:
        return table.get("say", {}).get(section) or table.get(section, {}).get("all")
    return table.get(section, {}).get(name) or table.get("say", {}).get(f"{section}_{name}")


def fill(key: str, facts: Mapping[str, Any], make_code: MakeCode | None = None) -> str:
    """The words of `key` with `facts` in them."""
    template = find(key)
    given = dict(facts)
    if make_code is not None and "code_for" in given:
        given["code"] = make_code(given["code_for"])
    if "inner" in given:  # word for one without a phone, wrapped for who passes it on
        given["text"] = Ready(fill(given.pop("inner"), given))
    careful = not CODES.isdisjoint(given)
    if isinstance(template, str):
        return _fill(template, given, careful)
    lines = [
        _fill(template["line"], {str(i): value for i, value in enumerate(line if isinstance(line, list) else [line])},
              careful).rstrip(" ")
        for line in given.get("lines", [])
    ]
    return _fill(template["text"], given | {"lines": Ready(template["join"].join(lines))}, careful)


def marked(text: str, word: str) -> str:
    """A text with the watchword of its reader; unchanged where there is none."""
    return text + fill("password.mark", {"word": word}) if word else text


class Ready(str):
    """Text that is already words and is not cut again."""

    __slots__ = ()


def refused(refusals: Sequence[Refusal]) -> str:
    """All reasons in one answer; one alone stands by itself."""
    reasons = [fill(f"refusal.{one.key.replace('.', '_')}", one.facts) for one in refusals]
    between, end = ("; ", ".") if _tongue.get() == ENGLISH else ("；", "。")
    whole = reasons[0] if len(reasons) == 1 else between.join(f"{n} {reason}" for n, reason in enumerate(reasons, 1))
    said = f"{whole[:1].upper()}{whole[1:]}" if len(reasons) == 1 else f"{find('refusal.several')}{whole}"
    return said if said.endswith("?") else f"{said}{end}"


def _fill(template: str, facts: Mapping[str, Any], careful: bool) -> str:
    shown = _OPTIONAL.sub(lambda found: found[2] if facts.get(found[1]) else "", template)
    return _PLACE.sub(lambda found: _show(found[1], facts[found[1]], found[2] or "", careful), shown)


def _show(name: str, value: Any, how: str, careful: bool) -> str:
    """One fact in words, by the ending of its name or by what the place asks for."""
    if isinstance(value, Ready):
        return value
    if how == "big":
        return money.capital(int(value))
    if how == "fen" or name.endswith("_fen"):
        return _money(int(value), careful)
    if how in {"day", "week"} or name.endswith("_on") or name == "on":
        return _day(value, how)
    if name.endswith("ppm_month"):
        return f"{int(value) / 1000:g}‰"
    for kind, terms in (("plan", PLAN_WORDS), ("status", STATUS_WORDS), ("money", ACCOUNT_WORDS), ("way", WAY_WORDS),
                        ("fate", FATE_WORDS)):
        if kind in (name, how):
            return _term(terms.get(str(value), str(value)))
    if how == "no":
        # Beside a code a long number must show that it is none: `批 1234号 482913`.
        return f"{value}号" if careful and int(value) >= 1000 else str(value)
    if how == "many":
        return _LIKE_A_CODE.sub(_apart, str(value)) if careful else str(value)
    shown = clean(str(value), LONG_LIMIT if how == "long" else VALUE_LIMIT)
    if name in _TERMED:
        shown = _term(shown)
    return _LIKE_A_CODE.sub(_apart, shown) if careful and isinstance(value, str) and name not in CODES else shown


def _apart(run: re.Match[str]) -> str:
    """Digits a person wrote, by threes: beside a code no other run of four to six may stand."""
    digits = run[0]
    return " ".join(digits[max(0, end - 3) : end] for end in range(len(digits) % 3 or 3, len(digits) + 1, 3))


def _money(fen: int, careful: bool) -> str:
    """Money as people write it. Beside a code no other run of four digits may stand, so yuan and fen are spelt."""
    plain = money.spoken(fen)
    if _tongue.get() == ENGLISH:
        return f"¥{plain.removesuffix('元')}"
    if not careful or "." not in plain or abs(fen) < 100_000:
        return plain
    yuan, rest = divmod(abs(fen), 100)
    sign = "-" if fen < 0 else ""
    return f"{sign}{yuan}元{rest // 10}角{rest % 10}分" if rest % 10 else f"{sign}{yuan}元{rest // 10}角"


def _day(value: Any, how: str) -> str:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return clean(value)
    if not isinstance(value, date):
        return ""
    if _tongue.get() == ENGLISH:
        return f"{value:%a} {value.day} {value:%b}" if how == "week" else f"{value.day} {value:%b}"
    return f"{spoken_date(value)} {weekday_word(value)}" if how == "week" else spoken_date(value)


def _term(word: str) -> str:
    """One of our own terms in the language that is spoken."""
    if _tongue.get() != ENGLISH:
        return word
    return ", ".join(str(english()["terms"].get(one, one)) for one in word.split("、"))


def clean(value: str, limit: int = VALUE_LIMIT) -> str:
    """A person's own words made safe to show: one line, no control or direction signs, not endless."""
    kept = "".join(" " if sign in "\r\n\t" else sign for sign in value if sign in "\r\n\t" or _visible(sign))
    kept = " ".join(kept.split())
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def _visible(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def role_words(roles: frozenset[Role]) -> str:
    if roles >= VILLAGE_ROLES:
        return _term("村里管事的人")
    return "、".join(ROLE_WORDS[role] for role in Role if role in roles)
