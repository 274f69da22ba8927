"""查 and 验: a person for village officers, figures of a society for the county, the code of a receipt for everyone.

Who asks decides what 查 looks up; the contract gives figures to township and county and a person to the rest.
"""

from __future__ import annotations

import re

from bot.understand import periods
from bot.understand.names import looks_like_name, match
from bot.understand.reading import Reading
from bot.understand.said import Said, Span, the_book


def _words(name: str) -> re.Pattern[str]:
    """One of this reader's patterns in the phrase book."""
    return the_book().readers["look"][name]


# Words of other commands: 看预警 asks for the alerts, not for a society of that name.


def _where(said: Said, span: Span) -> tuple[int, bool]:
    """Where the words after the asking begin, and whether there was any asking."""
    look = _words("look").match(said.part(span))
    if look:
        # 查 下坝: the blank that was written parts 查 from a name that begins like 查下.
        gap = next(
            (i for i in range(span[0], span[0] + look.end()) if said.s[i] in "查看" and said.text.raw[i].endswith(" ")),
            None,
        )
        if gap is not None:
            return gap + 1, True
    return span[0] + (look.end() if look else 0), bool(look and re.search("查|看|瞧|调|核|了解|问", look[0]))


_CODE_OF_PLACE = re.compile("[A-Za-z]{1,6}[0-9]{2,6}")
"""A society named by its code, QS001, which looks like the code of a receipt."""
OVER = ("township", "county")
"""Who looks up places and never a person."""


_OF_PLACE = re.compile(
    "[一-鿿]{2,6}(?:的(?:情况|数据|报表|账|底子)(?:怎么样|咋样|如何)?|[贷借放]了?多少(?:款|钱)?(?:出去)?)[?。]*"
)
"""五里坡的情况, 下坝贷了多少款出去: said without any word of looking."""


def figures(said: Said, span: Span) -> Reading | None:
    """查 上坪 逾期, 汇总, 全县逾期: the society as written, the topic as a word."""
    over = said.role in OVER
    higher = said.role in ("province", "nation", "finance")
    core = said.part(span)
    place, asked = _where(said, span)
    rest = core[place - span[0] :]
    if re.fullmatch(r"(?:数据)?汇总(?:表|数据|报表|情况|一下)?", rest.strip(" 的?。吧")):
        return Reading("figures", certainty=1.0)
    if not (over or higher) or said.mood("unreal") or said.mood("hearsay"):
        return None
    if "预警" in rest or "警报" in rest or ("整改" in rest and periods.days(said.s)):
        return None
    asked = asked or bool(over and _OF_PLACE.fullmatch(rest))
    topic, stop = _topic(rest)
    total = _words("all_places").match(rest)
    begin = place + (total.end() if total else 0)
    society = _society(said, begin, place + stop)
    named = bool(topic or total)
    if not (asked or total or "汇总" in rest or (topic and society)) or (higher and not named):
        return None
    word = said.part(society) if society else ""
    if (not society and not named) or (_words("reserved").search(word) and not _CODE_OF_PLACE.fullmatch(word)):
        return None
    if society and re.search("[,呢吧]", said.part(society)):
        return None
    if society and len(re.sub(r"\W", "", said.part(society))) > 12:
        return None
    slots: dict[str, str] = {}
    if society:
        slots["society"] = said.text.written(*society)
    if topic and topic != "汇总":
        slots["topic"] = topic
    return Reading("figures", dict(slots), certainty=0.95 if asked else 0.85)


def of_all(said: Said, certainty: float) -> Reading | None:
    """The figures of every society together, where a message names none: with the topic it names."""
    if said.role == "member" or said.mood("unreal") or said.mood("hearsay") or not _words("together").search(said.s):
        return None
    topic, _ = _topic(said.part(said.core))
    return Reading("figures", {"topic": topic} if topic and topic != "汇总" else {}, certainty=certainty)


def _topic(rest: str) -> tuple[str, int]:
    """The last topic word and where it begins; what follows it must be manners."""
    best = ("", len(rest))
    for topic in the_book().topics:
        at = rest.find(topic)
        if at >= 0 and (at < best[1] or (len(topic) > len(best[0]) and at == best[1])):
            best = (topic, at)
    if not best[0]:
        cut = re.search(r"(?:的)?(?:情况|数据|报表|账|数字|指标|怎么样|咋样|多少|有多少|[?。])+$", rest)
        return "", cut.start() if cut else len(rest)
    return best


def _society(said: Said, start: int, end: int) -> Span | None:
    words = said.s[start:end]
    trimmed = re.sub(
        r"(?:[贷借放]了?多少[^,。]*|的|现在|目前|"
        r"有多少|有哪些|有|这个月|本月|今年|上月|最近|有没有|是不是|[ ,:、。?]|总|本季度)+$", "", words
    )
    lead = re.match(r"(?:[ ,:、]|一下|的|咱|我们)+", trimmed)
    begin = start + (lead.end() if lead else 0)
    finish = start + len(trimmed)
    return (begin, finish) if finish - begin >= 2 else None


