"""The assembly's decisions by message (S14): who may vote, what is counted, and what a vote decides.

One household, one vote. Enough must vote (`assembly.quorum`), those who abstain among them; more than
`assembly.pass_over` of the votes carry a motion, at least `assembly.special` of them one about the charter, a write-off
or the society's end.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from .assembly_records import Ballot, Motion
from .notices import ASK, TOLD
from .records import Act, Disclosure, Household, Notice, Refusal
from .society_terms import AssemblyTerms

OPEN, PASSED, FAILED, NO_QUORUM = "open", "passed", "failed", "no_quorum"
FOR, AGAINST, ABSTAIN = "for", "against", "abstain"
CHOICES = {"赞成": FOR, "反对": AGAINST, "弃权": ABSTAIN}
PAGE = "resolution"
"""The kind of the public page that shows how a vote ended."""
_VOTE = re.compile(r"表决 ?(?P<no>[0-9]{1,6}) ?号?")


def is_special(text: str, terms: AssemblyTerms) -> bool:
    """Whether a motion is about something that more than half cannot decide."""
    return any(word in text for word in terms.special_words)


def voters(homes: Iterable[Household], on: date) -> list[Household]:
    """The households that may vote on a motion begun on `on`: members on that day."""
    return [one for one in homes if one.joined_on <= on and (one.left_on is None or one.left_on > on)]


def against_text(text: str, alive: Collection[Motion], terms: AssemblyTerms) -> Refusal | None:
    """Why there is no vote on these words: none, too many of them, or one that runs already."""
    if not text:
        return Refusal("motion.no_text")
    if len(text) > terms.text_max:
        return Refusal("motion.too_long", {"count": len(text), "left": terms.text_max})
    same = next((one for one in alive if one.text == text), None)
    return Refusal("motion.same", {"item": same.no}) if same else None


def begin(society: str, no: int, text: str, by: int, homes: Sequence[Household], terms: AssemblyTerms, today: date
          ) -> Act:
    """The motion and its call to each household that may vote."""
    closes_on = today + timedelta(days=terms.days)
    motion = Motion(society, no, text, is_special(text, terms), by, len(homes), OPEN, today, closes_on)
    facts = called(motion, terms)
    return Act((motion,), (), tuple(
        Notice(f"motion/{no}/{home.person}", home.person, "notice.motion", facts, ASK) for home in homes))


def called(motion: Motion, terms: AssemblyTerms) -> dict[str, object]:
    """What a call to vote, and the question before it, say of a motion and of what carries it."""
    part, whole = terms.special if motion.special else terms.pass_over
    return {"item": motion.no, "text": motion.text, "closes_on": motion.closes_on, "special": motion.special,
            "plain": not motion.special, "part": part, "whole": whole, "voters": motion.voters}


def against_vote(motion: Motion | None, wanted: int, home: Household, today: date) -> Refusal | None:
    """Why this household has no vote on it now."""
    if motion is None:
        return Refusal("motion.none", {"item": wanted})
    if motion.state != OPEN or today > motion.closes_on:
        return Refusal("motion.over", {"item": motion.no, "closes_on": motion.closes_on})
    if home not in voters([home], motion.begun_on):
        return Refusal("motion.joined_later", {"item": motion.no})
    return None


def counted(motion: Motion, ballots: Collection[Ballot], terms: AssemblyTerms, today: date) -> Motion:
    """The motion as it ended on `today`."""
    said = [one.choice for one in ballots]
    pro, contra, none = (said.count(choice) for choice in (FOR, AGAINST, ABSTAIN))
    part, whole = terms.quorum
    state = PASSED if _carried(pro, len(said), terms.special if motion.special else (), terms.pass_over) else FAILED
    if len(said) * whole < motion.voters * part:
        state = NO_QUORUM
    return replace(
        motion, state=state, closed_on=today, for_count=pro, against_count=contra, abstained=none)


def _carried(pro: int, cast: int, at_least: tuple[int, ...], over: tuple[int, ...]) -> bool:
    """Whether `pro` of `cast` votes are at least the one fraction or, where that is empty, more than the other."""
    if at_least:
        return pro > 0 and pro * at_least[1] >= cast * at_least[0]
    return pro * over[1] > cast * over[0]


def close(motion: Motion, page: int, terms: AssemblyTerms, head: tuple[int, str], told: Collection[int]
          ) -> tuple[Act, list[Notice]]:
    """A counted motion with its public page, and the word of it to those who voted or may have."""
    facts = result(motion)
    assert motion.closed_on is not None
    until = motion.closed_on + timedelta(days=terms.shown_days)
    shown = Disclosure(motion.society, page, PAGE, 0, motion.closed_on, until, None, *head, facts)
    words = [Notice(f"motion/{motion.no}/over/{person}", person, "notice.motion_over", facts, TOLD)
             for person in sorted(told)]
    return Act((motion, shown)), words


def result(motion: Motion) -> dict[str, object]:
    """How a vote ended, in plain facts."""
    return {
        "item": motion.no, "text": motion.text, "voters": motion.voters, "for_count": motion.for_count,
        "against_count": motion.against_count, "abstained": motion.abstained, "special": motion.special,
        "begun_on": motion.begun_on.isoformat(), "closes_on": motion.closes_on.isoformat(),
        "passed": motion.state == PASSED, "failed": motion.state == FAILED, "no_quorum": motion.state == NO_QUORUM,
    }


def vote_named(resolution: str) -> int:
    """The vote that a resolution's number names (`表决3号`); 0 for one on paper, which only the paper proves."""
    found = _VOTE.fullmatch(resolution.strip())
    return int(found["no"]) if found else 0


def against_resolution(resolution: str, motion: Motion | None, about: str, *, special: bool) -> Refusal | None:
    """Why a vote that is named as the assembly's resolution is none: not there, not carried, about something else, or
    counted as one that more than half decide. `motion` is the one that `vote_named` gives."""
    number = vote_named(resolution)
    if not number:
        return None
    if motion is None or motion.state != PASSED:
        return Refusal("motion.not_passed", {"item": number})
    if not re.search(f"(?<![0-9]){re.escape(about)}", motion.text) or (special and not motion.special):
        return Refusal("motion.about_else", {"item": number, "about": about})
    return None
