"""The value a bare answer gives to the one thing that was asked: `三千`, `6个月`, `23号`, `035`, `买化肥`.

The whole message must be that value; a number inside talk answers nothing.
"""

from __future__ import annotations

import re
from typing import Any

from bot.understand import amounts, periods
from bot.understand.normal import normalise, tight
from bot.understand.numerals import CN, number

_LOAN = re.compile(rf"(?:第)?(?P<n>[0-9]{{1,6}}|[{CN}]{{1,7}})(?: ?号)?(?:那笔|的)?")
_MONTHS = re.compile(rf"(?P<n>[0-9]{{1,3}}|[{CN}]{{1,3}})(?:个?月)?")
_PERSON = re.compile(r"(?P<n>[0-9]{1,3})(?:号户?|户)?|[\u4e00-\u9fff·]{2,8}")
_PURPOSE = re.compile(r"[\u4e00-\u9fff0-9,、 ]{2,20}")
_LEAD = re.compile(r"^(?:我)?(?:要|想|借|是|就|共|一共|用|写)+(?=.)")


def value_of(slot: str, text: str) -> Any:
    """The value of `slot` that the message is, or None."""
    said = tight(normalise(text)).s.strip(" ,。!")
    return _FINDERS[slot](said) if said and slot in _FINDERS else None


def _amount(said: str) -> int | None:
    said = _LEAD.sub("", said)
    found = amounts.find(said)
    if len(found) != 1 or found[0].fen is None or said[: found[0].start].strip() or said[found[0].end :].strip(" 吧了"):
        return None
    return found[0].fen


def _months(said: str) -> int | None:
    said = _LEAD.sub("", said)
    known = periods.months(said)
    if known:
        only = len(known) == 1 and (known[0].start, known[0].end) == (0, len(said))
        return known[0].months if only else None
    match = _MONTHS.fullmatch(said)
    return number(match["n"]) or None if match else None


def _loan(said: str) -> int | None:
    match = _LOAN.fullmatch(said)
    return number(match["n"]) or None if match else None


def _person(said: str) -> str | None:
    match = _PERSON.fullmatch(said)
    return (match["n"] or match[0]) if match else None


def _purpose(said: str) -> str | None:
    return said if _PURPOSE.fullmatch(said) and re.search(r"[\u4e00-\u9fff]{2}", said) else None


_FINDERS = {"amount": _amount, "months": _months, "loan": _loan, "person": _person, "purpose": _purpose}
