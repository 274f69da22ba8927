"""What was meant when a word was written by its sound: 鱼额 is 余额, 还 may be heard as 换.

Words of the book are found by syllables without tones, with the mergers of the western dialects (zh/z, n/l, ing/in);
a slip is only corrected to a word of the book, never invented.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

from bot.understand.normal import is_han, tables
from bot.understand.phrases import book


@lru_cache(maxsize=1)
def _readings() -> dict[str, tuple[str, ...]]:
    """Every character's syllables (at most two), tones left out."""
    found: dict[str, list[str]] = {}
    for syllable, chars in tables()["sounds"].items():
        for char in chars:
            found.setdefault(char, []).append(syllable)
    return {char: tuple(syllables) for char, syllables in found.items()}


_MERGED = ((re.compile("^([zcs])h"), r"\1"), (re.compile("^n(?=[aeiouv])"), "l"), (re.compile("(?<=[ie])ng$"), "n"))


@lru_cache(maxsize=4096)
def merged(syllable: str) -> str:
    """The syllable as the merging dialects say it."""
    for pattern, write in _MERGED:
        syllable = pattern.sub(write, syllable)
    return syllable


def syllables(char: str) -> tuple[str, ...]:
    return _readings().get(char, (char,))


def alike(one: str, other: str, dialect: bool = True) -> bool:
    """Whether two characters can be heard for each other."""
    first, second = syllables(one), syllables(other)
    if set(first) & set(second):
        return True
    return dialect and bool({merged(s) for s in first} & {merged(s) for s in second})


@lru_cache(maxsize=1)
def _index() -> tuple[dict[tuple[str, ...], str], frozenset[str], int]:
    """Words of the book by sound. Two characters must agree in the plain syllable, longer words in the merged one."""
    index: dict[tuple[str, ...], str] = {}
    words = book().slip_words
    for word in words:
        for spoken in product(*(syllables(c) for c in word)):
            index.setdefault(spoken, word)
    for word in words:
        for spoken in product(*(syllables(c) for c in word)):
            index.setdefault(tuple(merged(s) for s in spoken), word)
    return index, frozenset(words) | book().kept, max(map(len, words))


def correct(s: str) -> str:
    """`s` with slips respelt, character for character; the same object when there is none."""
    index, known, longest = _index()
    out = list(s)
    place = 0
    while place < len(s):
        if not is_han(s[place]):
            place += 1
            continue
        place += _correct_at(s, place, out, index, known, longest)
    spelt = "".join(out)
    for pattern, char in book().around:
        match = pattern.search(spelt)
        if match:
            at = match.start(match.lastindex or 1)
            spelt = spelt[:at] + char + spelt[at + 1 :]
    return s if spelt == s else spelt


def _correct_at(
    s: str, place: int, out: list[str], index: dict[tuple[str, ...], str], known: frozenset[str], longest: int
) -> int:
    """Corrects the longest word heard at `place`; how many characters are settled by it."""
    for length in range(min(longest, len(s) - place), 1, -1):
        written = s[place : place + length]
        if written in known:
            return length
        if not all(map(is_han, written)):
            continue
        alone = _stands_alone(s, place, length)
        for spoken in product(*(syllables(c) for c in written)):
            word = index.get(spoken) or (index.get(tuple(map(merged, spoken))) if length > 2 or alone else None)
            if (
                word
                and word != written
                and not _numeral_lost(written, word)
                and (alone or _near(written, word))
                and not _straddles(s, place, length, known)
            ):
                out[place : place + length] = word
                return length
    return 1


def _numeral_lost(written: str, word: str) -> bool:
    """借千八百 is a sum, not a slip for 借钱: numerals are never respelt."""
    return any(a != b and a in "十百千万" for a, b in zip(written, word, strict=True))


def _near(written: str, word: str) -> bool:
    """At least one character of a two-character word stands as it should; both wrong is too far from home."""
    return len(word) > 2 or any(a == b for a, b in zip(written, word, strict=True))


_LEAD = re.compile(r"^(?:我|俺|想|要|申请|查|看|发|查一下|看一下|看下|我的|,| )*$")


def _stands_alone(s: str, place: int, length: int) -> bool:
    """The word opens the message and is followed by no other: then more than one slip is believed."""
    after = s[place + length : place + length + 1]
    return bool(_LEAD.match(s[:place])) and (not after or not is_han(after) or after in "看查发")


def _straddles(s: str, place: int, length: int, known: frozenset[str]) -> bool:
    """The last character begins a real word of its own (…收 | 到账), or the first ends one."""
    return s[place + length - 1 : place + length + 1] in known or (place > 0 and s[place - 1 : place + 1] in known)
