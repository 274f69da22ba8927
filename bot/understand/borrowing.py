"""借: a wish for money, said with amount, purpose and period in any order and any amount of politeness.

The verb is looked for first, then everything that would make it talk; only then the slots are gathered.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.understand import guard
from bot.understand.amounts import Amount
from bot.understand.reading import Reading
from bot.understand.said import Said, Span, the_book
from bot.understand.slots import Found, reading, take_amount

_PLANS = (
    (re.compile(r"整借整还|一次性?还(?:本|清|完)?|到期(?:一次|一起|一把|再)?(?:性)?(?:还本|还清|归还|全还|一起还|一次还)|一把还|一起还清|一次性?归还|到期还|整还"), "bullet"),
    (re.compile(r"等额本息|每(?:个)?月还?一样多?|月月一样"), "equal_payment"),
    (re.compile(r"等额本金"), "equal_principal"),
    (re.compile(r"等本等费"), "flat"),
)  # fmt: skip
# 借 with these behind it is another word or another matter than asking for money.
_OTHER = re.compile(
    r"^(?:了|过|的(?!话)|出|条|据|口|助|鉴|故|阅|读|光|势|住|宿|车|走|去|来|着|不|没|完|书|伞|锄|犁|牛(?!钱)|梯|桶|锅|碗|工具|东西|地方|用一下|花献佛|尸|位|贷双方|款人|款户|款合同|款利率|款的|款明细|给(?!我|俺|咱|本人)|给(?:我|俺)(?:家|的)?(?:弟|哥|姐|妹|儿|女|舅|姑|叔|姨|爹|爸|妈|娘|朋友|同学|亲戚|邻居|老表)|你|他|她|别人|人家|谁|(?:辆|把|张|头|台|件|本|个(?!万|千|百|几|[0-9一二两三四五])|根|条|只|双|床|袋|间|块地|斤|担))"
)
# The money is already there, or already back.
_HAPPENED = re.compile(r"收到|拿到|领到|到手|到账|下来了|还了|还清了|还完了|批了没|放了没")
# Lent on to somebody else; for a purpose of theirs (给儿子交学费) it is still the speaker's loan.
_LENT_ON = re.compile(r"^[^,。]{0,12}(?<!借)给(?:他|她|别人|人家|朋友|亲戚|邻居|[^,。]{0,2}(?:弟|哥|姐|妹|舅|叔))(?![^,。]{0,4}(?:买|交|看|治|娶|上|读|念|办|缴|付|盖|修))")
_APPLY = re.compile(r"申请[^,。]{0,3}$")


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    book = the_book()
    return {
        "verb": book.pattern("{borrow}|申请(?=[0-9一二两三四五六七八九叁伍壹贰肆陆柒捌玖])"),
        "wish": book.pattern(
            "(?:^|{want}|{self}|{fund}|{signs}[ ,]|给|帮|让|跟|向|从|在|找|问|所以|于是|因此|只好|只得|特|特此|故|来|另|还|又|急需|急用|需|社员|户)(?:{fund}|{self}|{want}|再|又|多|少)*(?:里|这里|那里)?$"
        ),
        "money": book.pattern("^(?:我|俺|咱|给我|给俺|给我们|给我家|到)?(?:点儿?|些|一笔|个|一点|笔)?(?:钱|款|资金|[0-9一二两三四五六七八九几叁伍壹贰肆陆柒捌玖])"),
        "person_lender": book.pattern("(?:跟|向|找|问|从|在)(?:{surname}[^,。社村会]{1,3}|他|她|{kin}|邻居|亲戚|朋友|银行|信用社|网上|高利贷|老板|人家|别人|隔壁[^,]{0,3}|我{kin})(?:家|那里|那|手里)?(?:再|先|又)?$"),
        "purpose": book.pattern(
            "(?:买|购买|购|种植|种|养殖|养|修|盖|建|治病|治|看病|看|交|付|缴|进货|进|搞|做|办|开|添|换|周转|供|搭|育|租|请|打井|打|用于|用作|用来|用在|拿来|拿去|扩大|扩建|发展|装|改|栽|喂|孵|收购|加工|备|应急|急用|给|娶|嫁|结婚|成亲|办喜事|上学|上大学|上高中|读书|念书|读|念|包|承包|贩|翻|挖|弄|置办|置|经营|投资|投|引进|添置|维修|配|住院|就医|动手术)"
        ),
        "noise": book.pattern(
            "^(?:[ ,:、。!?]|点儿?钱?|些钱?|一?笔钱|块钱?|元|钱|整|款|人民币|用来|用于|用作|用途是|用途|用在|拿来|拿去|去|来|是|想|要|准备|打算|为了|为|的|好|就|{self}|因为|由于|急着|等着|主要|目的是|{kin}|娃娃?|孩子|家里|家头|今年|明年|开春|最近|这阵子?|春上|现在|现|需要|得|理由是?|原因是?|[的]?借款|一下)+"
        ),
        "tail": book.pattern(
            "(?:[ ,:、。!?]|用|还|还清|归还|期限|为期|分|到期|内|使|就|后|时间|借|期|左右|行|可以|吧|啊|哈|了|谢谢|麻烦|你们|您|能|不|吗|呢|好|批|给|帮|忙|嘛|望|请|批准|支持|领导|同意|,|。)+$"
        ),
        "need": book.pattern("(?:差|缺|少|不够|短|需要|要用|得要|紧)"),
    }


def whole(said: Said, span: Span) -> Reading | None:
    """The canonical form: the verb opens the message and an amount follows, or the bare word."""
    core = said.part(span)
    if re.fullmatch(r"(?:我|俺)?(?:想|要|申请|想要|需要|要申请|想申请)*(?:借款|借钱|贷款|借点钱|借些钱|借|借贷|申请借款)(?:申请)?(?:了|吧)?", core):
        if core == "借" or not guard.meant(said, span, span):
            return None
        found = Found(said, span, {})
        found.unsure("amount")
        return reading("borrow", found, 1.0)
    if re.match(r"借款?(?:申请)?[ ,:]*¥?[0-9一二两三四五六七八九叁伍壹贰肆陆柒捌玖几]", core) and not (
        guard.asked_about(said, span) or _HAPPENED.search(core) or _LENT_ON.match(core)
    ):
        return _read(said, (span[0], span[0] + 1), 1.0)
    return None


def part(said: Said) -> Reading | None:
    """The wish somewhere in the message."""
    for clause in said.clauses:
        for match in _patterns()["verb"].finditer(said.part(clause)):
            place = (clause[0] + match.start(), clause[0] + match.end())
            if _wished(said, place, clause):
                return _read(said, place, 0.85)
    return None


def _wished(said: Said, verb: Span, clause: Span) -> bool:
    pattern = _patterns()
    before, after = said.s[clause[0] : verb[0]], said.s[verb[0] : clause[1]]
    bare_verb = re.match("借|贷|申请", after)
    rest = after[bare_verb.end() if bare_verb else 0 :]
    if _OTHER.match(rest) or _OTHER.match(said.s[verb[1] : clause[1]]) or not guard.meant(said, verb, clause):
        return False
    if _HAPPENED.search(after) or _LENT_ON.match(after):
        return False
    if said.mood("third", (clause[0], verb[0])) and _third_speaks(said, before):
        return False
    if re.search(r"明年|后年|以后|将来|改天|下次|到时候?|哪天|往后|过几年", before):
        return False
    if the_book().mood["past"].search(before) or pattern["person_lender"].search(before):
        return False
    stripped = said.strip(clause)
    opens = stripped[0] >= verb[0] - 1
    wish = opens or bool(pattern["wish"].search(before)) or bool(_APPLY.search(before)) or _purpose_before(before)
    if not wish:
        return False
    amount = _amounts(said, verb)
    asks = bool(pattern["money"].match(rest)) or bool(_APPLY.search(before)) or said.s[verb[0] : verb[1]] != "借"
    return bool(amount) and (asks or opens or bool(pattern["wish"].search(before))) or asks and (
        bool(the_book().pattern("(?:{want}|申请)").search(before)) or opens
    )


def _purpose_before(before: str) -> bool:
    """买化肥借3000: what it is for stands before the verb."""
    return bool(_patterns()["purpose"].match(before))


def _third_speaks(said: Said, before: str) -> bool:
    """我哥想借 is his wish; 我想给我哥借 is mine."""
    match = the_book().mood["third"].search(before)
    if not match:
        return False
    ahead = the_book().pattern("^(?:{self}|{want}|给|为|帮|替|跟|让)+").match(before)
    return not (ahead and ahead.end() >= match.start() and re.search("给|为|供", before[: match.start()]))


def _amounts(said: Said, verb: Span) -> list[Amount]:
    """The sums that may be meant: behind the verb, else in its clause, else any sum of money in the message."""
    clause = said.clause_of(verb[0])
    free = [
        a
        for a in said.amounts
        if not any(p.start <= a.start < p.end for p in said.periods)
        and not any(x <= a.start < y for _, x, y in said.loans)
        and not re.search(r"(?:每|一)(?:斤|头|只|亩|袋|个月)$|(?:还欠|收入|卖了|挣了|花了|已经还了|还了)$", said.s[: a.start])
    ]
    behind = [a for a in free if verb[0] < a.start < clause[1]]
    inside = [a for a in free if clause[0] <= a.start < verb[0]]
    money = [a for a in free if a.money or (a.fen or 10**9) >= 10_000]
    return behind[:1] or inside[-1:] or money


def _read(said: Said, verb: Span, certainty: float) -> Reading | None:
    found = Found(said, verb, {})
    sums = _amounts(said, verb)
    if sums:
        take_amount(found, sums)
    else:
        found.unsure("amount")
    for pattern, plan in _PLANS:
        if pattern.search(said.s):
            found.slots["plan"] = plan
            break
    _period(found)
    purpose = _purpose(said, verb, found)
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
    return bool(re.search(r"(?<!不)(?:能|可以|够)[^,。]{0,4}借", words) and re.search(r"吗|不$|[?]", words)) and not re.search(
        r"借(?:给)?(?:我|俺)|(?:给|帮)(?:我|俺)", words
    )


def _period(found: Found) -> None:
    known = found.said.periods
    values = {p.months for p in known}
    if len(values) == 1 and None not in values:
        found.slots["months"] = known[0].months
    elif values:
        found.unsure("months", tuple(sorted(v for v in values if v)))
    found.used += [(p.start, p.end) for p in known]


def _purpose(said: Said, verb: Span, found: Found) -> str:
    """What the money is for, as written: behind the sum, else in a later clause, else before the verb."""
    clause = said.clause_of(verb[0])
    gone = [(a.start, a.end) for a in said.amounts] + [(p.start, p.end) for p in said.periods]
    gone += [m.span() for pattern, _ in _PLANS for m in pattern.finditer(said.s)]
    pattern = _patterns()
    behind = _pieces((verb[1], clause[1]), gone)
    for piece in behind:
        clean = _clean(said, piece)
        if clean and _means(said, clean):
            return said.text.written(*clean)
    later = [c for c in said.clauses if c[0] >= clause[1]]
    earlier = [(clause[0], verb[0])] + [c for c in reversed(said.clauses) if c[1] <= clause[0]]
    for span in (*later, *earlier):
        for piece in _pieces(span, gone):
            words = said.part(piece)
            match = pattern["purpose"].search(words)
            if not match or (span in later and pattern["noise"].sub("", words[: match.start()])):
                continue
            clean = _clean(said, (piece[0] + match.start(), piece[1]))
            if clean and clean[1] - clean[0] >= 2 and _means(said, clean):
                return said.text.written(*clean)
    return ""


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
    head = _patterns()["noise"].match(said.part(piece))
    if head:
        start += head.end()
    start, end = said.strip((start, end)) if start < end else (start, end)
    tail = _patterns()["tail"].search(said.s[start:end])
    if tail:
        end = start + tail.start()
    return (start, end) if start < end else None


_EMPTY = re.compile(
    r"^(?:给|借给|分|用|还|期限|期|为期|利息|占用费|每月|按月|分期|我|你们|您|社|贷款|借款|钱|一共|共|总共|大概|大约|可以|能|行|谢|先|就|够|就行|就够|就好|也|周期|时间|从|跟|向|到|申请|合同|麻烦|现在|手头紧|急|,|的|年?底|头|或者?|还是|左右|上下|多|来|块|元|号|看|看看|批准?|同意|放款|那笔|秋收?|卖|等)+$"
)


def _means(said: Said, piece: Span) -> bool:
    """Whether a piece can be a purpose at all, not a rest of manners, period or repayment."""
    words = said.part(piece)
    return bool(re.search(r"[\u4e00-\u9fff]", words)) and len(re.sub(r"\W", "", words)) >= 2 and not _EMPTY.match(words) and not re.match(
        r"(?:还|归还|分\S{0,3}期|到\S{0,4}还|给我|给俺|给办|看能|看行|利息|请帮|手续|什么|怎么|行不行)", words
    )
