"""One loan or another: 批23还是24, 签，好像是18又好像是19, 23、24记不清. Neither is guessed, both are offered.

The message is read with the first of the two alone; where that names the loan, the loan is asked for with both numbers.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.understand.normal import Text
from bot.understand.numerals import number
from bot.understand.reading import Reading

_N = r"(?:第|编号)?(?P<{}>[0-9]{{1,4}}|[一二三四五六七八九十]{{1,3}})(?: ?号)?(?:那笔|那个|的)?"
_PERHAPS = r"(?:(?:到底|究竟|不晓得|不知道?|也不知)?(?:好像|可能|大概|应该|也许|是|要么|不是|或者?)+)?"
_OR = (
    r"(?:,?(?:还是|或者?|要么|要不|就|也)(?:说)?(?:是|像)?|,?又(?:好像|像|可能)(?:是)?|,?(?:也|又)?可能是?|,?(?:好像|不是)是?"
    r"|(?P<and>[,、和跟]))"
)
_FORGOT = (
    r",?(?:我|俺)?(?:都|也|又)?(?:记不(?:太)?(?:清|得|到|住|起)|忘|搞不(?:清|懂)|分不清|拿不准|说不(?:清|准)|"
    r"不确定|不晓得|不知道|不清楚)[^,。]{0,6}"
)
_EITHER = re.compile(
    rf"{_PERHAPS}(?<![0-9.,月年]){_N.format('a')}{_OR}(?:第)?{_N.format('b')}"
    r"(?! ?(?:[0-9元块万千百天岁斤亩头只股人户]|个?月|年|[.,][0-9]))"
    rf"(?:来着|呢|吧|啊|嘛)?(?P<forgot>{_FORGOT})?"
)


def told_in(text: Text) -> tuple[tuple[int, int], str] | None:
    """The two numbers between which a message wavers, and the message with only the first."""
    for match in _EITHER.finditer(text.s):
        first, second = number(match["a"]), number(match["b"])
        if not first or not second or first == second or (match["and"] and not match["forgot"]):
            continue
        start, end = match.span()
        return (first, second), "".join([*text.raw[:start], f"{first}号", *text.raw[end:]])
    return None


def between(reading: Reading, first: int, second: int) -> Reading | None:
    """A reading whose loan is the first of two, as one that asks for it; None where it names no loan."""
    if reading.slots.get("loan") != first:
        return None
    slots = {name: value for name, value in reading.slots.items() if name != "loan"}
    return replace(
        reading, slots=slots, ambiguous=[*reading.ambiguous, "loan"],
        choices=reading.choices | {"loan": [first, second]},
    )  # fmt: skip
