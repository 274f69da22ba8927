"""The templates an account has registered, and a notice put into one: only what WeChat takes is ever sent to it.

The fields of a template are whatever its account chose, so the configuration says which fact goes into which field:
`reminder = "TEMPLATE_ID thing1=title amount2=amount date3=day"`. A notice that does not fill a field goes by SMS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.channels.plain_text import sayable
from bot.channels.wechat_fields import first_fault, longest
from ledger import money
from ledger.complaints import TOLD as COMPLAINTS
from ledger.store.mailbox import Waiting

REMINDER, RECEIPT, PROGRESS = "reminder", "receipt", "progress"
KINDS = (REMINDER, RECEIPT, PROGRESS)
FACTS = ("society", "title", "words", "name", "amount", "day", "loan")
"""What a field may hold: the society's name, the kind of notice, its first words, a name, money, a day, `23号`."""

_ID = re.compile(r"[0-9A-Za-z_-]{8,64}", re.ASCII)
_FIELD = re.compile(r"([a-z]+(?:_[a-z]+)?[0-9]*)=([a-z]+)", re.ASCII)
_AMOUNTS = ("due_fen", "paid_fen", "amount_fen", "total_fen")
_DAYS = ("due_on", "on", "closes_on", "paid_on")
_RECEIPT_PRIORITY, _REMINDER_PRIORITY = 1, 5


@dataclass(frozen=True)
class Template:
    """One registered template: WeChat's id for it, and which fact each of its fields holds."""

    id: str
    fields: Mapping[str, str]


def parse(written: str) -> Template:
    """A template as the configuration writes it. Raises ValueError with what is wrong."""
    number, *pairs = written.split() or [""]
    if not _ID.fullmatch(number):
        raise ValueError("has to begin with the template's id")
    fields: dict[str, str] = {}
    for pair in pairs:
        found = _FIELD.fullmatch(pair)
        if not found or found[2] not in FACTS or found[1] in fields:
            raise ValueError(f"{pair!r} is not field=fact, each field once, with one of {', '.join(FACTS)}")
        fields[found[1]] = found[2]
    if not fields:
        raise ValueError("names no field: write field=fact, such as thing1=title")
    return Template(number, fields)


def kind_of(notice: Waiting) -> str:
    """Which template a notice would go by; empty for what never may: replies, codes, complaints."""
    told = notice.say
    if notice.channel or told == "raw" or "code_for" in notice.facts or notice.facts.get("secret"):
        return ""
    if told in COMPLAINTS:
        return ""
    if notice.priority == _RECEIPT_PRIORITY:
        return RECEIPT
    return REMINDER if notice.priority == _REMINDER_PRIORITY else PROGRESS


def values(template: Template, notice: Waiting, title: str, words: str, society: str) -> dict[str, str] | None:
    """The fields filled from a notice and cut to their limits; None where one would be empty or refused (47003)."""
    facts = _facts(notice) | {"title": title, "words": words, "society": society}
    filled: dict[str, str] = {}
    for name, fact in template.fields.items():
        value = " ".join(sayable(facts.get(fact, "")).split())
        limit = longest(name)
        filled[name] = value if not limit or len(value) <= limit else value[: limit - 1] + "…"
    return None if first_fault(filled) else filled


def _facts(notice: Waiting) -> dict[str, str]:
    facts: Mapping[str, Any] = notice.facts
    fen = next((facts[name] for name in _AMOUNTS if facts.get(name)), None)
    day = next((facts[name] for name in _DAYS if facts.get(name)), None)
    return {
        "amount": money.spoken(int(fen)) if fen is not None else "",
        "day": _day(day) if day is not None else "",
        "loan": f"{facts['loan']}号" if facts.get("loan") else "",
        "name": str(facts.get("name") or ""),
    }


def _day(value: Any) -> str:
    on = value if isinstance(value, date) else date.fromisoformat(str(value))
    return f"{on.year}年{on.month}月{on.day}日"
