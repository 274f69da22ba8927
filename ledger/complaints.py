"""Complaints (投诉): who looks at one, when it goes up to the county, and how it stands.

An anonymous one keeps its sender for the answer only; nothing an officer reads, is sent or may ask for names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

from .notices import ASK
from .offices import holding
from .records import Matter, Notice, Office, Person
from .terms import Role
from .told_terms import ComplaintTerms

NAMED, HIDDEN = "complaint", "complaint_hidden"
"""Kinds of a matter: with the sender's name, and without."""
KINDS = frozenset({NAMED, HIDDEN})
WATCHING = frozenset({Role.SUPERVISOR})
OTHERS = frozenset({Role.SUPERVISOR, Role.TREASURER, Role.CHAIR})
ABOVE = frozenset({Role.TOWNSHIP, Role.COUNTY})
"""Who looks at a complaint: the village's supervisors; who is above it once they have not answered within the term.
`OTHERS` are reminded of every other matter."""


class State(StrEnum):
    WAITING = "waiting"
    ABOVE = "above"
    ANSWERED = "answered"


def goes_up_on(matter: Matter, terms: ComplaintTerms) -> date:
    """The first day on which an unanswered complaint is the county's too."""
    return matter.raised_on + timedelta(days=terms.answer_days + 1)


def state(matter: Matter, terms: ComplaintTerms, today: date) -> State:
    if matter.answered_on is not None:
        return State.ANSWERED
    return State.ABOVE if today >= goes_up_on(matter, terms) else State.WAITING


def readers(officers: Sequence[tuple[Office, Person]], sender: int, today: date) -> tuple[int, ...]:
    """Who is asked to answer: the supervisors but the sender; where there is none, who is above the village."""
    return _others(officers, WATCHING, sender, today) or above(officers, sender, today)


def above(officers: Sequence[tuple[Office, Person]], sender: int, today: date) -> tuple[int, ...]:
    """Who hears of one that was not answered in time."""
    return _others(officers, ABOVE, sender, today)


def _others(
    officers: Sequence[tuple[Office, Person]], roles: frozenset[Role], sender: int, today: date
) -> tuple[int, ...]:
    """Those who hold one of these offices today, but the sender."""
    return tuple(sorted(one.no for one in holding(officers, roles, today) if one.no != sender))


TOLD = frozenset({"notice.matter_complaint", "notice.matter_complaint_late"})
"""What tells the words of a complaint to who looks at it: never by the village's own dongle, never by template."""


def told(matter: Matter, name: str, person: int) -> Notice:
    """A complaint reaches one who must look at it; the name is empty where its sender stays unnamed."""
    facts = {"item": matter.no, "text": matter.text, "name": name, "hidden": not name}
    return Notice(f"matter/{matter.no}/{person}", person, "notice.matter_complaint", facts, ASK)


def told_late(matter: Matter, name: str, person: int) -> Notice:
    """One above the village hears of a complaint that its supervisors left unanswered."""
    facts = {"item": matter.no, "text": matter.text, "name": name, "hidden": not name, "raised_on": matter.raised_on}
    return Notice(f"matter/{matter.no}/above/{person}", person, "notice.matter_complaint_late", facts, ASK)
