"""Township and county by message: figures of a village or of all (查 上坪 逾期, 汇总), alarms (预警), orders (整改)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from ledger import rectify as orders
from ledger import supervision
from ledger.records import Act, Refusal, Society
from ledger.reports import Figures, contract_figures
from ledger.store.county import County

from .people import posts
from .request import Answer, Choice, Request, refuse

TOPICS = {
    "overdue": "逾期率 逾期户 逾期 不良率 坏账率 坏账 风险",
    "repaid": "按期还款率 还款率 还款",
    "lent": "借出 放大倍数 借出率 放款率 借款 贷款 放款 规模",
    "fee": "占用费率 占用费 收入",
    "money": "余额 资金 现金 存款 准备金",
    "members": "覆盖率 贫困户 社员 户数",
}
"""Which words are answered with which part of the figures; every other word with the whole."""
SHOWN = 3
"""So many villages stand in one message of alarms; how many more there are is said."""


def _view(request: Request) -> County:
    return County(request.books, request.speaker.person.phone, request.today)


def figures(request: Request) -> Answer:
    """`查 上坪 逾期`, `汇总`: the contract's figures of one village or of all that this officer supervises."""
    view = _view(request)
    societies = view.societies()
    word = str(request.slots.get("society") or "")
    found = orders.named(societies, word) if word else societies
    if word and len(found) != 1:
        return _which(word, found, societies)
    one = found[0] if word or len(found) == 1 else None
    facts = _facts(view.figures(one.code if one else "")) | {
        "village": one.village if one else "", "villages": 0 if one else len(societies)}
    topic = str(request.slots.get("topic") or "")
    key = next((name for name, words in TOPICS.items() if topic in words.split()), "whole")
    return Answer(f"figures.{key}", facts)


def _which(word: str, found: list[Society], societies: list[Society]) -> Answer:
    """None of that name, with those there are; or several, which one is said by a digit."""
    if not found:
        names = "、".join(one.village for one in societies[:SHOWN])
        return refuse(Refusal("figures.none", {"name": word, "names": names}))
    places = "、".join(f"{one.township}{one.village}" for one in found)
    choices = tuple(
        Choice("menu.village", {"township": one.township, "village": one.village}, {"society": one.code})
        for one in found
    )
    return replace(refuse(Refusal("figures.several", {"name": word, "choices": places})), choices=choices)


def _facts(sums: Figures) -> dict[str, Any]:
    told = contract_figures(sums)
    rates = ("overdue_rate", "on_time_rate", "bad_rate", "lent_ratio")
    return told | {name: _percent(told[name]) for name in rates} | {
        "amplification": f"{told['amplification']:.2f}", "flags": 0}


def _percent(rate: Decimal) -> str:
    return f"{rate * 100:.1f}%"


def alerts(request: Request) -> Answer:
    """`预警`: the villages whose figures alarm by their own charter, and orders whose day is past; the red first."""
    view = _view(request)
    terms, late = view.charters(), view.late_orders()
    names = {one.code: one.village for one in view.societies()}
    found = []
    for code, sums in view.one_by_one().items():
        flags = {flag["rule"]: flag for flag in supervision.risks(sums, terms[code].alert)}
        red = any(flag["level"] == "red" for flag in flags.values())
        told = _facts(sums)
        if flags or code in late:
            found.append((not red, names[code], [
                names[code], red, told["bad_rate"] if "bad_rate" in flags else "",
                told["on_time_rate"] if "on_time_rate" in flags else "",
                told["lent_ratio"] if "idle_money" in flags else "", late.get(code, 0),
            ]))
    lines = [line for *_, line in sorted(found, key=lambda one: one[:2])]
    facts = {"villages": len(lines), "more": max(0, len(lines) - SHOWN), "count": len(names)}
    return Answer("alerts.lines" if lines else "alerts.none", facts | {"lines": lines[:SHOWN]})


def rectify(request: Request) -> Answer:
    """`整改 上坪 30天 内容`: the village's chair, treasurer and supervisors are told, with the day; they answer."""
    word = str(request.slots.get("society") or "")
    society, text = request.speaker.society, str(request.slots.get("text") or "").strip(" ,，：:")
    days = int(request.slots.get("days") or 0)
    if not word:
        return refuse(Refusal("rectify.no_text"))
    if not orders.called(society, word):
        societies = _view(request).societies()
        return _which(word, orders.named(societies, word), societies)
    against = orders.against(days, text)
    if against:
        return refuse(*against)
    matter = orders.order(
        request.code, request.books.next_matter_no(request.code), request.speaker.person.no, text, days, request.today)
    people = {one.no for one in posts(request, *orders.ANSWERS)}
    facts = {"item": matter.no, "village": society.village, "text": text, "days": days, "due_on": matter.due_on,
             "count": len(people)}
    return Answer("rectify.done", facts, Act((matter,), (), orders.told(matter, people)), ask="rectify.ask")
