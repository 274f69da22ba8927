"""借: a wish for money, said with amount, purpose and period in any order and any amount of politeness.

The verb is looked for first, then everything that would make it talk; only then the slots are gathered.
"""

from __future__ import annotations

import re
from itertools import islice

from bot.understand import guard
from bot.understand.amounts import Amount
from bot.understand.found import Found
from bot.understand.reading import Reading
from bot.understand.said import Said, Span, the_book
from bot.understand.slots import reading, take_amount


def _words(name: str) -> re.Pattern[str]:
    """One of this reader's patterns in the phrase book."""
    return the_book().readers["borrow"][name]


MOST_VERBS = 8
"""Nobody asks more often in one breath; a text of nothing but 借 must not take long."""
_PLANS = ("bullet", "equal_payment", "equal_principal", "flat")
# 借 with these behind it is another word or another matter than asking for money.
# The money is already there, or already back.
# Lent on to somebody else; for a purpose of theirs (给儿子交学费) it is still the speaker's loan.


def whole(said: Said, span: Span) -> Reading | None:
    """The canonical form: the verb opens the message and an amount follows, or the bare word."""
    core = said.part(span)
    if re.fullmatch(
        r"(?:我|俺)?(?:想|要|申请|需要)*(?:借款|借钱|贷款|借点钱|借些钱|借|借贷|申请借款)(?:申请)?(?:了|吧)?",
        core,
    ):
        if core == "借" or not guard.meant(said, span, span):
            return None
        found = Found(said, span, {})
        found.unsure("amount")
        return reading("borrow", found, 1.0)
    head = re.match(r"借款?(?:申请)?[ ,:]*(?=[¥0-9一二两三四五六七八九叁伍壹贰肆陆柒捌玖几千百])", core)
    # 借500斤谷种 counts grain, not money.
    if (
        head
        and any(a.start == span[0] + head.end() for a in said.amounts)
        and not (guard.asked_about(said, span) or _words("happened").search(core) or _words("lent_on").match(core))
    ):
        return read_from(said, (span[0], span[0] + 1), 1.0)
    return None


def part(said: Said) -> Reading | None:
    """The wish somewhere in the message."""
    for clause in said.clauses:
        for match in islice(_words("verb").finditer(said.part(clause)), MOST_VERBS):
            place = (clause[0] + match.start(), clause[0] + match.end())
            if _wished(said, place, clause):
                return read_from(said, place, 0.85)
    return None


def _wished(said: Said, verb: Span, clause: Span) -> bool:
    before, after = said.s[clause[0] : verb[0]], said.s[verb[0] : clause[1]]
    bare_verb = re.match("借|贷|申请", after)
    rest = after[bare_verb.end() if bare_verb else 0 :]
    if (
        _words("other").match(rest)
        or _words("other").match(said.s[verb[1] : clause[1]])
        or not guard.meant(said, verb, clause)
    ):
        return False
    if _words("happened").search(after) or _words("lent_on").match(after):
        return False
    if _third_speaks(said, before):
        return False
    if re.match(r"[0-9]", rest) and not any(a.start == clause[1] - len(rest) for a in said.amounts):
        return False
    if before.endswith(("放", "房", "车", "网", "信", "还")):
        return False
    if re.search(r"明年|后年|以后|将来|改天|下次|到时候?|哪天|往后|过几年", before):
        return False
    if the_book().mood["past"].search(before) or _words("person_lender").search(before):
        return False
    stripped = said.strip(clause)
    opens = stripped[0] >= verb[0] - 1
    wish = (
        opens or bool(_words("wish").search(before)) or bool(_words("apply").search(before)) or _purpose_before(before)
    )
    if not wish:
        return False
    amount = _amounts(said, verb)
    asks = (
        bool(_words("money").match(rest)) or bool(_words("apply").search(before)) or said.s[verb[0] : verb[1]] != "借"
    )
    return (bool(amount) and (asks or opens or bool(_words("wish").search(before)))) or (
        asks and (bool(_words("wants").search(before)) or opens)
    )


