"""The reading of one message: the entries of the phrase book are tried in their order, whole phrases before parts,
and what they find is weighed against all the pieces of the message.

No command is known here by name; a special reader is asked where an entry names one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.understand import guard, readers
from bot.understand.found import NotThis
from bot.understand.normal import Text
from bot.understand.phrases import Command, book, groups
from bot.understand.reading import UNKNOWN, Reading
from bot.understand.said import Said, Span
from bot.understand.slots import fill, reading
from bot.understand.supposing import suppose
from bot.understand.weighing import weigh

# How sure a reading is by how it was found; a corrected slip costs a little.
WHOLE, CLAUSE, WITHIN, SLIP = 1.0, 0.9, 0.8, 0.05
# A short message that is a phrase from end to end needs no weighing.
CLEAR, SHORT = 0.95, 6
# The chances from which the weights are believed: against no phrase, for talk, for another command than the phrase's.
LEAST, LEAST_MONEY = 0.35, 0.75
TALK, TALK_MONEY, FAINT, OTHER, OWN = 0.75, 0.6, 0.5, 0.65, 0.32
STORY, LEAD, ALL_TALK = 0.9, 0.1, 0.8
"""What a clause counts against the whole, and how far talk may weigh more than a command that is still believed;
from what chance on the whole message is talk whatever one clause of it says."""
SURELY, ANSWER, CLEARLY = 0.8, 12, 0.1
"""A yes or no is short; longer words that only weigh like one answer nothing."""
OWN_MONEY, TALK_LEAST = 0.5, 0.5
"""What binds and is only a part of the message must weigh like it, and not like talk: else it is asked."""
ANSWERS = frozenset({"yes", "no"})


def understand(said: Said) -> Reading:
    if not re.search(r"\w", said.s):
        return Reading(UNKNOWN)
    return _weighed(said, by_phrase(said))


def _junk(said: Said) -> bool:
    return guard.junk(said) and not _exact(said)


def by_phrase(said: Said) -> Reading:
    """What the phrases of the book say, whole ones before parts."""
    entries = [c for c in book().commands if c.said_by(said.role)]
    if _junk(said):
        return _by_whole(said, [c for c in entries if _stands_out(c, said)]) or Reading(UNKNOWN)
    return _by_whole(said, entries) or _by_bare(said, entries) or _by_part(said, entries) or Reading(UNKNOWN)


def _weighed(said: Said, found: Reading) -> Reading:
    """The phrase that fits against what all the pieces say: neither speaks alone where both are unsure."""
    # Words that ask for what a society may never do are unknown with a reason, and stay so.
    if found.extras and found.command == UNKNOWN:
        return found
    # A code behind its own word is clear however little its letters weigh: 验 FTYLM; so is a list without fault,
    # which nobody but a cashier taught the weights.
    listed = "lines" in found.slots and said.role != "cashier"
    if found.certainty == WHOLE and (len(said.s) <= SHORT or "code" in found.slots or listed):
        return found
    whole = weigh(said)
    chances = _chances(said, whole)
    likely = max(chances, key=lambda name: chances[name])
    chance, own = chances[likely], chances.get(found.command, 0.0)
    if found.command == UNKNOWN:
        return _supposed(said, chances)
    if found.command not in chances and found.certainty >= CLEAR:
        # The fund's own orders from end to end: nobody wrote them for the weights, so those know nothing of them.
        return found
    talk = whole[UNKNOWN] >= ALL_TALK and whole.get(found.command, 0.0) < OWN and found.certainty < WHOLE
    if talk and (found.command in book().money or own < SURELY):
        return Reading(UNKNOWN)
    if found.command not in chances:
        # The fund's own short orders are not weighed.
        return found
    doubted = own < OWN_MONEY or chances[UNKNOWN] > TALK_LEAST
    if doubted and found.command in book().money and found.certainty < CLEAR:
        return Reading(UNKNOWN)
    if likely == found.command:
        return found
    if own >= OWN:
        # 61号叫我联保，我不干: what binds gives way to what binds nothing and weighs clearly more.
        weaker = found.command in book().money and chance > own + CLEARLY
        weaker = weaker and likely not in (*book().money, *ANSWERS, UNKNOWN)
        return (suppose(likely, said, _level(chance)) or Reading(UNKNOWN)) if weaker else found
    sure = found.certainty - CLEAR
    if likely == UNKNOWN:
        doubt = TALK_MONEY if found.command in book().money else FAINT if found.certainty < WITHIN else TALK
        return Reading(UNKNOWN) if chance >= doubt + sure else found
    if likely in book().money and (chance < SURELY or found.certainty > WITHIN):
        return found  # another phrase fits: only what binds beyond doubt may take its place
    return (suppose(likely, said, _level(chance)) or found) if chance >= OTHER + sure else found


def _chances(said: Said, whole: dict[str, float]) -> dict[str, float]:
    """By the whole, or for a command by the clause that says it most plainly: a story around it weighs nothing."""
    best = dict(whole)
    for clause in said.clauses if len(said.clauses) > 1 else ():
        for name, chance in weigh(said, clause).items():
            if name != UNKNOWN and chance * STORY > best[name]:
                best[name] = chance * STORY
    return best


def _supposed(said: Said, chances: dict[str, float]) -> Reading:
    # A yes or no is short and names nothing: 51号的申请我不办了，取消 only weighs like one.
    answers = len(said.s) <= ANSWER and not re.search("[0-9]", said.s)
    names = [name for name in chances if name != UNKNOWN and (answers or name not in ANSWERS)]
    likely = max(names, key=lambda name: chances[name])
    chance = chances[likely]
    binds = likely in book().money or likely == "yes"
    lead = 0.0 if binds else LEAD
    if _junk(said) or chance < (LEAST_MONEY if binds else LEAST) or chances[UNKNOWN] > chance + lead:
        return Reading(UNKNOWN)
    return suppose(likely, said, _level(chance)) or Reading(UNKNOWN)


def _level(chance: float) -> float:
    """How sure a reading by weight is: never as sure as one by a phrase."""
    return round(0.7 + 0.1 * chance, 2)


def _stands_out(command: Command, said: Said) -> bool:
    """投诉 or 绑定 in front hold whatever follows; money never comes out of a text that smells of advertising."""
    return (
        command.guard in ("say", "none", "act", "wish")
        and not command.reader
        and (said.role != "member" or command.name not in ("broadcast", "answer", "start_vote"))
    )


def _exact(said: Said) -> bool:
    """Short messages are never advertising: 退订 is a wish although adverts say it too."""
    return len(said.s) <= 8


def _sure(said: Said, base: float) -> float:
    return round(base - (SLIP if said.slipped else 0.0), 2)


def _by_whole(said: Said, entries: list[Command]) -> Reading | None:
    for span in dict.fromkeys(((0, len(said.s)), said.core)):
        for command in entries:
            if command.reader:
                special = readers.whole(command.reader, said, span)
                if special:
                    return special
                continue
            found = _match(command, said, span, False, command.whole, re.Pattern.fullmatch, WHOLE)
            if found:
                return found
    return None


def _by_bare(said: Said, entries: list[Command]) -> Reading | None:
    """Questions are also known with all the asking taken off."""
    span = said.bare((0, len(said.s)))
    for command in entries:
        if command.guard in ("ask", "question") and span[0] < span[1]:
            found = _match(command, said, span, False, command.whole, re.Pattern.fullmatch, CLAUSE)
            if found:
                return found
    return None


def _by_part(said: Said, entries: list[Command]) -> Reading | None:
    for command in entries:
        if command.reader:
            special = readers.part(command.reader, said)
            if special:
                return special
            continue
        found = [one for clause in said.clauses if (one := _in_clause(command, said, clause))]
        if found:
            # 我保她，同意联保 23: the clause that names the loan says the most.
            return max(found, key=lambda one: len(one.slots))
    return None


def _in_clause(command: Command, said: Said, clause: Span) -> Reading | None:
    """A clause that is the phrase, or holds it; a lone 好的 or 帮忙 in a story answers nothing."""
    if command.alone:
        return None
    core = said.strip(clause)
    found = _match(command, said, core, True, command.whole, re.Pattern.fullmatch, CLAUSE)
    if not found and command.guard in ("ask", "question"):
        found = _match(command, said, said.bare(clause), True, command.whole, re.Pattern.fullmatch, CLAUSE)
    return found or _match(command, said, clause, True, command.within, re.Pattern.search, WITHIN)


def _before_text(said: Said, match: re.Match[str], offset: int) -> Said:
    """The reason given behind a command is free: 驳回 23 有没有地都不清楚 is no question."""
    named = groups(match)
    text = named.pop("text", None)
    if not text or not any(end <= text[0] for _, end in named.values()):
        return said
    stop = offset + text[0]
    return replace(said, text=Text(said.s[:stop], said.text.raw[:stop]))


def _match(
    command: Command,
    said: Said,
    span: Span,
    part: bool,
    patterns: tuple[re.Pattern[str], ...],
    how: Callable[[re.Pattern[str], str], re.Match[str] | None],
    base: float,
) -> Reading | None:
    for pattern in patterns:
        match = how(pattern, said.part(span).strip())
        if not match:
            continue
        offset = span[0] + len(said.part(span)) - len(said.part(span).lstrip())
        at = (match.start() + offset, match.end() + offset)
        if guard.questioned(command, said, said.clause_of(at[0]) if part else span) or not guard.passes(
            command, _before_text(said, match, offset), at, part
        ):
            continue
        try:
            found = fill(command, said, match, offset)
        except NotThis:
            continue
        return reading(command.name, found, _sure(said, base))
    return None
