"""还: the report that money was paid back, told from 还 as 'still', from plans, and from what others owe or paid.

A report names the speaker's own money, is done, and goes to the fund; everything else is talk.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.understand import guard
from bot.understand.amounts import Amount
from bot.understand.reading import Reading
from bot.understand.said import Said, Span, the_book
from bot.understand.slots import Found, reading, take_amount

_START = r"¥?[0-9一二两三四五六七八九十叁伍壹贰肆陆柒捌玖几百千]"


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    book = the_book()
    return {
        "short": book.pattern(rf"(?:{{self}}|{{today}})*(?:要|来|想|得|该)?(?:还款|还钱|还账|还贷|归还|偿还|还)(?:借款|欠款|互助社|社里|本金|给?你们)?(?:了)?[ ,:]*(?:{_START}.*)?"),
        "done": book.pattern(
            rf"(?:还款|还钱|还账|还贷|归还|偿还|缴还|交还|还)(?:完|掉|上|清|好)?(?:了|过|上|完|进去)(?!没|吗)|(?:已|已经|刚|刚刚|刚才)(?:经)?(?:还款|还钱|还账|归还|偿还|还清|还)(?!没|有|欠|差|剩|是|不)|"
            rf"(?:还款|归还|偿还)(?=(?:{{fund}}|的|借款|本金)*[ ,:]*{_START})|还(?=(?:{{fund}}|社|的?借款|欠款|本金|贷款)[ ,:]*{_START})"
        ),
        "paid": book.pattern("(?:交|缴|付|转|打|汇|送|拿)(?:来|去|过去|到社里)?了"),
        "for_loan": book.pattern("还款|借款|欠款|贷款|本金|占用费|月供|分期|这一?期|本期|当期|这个月的|本月的|{fund}"),
        "back_to_me": re.compile(r"还(?:给|了)?(?:我|俺)(?!们?社|家|[0-9一二两三四五六七八九十])|还(?:给)?(?:了)?(?:你|他|她|王|李|张|老|人家|邻居|亲戚|别人|朋友)"),
        "object": book.pattern("(?:款|钱|账|贷|借款|欠款|本金|{fund}|月供)"),
        "own": book.pattern("^(?:{self}|{today}|{want}|[ ,]|把|将|那|这|的|[0-9].*|到|去|在|向|给|{fund}|{kin}(?:帮|替|给)(?:我|俺)|凑|拿|共|用|现金|转账|微信)*"),
        "not_done": re.compile(r"还(?:没|未|不|差|欠|剩|有|要|得|需|能|可以|想|会|在|是)"),
        "asks": re.compile(r"(?:还|交)(?:了|款|清)?(?:没有?|吗|不)(?:[,。?]|$)|没有?[?]?$|多少|怎么|咋|几"),
    }


def whole(said: Said, span: Span) -> Reading | None:
    """还款 500, 我还了500, 还500: short reports that hold nothing else."""
    core = said.part(span)
    match = _patterns()["short"].fullmatch(core)
    if not match or core in ("还", "我还", "还了", "我还了") or _patterns()["not_done"].search(core):
        return None
    return _report(said, span, span, 1.0)


def part(said: Said) -> Reading | None:
    """The report somewhere in the message."""
    pattern = _patterns()
    for clause in said.clauses:
        words = said.part(clause)
        match = pattern["done"].search(words)
        if not match and pattern["for_loan"].search(words):
            match = pattern["paid"].search(words)
        if match:
            found = _report(said, (clause[0] + match.start(), clause[0] + match.end()), clause, 0.85)
            if found:
                return found
    return None


def _report(said: Said, verb: Span, clause: Span, certainty: float) -> Reading | None:
    if not _own_and_done(said, verb, clause):
        return None
    found = Found(said, verb, {})
    sums = _amounts(said, verb, clause)
    if re.search(r"还(?:清|完)|早(?:就|已)?还", said.part(clause)) and not any(clause[0] <= a.start < clause[1] for a in sums):
        return None
    if sums:
        take_amount(found, sums)
    elif _patterns()["object"].search(said.part(clause)):
        found.unsure("amount")
    else:
        return None
    return reading("repay", found, certainty - (0.05 if said.slipped else 0.0))


def _own_and_done(said: Said, verb: Span, clause: Span) -> bool:
    pattern, mood = _patterns(), the_book().mood
    words, before = said.part(clause), said.s[clause[0] : verb[0]]
    if said.mood("unreal") or said.mood("hearsay") or guard.conditional(said, clause):
        return False
    if said.mood("question", clause) or pattern["asks"].search(words) or pattern["back_to_me"].search(words):
        return False
    if re.search(r"(?:不|没|未|别|莫|没有|无法|忘了?)(?:能|想|要|去|来|用)?$", before) or re.search(r"还(?:不|没)", words):
        return False
    if mood["future"].search(words) or mood["past"].search(before) or mood["past"].search(words[: len(before) + 1]):
        return False
    if mood["other_lender"].search(words):
        return False
    return not _by_another(said, before, clause)


def _by_another(said: Said, before: str, clause: Span) -> bool:
    """王五还了, 他还了: not the speaker. 儿子帮我还了 and 我替老头子还了 stay in the own household."""
    if re.search(r"(?:帮|替|给|代)(?:我|俺|家里|我们)", before):
        return False
    before = guard.without_intro(before)
    match = the_book().mood["third"].search(before)
    if match and not re.match(r"^(?:我|俺)(?:帮|替|代|给)(?:我家?|家里)", before):
        return True
    if the_book().pattern("(?:^|帮|替|代){surname}[^,。]{1,3}(?:今天|昨天|刚才|已经|都)*$").search(before) and not re.match(
        r"(?:今|刚|方|上|下|早|晚|已|我|俺|都|才|又|连|全|总|共|现|万|安|年|月|程|时)", before
    ):
        return True
    earlier = guard.without_intro(said.s[: clause[0]])
    return bool(re.search(r"(?:他|她|人家|邻居|老[王李张刘陈])[^我俺]*$", earlier)) and not re.search("我|俺", before)


def _amounts(said: Said, verb: Span, clause: Span) -> list[Amount]:
    free = [
        a
        for a in said.amounts
        if not any(x <= a.start < y for _, x, y in said.loans) and not any(p.start <= a.start < p.end for p in said.periods)
    ]
    start = verb[0]
    behind = [a for a in free if start <= a.start < clause[1]]
    inside = [a for a in free if clause[0] <= a.start < start]
    if behind or inside:
        return behind or inside[-1:]
    after = [a for a in free if a.start >= clause[1]]
    before = [a for a in free if a.end <= clause[0]]
    money = [a for a in (after[:1] or before[-1:])]
    return money
