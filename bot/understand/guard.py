"""What keeps talk from becoming a command: negation, question, condition, other people, plans, advertising.

Each guard of the phrase book is one function here; money passes all of them.
"""

from __future__ import annotations

import re

from bot.understand.phrases import Command
from bot.understand.said import Said, Span, the_book

_NEGATED = re.compile(
    r"(?:(?<![能可要该会是行])不|没有?|未|别|莫|勿|休|甭|没有)(?:要|想|能|会|敢|肯|愿意?|用|必|曾|准备|打算|再|给|去|来|说|同意)*$"
)


def junk(said: Said) -> bool:
    """Advertising, fraud, bank and courier messages, and the system's own texts sent back."""
    return said.mood("advert") or said.mood("forwarded")


def passes(command: Command, said: Said, span: Span, part: bool) -> bool:
    """Whether a match at `span` is meant. `part` says that the message holds more than the phrase."""
    clause = said.clause_of(span[0])
    if command.unless and command.unless.search(said.s):
        return False
    if command.guard in ("none", "say"):
        return not (command.guard == "say" and part and said.mood("hearsay"))
    if command.guard == "ask":
        return not part or _asked(said, span, clause)
    if command.guard == "question":
        return not part or said.mood("question", clause)
    if command.guard == "wish":
        return meant(said, span, clause, allow="how")
    if command.guard == "act":
        return meant(said, span, clause)
    return meant(said, span, clause) and not _told(said, span, clause) and not doubted(said, clause)


def doubted(said: Said, clause: Span) -> bool:
    """Whether a later clause puts the order in question."""
    doubt = the_book().readers["guard"]["doubt"]
    return any(other[0] >= clause[1] and doubt.search(said.part(other).strip(" ?")) for other in said.clauses)


def _asked(said: Said, span: Span, clause: Span) -> bool:
    """A question, a request to look, or little else: then a word of the book is what the person wants."""
    words = said.part(clause)
    if said.mood("question", clause) or said.mood("polite", clause):
        return True
    if len(said.clauses) == 1 and len(words) <= 12:
        return True
    if the_book().request.search(words):
        return True
    inner = said.bare(clause)
    return span[1] - span[0] >= 0.5 * max(1, inner[1] - inner[0])


def meant(said: Said, span: Span, clause: Span, allow: str = "") -> bool:
    """Neither denied, asked about, imagined nor tied to an if; `allow` names questions that still are wishes."""
    before = said.s[clause[0] : span[0]]
    # 听说入社好，我也想入社: a wish may follow what was heard; an order of money may not.
    if _NEGATED.search(before) or said.mood("unreal") or said.mood("hearsay", clause if allow else None):
        return False
    if conditional(said, (clause[0], max(clause[1], span[1]) if not span[0] else clause[1])):
        return False
    return bool(allow and said.mood(allow, clause)) or not asked_about(said, clause)


def asked_about(said: Said, clause: Span) -> bool:
    """A true question; 能不能帮我 and the like are requests."""
    return said.mood("question", clause) and not said.mood("polite", clause)


def conditional(said: Said, clause: Span) -> bool:
    """An if in this clause or before it; 可以的话 is only manners."""
    words = the_book().mood["condition_ok"].sub("", said.s[: clause[1]])
    return bool(the_book().mood["condition"].search(words))


_INTRO = re.compile(r"(?:我|俺)(?:就)?(?:是|叫)[^,。]{1,14}?(?=想|要|借|还|今|昨|刚|来|申|同意|,|。|$)")


def without_intro(words: str) -> str:
    """我是二组的老李 names the speaker, not somebody else."""
    return _INTRO.sub("我", words)


def questioned(command: Command, said: Said, span: Span) -> bool:
    """A money command whose reason turns out to be a question: 冲正118了吗."""
    return command.guard == "money" and bool(the_book().readers["guard"]["asked"].search(said.part(span)))


_CANNOT = re.compile("(?:联保|担保)?不(?:了|得|到|成|起|上|下)")
"""同意不了, 还不上: what cannot be done is no order."""


def ordered(said: Said, span: Span, *, wish: bool = False) -> bool:
    """Whether words at `span` are an order or report of the speaker's own, with every guard that money has.

    A `wish` may be a polite question: 能借给我三千五不？
    """
    clause = said.clause_of(span[0])
    return (
        meant(said, span, clause)
        and not _CANNOT.match(said.s[span[1] :])
        and not said.s[clause[0] : span[0]].endswith(("不了", "不得", "不成"))
        and not _told(said, span, clause)
        and (wish or not doubted(said, clause))
        and (
            (wish and said.mood("polite", clause))
            or not the_book().readers["guard"]["asked"].search(said.part(clause))
        )
    )


def _told(said: Said, span: Span, clause: Span) -> bool:
    """Somebody else does it, or it was long ago: a story, not an order."""
    before = without_intro(said.s[clause[0] : span[0]])
    matched = said.part(span)
    if said.mood("future", clause):
        return True
    if the_book().mood["past"].search(before):
        return True
    words = the_book().readers["guard"]
    if words["subject"].search(before) or words["made_to"].match(before):
        return True
    if the_book().own.search(before):
        return False
    third = the_book().mood["third"]
    whole = third.match(said.part((said.strip(clause)[0], clause[1])))
    return bool(third.match(before) or third.match(matched) or (whole and not before.startswith("我")))
