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
_TIGHT_LOAN = re.compile(
    rf"(?:(?:编号|序号|单号|#|No[.]?|no[.]?|NO[.]?)|(?:编|序|单)?号码?(?:是|为|:)) ?"
    rf"(?P<n>[0-9]{{1,6}}|(?<=是)[{CN}]{{1,5}})(?![0-9.,元块万千百号kK{CN}])"
)


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

    @cached_property
    def _peeled(self) -> dict[tuple[bool, Span], Span]:
        """What strip and bare have found: every command asks for the same stretches."""
        return {}

    def strip(self, span: Span) -> Span:
        """Without the greetings before and the thanks behind."""
        if (False, span) not in self._peeled:
            self._peeled[False, span] = self._peel(span, book().front, book().back)
        return self._peeled[False, span]

    def bare(self, span: Span) -> Span:
        """Without the asking too: of 麻烦帮我看一下我的余额是多少 only 余额 is left."""
        if (True, span) not in self._peeled:
            outer, inner = (-1, -1), self.strip(span)
            while inner != outer:
                outer = inner
                inner = self._peel(self._peel(outer, book().ask_front, book().ask_back), book().front, book().back)
            self._peeled[True, span] = inner
        return self._peeled[True, span]

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
    spelt = _names_kept(whole.s, correct(whole.s), names)
    return Said(whole.respelt(spelt), loose, role, tuple(names), spelt != whole.s)


_LOOKED_FOR = re.compile("^(?:查|找|看)(?:一下|下|查|看)? ?([一-鿿]{3})[ ,。?]*$")


def _names_kept(written: str, spelt: str, names: Sequence[str]) -> str:
    """A member's name is no slip: 查 刘水国 asks for him and not for 流水. Of nobody known three characters behind 查
    are a name where a slip would respell only a part of them."""
    if spelt == written:
        return spelt
    places = [(at, at + len(name)) for name in names if name != written for at in _all(written, name)]
    asked = _LOOKED_FOR.match(written)
    if asked and book().surname.match(asked[1]) and spelt[asked.end(1) - 1] == written[asked.end(1) - 1]:
        places.append(asked.span(1))
    for start, end in places:
        spelt = spelt[:start] + written[start:end] + spelt[end:]
    return spelt


def _all(text: str, word: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(word), text)] if word else []


def _cut(text: Text, pattern: re.Pattern[str]) -> Text:
    """Without the signature a carrier or gateway hangs on a short message."""
    match = pattern.search(text.s)
    if not match or match.end() - match.start() >= len(text.s):
        return text
    a, b = match.span()
    return Text(text.s[:a] + text.s[b:], text.raw[:a] + text.raw[b:])


def the_book() -> Book:
    return book()
