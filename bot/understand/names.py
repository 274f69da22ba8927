"""Whom a name means: the member written so, or heard so, or told by kinship (陈桂花家, 王五他媳妇).

Candidates only: with several the person is asked, for two names that sound alike are two people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.understand.phrases import book
from bot.understand.sound import alike


def _words(name: str) -> re.Pattern[str]:
    """One of this reader's patterns in the phrase book."""
    return book().readers["names"][name]


def looks_like_name(word: str, names: Sequence[str] = ()) -> bool:
    """Whether a word can be a person: a member, a surname with a given name, or a form of kinship or respect."""
    word = word.strip()
    if word in names:
        return True
    if not 2 <= len(word) <= 12 or _words("goods").search(word) or _words("stop").search(word):
        return False
    if _words("person").fullmatch(word):
        return len(word) <= 4 or "·" in word or bool(_words("house").search(word) or _words("surname").match(word))
    house = _words("house").search(word)
    if house and house.start() > 0:
        return bool(_words("person").fullmatch(word[: house.start()]))
    return bool(names) and bool(match(word, names))


def match(name: str, names: Sequence[str]) -> list[str]:
    """The members a written or heard name may mean, the surest kind only: exact, kin, sound, one character."""
    name = re.sub(r"\s", "", name)
    unique = list(dict.fromkeys(names))
    if name in unique:
        return [name]
    house = _words("house").search(name)
    forms = [name] + ([name[: house.start()]] if house and house.start() > 0 else [])
    for form in forms[1:]:
        if form in unique:
            return [form]
    for kind in (_heard, _heard_dialect, _given, _one_wrong):
        for form in forms:
            found = [n for n in unique if kind(form, n)]
            if found:
                return found
    return []


def _heard(form: str, name: str) -> bool:
    return len(form) == len(name) and all(alike(a, b, dialect=False) for a, b in zip(form, name, strict=True))


def _heard_dialect(form: str, name: str) -> bool:
    return len(form) == len(name) and all(alike(a, b) for a, b in zip(form, name, strict=True))


def _given(form: str, name: str) -> bool:
    """桂花 for 陈桂花, 老王 for the only 王."""
    if len(form) >= 2 and len(name) == len(form) + 1 and name.endswith(form):
        return True
    return (len(form) == 2 and form[0] in "老小阿" and name.startswith(form[1])) or (
        len(form) == 1 and name.startswith(form)
    )


def _one_wrong(form: str, name: str) -> bool:
    """One of three characters slipped; in two-character names that would leave nothing sure."""
    return len(form) == len(name) >= 3 and sum(a != b for a, b in zip(form, name, strict=True)) == 1
