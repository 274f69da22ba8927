"""收: the cashier's list of who paid how much, with or without blanks, numerals inside names included.

The list must be understood to its end: a half-understood list is no list, so a dealer's 收辣椒 books nothing.
"""

from __future__ import annotations

import re
from typing import Any

from bot.understand import periods
from bot.understand.amounts import Amount
from bot.understand.names import looks_like_name, match
from bot.understand.reading import Reading
from bot.understand.said import Said, Span, the_book


def _words(name: str) -> re.Pattern[str]:
    """One of this reader's patterns in the phrase book."""
    return the_book().readers["collect"][name]


def whole(said: Said, span: Span) -> Reading | None:
    core = said.part(span)
    opening = _words("opening").match(core)
    by_cashier = said.role == "cashier"
    if not opening:
        return _report(said, span) if by_cashier else None
    start = _opened(said, span[0], span[0] + opening.end())
    if said.mood("question", span) or re.search(r"没收|未收|不收|别收", core):
        return None
    lines, vague = _lines(said, start, span[1])
    if not lines:
        return _missing(said, start, span, by_cashier)
    return _reading(said, lines, vague, 1.0 if start - span[0] <= 3 else 0.9)


def _opened(said: Said, begun: int, end: int) -> int:
    """Where the list begins: at a member's name that the words in front have bitten into (收 钱小梅 is no 收钱)."""
    bitten = [at for at in range(begun + 1, end) for name in said.names
              if at + len(name) > end and said.s.startswith(name, at)]
    # Of nobody known the blank tells: it was written before the name.
    bitten += [at for at in range(begun + 1, end) if said.s[at] == "钱" and said.text.raw[at - 1].endswith(" ")]
    return min(bitten, default=end)


def _report(said: Said, span: Span) -> Reading | None:
    """王五还了500，李四交300: the cashier's own words for the same list."""
    core = said.part(span)
    if not re.search(r"[\u4e00-\u9fff](?:今天|昨天|刚才)?(?:还|交|缴)(?:款|来|了|上|清|的)*", core) or said.mood(
        "question", span
    ):
        return None
    if guard_words(said):
        return None
    lines, vague = _lines(said, span[0], span[1])
    return _reading(said, lines, vague, 0.8) if lines else None


def guard_words(said: Said) -> bool:
    """Plans, conditions and hearsay book nothing."""
    return any(said.mood(m) for m in ("condition", "unreal", "hearsay", "future", "past"))


def _missing(said: Said, start: int, span: Span, by_cashier: bool) -> Reading | None:
    """收 王五 without a sum, 收 500 without a name: what is missing is asked."""
    rest = said.part((start, span[1])).strip(" ,。")
    if rest and looks_like_name(rest, said.names) and len(rest) <= 4 and (by_cashier or said.s[span[0]] == "收"):
        person, choices, sure = _who(said, rest, rest)
        return _reading(
            said, [{"person": person} if sure else {}], {"amount": [], **({} if sure else {"person": choices})}, 0.8
        )
    sums = [a for a in said.amounts if a.start >= start]
    # 收到 23 is what a borrower says of loan 23, and a cashier borrows as well; without 元 it is no sum.
    borrower = re.fullmatch(r"收到了? ?[0-9]+", said.part(span).strip(" ,。"))
    if (
        by_cashier
        and not borrower
        and len(sums) == 1
        and sums[0].start <= start + 1
        and _words("end").fullmatch(said.s[sums[0].end : span[1]])
    ):
        line = {"amount_fen": sums[0].fen} if sums[0].fen is not None else {}
        vague: dict[str, list[Any]] = {"person": []}
        if sums[0].fen is None:
            vague["amount"] = list(sums[0].choices)
        return _reading(said, [line], vague, 0.8)
    return None


def _reading(said: Said, lines: list[dict[str, Any]], vague: dict[str, list[Any]], certainty: float) -> Reading:
    slots: dict[str, Any] = {"lines": lines}
    day = periods.on(said.s)
    if day:
        slots["on"] = day[0]
    extras = {"via": "转账"} if "转账" in said.s else {}
    choices = {k: v for k, v in vague.items() if v}
    return Reading("collect", slots, list(vague), choices, certainty - (0.05 if said.slipped else 0), extras)


