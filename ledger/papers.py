"""A word given on paper for a member without a phone: by the group's leader and by a supervisor, never by the purse.

Both must name the same paper; one half counts for nothing (issue: a member without a phone is never shut out).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .records import Paper, Refusal

LEADER, SUPERVISOR = "leader", "supervisor"


@dataclass(frozen=True)
class StandIn:
    """Who wants to write down another's word: `leads` the person's group, `supervises`, keeps money or books.

    `leader_can` says whether the group has a leader who could do it: not the person, no treasurer, no cashier,
    reachable. Without one a second supervisor takes that half.
    """

    name: str
    by: int
    number: str
    has_phone: bool
    leads: bool
    supervises: bool
    keeps_money: bool
    same_home: bool
    leader_can: bool


def side_of(case: StandIn, before: Sequence[Paper]) -> tuple[str, list[Refusal]]:
    """Which half this is, and everything that speaks against it. `before` are the halves that stand already."""
    facts = {"name": case.name, "number": case.number}
    found = [
        Refusal("stand_in.has_phone", facts) if case.has_phone else None,
        Refusal("stand_in.keeps_money", facts) if case.keeps_money else None,
        Refusal("stand_in.same_home", facts) if case.same_home else None,
        None if case.number else Refusal("stand_in.no_number", facts),
        Refusal("stand_in.said_before", facts) if any(one.by == case.by for one in before) else None,
    ]
    other = next((one.number for one in before if case.number and one.number != case.number), "")
    if other:
        found.append(Refusal("stand_in.other_number", facts | {"other": other}))
    side = _free_side(case, {one.side for one in before})
    if not side and not any(one is not None and one.key == "stand_in.said_before" for one in found):
        found.append(Refusal("stand_in.not_yours", facts))
    return side, [one for one in found if one is not None]


def _free_side(case: StandIn, taken: set[str]) -> str:
    if case.leads and LEADER not in taken:
        return LEADER
    if case.supervises and SUPERVISOR not in taken:
        return SUPERVISOR
    if case.supervises and LEADER not in taken and not case.leader_can:
        return LEADER
    return ""
