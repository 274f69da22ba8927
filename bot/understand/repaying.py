"""还: the report that money was paid back, told from 还 as 'still', from plans, and from what others owe or paid.

A report names the speaker's own money, is done, and goes to the fund; everything else is talk.
"""

from __future__ import annotations

import re

from bot.understand import guard
from bot.understand.amounts import Amount
from bot.understand.found import Found
from bot.understand.reading import Reading
from bot.understand.said import Said, Span, the_book
from bot.understand.slots import reading, take_amount


def _words(name: str) -> re.Pattern[str]:
    """One of this reader's patterns in the phrase book."""
    return the_book().readers["repay"][name]


_START = r"¥?[0-9一二两三四五六七八九十叁伍壹贰肆陆柒捌玖几百千]"


def whole(said: Said, span: Span) -> Reading | None:
    """还款 500, 我还了500, 还500: short reports that hold nothing else."""
    core = said.part(span)
    match = _words("short").fullmatch(core)
    if not match or core in ("还", "我还", "还了") or _words("not_done").search(core):
        return None
    return report(said, span, span, 1.0)


def part(said: Said) -> Reading | None:
    """The report somewhere in the message."""
    for clause in said.clauses:
        words = said.part(clause)
        match = _words("done").search(words)
        if not match and _words("for_loan").search(words):
            match = _words("paid").search(words)
        if match:
            found = report(said, (clause[0] + match.start(), clause[0] + match.end()), clause, 0.85)
            if found:
                return found
    return None


def report(said: Said, verb: Span, clause: Span, certainty: float) -> Reading | None:
    """The report at `verb`, if it is the speaker's own and done; certainty drops for a slip."""
    if not _own_and_done(said, verb, clause):
        return None
    found = Found(said, verb, {})
    sums = _amounts(said, verb, clause)
    if re.search(r"还(?:清|完)|早(?:就|已)?还", said.part(clause)) and not any(
        clause[0] <= a.start < clause[1] for a in sums
    ):
        return None
    if sums:
        take_amount(found, sums)
    elif _words("object").search(said.part(clause)) or _words("bare").fullmatch(said.part(said.strip(clause))):
        found.unsure("amount")
    else:
        return None
    return reading("repay", found, certainty - (0.05 if said.slipped else 0.0))


def _own_and_done(said: Said, verb: Span, clause: Span) -> bool:
    mood = the_book().mood
    words, before = said.part(clause), said.s[clause[0] : verb[0]]
    if said.mood("unreal") or said.mood("hearsay") or guard.conditional(said, clause):
        return False
    if _words("quoted").search(said.s):
        return False
    if said.mood("question", clause) or _words("asks").search(words) or _words("back_to_me").search(words):
        return False
    if re.search(r"(?:不|没|未|别|莫|没有|无法|忘了?)(?:能|想|要|去|来|用)?$", before) or re.search(
        r"还(?:不|没)", words
    ):
        return False
    if mood["future"].search(words) or mood["past"].search(before) or mood["past"].search(words[: len(before) + 1]):
        return False
    if mood["other_lender"].search(_words("fetched").sub("", words)):
        return False
    terms = [p for p in said.periods if clause[0] <= p.start and p.end <= verb[1]]
    if any(_TERM.fullmatch(said.s[p.end : verb[1]]) for p in terms):
        return False
    return not _by_another(said, before, clause)


_TERM = re.compile("(?:之?[内里后]|以内|左右)?(?:就|再|能|可以|一定|保证|准|慢慢|全部|全)*(?:归还|偿还|交还|缴还|还).*")
"""一年还上, 五个月内还清: a term in front of 还 says when it will be, not that it was."""

_SPOUSE = re.compile(
    "(?:我|俺)(?:家|们|屋里?|屋头)?的?(?:老头子|老汉|老伴|老婆|老公|男人|女人|媳妇|爱人|当家的|那口子)"
)
"""One household: what husband or wife paid is its own."""


def _by_another(said: Said, before: str, clause: Span) -> bool:
    """王五还了, 他还了: not the speaker. 儿子帮我还了 and 我替老头子还了 stay in the own household."""
    if re.search(r"(?:帮|替|给|代)(?:我|俺|家里|我们)|收了?(?:我|俺)$", before):
        return False
    before = _SPOUSE.sub("我", guard.without_intro(before))
    if the_book().readers["guard"]["subject"].search(before):
        return True
    match = the_book().mood["third"].search(before)
    if match and not re.match(r"^(?:我|俺)(?:帮|替|代|给)(?:我家?|家里)", before):
        return True
    # 今, 刚 and 方 are surnames too, but open a time here.
    if _words("named").search(before) and not re.match("[今刚方上下早晚已我俺都才又连全总共现万安年月程时]", before):
        return True
    earlier = guard.without_intro(said.s[: clause[0]])
    return bool(re.search(r"(?:他|她|人家|邻居|老[王李张刘陈])[^我俺]*$", earlier)) and not re.search("我|俺", before)


def _amounts(said: Said, verb: Span, clause: Span) -> list[Amount]:
    free = [
        a
        for a in said.amounts
        if not any(x <= a.start < y for _, x, y in said.loans)
        and not any(p.start <= a.start < p.end for p in said.periods)
    ]
    start = verb[0]
    behind = [a for a in free if start <= a.start < clause[1]]
    inside = [a for a in free if clause[0] <= a.start < start]
    if behind or inside:
        return behind or inside[-1:]
    after = [a for a in free if a.start >= clause[1]]
    before = [a for a in free if a.end <= clause[0]]
    return after[:1] or before[-1:]
