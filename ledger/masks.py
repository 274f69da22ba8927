"""Numbers of people in words that others read: what somebody typed into a purpose, a reason or a memo.

Nothing of a number is left: a part of it, such as its first and last digits, leaves far fewer than the 1,000,000
candidates that a mask has to leave (reliability.md E7).
"""

from __future__ import annotations

import re

_ID_CARD = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])")
_PHONE = re.compile(r"(?<![0-9])(?:\+?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2}(?![0-9])")
PHONE_WORD, ID_WORD = "（电话）", "（证件号）"


def without_numbers(words: str) -> str:
    """The same words with every mobile number and identity number taken out, and the kind of number in its place."""
    return _PHONE.sub(PHONE_WORD, _ID_CARD.sub(ID_WORD, words))
