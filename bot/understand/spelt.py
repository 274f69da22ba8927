"""Words of the book written in Latin letters: huankuan is 还款, `jie 3000 mai 化肥` is 借3000买化肥.

Who cannot type characters types sounds. A run of letters is only believed where words of the book spell all of it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

from bot.understand.normal import Text
from bot.understand.phrases import book
from bot.understand.sound import syllables

_RUN = re.compile(r"(?<![A-Za-z])[A-Z]?[a-z]{1,24}(?: [a-z]{1,24}){0,5}(?![A-Za-z])")
_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{5}(?![A-Za-z0-9])")
_LONGEST = 24
"""Letters of a run that are looked at: 同意联保 has twelve."""


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    """Every spelling of the book's words without tones; the first word of the book wins."""
    found: dict[str, str] = {}
    for word in (*book().spelt, *book().slip_words):
        for spoken in product(*(syllables(c) for c in word)):
            found.setdefault("".join(spoken).replace("v", "u"), word)
    return found


@lru_cache(maxsize=1024)
def _meant(letters: str) -> str:
    """The words that spell all the letters, the longest first; empty where there are none."""
    if not letters:
        return ""
    for length in range(min(_LONGEST, len(letters)), 1, -1):
        word = _words().get(letters[:length])
        if word and (length == len(letters) or (rest := _meant(letters[length:]))):
            return word if length == len(letters) else word + rest
    return ""


def in_characters(text: Text) -> Text:
    """`text` with its spelt words as characters; what was written stays behind the first of them."""
    found = [m for m in _RUN.finditer(text.s) if len(m[0]) > 1]
    if not found:
        return text
    codes = [m.span() for m in _CODE.finditer(text.s) if re.search("[0-9]", m[0])]
    spelt, raw, place = "", [], 0
    for match in found:
        words = _meant(match[0].replace(" ", "").lower())
        if not words or any(a < match.end() and match.start() < b for a, b in codes):
            continue
        spelt += text.s[place : match.start()] + words
        raw += [*text.raw[place : match.start()], "".join(text.raw[match.start() : match.end()])]
        raw += [""] * (len(words) - 1)
        place = match.end()
    return Text(spelt + text.s[place:], (*raw, *text.raw[place:])) if place else text
