"""The records about who is speaking: addresses that changed lately, what is frozen, a member's own word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Rebinding:
    """A person is reached by another phone or WeChat than before, since the second `at`; `how` is phone or wechat."""

    society: str
    person: int
    at: int
    how: str


@dataclass(frozen=True)
class Freeze:
    """A person (or one loan, when `loan` is not 0) does nothing with money until two others lift it; `no` counts them
    within the society, times are seconds since 1970, 0 for not yet."""

    society: str
    no: int
    person: int
    loan: int
    by: int
    begun_at: int
    first_by: int = 0
    ended_by: int = 0
    ended_at: int = 0


@dataclass(frozen=True)
class Watchword:
    """The word (暗号) that a person chose and finds in every true message; an empty one is none."""

    society: str
    person: int
    word: str
    set_on: date


IdentityRecord = Rebinding | Freeze | Watchword
