"""The reading of a message that no phrase fits but whose pieces together say what is wanted.

The weights name the command; here its anchor word is looked for, the guards are asked as for any other reading, and
the slots are gathered from wherever they stand. Money needs an anchor that is meant, said by the speaker, and done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from bot.understand import borrowing, collecting, guard, lookup, repaying
from bot.understand.found import Found, NotThis
from bot.understand.phrases import Command
from bot.understand.reading import Reading
from bot.understand.said import Said, Span, the_book
from bot.understand.slots import complete, reading

NUMBERED = ("loan", "entry", "item", "vote")
_BESIDE = re.compile(
    r"[ ,:]*(?:第|编号)?(?P<n>[0-9]{1,6})"
    r"(?! ?(?:[0-9.,]*[元块万千百]|[0-9]|[.,][0-9]|个月|天|年|%|‰))"
)
SURE = 0.78
FREE = frozenset({"broadcast", "start_vote"})
"""What goes out to all must open the message with its word."""


def suppose(name: str, said: Said, certainty: float) -> Reading | None:
    """The reading of `said` as `name`, or None where it cannot be one."""
    entries = [c for c in the_book().commands if c.name == name and c.said_by(said.role)]
    if not entries:
        return None
    if any(c.reader for c in entries):
        reader = _READERS.get(name)
        return reader(said, certainty) if reader else None
    wanted = tuple(dict.fromkeys(slot for c in entries for slot in c.slots))
    careful = name not in the_book().money or entries[0].strict
    if careful and any(c.unless and c.unless.search(said.s) for c in entries[:1]):
        return None
    place = _anchor(name, entries[0], said)
    if place is None:
        return None
    found = Found(said, place, _beside(said, place, wanted), keeps=entries[0].keeps)
    try:
        complete(found, wanted)
    except NotThis:
        found = Found(said, place, {})
        try:
            complete(found, wanted)
        except NotThis:
            return None
    if "loan" in found.ambiguous and "loan" not in found.choices and certainty < SURE:
        return None  # 电影暂停一下: a word of an order without what it is about
    if name not in _WHOLE_ENOUGH and _lacking(found, wanted):
        return None
    return reading(name, found, certainty)


_WHOLE_ENOUGH = frozenset({"approve", "reject", "pay_out", "hold", "release", "spend", "bank_in", "bank_out", "count"})
"""Commands that ask for what is missing; the rest need all that they cannot do without."""


def _lacking(found: Found, wanted: tuple[str, ...]) -> bool:
    keys = {"amount": "amount_fen"}
    return any(
        not slot.endswith("?") and keys.get(slot, slot) not in found.slots and slot not in found.ambiguous
        for slot in wanted
    )


def _anchor(name: str, command: Command, said: Said) -> Span | None:
    """Where the command's word stands; for what binds, only where it is meant."""
    pattern = the_book().anchors.get(name)
    if name in FREE:
        opening = pattern.match(said.s, said.core[0]) if pattern else None
        return opening.span() if opening else None
    every = islice(pattern.finditer(said.s), borrowing.MOST_VERBS) if pattern else ()
    spots = heard = [m.span() for m in every if m.end() > m.start()]
    if command.guard == "money":
        spots = [spot for spot in spots if guard.ordered(said, spot)]
    elif command.guard in ("act", "wish"):
        allow = "how" if command.guard == "wish" else ""
        spots = [s for s in spots if guard.meant(said, s, said.clause_of(s[0]), allow=allow)]
    if spots:
        # The clause that names a number says the most: 我保她，同意联保 23.
        return max(spots, key=lambda spot: (_numbered(said, spot), bool(_BESIDE.match(said.s, spot[1]))))
    return None if heard or command.guard in ("money", "act") else (0, 0)


def _numbered(said: Said, spot: Span) -> bool:
    a, b = said.clause_of(spot[0])
    return any(a <= start < b for _, start, _ in said.loans)


def _beside(said: Said, place: Span, wanted: tuple[str, ...]) -> dict[str, Span]:
    """A number right behind the anchor is what it is about, whatever follows: 驳回 39 人不在本村."""
    numbered = next((slot for slot in (w.rstrip("?") for w in wanted) if slot in NUMBERED), "")
    match = _BESIDE.match(said.s, place[1])
    return {numbered: match.span("n")} if numbered and match else {}


def _verbs(name: str, said: Said) -> Iterator[Span]:
    for match in islice(the_book().anchors[name].finditer(said.s), borrowing.MOST_VERBS):
        yield match.span()


def _borrow(said: Said, certainty: float) -> Reading | None:
    for verb in _verbs("borrow", said):
        if guard.ordered(said, verb, wish=True) and not borrowing.is_other(said, verb):
            return borrowing.read_from(said, verb, certainty)
    # 小卖部想添台冰柜，一年，等额本息，一万元: who names a plan, a sum and a term asks for it without the word.
    plan = borrowing.plan_of(said)
    if plan and said.amounts and said.periods and guard.ordered(said, plan):
        return borrowing.read_from(said, plan, certainty)
    return None


def _repay(said: Said, certainty: float) -> Reading | None:
    for verb in _verbs("repay", said):
        found = repaying.report(said, verb, said.clause_of(verb[0]), certainty)
        if found:
            return found
    return None


def _collect(said: Said, certainty: float) -> Reading | None:
    if collecting.guard_words(said) or said.mood("question"):
        return None
    for verb in _verbs("collect", said):
        if not guard.ordered(said, verb):
            return None
        found = collecting.listed(said, verb[1], certainty)
        if found:
            return found
    # 陈桂花 500 王五 300: a cashier's list needs no word before it.
    if said.role != "cashier" or certainty < SURE or any(True for _ in _verbs("collect", said)):
        return None
    return collecting.listed(said, said.core[0], certainty, at_once=True)


def _find(said: Said, certainty: float) -> Reading | None:
    return None if said.role in lookup.OVER else lookup.person_anywhere(said, certainty)


def _check(said: Said, certainty: float) -> Reading | None:
    # 查 QS001 of those above the village is a society, though its code looks like a receipt's.
    return None if said.role in lookup.OVER and said.s.startswith("查") else lookup.check_part(said)


def _figures(said: Said, certainty: float) -> Reading | None:
    """各社合起来的数给我看看: asked by no word of its own, the figures of all are meant."""
    return lookup.figures(said, said.core) or lookup.of_all(said, certainty)


_READERS: dict[str, Callable[[Said, float], Reading | None]] = {
    "borrow": _borrow,
    "repay": _repay,
    "collect": _collect,
    "figures": _figures,
    "find": _find,
    "check": _check,
}
