"""One message laid out for reading: clauses, the core without greetings, moods, amounts and numbers.

Everything is a place in the one normalised text, so that what was written can always be given back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.understand import amounts, periods
from bot.understand.normal import Text, normalise, tight
from bot.understand.numerals import CN, number
from bot.understand.phrases import Book, book
from bot.understand.sound import correct
from bot.understand.spelt import in_characters

Span = tuple[int, int]
MOST_CLAUSES = 24, 8
"""Clauses looked at from the beginning and the end: no letter to the fund has more, a text of commas has hundreds."""

_BREAK = re.compile(r"[。!?:]+|(?<![0-9]),+|,+(?![0-9]{3}(?![0-9]))")
_SIGNATURE = re.compile(r"^【[^】]{2,12}】(?=.{0,11}$)|【[^】]{2,12}】$|\[[^\]]{2,12}\]$")
_LOAN = re.compile(
    rf"(?<![0-9月年.])(?:第)?(?P<n>[0-9]{{1,6}}|(?<![{CN}月])[{CN}]{{1,7}}) ?号(?!码|线|院|楼|店|机|称|人)"
)
_TIGHT_LOAN = re.compile(r"(?:编号|序号|单号|#|No[.]?|no[.]?|NO[.]?) ?(?P<n>[0-9]{1,6})(?![0-9.,元块万千百号kK])")


@dataclass(frozen=True)
class Said:
    """The message as a person of `role` sent it; `names` are the members the persons in it may be."""

    text: Text
    loose: Text
    role: str
    names: tuple[str, ...]
    slipped: bool

    @property
    def s(self) -> str:
        return self.text.s

    @cached_property
    def clauses(self) -> list[Span]:
        """The stretches between signs; a question mark stays with its clause."""
        found: list[Span] = []
        place = 0
        for match in _BREAK.finditer(self.s):
            end = match.end() if "?" in match[0] else match.start()
            if self.s[place : match.start()].strip():
                found.append((place, end))
            place = match.end()
        if self.s[place:].strip():
            found.append((place, len(self.s)))
        return found if len(found) <= sum(MOST_CLAUSES) else found[: MOST_CLAUSES[0]] + found[-MOST_CLAUSES[1] :]

    @cached_property
    def core(self) -> Span:
        return self.strip((0, len(self.s)))

    def strip(self, span: Span) -> Span:
        """Without the greetings before and the thanks behind."""
        return self._peel(span, book().front, book().back)

    def bare(self, span: Span) -> Span:
        """Without the asking too: of 麻烦帮我看一下我的余额是多少 only 余额 is left."""
        start, end = self.strip(span)
        while True:
            inner = self._peel((start, end), book().ask_front, book().ask_back)
            inner = self._peel(inner, book().front, book().back)
            if inner == (start, end):
                return inner
            start, end = inner

    def _peel(self, span: Span, front: re.Pattern[str], back: re.Pattern[str]) -> Span:
        start, end = span
        while True:
            match = front.match(self.s, start, end)
            if match and match.end() > start and match.end() < end:
                start = match.end()
                continue
            part = self.s[start:end]
            tail = back.search(part)
            if tail and 0 < tail.start() < len(part):
                end = start + tail.start()
                continue
            while start < end and self.s[start] in ' ,。!:、"':
                start += 1
            return start, end

    def part(self, span: Span) -> str:
        return self.s[span[0] : span[1]]

    def clause_of(self, place: int) -> Span:
        for span in self.clauses:
            if span[0] <= place < max(span[1], span[0] + 1):
                return span
        return 0, len(self.s)

    def mood(self, name: str, span: Span | None = None) -> bool:
        """Whether a turn of the book's mood stands in the span, or anywhere."""
        return bool(book().mood[name].search(self.part(span) if span else self.s))

    @cached_property
    def amounts(self) -> list[amounts.Amount]:
        return amounts.find(self.s)

    @cached_property
    def periods(self) -> list[periods.Period]:
        return periods.months(self.s)

    @cached_property
    def loans(self) -> list[tuple[int, int, int]]:
        """Loan numbers named as such: (number, start, end)."""
        found: list[tuple[int, int, int]] = []
        for pattern in (_LOAN, _TIGHT_LOAN):
            for match in pattern.finditer(self.s):
                value = number(match["n"])
                if value and value < 10**6 and not any(a < match.end() and match.start() < b for _, a, b in found):
                    found.append((value, match.start(), match.end()))
        return found


def lay_out(text: str, role: str, names: Sequence[str]) -> Said:
    loose = normalise(text)
    whole = tight(in_characters(loose))
    whole = _cut(whole, _SIGNATURE)
    spelt = correct(whole.s)
    return Said(whole.respelt(spelt), loose, role, tuple(names), spelt != whole.s)


def _cut(text: Text, pattern: re.Pattern[str]) -> Text:
    """Without the signature a carrier or gateway hangs on a short message."""
    match = pattern.search(text.s)
    if not match or match.end() - match.start() >= len(text.s):
        return text
    a, b = match.span()
    return Text(text.s[:a] + text.s[b:], text.raw[:a] + text.raw[b:])


def the_book() -> Book:
    return book()
