"""The numbers a message may name: a loan, an entry, a matter, a vote; one of two is asked for, never guessed.

A number is taken where it stands right by its word, or where it is the only one that is no sum, period or day.
"""

from __future__ import annotations

import re

from bot.understand.found import Found, NotThis
from bot.understand.numerals import CN, number
from bot.understand.said import Span

_EITHER = re.compile(
    r"(?:(?:不是|要么是?|或是|或者是?)(?=[0-9]))?"
    r"(?<![0-9.])([0-9]{1,4}) ?号?(?:还是|或者?|,?(?:就|要么|要不)是) ?([0-9]{1,4})"
    r"(?! ?[0-9元块万千百个天月]|[.])"
)


def loan(found: Found) -> None:
    either = _EITHER.search(found.said.s)
    if either and either[1] != either[2]:
        # 签，到底是18还是19号: whatever else names one of them, it is asked.
        found.unsure("loan", (int(either[1]), int(either[2])))
        found.used.append(either.span())
        return
    _number(found, "loan")
    if "loan" in found.slots or "loan" in found.ambiguous:
        if "loan" in found.slots and len({n for n, *_ in found.said.loans} | {found.slots["loan"]}) > 1:
            other = sorted({n for n, *_ in found.said.loans} | {found.slots["loan"]})
            if re.search(r"还是|或者?|记不(?:得|清)", found.said.s):
                del found.slots["loan"]
                found.unsure("loan", tuple(other))
        return
    numbers = list(dict.fromkeys(n for n, *_ in found.said.loans)) or _bare_numbers(found)
    if len(numbers) > 1:
        found.unsure("loan", tuple(numbers))
    elif numbers:
        found.slots["loan"] = numbers[0]
        found.used += [(a, b) for _, a, b in found.said.loans]


def _bare_numbers(found: Found) -> list[int]:
    """A lone number beside the words of the command: 愿意联保 23."""
    if not {"loan"} & set(found.wanted):
        return []
    free = [
        m
        for m in re.finditer(
            r"(?<![0-9][.,])(?<![0-9.月#A-Za-z])[0-9]{1,4}(?![0-9A-Za-z]|[.,][0-9]|[年月日天个岁亩斤头只元块万千百%‰点])",
            found.said.s,
        )
        if not any(a <= m.start() < b for a, b in found.used)
    ]
    free = [m for m in free if int(m[0]) and not (int(m[0]) >= 100 and int(m[0]) % 50 == 0)]
    if len(free) != 1 or not _near(found, free[0].span()):
        return []
    found.used.append(free[0].span())
    return [int(free[0][0])]


_THAT = re.compile("我|俺|的|那个|那笔|这个|这笔|那份|申请|借款|单子")
_PERIOD = re.compile(rf"(?:半|[0-9{CN}]{{1,4}})(?:个月|年|期|个?季度?)")


def _near(found: Found, span: Span) -> bool:
    between = (
        found.said.s[found.span[1] : span[0]] if span[0] >= found.span[1] else found.said.s[span[1] : found.span[0]]
    )
    between = between if found.span[0] > span[0] else _THAT.sub("", _PERIOD.sub("", between))
    return len(between) <= 3 or found.span[0] <= span[0] < found.span[1] or _apart(found, span)


def _apart(found: Found, span: Span) -> bool:
    """出纳把钱数给我了，收到，27 and 41查过了，恢复: a number that is a clause, or opens the message before a word."""
    clause = found.said.clause_of(span[0])
    alone = found.said.part(clause).strip(" 。!") == found.said.part(span)
    return alone or (span[0] == found.said.core[0] and bool(re.match("[查我已这那可没问]", found.said.s[span[1] :])))


_OR = re.compile(
    rf"(?: ?号)?(?:那笔|的)? ?,?(?:还是|或者?是?|要么是?|要不是?|到|也可能是?) ?(?:第)?"
    rf"(?P<n>[0-9]{{1,4}}|[{CN}]{{1,5}})"
    r"(?: ?号)?(?![0-9元块万千百个])(?:来着|吧|呢|啊)?"
)


def _number(found: Found, name: str) -> None:
    if name not in found.parts:
        return
    value = number(found.word(name))
    start = found.parts[name][0]
    if value is None or value >= 10**6 or re.search(r"[0-9一二三四五六七八九十]月$", found.said.s[:start]):
        raise NotThis
    after = found.said.s[found.parts[name][1] :]
    # 批一下 and 收三个 hold no number of a loan; Chinese numerals want 号 or the end.
    if not found.word(name)[0].isdigit() and not re.match(r" ?号|[,。!:]|$|[了吧]$| ", after) and value < 10:
        raise NotThis
    # 收到 3000 names the sum; no fund has run up to such round numbers of loans.
    if value == 0 or (name == "loan" and value >= 1000 and value % 100 == 0 and not after.lstrip().startswith("号")):
        raise NotThis
    found.slots[name] = value
    found.used.append(found.parts[name])
    other = _OR.match(after)
    if name == "loan" and other and (second := number(other["n"])):
        # 放款 24 还是 25: which of the two is asked.
        del found.slots[name]
        found.unsure(name, (value, second))
        found.used.append((found.parts[name][1], found.parts[name][1] + other.end()))


def entry(found: Found) -> None:
    _any_number(found, "entry")


def item(found: Found) -> None:
    _any_number(found, "item")


def vote(found: Found) -> None:
    _any_number(found, "vote")


def _any_number(found: Found, name: str) -> None:
    _number(found, name)
    if name in found.slots:
        return
    numbers = {n for n, *_ in found.said.loans} or {
        int(m[0]) for m in re.finditer(r"(?<![0-9.,])[0-9]{1,6}(?![0-9.,元块万千百天个月%‰])", found.said.s)
    }
    if len(numbers) == 1:
        found.slots[name] = numbers.pop()