def _lines(said: Said, start: int, end: int) -> tuple[list[dict[str, Any]], dict[str, list[Any]]]:
    """All lines, or none if any part of the list is not understood."""
    lines: list[dict[str, Any]] = []
    vague: dict[str, list[Any]] = {}
    place = start
    while not _words("end").fullmatch(said.s[place:end]):
        gap = _words("between").match(said.s, place, end)
        place = gap.end() if gap else place
        step = _tail(said, place, end) or _line(said, place, end) or _line_turned(said, place, end)
        if step is None:
            return [], {}
        line, place, doubt = step
        lines.append(line)
        for name, choices in doubt.items():
            vague.setdefault(name, []).extend(choices)
    return lines, vague


def listed(said: Said, start: int, certainty: float, *, at_once: bool = False) -> Reading | None:
    """The list that follows somewhere behind `start`, in a sentence; every sum of the message must belong to it.
    `at_once`: a name opens it."""
    lines: list[dict[str, Any]] = []
    vague: dict[str, list[Any]] = {}
    place, taken = start, 0
    while place < len(said.s):
        step = _tail(said, place, len(said.s)) or _line(said, place, len(said.s))
        if step is None:
            if at_once and not lines:
                return None
            place += 1
            continue
        line, place, doubt = step
        lines.append(line)
        for name, choices in doubt.items():
            vague.setdefault(name, []).extend(choices)
        taken += line.get("amount_fen") != "all"
    days = periods.on(said.s)
    free = [a for a in said.amounts if not (days and days[1] <= a.start < days[2])]
    return _reading(said, lines, vague, certainty) if lines and taken == len(free) else None


Step = tuple[dict[str, Any], int, dict[str, list[Any]]]


def _tail(said: Said, place: int, end: int) -> Step | None:
    """035号户 500, or 035 500: the last three figures of a 户号 stand for the person."""
    found = _words("tail").match(said.s, place, end)
    if not found:
        return None
    amount, stop = _sum(said, found.end(), end)
    if stop is None or amount is None:
        return None
    fen = amount if isinstance(amount, str) else amount.fen
    if fen is None:
        return None
    return {"person": found["n"] or found["m"], "amount_fen": fen}, stop, {}


def _line(said: Said, place: int, end: int) -> Step | None:
    """Name first, then the sum. The shortest name that leaves a sum wins: 李四两百 is 李四 and 200."""
    known = [n for n in said.names if said.s.startswith(n, place)]
    shortest = len(max(known, key=len)) if known else 2
    for length in range(shortest, min(11, end - place + 1)):
        name = said.s[place : place + length]
        if re.search(r"[ ,。:、0-9]", name):
            return None
        link = _words("link").match(said.s, place + length, end)
        after = link.end() if link else place + length
        amount, stop = _sum(said, after, end)
        if stop is None:
            continue
        if not looks_like_name(name, said.names):
            continue
        return _made(said, name, said.text.written(place, place + length), amount, stop)
    return None


def _line_turned(said: Said, place: int, end: int) -> Step | None:
    """收500陈桂花: the sum first."""
    amount, stop = _sum(said, place, end)
    if stop is None:
        return None
    match_ = re.compile(r"[ :]?(?:元|块)?([\u4e00-\u9fff·]{2,4})(?=[ ,、。]|$)").match(said.s, stop, end)
    if not match_ or not looks_like_name(match_[1], said.names):
        return None
    return _made(said, match_[1], said.text.written(*match_.span(1)), amount, match_.end())


def _made(said: Said, name: str, written: str, amount: Amount | str | None, stop: int) -> Step:
    line: dict[str, Any] = {}
    doubt: dict[str, list[Any]] = {}
    person, choices, sure = _who(said, name, written)
    if sure:
        line["person"] = person
    else:
        doubt["person"] = choices
    if isinstance(amount, str):
        line["amount_fen"] = amount
    elif amount is not None and amount.fen is not None:
        line["amount_fen"] = amount.fen
    else:
        doubt["amount"] = list(amount.choices) if amount else []
    return line, stop, doubt


def _who(said: Said, name: str, written: str) -> tuple[str, list[Any], bool]:
    if not said.names:
        return written, [], True
    candidates = match(name, said.names)
    if len(candidates) == 1:
        return candidates[0], [], True
    return written, list(candidates), not candidates


def _sum(said: Said, place: int, end: int) -> tuple[Amount | str | None, int | None]:
    full = _words("all").match(said.s, place, end)
    if full:
        return "all", full.end()
    for amount in said.amounts:
        if amount.start == place or (amount.start == place + 1 and said.s[place] == " "):
            if _words("price").match(said.s[amount.end :]):
                return None, None
            return amount, amount.end
    return None, None
