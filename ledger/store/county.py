"""What an officer above the villages looks at: the societies of one phone, their sums one by one, their late orders.

Set-based: as many statements for a county of villages as for one.
"""

# ruff: noqa: S608  (what is put into a statement's text is our own; every value is a parameter)
from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, text

from .. import charter as charters
from ..charter import Charter
from ..records import Matter, Society
from ..rectify import KIND
from ..reports import Figures
from ..terms import Account
from . import figures as sums_of
from . import tables as t
from .books import Books
from .broadcasts import SUPERVISED
from .figures import PAID_BY, STANDING
from .mapping import to_record


class County:
    """Reads of one outside officer in one transaction; `phone` is the one the villages know the officer by."""

    def __init__(self, books: Books, phone: str, day: date) -> None:
        self.books, self.day = books, day
        self.given: dict[str, Any] = {"phone": str(books.keys.index(t.SENDER, phone)), "day": str(day)}

    def societies(self) -> list[Society]:
        """The villages this officer supervises today, by code."""
        codes = self._rows("SELECT code FROM scope")
        c = t.society.c
        found = self.books.connection.execute(
            select(*t.society.columns).where(c.code.in_([one[0] for one in codes])).order_by(c.code))
        return [to_record(self.books.keys, Society, row) for row in found]

    def figures(self, code: str = "") -> Figures:
        """The sums of one of these villages, or of all together."""
        where = "s.code = :code" if code else f"s.code IN ({SUPERVISED})"
        return sums_of.sums(self.books, where, self.given | ({"code": code} if code else {}), self.day)

    def one_by_one(self) -> dict[str, Figures]:
        """What the risks of each village are judged by: money out, late and bad, instalments due and in time."""
        found: dict[str, Figures] = {code: Figures() for (code,) in self._rows("SELECT code FROM scope")}
        for account in (Account.LOANS, Account.CASH, Account.BANK):
            name = {Account.LOANS: "outstanding_fen", Account.CASH: "cash_fen", Account.BANK: "bank_fen"}[account]
            rows = self._rows(
                "SELECT scope.code, (SELECT p.total_fen FROM posting p WHERE p.society = scope.code"
                f" AND p.account = '{account.value}' ORDER BY p.seq DESC, p.line DESC LIMIT 1) FROM scope")
            for code, fen in rows:
                setattr(found[code], name, int(fen or 0))
        loans = (
            " JOIN scope ON scope.code = i.society JOIN loan l ON l.society = i.society AND l.no = i.loan"
            f" WHERE l.paid_out_on <= :day AND {STANDING} AND i.principal_fen > {PAID_BY}")
        late = self._rows(
            f"SELECT i.society, coalesce(sum(i.principal_fen - {PAID_BY}), 0) FROM loan_instalment i{loans}"
            " AND i.due_on < :day GROUP BY i.society")
        bad = self._rows(
            f"SELECT i.society, coalesce(sum(i.principal_fen - {PAID_BY}), 0) FROM loan_instalment i JOIN"
            f" (SELECT DISTINCT i.society, i.loan FROM loan_instalment i{loans} AND i.due_on <= :bad) b"
            " ON b.society = i.society AND b.loan = i.loan GROUP BY i.society")
        for (code, fen), name in [(row, "overdue_fen") for row in late] + [(row, "bad_fen") for row in bad]:
            setattr(found[code], name, int(fen))
        for code, due, good in self._rows(
            "SELECT i.society, count(*), coalesce(sum(CASE WHEN i.paid_on IS NOT NULL AND i.paid_on <= i.due_on"
            " THEN 1 ELSE 0 END), 0) FROM loan_instalment i JOIN scope ON scope.code = i.society"
            " JOIN society s ON s.code = i.society JOIN loan l ON l.society = i.society AND l.no = i.loan"
            " WHERE l.paid_out_on <= :day AND i.due_on > s.opened_on AND i.due_on <= :day AND i.n < 1001"
            " GROUP BY i.society"
        ):
            found[code].instalments_due, found[code].instalments_on_time = int(due), int(good)
        return found

    def charters(self) -> dict[str, Charter]:
        """The charter that holds in each of these villages today."""
        rows = self._rows(
            "SELECT v.society, v.body FROM charter_version v JOIN scope ON scope.code = v.society"
            " WHERE v.since <= :day ORDER BY v.society, v.version")
        return {code: charters.from_body(json.loads(body)) for code, body in dict(map(tuple, rows)).items()}

    def late_orders(self) -> dict[str, int]:
        """How many orders of rectification each village has left unanswered beyond their day."""
        rows = self._rows(
            "SELECT m.society, count(*) FROM matter m JOIN scope ON scope.code = m.society"
            f" WHERE m.kind = '{KIND}' AND m.answered_on IS NULL AND m.due_on < :day GROUP BY m.society")
        return {code: int(count) for code, count in rows}

    def _rows(self, query: str) -> list[Any]:
        scope = f"WITH scope AS (SELECT s.code FROM society s WHERE s.code IN ({SUPERVISED}))"
        given = self.given | {"bad": str(self.day - timedelta(days=90))}
        wanted = {name: value for name, value in given.items() if f":{name}" in scope + query}
        return list(self.books.connection.execute(text(f"{scope} {query}"), wanted))


def orders_due(books: Books, until: date) -> list[Matter]:
    """Orders of every society that nobody has answered and that are due by `until`, society by society."""
    c = t.matter.c
    query = select(*t.matter.columns).where(
        c.answered_on.is_(None), c.due_on.is_not(None), c.due_on <= until, c.kind == KIND).order_by(c.society, c.no)
    return [to_record(books.keys, Matter, row) for row in books.connection.execute(query)]
