"""One spelling for what people type: width, script, simplified characters, punctuation, spaces.

Every normalised character remembers what was written in its place, so that names and free text can be given back as
they stood while the patterns see one spelling only.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from bot.understand.numerals import CN

# Longer texts are complaints or junk; the request of a real message stands well within this.
LONGEST = 1000
# Stands for a sign that must never become a digit (circled, superscript, fractions): no pattern knows it.
REFUSED = "\ufffd"

_SIGNS = {
    "。": "。", "．": ".", "｡": "。", "、": "、", "；": ",", ";": ",", "…": "。", "⋯": "。", "～": ",", "~": ",",
    "—": ",",
    "“": '"', "”": '"', "‘": '"', "’": '"', "'": '"', "「": '"', "」": '"', "『": '"', "』": '"', "《": '"', "》": '"',
    "￥": "¥", "【": "【", "】": "】", "﹐": ",", "︰": ":", "–": "-", "−": "-", "﹣": "-", "·": "·", "•": "·",
}  # fmt: skip
_KEPT_SYMBOLS = frozenset("+=<>|^`$¥‰%°")


@dataclass(frozen=True)
class Text:
    """`s` is the normalised text; `raw[i]` is what was written where `s[i]` stands."""

    s: str
    raw: tuple[str, ...]

    def written(self, start: int, end: int) -> str:
        """The text between two places as the person wrote it, without the signs at its edges."""
        return "".join(self.raw[start:end]).strip(" \t\n,，。.、:：;；!！?？~～-—\"“”'")

    def respelt(self, s: str) -> Text:
        """The same writing under another spelling of equal length."""
        return Text(s, self.raw)


@lru_cache(maxsize=1)
def tables() -> dict[str, dict[str, str]]:
    """The character tables: traditional to simplified, and syllable to characters."""
    return tomllib.loads(files("bot.understand").joinpath("tables.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _simplified() -> dict[str, str]:
    table = tables()["simplified"]
    return dict(zip(table["from"], table["to"], strict=True))


@lru_cache(maxsize=8192)
def _spell(char: str) -> str:
    """The normalised spelling of one character: usually one character, sometimes none or several."""
    if char in _SIGNS:
        return _SIGNS[char]
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category in ("No", "Nl"):
        # NFKC would turn ① into 1 and ½ into 1⁄2; money must not be read out of ornaments.
        return unicodedata.normalize("NFKC", char) if "\u3000" <= char <= "\u303f" else REFUSED
    if char in "\n\r":
        return ","
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " " if char.isspace() else ""
    if category in ("Cf", "Cs", "Co", "Cn", "Mn", "Me"):
        return ""
    folded = "".join(_SIGNS.get(c, c) for c in unicodedata.normalize("NFKC", char))
    if category in ("So", "Sk", "Sm", "Sc") and not set(folded) <= _KEPT_SYMBOLS:
        # Squared units such as ㎏ and emoji only part words.
        return " "
    return "".join(_simplified().get(c, c) for c in folded)


def normalise(text: str) -> Text:
    """`text` in one spelling; runs of blanks are one blank, blanks between two Han characters are kept."""
    spelt: list[str] = []
    raw: list[str] = []
    for char in text[:LONGEST]:
        for place, sign in enumerate(_spell(char)):
            if sign == " " and (not spelt or spelt[-1] == " "):
                continue
            spelt.append(sign)
            raw.append(char if place == 0 else "")
    while spelt and spelt[-1] == " ":
        spelt.pop()
        raw.pop()
    return Text("".join(spelt), tuple(raw))


_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def is_han(char: str) -> bool:
    return bool(_HAN.match(char))


def tight(text: Text) -> Text:
    """Without the blanks between Han characters: `余 额` is one word, `批 23 482913` keeps its parts."""
    spelt: list[str] = []
    raw: list[str] = []
    last = len(text.s) - 1
    for place, char in enumerate(text.s):
        if char == " " and spelt and 0 < place < last and _loose(spelt[-1], text.s[place + 1]):
            raw[-1] += text.raw[place]
            continue
        spelt.append(char)
        raw.append(text.raw[place])
    return Text("".join(spelt), tuple(raw))


def _loose(before: str, after: str) -> bool:
    """A blank says nothing between two Han characters or beside a sign; between digits it parts numbers."""
    if before in CN + "元块整" and is_han(after) and after not in "十百千万亿拾佰仟号元块月年天个角毛分":
        # 三百二 张发财: the blank is all that parts the sum from the next name.
        return False
    if before in ",。!?:、" or after in ",。!?:、":
        return True
    return is_han(before) and is_han(after)
