"""The phrase book `handlers/phrases.toml`, compiled once: word classes into patterns, entries into commands.

The book is data so that a new dialect word needs no code; this file only knows the shapes of slots.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from bot.understand.numerals import CN

_N = rf"(?:[0-9]{{1,6}}|[{CN}]{{1,7}})"
_COUNTED = r"(?! ?(?:元|块|斤|亩|头|只|岁|户|人|个|天|年|月|点|次|回|袋|包|吨|万|千|百|k|K|w|W|%|‰|[.][0-9]|,[0-9]{3}))"
_NUMBER = (
    rf"(?:第|编号|序号|单号|no[.]?|NO[.]?|No[.]?|#)? ?(?P<NAME>{_N})(?![0-9{CN}]){_COUNTED}"
    r"(?: ?号)?(?!下|些|起|样|定|直)"
)
_MONEY = (
    rf"¥?[-+]?[0-9{CN}几][0-9{CN},.kKwW]*[多来几余]?(?:万|千|百)?(?:元|块)?[0-9{CN}]{{0,2}}(?:角|毛|分|钱|整|"
    rf"正|人民币|左右|上下|大洋)*"
)
SHAPES = {
    "loan": _NUMBER + r"(?:{thatloan})*",
    "loan_no": rf"(?:第|编号|序号|单号|借款|#)? ?(?P<loan>{_N}) ?号(?!码|线|院|楼)",
    "entry": _NUMBER,
    "item": _NUMBER,
    "vote": _NUMBER,
    "code": rf"(?P<code>[0-9]{{4,6}}|[{CN}]{{4,6}})(?![0-9{CN}])",
    "phone": r"(?P<phone>(?:[+]?86)?[ -]?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4})(?![0-9])",
    "amount": rf"(?P<amount>{_MONEY}(?:(?:到|至|-|或者?|还是){_MONEY})?)",
    "period": rf"(?:[0-9{CN}俩仨半几]{{1,5}}(?:到|至|-)?)+(?:个|箇)?(?:多)?"
    rf"(?:年零?[0-9{CN}]{{1,3}}个月|年半|年底|年|季度?|月|期)",
    "stretch": rf"(?:半个月|[0-9{CN}]{{1,4}} ?(?:天|日|周|个?星期|个?礼拜|个月))",
    "society": r"(?P<society>[^ ,:。0-9]{2,14}?)",
    "sum": f"(?:{_MONEY})",
    "choice": r"(?P<choice>{choice_no}|{choice_yes}|{choice_none})",
    "source": r"(?P<source>{source_of}|其他资金|其他|其它|利息收入|利息|县财政|社员互助金|互助金)",
    "text": r"[ ,:。、!?·-]*(?P<text>[^ ,:。、!?].*)",
    "remark": r"(?:[ ,。!:、].*|了|吧|啊|哈)",
}


@dataclass(frozen=True)
class Command:
    """One entry of the book. Entries of one name may stand in several places with other roles."""

    name: str
    whole: tuple[re.Pattern[str], ...]
    within: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None
    guard: str
    slots: tuple[str, ...]
    roles: frozenset[str]
    roles_not: frozenset[str]
    reader: str
    alone: bool
    keeps: bool
    strict: bool

    def said_by(self, role: str) -> bool:
        return role not in self.roles_not and (not self.roles or role in self.roles)


class Book:
    """All of the phrase book, compiled."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._classes: dict[str, str] = {}
        self._raw: dict[str, list[str]] = {**data["classes"], **data["shapes"]}
        self.front = self.pattern(_any(data["filler"]["front"]) + "[ ,。!:、~?]*")
        self.back = self.pattern("[ ,。!:、]*" + _any(data["filler"]["back"]) + "$")
        self.ask_front = self.pattern(_any(data["filler"]["ask_front"]))
        self.ask_back = self.pattern(_any(data["filler"]["ask_back"]) + "$")
        self.mood = {name: self.pattern(_any(words)) for name, words in data["mood"].items()}
        # What asking, thanking and pointing consist of; what is left besides is a reason worth keeping.
        self.mood_filler = self.pattern(
            "(?:{self}|{want}|{fund}|{thatloan}|{look}|{号}|把|将|给|对|就|的|那|这|了|吧|请|帮|忙|行|不行|好|一下|借款|还款|到|要|去|和|在|跟|向|来|办|同志|你们?|您|谢谢?|麻烦|拜托|求|理由|原因|因为|是|吗|么|呢|同意|批准|能|可以|申请)"
        )
        self.request = self.pattern(
            "{look}|帮|麻烦|请|想|要|给{self}|发|查|找|问|劳驾|求|忘了?|记不得|记不清|不清楚|不晓得|不知道"
        )
        # The speaker named right before the verb: 她44号那笔我愿意 is the speaker's own will.
        self.own = self.pattern("{self}(?:{want}|{agree}|来|给|就)*$")
        self.surname = self.pattern("{surname}")
        self.slip_words: list[str] = data["slips"]["words"]
        self.spelt: list[str] = data["slips"]["spelt"]
        self.kept: frozenset[str] = frozenset(data["slips"]["keep"])
        self.around = [(self.pattern(p), c) for p, c in data["slips"]["around"]]
        self.topics: list[str] = data["topics"]
        self.dated: frozenset[str] = frozenset(data["dated"])
        self.anchors = {name: self.pattern(words) for name, words in data["anchors"].items()}
        self.readers = {
            reader: {name: self.pattern(words) for name, words in patterns.items()}
            for reader, patterns in data["reader"].items()
        }
        self.commands = tuple(self._command(entry) for entry in data["command"])
        self.money = frozenset(c.name for c in self.commands if c.guard == "money") | set(data["books"])

    def pattern(self, written: str) -> re.Pattern[str]:
        """A pattern of the book with its classes and shapes filled in; a shape used twice is numbered."""
        seen: dict[str, int] = {}

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name in SHAPES:
                return "(?:" + _HOLE.sub(fill, SHAPES[name].replace("NAME", name)) + ")"
            return self._class(name)

        def number(match: re.Match[str]) -> str:
            seen[match[1]] = seen.get(match[1], 0) + 1
            return match[0] if seen[match[1]] == 1 else f"(?P<{match[1]}__{seen[match[1]]}>"

        return re.compile(_GROUP.sub(number, _settled(_HOLE.sub(fill, written))))

    def _class(self, name: str) -> str:
        if name not in self._classes:
            words = sorted(self._raw[name], key=len, reverse=True)
            # Atomic: 想要 is never read again as 想 and 要, or a text of such words would be read in 2^n ways.
            self._classes[name] = "(?>" + _any([_HOLE.sub(lambda m: self._class(m[1]), w) for w in words])[3:]
        return self._classes[name]

    def _command(self, entry: dict[str, Any]) -> Command:
        unless = entry.get("unless")
        return Command(
            name=entry["name"],
            whole=tuple(self.pattern(p) for p in entry.get("whole", ())),
            within=tuple(self.pattern(p) for p in entry.get("within", ())),
            unless=self.pattern(_any(unless)) if unless else None,
            guard=entry.get("guard", "none"),
            slots=tuple(entry.get("slots", ())),
            roles=frozenset(entry.get("roles", ())),
            roles_not=frozenset(entry.get("roles_not", ())),
            reader=entry.get("reader", ""),
            alone=entry.get("alone", False),
            keeps=entry.get("keeps", False),
            strict=entry.get("strict", False),
        )


