"""The reads behind the books: balances on a day, turnover and lines of a period, as known on another day.

A balance is the newest posting booked by the day (one look-up), plus the few entries booked later that count for it;
so the present, last spring, and what was known last spring are read alike and cost the same. CROSS JOIN and
MATERIALIZED keep SQLite from walking a whole history for a grouping it could get in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from .. import register
from ..terms import Account
from .books import Books

BATCH = 5_000
MONEY = f" AND e.kind <> '{register.KIND}'"


@dataclass(frozen=True)
class BookLine:
    """One posting as a book shows it; `balance_fen` runs, debit positive."""

    seq: int
    line: int
    on: date
    booked_on: date
    kind: str
    memo: str
    account: str
    sub: str
    amount_fen: int
    by: int
    code: str
    balance_fen: int = 0


class Statements:
    """Reads of one society in one transaction; `known` is the last day whose bookings count."""

    def __init__(self, books: Books, society: str, known: date) -> None:
        self.books, self.connection, self.society, self.known = books, books.connection, society, known

    def totals(self, day: date) -> dict[str, int]:
        """Every account's balance at the end of `day`."""
        values = ", ".join(f"('{account.value}')" for account in Account)
        rows = self._all(
            f"WITH want(account) AS (VALUES {values}) SELECT account, (SELECT p.total_fen FROM posting p"  # noqa: S608
            " WHERE p.society = :s AND p.account = want.account AND p.seq <= :top"
            " ORDER BY p.seq DESC, p.line DESC LIMIT 1) FROM want",
            top=self._top(day),
        )
        found = {row[0]: int(row[1] or 0) for row in rows}
        for account, _, fen in self._late(day):
            found[account] += fen
        return found

    def balance(self, account: str, sub: str, day: date) -> int:
        """One place's balance at the end of `day`."""
        rows = self._all(
            "SELECT balance_fen FROM posting WHERE society = :s AND account = :account AND sub = :sub AND seq <= :top"
            " ORDER BY seq DESC, line DESC LIMIT 1",
            account=str(account), sub=sub, top=self._top(day),
        )
        late = sum(fen for name, place, fen in self._late(day) if name == account and place == sub)
        return (int(rows[0][0]) if rows else 0) + late

    def then_and_now(self, places: Sequence[tuple[str, str]], day: date) -> dict[tuple[str, str], tuple[int, int]]:
        """What each (account, sub) held at the end of `day`: as the books said on that day, and as they say now.

        Since then something may have been booked that counts for that day, and what was booked wrongly may have been
        reversed: a reversal counts for the day of what it reverses. Costs what was booked for these places since.
        """
        names = {f"a{n}": account for n, (account, _) in enumerate(places)}
        names |= {f"s{n}": sub for n, (_, sub) in enumerate(places)}
        values = ", ".join(f"(CAST(:a{n} AS TEXT), CAST(:s{n} AS TEXT))" for n in range(len(places)))
        rows = self._all(
            f"WITH want(account, sub) AS (VALUES {values}) SELECT want.account, want.sub,"  # noqa: S608
            " (SELECT p.balance_fen FROM posting p WHERE p.society = :s AND p.account = want.account"
            " AND p.sub = want.sub AND p.seq <= :top ORDER BY p.seq DESC, p.line DESC LIMIT 1),"
            " (SELECT sum(p.amount_fen) FROM posting p JOIN entry e ON e.society = p.society AND e.seq = p.seq"
            " LEFT JOIN entry o ON o.society = e.society AND o.seq = e.reverses WHERE p.society = :s"
            " AND p.account = want.account AND p.sub = want.sub AND p.seq > :top AND e.booked_on <= :known"
            ' AND (e."on" <= :day OR o."on" <= :day)) FROM want',
            top=self._top(day), day=str(day), **names,
        )
        return {(row[0], row[1]): (int(row[2] or 0), int(row[2] or 0) + int(row[3] or 0)) for row in rows}

    def flows(self, first: date, last: date, *, closing: bool = True) -> dict[tuple[str, str], tuple[int, int]]:
        """(debit, credit) turnover by (account, sub) of a period; `closing` False leaves year-end entries out.

        What only states the register moves no money and is no turnover.
        """
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for where in within(first, last):
            kinds = MONEY if closing else f"{MONEY} AND e.kind <> 'year_end'"
            rows = self._all(
                f"WITH picked(seq) AS MATERIALIZED (SELECT e.seq FROM entry e WHERE {where}{kinds})"  # noqa: S608
                " SELECT p.account, p.sub, sum(CASE WHEN p.amount_fen > 0 THEN p.amount_fen ELSE 0 END),"
                " sum(CASE WHEN p.amount_fen < 0 THEN -p.amount_fen ELSE 0 END) FROM picked CROSS JOIN posting p"
                " WHERE p.society = :s AND p.seq = picked.seq GROUP BY p.account, p.sub",
                first=str(first), last=str(last),
            )
            for account, sub, debit, credit in rows:
                old = found.get((account, sub), (0, 0))
                found[account, sub] = (old[0] + int(debit), old[1] + int(credit))
        return found

    def lines(
        self, first: date, last: date, account: str | None = None, sub: str | None = None
    ) -> Iterator[BookLine]:
        """The lines of a period in order of their days, each with the running balance of what was asked for.

        One account's leave out what only states the register, which leaves each balance as it was.
        """
        balance = 0
        if account is not None:
            before = date.fromordinal(first.toordinal() - 1)
            balance = self.totals(before)[account] if sub is None else self.balance(account, sub, before)
        wanted = f" AND p.account = :account{MONEY}" if account else ""
        wanted += " AND p.sub = :sub" if sub is not None else ""
        columns = 'e.seq, p.line, e."on", e.booked_on, e.kind, e.memo, p.account, p.sub, p.amount_fen, e."by", e.code'
        parts = [
            f"SELECT {columns} FROM entry e CROSS JOIN posting p"  # noqa: S608
            f" WHERE p.society = e.society AND p.seq = e.seq AND {where}{wanted}"
            for where in within(first, last)
        ]
        rows = self.connection.execute(
            text(" UNION ALL ".join(parts) + " ORDER BY 3, 1, 2"),
            {"s": self.society, "known": str(self.known), "first": str(first), "last": str(last),
             "account": account and str(account), "sub": sub},
            execution_options={"yield_per": BATCH},
        )
        for row in rows:
            balance += row[8]
            on, booked_on = date.fromisoformat(row[2]), date.fromisoformat(row[3])
            yield BookLine(
                row[0], row[1], on, booked_on, row[4], row[5], row[6], row[7], row[8], row[9], row[10], balance
            )

    def _top(self, day: date) -> int:
        """The newest entry booked by `day` and known."""
        return self.books.newest_by(self.society, min(day, self.known))

    def _late(self, day: date) -> list[tuple[str, str, int]]:
        """What was booked after `day` but counts for it, by (account, sub)."""
        if self.known <= day:
            return []
        rows = self._all(
            'WITH late(seq) AS MATERIALIZED (SELECT e.seq FROM entry e WHERE e.society = :s AND e."on" < e.booked_on'
            ' AND e.booked_on > :day AND e.booked_on <= :known AND e."on" <= :day)'
            " SELECT p.account, p.sub, sum(p.amount_fen) FROM late CROSS JOIN posting p"
            " WHERE p.society = :s AND p.seq = late.seq GROUP BY p.account, p.sub",
            day=str(day),
        )
        return [(row[0], row[1], int(row[2])) for row in rows]

    def _all(self, query: str, **given: Any) -> list[Any]:
        return list(self.connection.execute(text(query), {"s": self.society, "known": str(self.known), **given}))


def within(first: date, last: date) -> tuple[str, str]:
    """Two conditions that together hold for each entry of a period once: booked within it, and booked after it."""
    return (
        'e.society = :s AND e.booked_on BETWEEN :first AND :last AND e.booked_on <= :known AND e."on" >= :first',
        'e.society = :s AND e."on" < e.booked_on AND e.booked_on > :last AND e.booked_on <= :known'
        ' AND e."on" BETWEEN :first AND :last',
    )
