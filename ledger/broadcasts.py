"""Words of an officer to many: who may be meant, when a second person has to agree, what may still be done to one.

The recipients themselves are the database's matter (ledger/store/broadcasts.py); here is only what is decided.
"""

from __future__ import annotations

from dataclasses import replace

from .records import Broadcast, Refusal
from .told_terms import BroadcastTerms

ALL, GROUP, LOANS, OUTSIDE = "all", "group", "loans", "outside"
"""Everybody of the village; one group; households with a loan; the villages the speaker supervises.

An OUTSIDE broadcast has no recipients itself: `group_name` holds the scope (ALL or LOANS) its villages take over.
"""
GOING, PAUSED, STOPPED = "going", "paused", "stopped"
AFTER = {
    "pause": ({GOING}, PAUSED),
    "go_on": ({PAUSED}, GOING),
    "stop": ({GOING, PAUSED}, STOPPED),
}
"""What may be done to a broadcast in which states, and what it is then. A stopped one stays stopped."""


def against_text(words: str, terms: BroadcastTerms) -> Refusal | None:
    """Nothing to say, or more than the charter lets one message be."""
    if not words:
        return Refusal("broadcast.empty", {})
    if len(words) > terms.text_max:
        return Refusal("broadcast.too_long", {"count": len(words), "left": terms.text_max})
    return None


def wants_second(reached: int, terms: BroadcastTerms) -> bool:
    """Whether a second person has to agree before it goes out."""
    return reached > terms.second_above


def changed(one: Broadcast, act: str) -> Broadcast | Refusal:
    """The broadcast after `pause`, `go_on` or `stop`; its notices follow (`settled` is false until they have)."""
    allowed, state = AFTER[act]
    if one.state not in allowed or one.origin:
        return Refusal("broadcast.not_now", {"item": one.no, "outside" if one.origin else one.state: True})
    return replace(one, state=state, settled=False)
