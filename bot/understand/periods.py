"""Periods in running text: months a loan runs, days an order gives, the day money was paid.

A period that needs the calendar or a guess (到年底, 三四个月, 卖了猪就还) is reported as given but undecided.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.understand.numerals import CN, number

_N = rf"(?:[0-9]{{1,3}}|[{CN}]{{1,4}})"
_FEW = "(?:[0-9]{1,3}|[零〇一二两三四五六七八九俩仨十廿壹贰叁肆伍陆柒捌玖拾]{1,3})"
"""No loan runs a hundred months: 三千一年 is a sum and a year."""
_MONTHS = re.compile(
    rf"(?P<half>半)年|(?P<year_half>{_FEW})年半|(?P<more_years>{_FEW})年[零又,]?(?:零)?(?P<more_months>{_FEW})个月|"
    rf"(?P<years>{_FEW})(?:周)?年(?!级|代|[0-9一二三四五六七八九十]{{1,2}}月|前|来|多|纪)|"
    rf"(?P<quarters>{_FEW})个?季度?|(?P<months>{_FEW}) ?(?:个|箇|个把)月|(?P<pair>[俩仨])月|"
    rf"(?P<terms>{_FEW})期(?!限)|(?P<bare>{_FEW})月(?=期|内)"
)
_VAGUE = re.compile(
    r"[一二两三四五六七八九][二两三四五六七八九]个月|几个月|好几个月|[0-9]+(?:-|到|至|或者?|还是)[0-9]+个?月|[一二两三四五六七八九](?:到|至|或者?|还是)[一二两三四五六七八九]个?月|"
    r"[一二两三四五六七八九](?:个月)(?:到|至|或者?|还是)[一二两三四五六七八九]个月|[0-9]+个月(?:到|至|或者?|还是)[0-9]+个月|"
    r"(?:大概|差不多|大约)?[一二两三四五六七八九十]+个多月|[0-9]+个多月|个把月|[大小]半年|一年半载|一两年|两三年|半年(?:到|或者?|还是)一年|"
    r"[一二两三四五六七八九半]年多|[一二两三四五六七八九]个半月|半个月|(?:半年|个月|一年)左右|(?<![0-9一二三四五六七八九十月])[0-9一二两三四五六七八九十]+(?:天|日|周|星期|礼拜)(?=还|后还|就还|内还|用)"
)
_UNTIL = re.compile(
    r"(?:到|等到?|至|用到|借到)?(?:今年|明年|后年)?(?:年底|年前|年末|年关|岁末|过年|过完?年|春节|腊月|正月|冬月|中秋|端午|国庆|五一|元旦|清明|"
    r"秋收|夏收|秋后|秋天|春天|开春|入冬|冬天|夏天|麦收|收完?秋|明年|下半年|月底|年中|(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2})月份?(?:[0-9]{1,2}[号日])?)"
    r"(?:的时候|之?前|之?后|以前|以后|左右|那阵|那会儿?)?[^,。!?0-9]{0,6}?(?:还|归还|结清)"
    r"|(?:用|借|一直)?到(?:今年|明年|后年)?(?:年底|年末|过年|春节|腊月|秋收|秋后|开春|下半年|(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2})月份?(?:底|初)?)"
    r"|(?:用|借|拖|缓|延)?到(?:今年|明年)?(?:过|打|收|割|采|卖|摘|种|栽|栽|挖|忙)完?(?:完|了|罢)[^,。!?0-9]{0,3}(?=[,。!]|$|再|还)"
    r"|等[^,。!?]{2,10}(?:到|好|齐|完|下来)了?(?:就|再|才)?(?:还|归还)"
    r"|(?:等|待)?[^,。!?]{0,8}(?:卖|出栏|收|采|摘|打工|发工资|变)(?:了|完|掉|脱|后)[^,。!?]{0,8}(?:就|再|后)?(?:还(?!没)|归还)"
)
_DAYS = re.compile(
    rf"(?P<half>半)个月|(?P<months>{_N})个月|(?P<weeks>{_N})个?(?:周|星期|礼拜)|(?P<days>{_N}) ?(?:天|日)"
)
_ON = re.compile(
    rf"(?P<word>昨天|昨日|昨儿|昨晚|前天|前日|前儿|大前天)|(?P<m>[0-9]{{1,2}}|[{CN}]{{1,3}})月(?P<d>[0-9]{{1,2}}|[{CN}]{{1,3}})[号日]?(?!\d)"
)
_ON_WORDS = {"昨日": "昨天", "昨儿": "昨天", "昨晚": "昨天", "前日": "前天", "前儿": "前天"}


@dataclass(frozen=True)
class Period:
    """`months` is None for a period that was given but cannot be decided."""

    months: int | None
    start: int
    end: int


def months(s: str, skip_until: bool = False) -> list[Period]:
    """Every period in months, exact or undecided; `skip_until` leaves out the ones that only name an end."""
    found: list[Period] = []
    for match in _VAGUE.finditer(s):
        found.append(Period(None, *match.span()))
    for match in _MONTHS.finditer(s):
        if any(p.start < match.end() and match.start() < p.end for p in found):
            continue
        count = _count(match)
        # 一季 of a crop and 2026年 are no terms of a loan.
        if (
            count is not None
            and 0 < count <= 120
            and s[max(0, match.start() - 1) : match.start()] not in ("第", "每", "这", "上")
        ):
            found.append(Period(count, *match.span()))
    until = None if found or skip_until else _UNTIL.search(s)
    if until:
        found.append(Period(None, *until.span()))
    return sorted(found, key=lambda p: p.start)


def _count(match: re.Match[str]) -> int | None:
    if match["half"]:
        return 6
    if match["year_half"]:
        years = number(match["year_half"])
        return None if years is None else years * 12 + 6
    if match["more_years"]:
        years, more = number(match["more_years"]), number(match["more_months"])
        return None if years is None or more is None else years * 12 + more
    for group, factor in (("years", 12), ("quarters", 3), ("months", 1), ("pair", 1), ("terms", 1), ("bare", 1)):
        if match[group]:
            count = number(match[group])
            return None if count is None else count * factor
    return None


def days(s: str) -> tuple[int, int, int] | None:
    """The first stretch of days in `s` with its place; a month in an order to put things right is 30 days."""
    for match in _DAYS.finditer(s):
        if match["half"]:
            return 15, match.start(), match.end()
        for group, factor in (("months", 30), ("weeks", 7), ("days", 1)):
            if match[group] and (count := number(match[group])) and not re.search(r"[月年]$", s[: match.start()]):
                return count * factor, match.start(), match.end()
    return None


def on(s: str) -> tuple[str, int, int] | None:
    """The day named in `s` as a plain word (昨天, 4月7日): which year it means only the calendar can say."""
    match = _ON.search(s)
    if not match:
        return None
    if match["word"]:
        return _ON_WORDS.get(match["word"], match["word"]), match.start(), match.end()
    month, day = number(match["m"]), number(match["d"])
    if month is None or day is None or not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{month}月{day}日", match.start(), match.end()
