"""An earlier day in running text, as it was said: 去年春节, 今年正月十五, 上个月底, 3月1号, 2026年2月.

Which day of the calendar that is only the almanac can say (bot/almanac.py), for it depends on the day of asking.
"""

from __future__ import annotations

import re
from typing import Any

from bot.understand.normal import Text
from bot.understand.numerals import CN, number

Told = dict[str, Any]
"""`year` or `ago` (years back), `month`, `day` (a number, or `last`), `lunar`, `feast`; or `days`, `months`, `years`
back from today; or `vague`, or `ahead`. `word` is how it was written."""

_N = rf"(?:[0-9]{{1,2}}|[{CN}]{{1,3}})"
_YEAR = (
    r"(?:(?P<year>20[0-9]{2}|二[零〇][零〇一二三四五六七八九]{2})年"
    r"|(?P<ago>大前年|前年|去年|上年|头年|旧年|今年|本年)|(?P<coming>明年|后年))"
)
_FEASTS = {
    "春节": (1, 1), "过年": (1, 1), "新年": (1, 1), "大年初一": (1, 1), "年初一": (1, 1), "元宵": (1, 15),
    "端午": (5, 5), "七夕": (7, 7), "中秋": (8, 15), "重阳": (9, 9), "腊八": (12, 8), "小年": (12, 23),
    "大年三十": (12, "last"), "年三十": (12, "last"), "除夕": (12, "last"),
}  # fmt: skip
_SOLAR_FEASTS = {
    "元旦": (1, 1), "妇女节": (3, 8), "劳动节": (5, 1), "五一": (5, 1), "儿童节": (6, 1), "建军节": (8, 1),
    "国庆": (10, 1),
}
_BY_TERM = ("清明", "冬至", "立春", "立夏", "立秋", "立冬", "夏至")
_FEAST = "|".join(sorted((*_FEASTS, *_SOLAR_FEASTS, *_BY_TERM), key=len, reverse=True))
_WHEN = re.compile(
    rf"(?P<iso>20[0-9]{{2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}})(?![0-9])"
    rf"|(?P<word>大前天|前天|前日|昨天|昨日|昨儿)|(?:(?P<n>{_N})(?P<unit>天|日|个?星期|周|个月|年)|(?P<half>半)年)(?:以|之)?前"
    rf"|(?P<moon>上上个?月|上个?月)(?:的|份)*(?:(?P<moon_day>{_N})[号日]|(?P<moon_edge>底|末|初|中))?"
    rf"|{_YEAR}?(?:的|,| )*(?:(?P<feast>{_FEAST})(?![0-9{CN}月号])(?:节|那天|当天)?"
    rf"|(?P<lunar>农历|阴历|旧历)?(?P<leap>闰)?(?P<month>正|腊|冬|{_N})月份?的?"
    rf"(?:(?P<day>初[一二三四五六七八九十]|{_N})(?P<mark>[号日])?|(?P<edge>底|末|初|中))?"
    rf"|(?P<vague>春天|夏天|秋天|冬天|开春|秋收|秋后|上半年|下半年)|年?(?P<year_edge>底|末|中|初))"
    rf"|{_YEAR.replace('P<', 'P<lone_')}"
    rf"|(?P<later>明天|后天|下个?月)"
)
_ASKS = re.compile("欠|差|剩|余额|结余|余款|互助金|股金|账|查")
_TO_COME = re.compile("(?:要|该|得|应|再|几时|时候|哪天|怎么)还(?!款|剩|欠|有|差)|到期|下一?期")
"""Asks for what is still to be paid, by a day that is to come."""
_DEED = re.compile(
    r"(?:的|时候|那天|当天|那会儿?|,| |我们?|俺|家|在|从|向|跟|社里|互助社|你们|就|又|才)*"
    r"(?:借(?!款(?:还|余|剩|欠))|贷(?!款(?:还|余|剩|欠))|还(?:了|的|过|款|钱)|交|入|领|存|放款|到现在|以来|开始|至今)"
)
"""What was done on the day: then the day belongs to that, and not to the question."""
_AGO = {"今年": 0, "本年": 0, "去年": 1, "上年": 1, "头年": 1, "旧年": 1, "前年": 2, "大前年": 3}
_DAYS = {"昨": 1, "前": 2, "大": 3}
_MONTHS = {"正": 1, "冬": 11, "腊": 12}
_EDGES: dict[str, int | str] = {"底": "last", "末": "last", "初": 1, "中": 15}
_FOLK = {(8, "十五"), (5, "初五"), (7, "十五"), (7, "初七"), (9, "初九")}