def _purpose_before(before: str) -> bool:
    """买化肥借3000: what it is for stands before the verb."""
    return bool(_words("purpose").match(before))


def _third_speaks(said: Said, before: str) -> bool:
    """我哥想借 is his wish; 我想给我哥借 is mine."""
    words = the_book().readers["guard"]
    if words["subject"].search(before) or words["made_to"].match(before):
        return True
    match = the_book().mood["third"].search(before)
    if not match:
        return False
    ahead = _words("ahead").match(before)
    return not (ahead and ahead.end() >= match.start() and re.search("给|为|供", before[: match.start()]))


def _amounts(said: Said, verb: Span) -> list[Amount]:
    """The sums that may be meant: behind the verb, else in its clause, else any sum of money in the message."""
    clause = said.clause_of(verb[0])
    free = [
        a
        for a in said.amounts
        if not any(p.start <= a.start < p.end for p in said.periods)
        and not any(x <= a.start < y for _, x, y in said.loans)
        and not re.search(
            r"(?:每|一)(?:斤|头|只|亩|袋|个月)$|(?:还欠|收入|卖了|挣了|花了|已经还了|还了)$", said.s[: a.start]
        )
    ]
    behind = [a for a in free if verb[0] < a.start < clause[1]]
    inside = [a for a in free if clause[0] <= a.start < verb[0]]
    money = [a for a in free if a.money or (a.fen or 10**9) >= 10_000]
    return behind[:1] or inside[-1:] or money


def plan_of(said: Said) -> Span | None:
    """Where a way of paying back is named."""
    return next((m.span() for p in _PLANS if (m := _words(p).search(said.s))), None)


def is_other(said: Said, verb: Span) -> bool:
    """The verb means another thing than asking the fund: 借口, 借车, 借给他, money that has come already."""
    clause = said.clause_of(verb[0])
    before, after = said.s[clause[0] : verb[0]], said.s[verb[0] : clause[1]]
    rest = after[1:] if after[:1] in "借贷" else after
    return bool(
        _words("other").match(rest)
        or _words("happened").search(after)
        or _words("lent_on").match(after)
        or _third_speaks(said, before)
        or _words("person_lender").search(before)
    )


def read_from(said: Said, verb: Span, certainty: float) -> Reading | None:
    """Everything an application holds, gathered around its verb."""
    found = Found(said, verb, {})
    sums = _amounts(said, verb)
    # 八三百 is no number, and never the 300 at its end.
    if sums and said.s[sums[0].start - 1 : sums[0].start] not in tuple("一二两三四五六七八九"):
        take_amount(found, sums)
    else:
        found.unsure("amount")
    plan = next((p for p in _PLANS if _words(p).search(said.s)), None)
    if plan:
        found.slots["plan"] = plan
    _period(found)
    purpose = _purpose(said, verb, found, sums[0] if sums else None)
    if purpose:
        found.slots["purpose"] = purpose
    clause = said.clause_of(verb[0])
    if certainty < 1 and _only_asks(said, verb, clause) and not purpose and "months" not in found.slots:
        return Reading("rules", certainty=0.7)
    if said.slipped:
        certainty -= 0.05
    return reading("borrow", found, certainty)


def _only_asks(said: Said, verb: Span, clause: Span) -> bool:
    """我能借3000吗 asks what is allowed; 能不能借我3000 asks for it."""
    words = said.part(clause)
    return bool(
        re.search(r"(?<!不)(?:能|可以|够)[^,。]{0,4}借", words) and re.search(r"吗|不$|[?]", words)
    ) and not re.search(r"借(?:给)?(?:我|俺)|(?:给|帮)(?:我|俺)", words)


def _period(found: Found) -> None:
    known = found.said.periods
    values = {p.months for p in known}
    if len(values) == 1 and None not in values:
        found.slots["months"] = known[0].months
    elif values:
        found.unsure("months", tuple(sorted(v for v in values if v)))
    found.used += [(p.start, p.end) for p in known]


_IN_HAND = re.compile("手|钱|现|本钱|家|屋|我|还")
_SHORT_OF = re.compile("(?:还|就|只|正)?(?:差|缺|少|不够)了?$")


