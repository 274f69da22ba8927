"""Example facts for every text: what the list of all texts shows, and what a county's own words are tried on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from bot import texts
from bot.channels.segments import segments

_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_ASKED = re.compile(r"\[\?(\w+):")
DAY = date(2026, 4, 7)
FACTS: dict[str, Any] = {
    "name": "陈桂花", "person": "陈桂花", "payer_one": "刘大山", "payer_two": "孙二妹", "payer": "刘大山",
    "purpose": "买化肥", "text": "收据已补开", "reason": "用途不清楚", "group": "第三组", "society": "青山村互助社",
    "village": "青山村", "loan": 23, "entry": 118, "item": 5, "months": 10, "days": 3, "count": 2,
    "plan": "equal_principal",
    "fee_ppm_month": 5000, "charge_percent": 120, "status": "disclosed", "money": "cash", "check": "K7Q2M",
    "code": "482913", "confirm": "验证码482913", "choices": texts.Ready("1 余额  2 能借多少  3 借钱"), "source": "财政",
    "treasurer": "李秀英19900000024", "cashier": "张强19900000036", "village_phone": "0000-2600001",
    "township_phone": "0000-2600002", "county_phone": "0000-2600003", "home": "012", "heir": "许小军",
    "phone": "13800000000", "cell": 37, "category": "一般户", "by": "李秀英", "roles": "会计", "what": "要写多少钱？",
    "names": "陈桂花、刘大山、孙二妹", "leader": "陈桂花", "mover": "王五", "cadre": "范文才", "poor": "程老根",
    "one": "陈桂花", "other": "王五", "relation": "父女", "number": "17", "absent": "程老根", "law": "诉讼时效快到3年",
    "event": "洪水", "page": 12,
    "weeks": 4, "left": 2, "asked": 5, "amount_fen": 300_000, "total_fen": 31_500,
    "principal_fen": 30_000,
    "fee_fen": 8_250, "first_fen": 31_500, "due_fen": 31_500, "left_fen": 270_000, "paid_fen": 31_500,
    "contribution_fen": 20_000, "own_fen": 20_000, "limit_fen": 500_000,
}
HOW: dict[str, Any] = {"fen": 50_000, "big": 50_000, "day": DAY, "week": DAY, "way": "sms", "fate": "delivered"}
"""Example values by how a place of a list asks to be shown."""
OPTIONAL = frozenset({"hidden", "given_fen", "credit_fen", "charge_fen", "late", "death", "deferred", "deferred_fen"})
"""Facts that are mostly not there; the example shows the common case."""


def facts_for(key: str) -> dict[str, Any]:
    """Facts for every place of a text: by name, else by how the name ends."""
    found = texts.find(key)
    whole = found if isinstance(found, str) else found["text"]
    names = {one[0] for one in _PLACE.findall(whole)} | set(_ASKED.findall(whole))
    facts = {name: _fact(name) for name in names - {"lines"}}
    if not isinstance(found, str):
        facts["lines"] = [_line(found["line"], name) for name in ("陈桂花", "刘大山")]
    return facts


def _fact(name: str) -> Any:
    if name in OPTIONAL:
        return 0
    if name in FACTS:
        return FACTS[name]
    if name.endswith("_fen"):
        return 50_000
    if name.endswith("_on") or name == "on":
        return DAY
    return 12 if name.endswith(("_no", "count", "days", "months", "max", "min")) else "…"


def _line(line: str, name: str) -> list[Any]:
    """One line of a list: its first word is a name, what is asked for as money or a day is that."""
    wanted: Mapping[str, str] = dict(_PLACE.findall(line))
    last = max((int(place) for place in wanted if place.isdigit()), default=-1)
    values: list[Any] = []
    for place in range(last + 1):
        how = wanted.get(str(place), "")
        values.append(HOW.get(how, name if place == 0 else 23))
    return values


def said(key: str) -> str:
    """A text with its example facts."""
    return texts.fill(key, facts_for(key))


def parts(key: str) -> int:
    """How many SMS the example takes."""
    return segments(said(key))


def every_key() -> list[str]:
    return [f"{section}.{name}" for section, table in texts.words().items() for name in table]
