"""The records of the assembly: a motion that the members vote on by message, and each household's vote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Motion:
    """What the chair lets the members decide; `voters` households may vote from `begun_on` to `closes_on`.

    `special` motions want more of those who vote (ledger/assembly.py). The counts stand at 0 until it is closed.
    """

    society: str
    no: int
    text: str
    special: bool
    by: int
    voters: int
    state: str  # open, passed, failed, no_quorum
    begun_on: date
    closes_on: date
    closed_on: date | None = None
    for_count: int = 0
    against_count: int = 0
    abstained: int = 0


@dataclass(frozen=True)
class Ballot:
    """The vote of one household, as its member said it last; `paper` names a signed paper."""

    society: str
    motion: int
    household: str
    person: int
    choice: str  # for, against, abstain
    said_on: date
    paper: str = ""


AssemblyRecord = Motion | Ballot
