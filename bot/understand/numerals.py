"""Chinese numerals as people say them, into exact integers; anything irregular is None, never a guess.

The short forms count: 两百五 is 250, 一万二 is 12000, 三千零五 is 3005. Ranges and roundings are not numerals here.
"""

from __future__ import annotations

import re

DIGITS = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    "俩": 2, "仨": 3,
    "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9, "幺": 1, "弍": 2, "参": 3,
    "弌": 1, "弎": 3,
}  # fmt: skip
UNITS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
FOLD = str.maketrans({"廿": "二十", "卅": "三十", "萬": "万", "億": "亿"})
CN = "零〇一二两三四五六七八九俩仨壹贰叁肆伍陆柒捌玖幺十百千拾佰仟万亿廿卅"
_PLAIN = re.compile(r"[0-9]{1,12}")
_SPELT = re.compile(f"[{CN}]+")


def number(word: str) -> int | None:
    """The integer a word of digits or Chinese numerals stands for, or None."""
    if _PLAIN.fullmatch(word):
        return int(word)
    if not _SPELT.fullmatch(word):
        return None
    return spelt(word)


def spelt(word: str) -> int | None:
    word = word.translate(FOLD)
    if all(c in DIGITS for c in word):
        return _digit_by_digit(word)
    whole, _, rest = word.rpartition("亿")
    if whole or "亿" in word:
        high = _below_yi(whole)
        low = _below_yi(rest) if rest else 0
        return None if high is None or low is None or "亿" in whole else high * 10**8 + low
    return _below_yi(word)


def _digit_by_digit(word: str) -> int | None:
    """One digit is a number; several are a code spoken digit by digit, and only 一三五 or 二〇二六 style counts."""
    if len(word) == 1:
        return DIGITS[word]
    if any(c in "两俩仨" for c in word):
        return None
    return int("".join(str(DIGITS[c]) for c in word))


def _below_yi(word: str) -> int | None:
    high, wan, low = word.partition("万")
    if not wan:
        return _below_wan(word)
    if "万" in low or not high:
        return None
    thousands = _below_wan(high)
    if thousands is None:
        return None
    if len(low) == 1 and low in DIGITS and low not in "零〇":
        return thousands * 10000 + DIGITS[low] * 1000
    rest = _below_wan(low.lstrip("零〇")) if low else 0
    return None if rest is None else thousands * 10000 + rest


def _below_wan(word: str) -> int | None:
    """Up to 9999, by falling units; a last digit without a unit takes the next lower one (三百五 is 350)."""
    total, last_unit, pending, zero = 0, 10_000, None, False
    for char in word:
        if char in UNITS:
            unit = UNITS[char]
            if unit >= last_unit:
                return None
            if pending is None:
                if unit != 10 or (total and not zero):
                    return None
                pending = 1
            total, last_unit, pending, zero = total + pending * unit, unit, None, False
        elif char in "零〇":
            if pending is not None or zero:
                return None
            zero = True
        else:
            if pending is not None:
                return None
            pending = DIGITS[char]
    if pending is None:
        return None if zero and total else total or None
    if total and not zero and last_unit > 10:
        return total + pending * last_unit // 10
    return total + pending