_HOLE = re.compile(r"\{([a-z_号]+)\}")
_GROUP = re.compile(r"\(\?P<([a-z]+)>")


def _settled(pattern: str) -> str:
    """Groups that are repeated become atomic: what one round has taken is not taken apart again, so that no text is
    read in more ways than it has signs."""
    opened: list[int] = []
    signs, place = list(pattern), 0
    while place < len(pattern):
        sign = pattern[place]
        if sign == "\\":
            place += 1
        elif sign == "[":
            place = pattern.index("]", place + 2)
        elif sign == "(":
            opened.append(place)
        elif sign == ")":
            start = opened.pop()
            if pattern[place + 1 : place + 2] in ("*", "+") and pattern.startswith("(?:", start):
                signs[start : start + 3] = "(?>"
        place += 1
    return "".join(signs)


def _any(words: list[str]) -> str:
    return "(?:" + "|".join(words) + ")"


@lru_cache(maxsize=1)
def book() -> Book:
    return Book(tomllib.loads(files("handlers").joinpath("phrases.toml").read_text("utf-8")))


def groups(match: re.Match[str]) -> dict[str, tuple[int, int]]:
    """The named parts that took part in a match, without their numbers, as places."""
    return {name.split("__")[0]: match.span(name) for name, value in match.groupdict().items() if value is not None}
