"""What a received text invites its reader to send next, so that a simulated phone can offer it as buttons.

It reads the words as a person would (请发：签 23, 回1确认, 收据K7Q2M); nothing here is told by the fund.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST = 8
_INVITED = re.compile(
    r"(?P<word>可发|例如|(?<!在微信里)发)：(?P<said>[^；。：]+)"
    r"|回(?:数字)?：(?P<choices>1 [^。；，]+)"
    r"|回验证码(?P<code>[0-9]{6})|回(?P<digit>[01])(?![0-9])|收据(?P<receipt>[0-9A-Z]{5})(?![0-9A-Za-z])"
)
_WAITING = re.compile(r"等您办[0-9]+件：(?P<said>.+?)。照着发就行")
# What stands for words of the reader's own: the button then only begins the message.
_OWN_WORDS = re.compile(r"(?:(?:加上?)?(?:您还的)?(?:钱数|收据码)|号数 理由|您的手机号|理由|内容|原因|姓名|号数).*$")


@dataclass(frozen=True)
class Hint:
    """A button: its text, and whether it is the whole message or only the beginning of one."""

    text: str
    whole: bool


def hints(text: str, phone: str) -> list[Hint]:
    """The buttons for one received text, in its own order, each once."""
    if waiting := _WAITING.search(text):
        found = [Hint(one, True) for one in waiting["said"].split("；")]
    else:
        found = [hint for match in _INVITED.finditer(text) for hint in _of(match, phone)]
    return list(dict.fromkeys(found))[:MOST]


def _of(match: re.Match[str], phone: str) -> list[Hint]:
    if match["code"] or match["digit"]:
        return [Hint(match["code"] or match["digit"], True)]
    if match["choices"]:
        return [Hint(digit, True) for digit in re.findall(r"(?:^|  )([1-9]) ", match["choices"])]
    if match["receipt"]:
        return [Hint(f"验 {match['receipt']}", True)]
    if match["word"] == "可发":
        return [_hint(one, example=True, phone=phone) for one in match["said"].split("、")]
    example = match["word"] == "例如"
    said = re.split("[，,]", match["said"])[0]
    if example and "绑定" in said:
        return []  # The example's number is nobody's; the reader's own stands on the button before it.
    return [_hint(said, example=example or said.startswith("借"), phone=phone)]


def _hint(said: str, *, example: bool, phone: str) -> Hint:
    said = said.strip()
    if said == "绑定 您的手机号":
        return Hint(f"绑定 {phone}", True)
    if begun := _OWN_WORDS.search(said):
        return Hint(said[: begun.start()].rstrip() + " ", False)
    # An example carries figures of its own, which the reader will want to change.
    return Hint(said, not (example and any(sign.isdigit() for sign in said)))
