"""Named reads of the funds: deeds, cash counts, closed months and years, claims, disasters, exits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Table, select, text

from ..fund_records import CashCount, Deed, Disaster, Exit, MonthClose, RiskClaim, YearEnd
from ..terms import INCOME_ACCOUNTS, Account
from . import fund_tables as f
from . import tables as t
from .books import Books
from .mapping import to_record

R = TypeVar("R")


class Funds:
    """Reads of one society's funds in one transaction."""

    def __init__(self, books: Books, society: str) -> None:
        self.connection, self.keys, self.society = books.connection, books.keys, society

    def _rows(self, kind: Callable[..., R], table: Table, order: Any, limit: int | None = None) -> list[R]:
        query = select(*table.columns).where(table.c[0] == self.society).order_by(order).limit(limit)
        return [to_record(self.keys, kind, row) for row in self.connection.execute(query)]

    def deeds(self) -> list[Deed]:
        return self._rows(Deed, f.deed, f.deed.c.kind)

    def newest_count(self) -> CashCount | None:
        """The newest count of the cash box, however it ended."""
        return next(iter(self._rows(CashCount, f.cash_count, f.cash_count.c.no.desc(), 1)), None)

    def last_agreed_count(self) -> CashCount | None:
        query = (
            select(*f.cash_count.columns)
            .where(f.cash_count.c.society == self.society, f.cash_count.c.state == "agreed")
            .order_by(f.cash_count.c.no.desc()).limit(1)
        )
        row = self.connection.execute(query).first()
        return to_record(self.keys, CashCount, row) if row else None

    def last_closed(self) -> MonthClose | None:
        """The newest closed month."""
        return next(iter(self._rows(MonthClose, f.month_close, f.month_close.c.until.desc(), 1)), None)

    def years(self) -> list[YearEnd]:
        return self._rows(YearEnd, f.year_end, f.year_end.c.year)

    def disasters(self) -> list[Disaster]:
        return self._rows(Disaster, f.disaster, f.disaster.c.no)

    def claims(self) -> list[RiskClaim]:
        """The claims on this fund (the "society" here is the fund's own book)."""
        return self._rows(RiskClaim, f.risk_claim, f.risk_claim.c.no)

    def exit(self) -> Exit | None:
        return next(iter(self._rows(Exit, f.exit_, f.exit_.c.society)), None)

    def places(self) -> dict[tuple[str, str], int]:
        """Every balance by (account, sub), debit positive, without zeros: for a year's end or an exit."""
        place = "CAST(seq AS BIGINT) * 100000 + line"
        rows = self.connection.execute(
            text(
                "SELECT p.account, p.sub, p.balance_fen FROM posting p JOIN"  # noqa: S608
                f" (SELECT account, sub, max({place}) AS last FROM posting WHERE society = :s GROUP BY account, sub) m"
                f" ON p.account = m.account AND p.sub = m.sub AND {place} = m.last"
                " WHERE p.society = :s AND p.balance_fen <> 0"
            ),
            {"s": self.society},
        )
        return {(row[0], row[1]): int(row[2]) for row in rows}

    def income_places(self) -> dict[tuple[str, str], int]:
        """The balances of the income accounts by (account, sub)."""
        return {place: fen for place, fen in self.places().items() if place[0] in INCOME_ACCOUNTS}

    def cash_over_since(self, limit_fen: int) -> date | None:
        """Since which day the cash box has held more than the limit at every day's end; None when it does not now."""
        c = t.posting.c
        rows = self.connection.execute(
            select(c.total_fen, t.entry.c.booked_on)
            .join(t.entry, (t.entry.c.society == c.society) & (t.entry.c.seq == c.seq))
            .where(c.society == self.society, c.account == Account.CASH).order_by(c.seq.desc(), c.line.desc())
            .execution_options(yield_per=100)
        )
        since, day_seen = None, None
        for total, booked_on in rows:
            if booked_on == day_seen:
                continue  # only the last posting of a day is the day's end
            if total <= limit_fen:
                break
            since = day_seen = booked_on
        return since