def _beside_sum(said: Said, verb: Span, total: Amount | None) -> Span | None:
    """差三千学费, 路费学费差三千: what is short stands right by the sum, if the verb stands elsewhere."""
    clause = said.clause_of(total.start) if total else (0, 0)
    if not total or clause == said.clause_of(verb[0]):
        return None
    short = _SHORT_OF.search(said.s[clause[0] : total.start])
    if not short:
        return None
    ahead, behind = (clause[0], clause[0] + short.start()), (total.end, clause[1])
    for piece in (_clean(said, behind), _clean(said, ahead)):
        if piece and 2 <= piece[1] - piece[0] <= 8 and _means(said, piece) and not _IN_HAND.match(said.part(piece)):
            return piece
    return None


def _purpose(said: Said, verb: Span, found: Found, total: Amount | None) -> str:
    """What the money is for, as written: behind the sum, else in a later clause, else before the verb."""
    clause = said.clause_of(verb[0])
    gone = [(a.start, a.end) for a in said.amounts] + [(p.start, p.end) for p in said.periods]
    gone += [m.span() for plan in _PLANS for m in _words(plan).finditer(said.s)]
    behind = _pieces((verb[1], clause[1]), gone)
    for piece in behind:
        clean = _clean(said, piece)
        if clean and _means(said, clean):
            return said.text.written(*clean)
    short = _beside_sum(said, verb, total)
    if short:
        return said.text.written(*short)
    later = [c for c in said.clauses if c[0] >= clause[1]]
    earlier = [(clause[0], verb[0])] + [c for c in reversed(said.clauses) if c[1] <= clause[0]]
    for span in (*later, *earlier):
        for piece in _pieces(span, gone):
            words = said.part(piece)
            match = _words("purpose").search(words)
            if not match or (span in later and not _NEEDS.fullmatch(_words("noise").sub("", words[: match.start()]))):
                continue
            # 牛棚要翻修: where nothing stands behind the verb, what it is for stands before it.
            ahead = _words("noise").sub("", words[: match.start()])
            # 豆腐机坏了要换新的: a short reason told first is kept whole.
            told = span in earlier and 2 <= len(ahead) <= 6 and not re.search("[没不钱借我你]", ahead)
            start = piece[0] + match.start() if match.end() < len(words.rstrip(" ,。了")) and not told else piece[0]
            clean = _clean(said, (start, piece[1]))
            if clean and clean[1] - clean[0] >= 2 and _means(said, clean):
                return said.text.written(*clean)
    return ""


_NEEDS = re.compile("(?:[一-鿿]{1,4}(?:要|得|需要|想|等着|该)|把[一-鿿]{2,10})?")
"""羊羔子要买料: what needs it may stand before what it is for."""


def _pieces(span: Span, gone: list[Span]) -> list[Span]:
    pieces, start = [], span[0]
    for a, b in sorted(g for g in gone if g[0] < span[1] and g[1] > span[0]):
        if a > start:
            pieces.append((start, a))
        start = max(start, b)
    if start < span[1]:
        pieces.append((start, span[1]))
    return pieces


def _clean(said: Said, piece: Span) -> Span | None:
    start, end = piece
    head = _words("noise").match(said.part(piece))
    if head:
        start += head.end()
    start, end = said.strip((start, end)) if start < end else (start, end)
    tail = _words("tail").search(said.s[start:end])
    if tail:
        end = start + tail.start()
    return (start, end) if start < end else None


def _means(said: Said, piece: Span) -> bool:
    """Whether a piece can be a purpose at all, not a rest of manners, period or repayment."""
    words = said.part(piece)
    return (
        bool(re.search(r"[\u4e00-\u9fff]", words))
        and len(re.sub(r"\W", "", words)) >= 2
        and not _words("empty").match(words)
        and not re.match(
            r"(?:还|归还|分\S{0,3}期|到\S{0,4}还|给[我俺您你办添]|给领导|看能|看行|利息|请帮|手续|什么|怎么|行不行)",
            words,
        )
    )
