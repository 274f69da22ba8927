"""Named reads of what is owed by a day: instalments to remind of, loans that are late, notices that have closed.

Each reads only what is due, through an index on the day, so the daily round costs by what it does, not by what is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, text

from .. import complaints
from ..records import Disclosure, Matter
from . import tables as t
from .mapping import to_record
from .reads import Reads

OPEN = (
    "i.paid_principal_fen + i.paid_fee_fen + i.charge_paid_fen < i.principal_fen + i.fee_fen + i.charge_fen"
)


@dataclass(frozen=True)
class DueItem:
    """One open instalment near its day; `due_fen` is what is still to pay of it."""

    society: str
    loan: int
    n: int
    due_on: date
    due_fen: int
    plan: str
    person: int
    charter_version: int


def _item(row: Any) -> DueItem:
    return DueItem(row[0], row[1], row[2], date.fromisoformat(row[3]), int(row[4]), row[5], row[6], row[7])


class DueReads(Reads):
    """Reads of what is owed by a day."""

    def coming_instalments(self, first: date, last: date, society: str | None = None) -> list[DueItem]:
        """Open instalments due from `first` to `last`, of paid-out loans."""
        one = " AND i.society = :society" if society else ""
        rows = self.connection.execute(
            text(
                "SELECT i.society, i.loan, i.n, i.due_on, i.principal_fen + i.fee_fen + i.charge_fen"  # noqa: S608
                " - i.paid_principal_fen - i.paid_fee_fen - i.charge_paid_fen, l.plan, l.person, l.charter_version"
                " FROM loan_instalment i JOIN loan l ON l.society = i.society AND l.no = i.loan"
                f" WHERE {OPEN} AND i.due_on BETWEEN :first AND :last AND l.status = 'paid_out'{one}"
                " ORDER BY i.society, i.loan, i.n"
            ),
            {"first": str(first), "last": str(last), "society": society},
        )
        return [_item(row) for row in rows]

    def late_items(self, today: date, society: str | None = None) -> list[DueItem]:
        """The oldest open instalment of every loan that is late on `today`."""
        one = " AND i.society = :society" if society else ""
        rows = self.connection.execute(
            text(
                "SELECT i.society, i.loan, min(i.n), min(i.due_on), sum(i.principal_fen + i.fee_fen + i.charge_fen"  # noqa: S608
                " - i.paid_principal_fen - i.paid_fee_fen - i.charge_paid_fen), l.plan, l.person, l.charter_version"
                " FROM loan_instalment i JOIN loan l ON l.society = i.society AND l.no = i.loan"
                f" WHERE {OPEN} AND i.due_on < :today AND l.status = 'paid_out'{one}"
                " GROUP BY i.society, i.loan, l.plan, l.person, l.charter_version ORDER BY i.society, i.loan"
            ),
            {"today": str(today), "society": society},
        )
        return [_item(row) for row in rows]

    def late_loans(self, society: str, today: date) -> list[tuple[int, str, int, int]]:
        """(loan, borrower, principal overdue in fen, days late), the longest late first."""
        rows = self.connection.execute(
            text(
                "SELECT l.no, p.name, sum(i.principal_fen - i.paid_principal_fen), min(i.due_on)"  # noqa: S608
                " FROM loan_instalment i JOIN loan l ON l.society = i.society AND l.no = i.loan"
                " JOIN person p ON p.society = l.society AND p.no = l.person"
                f" WHERE {OPEN} AND i.due_on < :today AND l.status = 'paid_out' AND i.society = :society"
                " GROUP BY l.no, p.name ORDER BY min(i.due_on), l.no"
            ),
            {"today": str(today), "society": society},
        )
        return [(row[0], row[1], int(row[2]), (today - date.fromisoformat(row[3])).days) for row in rows]

    def open_complaints(self, today: date) -> list[Matter]:
        """Complaints of every society raised before `today` that nobody has answered, society by society."""
        c = t.matter.c
        query = (
            select(*t.matter.columns)
            .where(c.answered_on.is_(None), c.raised_on < today, c.kind.in_(sorted(complaints.KINDS)))
            .order_by(c.society, c.no)
        )
        return [to_record(self.keys, Matter, row) for row in self.connection.execute(query)]

    def closed_disclosures(self, today: date) -> list[Disclosure]:
        """Loan notices whose last open day is past and that nobody has closed yet."""
        c = t.disclosure.c
        query = (
            select(*t.disclosure.columns)
            .where(c.closed_on.is_(None), c.closes_on < today, c.kind == "loan")
            .order_by(c.closes_on, c.society, c.no)
        )
        return [to_record(self.keys, Disclosure, row) for row in self.connection.execute(query)]
