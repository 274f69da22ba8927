"""Money is whole fen in an `int`; this is the only place where yuan, 大写 and shares of a sum are made of it.

Nothing here rounds silently: text with more than two decimals is refused, and what is split adds up again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_YUAN = re.compile(r"(-?)([0-9]{1,13})(?:\.([0-9]{1,2}))?")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")


def from_yuan(text: str, *, allow_negative: bool = False) -> int:
    """Read yuan such as `2500`, `512.5` or `0.05` as fen. The caller has normalised the text (NFKC, no spaces).

    Only ASCII digits, one point and up to two decimals are money; Python's own parsers also take `1_000`, `1e9`,
    `NaN`, `٣٤` and signs (reliability.md M23). At most 13 digits before the point, so fen stay below 2^53 and a
    spreadsheet holds them exactly. Raises ValueError for everything else.
    """
    found = _YUAN.fullmatch(text)
    if found is None:
        raise ValueError("not an amount in yuan with at most two decimals")
    sign, yuan, decimals = found.groups()
    if sign and not allow_negative:
        raise ValueError("the amount is negative")
    fen = int(yuan) * 100 + int((decimals or "").ljust(2, "0"))
    return -fen if sign else fen


def to_yuan(fen: int) -> str:
    """Fen as yuan with two decimals, no separators: `2500.00`, `-0.05`. What `from_yuan` reads back."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan}.{rest:02d}"


def spoken(fen: int) -> str:
    """Fen as written in texts to people: `2500元`, but `512.50元` where there are fen (contract section 4)."""
    return f"{to_yuan(fen).removesuffix('.00')}元"


def capital(fen: int) -> str:
    """Fen in 大写 as vouchers and codes carry it: 350000 is 叁仟伍佰元整. Raises ValueError below zero.

    正确填写票据和结算凭证的基本规定: 整 after 元, never after 分, and left out after 角; 壹拾, not 拾; several zeros
    inside a number are one 零; 角 zero before 分 is 零. Where the rule leaves 零 open we follow its first example:
    壹仟陆佰捌拾元零叁角贰分 (1680.32), 壹拾万柒仟元零伍角叁分 (107000.53).
    """
    if fen < 0:
        raise ValueError("大写 is not defined below zero")
    yuan, rest = divmod(fen, 100)
    jiao, last = divmod(rest, 10)
    words = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return f"{words or '零元'}整"
    # 零 stands for the 元 place or the 角 place, but only between two spoken digits.
    if words and (not jiao or yuan % 10 == 0):
        words += "零"
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    return words + (f"{_DIGITS[last]}分" if last else "")


def _whole(number: int) -> str:
    """A positive whole number in 大写, by 亿, then 万, then the last four digits."""
    for size, word in ((10**8, "亿"), (10**4, "万")):
        high, low = divmod(number, size)
        if high:
            return f"{_whole(high)}{word}{_tail(low, size)}"
    return _four(number)


def _tail(low: int, size: int) -> str:
    """What follows 亿 or 万: 零 first where the place right below is empty, nothing where all of them are."""
    if not low:
        return ""
    return ("零" if low < size // 10 else "") + _whole(low)


def _four(number: int) -> str:
    """1 to 9999 in 大写, with one 零 for each run of zeros between two digits."""
    words = ""
    for digit, place in zip(f"{number:04d}", _PLACES, strict=True):
        if digit != "0":
            words += f"{_DIGITS[int(digit)]}{place}"
        elif words and not words.endswith("零"):
            words += "零"
    return words.rstrip("零")


def half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded to a whole number, a half away from zero, so that a reversal rounds like its original.

    Exact for integers of any size. Raises ValueError unless the denominator is positive.
    """
    if denominator <= 0:
        raise ValueError("the denominator must be positive")
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -rounded if numerator < 0 else rounded


def split(total_fen: int, weights: Sequence[int]) -> list[int]:
    """Share out a sum by whole weights, to the fen: all rounded down, left-over fen to the largest remainders.

    Of equal remainders the earlier weight gets the fen. The parts always add up to the total (rules.md 4.7).
    Raises ValueError for a negative total or weight, or when all weights are zero.
    """
    whole = sum(weights)
    if total_fen < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError("a split needs a total and weights that are not negative, and one weight above zero")
    parts = [total_fen * weight // whole for weight in weights]
    by_remainder = sorted(range(len(parts)), key=lambda i: -(total_fen * weights[i] % whole))
    for i in by_remainder[: total_fen - sum(parts)]:
        parts[i] += 1
    return parts
