"""The reading of one message: the entries of the phrase book are tried in their order, whole phrases before parts.

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

# How sure a reading is by how it was found; a corrected slip costs a little.
WHOLE, CLAUSE, WITHIN, SLIP = 1.0, 0.9, 0.8, 0.05


def understand(said: Said) -> Reading:
    entries = [c for c in book().commands if c.said_by(said.role)]
    if not said.s:
        return Reading(UNKNOWN)
    if guard.junk(said) and not _exact(said):
        return _by_whole(said, [c for c in entries if _stands_out(c, said)]) or Reading(UNKNOWN)
    found = _by_whole(said, entries) or _by_bare(said, entries) or _by_part(said, entries)
    return found or Reading(UNKNOWN)


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