def find(said: Said, span: Span) -> Reading | None:
    """查 陈桂花: a person of the village."""
    if said.role in OVER:
        return None
    core = said.part(span)
    place, asked = _where(said, span)
    if core.strip(" 。?") in ("查", "查询", "查一下", "查人", "查户") and said.role != "member":
        return Reading("find", {}, ["person"], certainty=0.9)
    if asked:
        rest = core[place - span[0] :]
        cut = _words("tail").search(rest)
        end = place + (cut.start() if cut else len(rest))
        for stop in (place + len(rest.rstrip(" ?。")), end):
            if _is_person(said, place, stop):
                return _found(said, place, stop, 1.0 if stop - place == len(rest) else 0.9)
        return None
    if said.role == "member":
        return None
    match_ = _words("officer_ask").match(core)
    if match_ and looks_like_name(match_["who"], said.names):
        return _found(said, span[0] + match_.start("who"), span[0] + match_.end("who"), 0.8)
    return None


def find_part(said: Said) -> Reading | None:
    """After the questions that begin alike (查一下待办), a person may be meant."""
    return find(said, (0, len(said.s))) or find(said, said.core)


_AFTER_NAME = re.compile(r"$|[ ,。!?]|家|的|这|那|他|她|欠|借|还|有|情|账|现|户|在|是|交|看|到|余|明|一共|总共|目前")


_OF_HOME = re.compile(
    r"家?(?:查|看|找|翻)(?:一?下|一?哈|看看?|查|一查|出来|到)|(?:家|这户|那户)?(?:里)?(?:的|现在|目前|到底|还|一共)*(?:情况|啥情况|什么情况|欠|借|还差|账|怎么样|咋样)"
)


def person_anywhere(said: Said, certainty: float) -> Reading | None:
    """A name behind any word of looking (查哈万成，看他欠好多), or before what is asked of it (何九妹家啥情况)."""
    for look in _words("looking").finditer(said.s):
        for length in (4, 3, 2, 5, 6):
            end = look.end() + length
            if end <= len(said.s) and _AFTER_NAME.match(said.s[end:]) and _is_person(said, look.end(), end):
                return _found(said, look.end(), end, certainty)
    for start, stop in said.clauses:
        start += said.s[start] in "把将"
        for length in (4, 3, 2):
            if _OF_HOME.match(said.s[start + length : stop]) and _is_person(said, start, start + length):
                # 何九妹家啥情况 asks for 何九妹; a bare 王家 has nothing else to be called by.
                short = length > 2 and said.s[start + length - 1] == "家"
                return _found(said, start, start + length - short, certainty)
    return None


def _is_person(said: Said, start: int, end: int) -> bool:
    name = said.s[start:end].strip()
    if not name or _words("not_person").search(name):
        return False
    return looks_like_name(name, said.names)


def _found(said: Said, start: int, end: int, certainty: float) -> Reading:
    if not said.names and end - start > 3 and said.s[end - 1] == "家":
        end -= 1  # 古丽花家 is 古丽花; a member written so is found below
    written = said.text.written(start, end)
    if said.names:
        candidates = match(said.s[start:end].strip(), said.names)
        if len(candidates) == 1:
            return Reading("find", {"person": candidates[0]}, certainty=certainty)
        if candidates:
            return Reading("find", {}, ["person"], {"person": list(candidates)}, certainty)
    return Reading("find", {"person": written}, certainty=certainty)


def check(said: Said, span: Span) -> Reading | None:
    core = said.part(span)
    match_ = _words("verify").match(core)
    if (match_ and not re.fullmatch(r"[A-Za-z]+", match_["code"])) or (match_ and len(match_["code"]) == 5):
        return Reading("check", {"code": match_["code"].upper()}, certainty=1.0)
    if re.fullmatch(r"(?:验|验证|验收据|验真伪|验票)", core):
        return Reading("check", certainty=0.9)
    only = _words("code").fullmatch(core.strip(" 。"))
    return Reading("check", {"code": only[0].upper()}, certainty=0.8) if only else None


def check_part(said: Said) -> Reading | None:
    """The code inside a sentence that doubts or verifies."""
    joined = _words("code").search(said.s) or re.search(r"(?<=验)[A-Za-z0-9]{5}(?![A-Za-z0-9])", said.s)
    if joined and re.search(r"验|真|假|收据|凭证|条子|单子|核对|核实|回执|票|有效|查", said.s):
        return Reading("check", {"code": joined[0].upper()}, certainty=0.85)
    return None