def told_in(text: Text) -> tuple[Told, str] | None:
    """The day a question after a balance is about, and what was written without it; None where it is about today
    or about what is to come."""
    if not _ASKS.search(text.s) or _TO_COME.search(text.s):
        return None
    for match in _WHEN.finditer(text.s):
        told = _read(match)
        if told and not _DEED.match(text.s, match.end()):
            start, end = match.span()
            told["word"] = match[0].strip(" ,的")
            return told, "".join([*text.raw[:start], *text.raw[end:]]).strip()
    return None


def _read(match: re.Match[str]) -> Told | None:
    if match["iso"]:
        year, month, day = re.split("[-/.]", match["iso"])
        return {"year": int(year), "month": int(month), "day": int(day)}
    if match["word"]:
        return {"days": _DAYS[match["word"][0]]}
    if match["half"] or match["unit"]:
        return _back(match)
    if match["moon"]:
        back = 2 if match["moon"].startswith("上上") else 1
        given = number(match["moon_day"]) if match["moon_day"] else None
        return {"months": back, "day": given or _EDGES.get(match["moon_edge"] or "底", "last")}
    if match["coming"] or match["lone_coming"] or match["later"]:
        return {"ahead": True}
    if match["lone_ago"] or match["lone_year"]:
        return {"vague": True} if match["lone_ago"] not in ("今年", "本年") else None
    return _in_year(match)


def _back(match: re.Match[str]) -> Told | None:
    """So many days, weeks, months or years ago."""
    if match["half"]:
        return {"months": 6}
    count = number(match["n"])
    if not count:
        return None
    unit = match["unit"]
    if unit in ("天", "日"):
        return {"days": count}
    if unit == "年" and count > 100:
        return None
    return {"days": 7 * count} if unit[-1] in "期周" else {"months": count} if unit == "个月" else {"years": count}


def _in_year(match: re.Match[str]) -> Told | None:
    """A day, a feast or the edge of a year, with the year as far as it was said."""
    told: Told = {}
    if match["year"]:
        year = number(match["year"])
        told["year"] = year if year is not None else 0
    elif match["ago"]:
        told["ago"] = _AGO[match["ago"]]
    if match["vague"]:
        return {"vague": True} if told else None
    if match["year_edge"]:
        edge = match["year_edge"]
        # A bare 底 or 中 is no day; 年底 without a year is the newest one that has passed.
        if not told and not match[0].strip(" ,的").startswith("年"):
            return None
        return told | {"month": {"初": 1, "中": 6}.get(edge, 12), "day": 1 if edge == "初" else "last"}
    if match["feast"]:
        return told | _feast(match["feast"])
    return _month(match, told)


def _feast(name: str) -> Told:
    if name in _BY_TERM:
        return {"feast": name}
    lunar = name in _FEASTS
    month, day = _FEASTS.get(name) or _SOLAR_FEASTS[name]
    return {"month": month, "day": day, "lunar": lunar}


def _month(match: re.Match[str], told: Told) -> Told | None:
    word, day = match["month"], match["day"] or ""
    month = _MONTHS.get(word) or number(word)
    if not month or month > 12:
        return None
    given: int | str | None = _EDGES.get(match["edge"]) if match["edge"] else "last"
    if day:
        given = number(day.removeprefix("初"))
        if not given:
            return None
    lunar = bool(word in _MONTHS or match["lunar"] or match["leap"] or day.startswith("初"))
    # 八月十五 without 号 is the feast of the old calendar.
    lunar = lunar or (not match["mark"] and (month, day) in _FOLK)
    return told | {"month": month, "day": given, "lunar": lunar} | ({"leap": True} if match["leap"] else {})
