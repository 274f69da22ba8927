"""The records of the funds: deeds, cash counts, closed months and years, risk fund, disasters, exit.

Frozen and exactly as the store keeps them, like those of records.py; money is fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Deed:
    """A document the society has: `kind` finance_rules or bank_account; fiscal money waits for both."""

    society: str
    kind: str
    on: date
    reference: str


@dataclass(frozen=True)
class CashCount:
    """The box counted twice, blind: who counted first and what, what the book said then, and how it ended.

    `state` is open, agreed, differed (the two figures are not the same) or void (money moved in between); `entry` is
    the one that shows a difference to the book, 0 for none.
    """

    society: str
    no: int
    day: date
    book_fen: int
    first_by: int
    first_role: str
    first_fen: int
    second_by: int = 0
    second_fen: int = 0
    state: str = "open"
    entry: int = 0


@dataclass(frozen=True)
class MonthClose:
    """A month whose books are closed; `until` is its last day, `seq` and `hash` the head of the books then."""

    society: str
    month: str
    until: date
    closed_on: date
    by: int
    seq: int
    hash: str


@dataclass(frozen=True)
class YearEnd:
    """A year that was closed and distributed; `sheet` is the worksheet of its distribution."""

    society: str
    year: int
    done_on: date
    resolution: str
    sheet: dict[str, Any]


@dataclass(frozen=True)
class RiskClaim:
    """A society's claim on its province's risk fund; `fund` is the fund's own book, `state` asked, paid or refused."""

    fund: str
    no: int
    society: str
    event: str
    loss_fen: int
    evidence: str
    claimed_on: date
    state: str = "asked"
    paid_fen: int = 0
    ended_on: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Disaster:
    """A county's declaration for one society: for loans open then no overdue charge runs from `since` to `until`.

    The assembly's `resolution` may then give them up to `months` more time, all at once, on `granted_on`.
    """

    society: str
    no: int
    event: str
    since: date
    months: int
    declared_on: date
    order: str
    resolution: str = ""
    until: date | None = None
    granted_on: date | None = None


@dataclass(frozen=True)
class Exit:
    """A society that leaves: ordered, settled (all paid, the rest in custody), handed over to `holder`."""

    society: str
    ordered_on: date
    order: str
    holder: str
    stage: str = "ordered"
    settled_on: date | None = None
    custody_fen: int = 0
    handed_on: date | None = None
    receipt: str = ""


FundRecord = Deed | CashCount | MonthClose | YearEnd | RiskClaim | Disaster | Exit
