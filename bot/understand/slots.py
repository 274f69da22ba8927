"""What a command needs to know, found in the message: one finder per slot of the contract.

A finder says the value, or that it cannot be decided; a required slot that is missing is asked for, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.understand import amounts, numbers, periods
from bot.understand.found import Found, NotThis
from bot.understand.numerals import DIGITS
from bot.understand.phrases import Command, groups
from bot.understand.reading import Reading
from bot.understand.said import Said, Span, the_book

# The slots the contract asks for by name when they are missing.
ASKED = frozenset({"amount", "months", "person", "loan"})


def fill(command: Command, said: Said, match: re.Match[str], offset: int) -> Found:
    """The slots of a command that matched; raises `NotThis` when a named part makes no sense."""
    parts = {name: (a + offset, b + offset) for name, (a, b) in groups(match).items()}
    found = Found(said, (match.start() + offset, match.end() + offset), parts, keeps=command.keeps)
    complete(found, command.slots)
    return found


def complete(found: Found, slots: tuple[str, ...]) -> None:
    """Everything the command wants and what its words named, found; a required one that is missing is asked for."""
    wanted = {s.rstrip("?"): not s.endswith("?") for s in slots}
    for name in found.parts:
        wanted.setdefault(name, False)
    found.wanted = wanted
    # Free text comes last: it is what the others leave.
    for name in sorted(wanted, key=lambda n: n == "text"):
        FINDERS[name](found)
        key = "amount_fen" if name == "amount" else name
        if wanted[name] and key not in found.slots and name in ASKED:
            found.unsure(name)


def reading(command: str, found: Found, certainty: float) -> Reading:
    return Reading(command, found.slots, found.ambiguous, found.choices, certainty, found.extras)


def _code(found: Found) -> None:
    if "code" in found.parts:
        word = found.word("code")
        found.slots["code"] = "".join(c if c.isdigit() else str(DIGITS.get(c, c)) for c in word)
        if not found.slots["code"].isdigit():
            raise NotThis
        found.used.append(found.parts["code"])
        return
    taken = {str(found.slots.get("loan", ""))}
    codes = [m for m in re.finditer(r"(?<![0-9.])[0-9]{6}(?![0-9.,号元块])", found.said.s) if m[0] not in taken]
    if len(codes) == 1:
        found.slots["code"] = codes[0][0]
        found.used.append(codes[0].span())


def _phone(found: Found) -> None:
    match = re.search(
        r"(?<![0-9])(?:[+]?(?:00)?86)?[ -]?(1[3-9][0-9])[ -]?([0-9]{4})[ -]?([0-9]{4})(?![0-9])", found.said.s
    )
    if match:
        found.slots["phone"] = match[1] + match[2] + match[3]
        found.used.append(match.span())


def _amount(found: Found) -> None:
    if "amount" in found.parts:
        start, end = found.parts["amount"]
        inside = [a for a in found.said.amounts if a.start < end and a.end > start]
    else:
        inside = [a for a in found.said.amounts if not any(x <= a.start < y for _, x, y in found.said.loans)]
        money = [a for a in inside if a.money]
        inside = money if len(money) == 1 else inside
    if not inside:
        if "amount" in found.parts:
            raise NotThis
        return
    take_amount(found, inside)


def take_amount(found: Found, inside: list[amounts.Amount]) -> None:
    """The one amount there is; several or a vague one are asked for."""
    exact = {a.fen for a in inside}
    if len(exact) == 1 and inside[0].fen is not None:
        found.slots["amount_fen"] = inside[0].fen
    else:
        found.unsure("amount", inside[0].choices if len(inside) == 1 else tuple(a.fen for a in inside if a.fen))
    found.used += [(a.start, a.end) for a in inside]


def _months(found: Found) -> None:
    said = found.said
    named = periods.months(said.part(found.parts["months"])) if "months" in found.parts else []
    known = named or said.periods
    values = {p.months for p in known}
    if not known:
        return
    if len(values) == 1 and None not in values:
        found.slots["months"] = known[0].months
    else:
        found.unsure("months", tuple(sorted(v for v in values if v)))
    found.used += [(p.start, p.end) for p in said.periods]


def _days(found: Found) -> None:
    known = periods.days(found.said.s)
    if known:
        found.slots["days"] = known[0]
        found.used.append((known[1], known[2]))


_CHOICES = (("反对", "choice_no"), ("弃权", "choice_none"), ("赞成", "choice_yes"))


def _choice(found: Found) -> None:
    word = found.word("choice") if "choice" in found.parts else found.said.s
    for choice, kind in _CHOICES:
        if the_book().readers["slots"][kind].search(word):
            found.slots["choice"] = choice
            return


def _source(found: Found) -> None:
    word = found.word("source") if "source" in found.parts else found.said.s
    if "source" not in found.parts:
        found.used += [m.span() for m in the_book().readers["slots"]["source"].finditer(found.said.s)]
    if re.search(r"捐|爱心|赠", word):
        found.slots["source"] = "捐赠"
    elif re.search(r"财政|拨款|扶贫|衔接|上级|中央|省级|政府", word):
        found.slots["source"] = "财政"
    elif "source" in found.parts or re.search("其[他它]|结息", word):
        found.slots["source"] = "其他"
    if "source" in found.parts:
        found.used.append(found.parts["source"])


def _society(found: Found) -> None:
    if "society" in found.parts:
        found.slots["society"] = found.said.text.written(*found.parts["society"])
        found.used.append(found.parts["society"])


def _person(found: Found) -> None:
    if "person" in found.parts:
        found.slots["person"] = found.said.text.written(*found.parts["person"])


def _anonymous(found: Found) -> None:
    if re.search(
        r"匿名|(?:名字?|姓名)(?:也|都|就|千万|请)*(?:别|不要|莫|不用|请勿|不|免)(?:写|提|说|讲|留|署|公开|登|露|报)|(?:别|不要|莫|不用|请勿|千万别|不能|不想)(?:说|讲|告诉|透露|暴露|写|提|公开|让|留|署|记|泄露).{0,8}(?:是?我|名|姓名|身份|人知道|他们知道|知道是)|"
        r"不(?:署|留|写|具|透露|公开|记)名|(?:替|为|帮)我保密|保密|不(?:想|愿)(?:透露|公开|露|留)",
        found.said.s,
    ):
        found.slots["anonymous"] = True


def _via(found: Found) -> None:
    """Cash or bank is no slot of the contract, yet the books need it: it goes with the extras."""
    if "现金" in found.said.s:
        found.extras["via"] = "现金"
    elif "转账" in found.said.s:
        found.extras["via"] = "转账"


_MANNERS = re.compile("(?:一下|一哈|行不行?|行吗|可以不|可以吗|好不好|嘛|吧|谢谢)+")
"""宽限一下: no reason, though it stands where one would."""


def _text(found: Found) -> None:
    if "text" in found.parts:
        # What another slot has taken of its beginning is no reason: 暂停 28还是29 申请表有假.
        start, end = found.parts["text"]
        for a, b in sorted(found.used):
            if a <= start + len(found.said.s[start:end]) - len(found.said.s[start:end].lstrip(" ,。:、")) < b:
                start = min(b, end)
        found.parts["text"] = start, end
        written = found.said.text.written(start, end)
        part = found.said.part(found.parts["text"])
        if len(re.sub(r"\W", "", part)) >= 2 and not _MANNERS.fullmatch(part.strip(" ,。!")):
            found.slots["text"] = written
        if "text" in found.slots:
            return
    left = leftover(found)
    if left:
        found.slots["text"] = left


def leftover(found: Found) -> str:
    """What the message says besides the command: the clauses that are neither greeting nor the request itself."""
    said = found.said
    pieces = []
    for clause in said.clauses:
        start, end = said.strip(clause)
        gone = [g for g in (*found.used, found.span) if g[0] < end and g[1] > start]
        if found.keeps:
            # The words that matched are themselves what is told; only 不符 and the like in front are not.
            head = the_book().readers["slots"]["told_by"].match(said.part((start, end)))
            gone = [(start, start + head.end())] if head else []
        for a, b in _without((start, end), gone):
            if _says_something(said.part((a, b))):
                pieces.append(said.text.written(a, b))
    return "，".join(p for p in pieces if p)


def _without(span: Span, gone: list[Span]) -> list[Span]:
    parts, start = [], span[0]
    for a, b in sorted(gone):
        if a > start:
            parts.append((start, a))
        start = max(start, b)
    if start < span[1]:
        parts.append((start, span[1]))
    return parts


def _says_something(part: str) -> bool:
    """Whether a piece holds more than asking, thanking and pointing."""
    rest = the_book().mood_filler.sub("", part)
    return len(re.sub(r"\W", "", rest)) >= 2


def _about(found: Found) -> None:
    """What a society may never do stays `unknown`, but the answer says why (rules.md 3.16)."""
    found.extras["about"] = "deposit" if "存" in found.word("about") else "dividend"


def _scope(found: Found) -> None:
    """Whom a broadcast is for: those with a loan, or a group by its name."""
    if "scope" in found.parts:
        word = found.word("scope").strip()
        found.extras["scope"] = "loans" if "借" in word or "欠" in word else word


FINDERS: dict[str, Callable[[Found], None]] = {
    "loan": numbers.loan,
    "entry": numbers.entry,
    "item": numbers.item,
    "vote": numbers.vote,
    "code": _code,
    "phone": _phone,
    "amount": _amount,
    "months": _months,
    "days": _days,
    "choice": _choice,
    "source": _source,
    "society": _society,
    "person": _person,
    "anonymous": _anonymous,
    "via": _via,
    "about": _about,
    "scope": _scope,
    "text": _text,
}
