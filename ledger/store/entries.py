"""Named reads of the journal itself: entries by number, code, person, loan; and all of them in order for proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select, text

from .. import register
from ..records import Allocation, Draft, Line
from . import tables as t
from .due import DueReads


@dataclass(frozen=True)
class Repaid:
    """One repayment as its receipt said it."""

    seq: int
    loan: int
    on: date
    paid_fen: int
    code: str


@dataclass(frozen=True)
class Kept:
    """An entry as it stands in the books, with its lines as (account, sub, amount, balance, total)."""

    seq: int
    kind: str
    on: date
    booked_on: date
    memo: str
    loan: int
    reverses: int
    by: int
    key: str
    hash: str
    code: str
    lines: tuple[tuple[str, str, int, int, int], ...] = ()
    parts: tuple[tuple[int, int, int, int, int, date], ...] = ()

    @property
    def size_fen(self) -> int:
        return sum(line[2] for line in self.lines if line[2] > 0)


E = t.entry.c


class EntryReads(DueReads):
    """Reads of the journal inside one transaction."""

    def entry(self, society: str, seq: int) -> Draft | None:
        """One entry with its lines and allocations, as it was drafted."""
        head = self.connection.execute(
            select(E.kind, E.on, E.key, E.by, E.memo, E.loan, E.reverses).where(E.society == society, E.seq == seq)
        ).first()
        if head is None:
            return None
        c = t.posting.c
        lines = tuple(
            Line(*row)
            for row in self.connection.execute(
                select(c.account, c.amount_fen, c.sub).where(c.society == society, c.seq == seq).order_by(c.line)
            )
        )
        a = t.allocation.c
        parts = tuple(
            Allocation(*row)
            for row in self.connection.execute(
                select(a.loan, a.n, a.principal_fen, a.fee_fen, a.charge_fen, a.paid_on)
                .where(a.society == society, a.seq == seq).order_by(a.loan, a.n)
            )
        )
        return Draft(head[0], head[1], lines, head[2], head[3], head[4], head[5], head[6], parts)

    def entry_kind(self, society: str, seq: int) -> str:
        """The kind of one entry, empty when there is none."""
        return str(self.connection.execute(select(E.kind).where(E.society == society, E.seq == seq)).scalar() or "")

    def kept(self, society: str, after: int = 0, batch: int = 5000) -> Iterator[Kept]:
        """Every entry after number `after` in order, read in batches so that memory stays flat."""
        while True:
            heads = self.connection.execute(
                select(E.seq, E.kind, E.on, E.booked_on, E.memo, E.loan, E.reverses, E.by, E.key, E.hash, E.code)
                .where(E.society == society, E.seq > after).order_by(E.seq).limit(batch)
            ).all()
            if not heads:
                return
            last = heads[-1][0]
            c = t.posting.c
            lines: dict[int, list[tuple[str, str, int, int, int]]] = {}
            for row in self.connection.execute(
                select(c.seq, c.account, c.sub, c.amount_fen, c.balance_fen, c.total_fen)
                .where(c.society == society, c.seq > after, c.seq <= last).order_by(c.seq, c.line)
            ):
                lines.setdefault(row[0], []).append((row[1], row[2], row[3], row[4], row[5]))
            a = t.allocation.c
            parts: dict[int, list[tuple[int, int, int, int, int, date]]] = {}
            for one in self.connection.execute(
                select(a.seq, a.loan, a.n, a.principal_fen, a.fee_fen, a.charge_fen, a.paid_on)
                .where(a.society == society, a.seq > after, a.seq <= last).order_by(a.seq, a.loan, a.n)
            ):
                parts.setdefault(one[0], []).append((one[1], one[2], one[3], one[4], one[5], one[6]))
            for head in heads:
                yield Kept(*head, lines=tuple(lines.get(head[0], ())), parts=tuple(parts.get(head[0], ())))
            after = last

    def by_code(self, society: str, code: str) -> list[Kept]:
        """Entries whose receipt shows this code (the newest first; two may share one in a very long journal)."""
        rows = self.connection.execute(
            select(E.seq).where(E.society == society, E.code == code).order_by(E.seq.desc()).limit(3)
        ).all()
        return [kept for row in rows for kept in self._some(society, row[0])]

    def _some(self, society: str, seq: int) -> Iterator[Kept]:
        for kept in self.kept(society, seq - 1, batch=1):
            if kept.seq == seq:
                yield kept
            return

    def day_entries(self, society: str, day: date, limit: int = 500) -> list[Kept]:
        """What was booked on one day, without what only states the register."""
        first = self.connection.execute(
            select(func.min(E.seq)).where(E.society == society, E.booked_on == day)
        ).scalar()
        if first is None:
            return []
        found: list[Kept] = []
        for kept in self.kept(society, int(first) - 1, batch=limit):
            if kept.booked_on != day or len(found) >= limit:
                break
            if kept.kind != register.KIND:
                found.append(kept)
        return found

    def newest_entry_by(self, society: str, person: int, day: date) -> int | None:
        """The newest entry this person booked that day and nobody has reversed."""
        row = self.connection.execute(
            text(
                'SELECT e.seq FROM entry e WHERE e.society = :society AND e."by" = :person AND e.booked_on = :day'
                " AND e.kind NOT IN ('reversal','opening') AND NOT EXISTS (SELECT 1 FROM entry r"
                " WHERE r.society = e.society AND r.reverses = e.seq AND r.reverses > 0) ORDER BY e.seq DESC LIMIT 1"
            ),
            {"society": society, "person": person, "day": str(day)},
        ).first()
        return int(row[0]) if row else None

    def reversed_by(self, society: str, seq: int) -> int:
        """The entry that reverses `seq`, or 0."""
        found = self.connection.execute(
            select(E.seq).where(E.society == society, E.reverses == seq, text("reverses > 0"))
        ).scalar()
        return int(found or 0)

    def repaid_after(self, society: str, loan: int, seq: int) -> bool:
        """Whether the loan took a later repayment that still stands: those are reversed first, newest first."""
        row = self.connection.execute(
            text(
                "SELECT 1 FROM allocation a JOIN entry e ON e.society = a.society AND e.seq = a.seq"
                " WHERE a.society = :society AND a.loan = :loan AND a.seq > :seq AND e.kind IN ('repayment','recovery')"
                " AND NOT EXISTS (SELECT 1 FROM entry r WHERE r.society = e.society AND r.reverses = e.seq"
                " AND r.reverses > 0) LIMIT 1"
            ),
            {"society": society, "loan": loan, "seq": seq},
        ).first()
        return row is not None

    def newest_by(self, society: str, day: date) -> int:
        """The newest entry that was booked by the end of `day`, 0 for none."""
        found = select(E.seq).where(E.society == society, E.booked_on <= day)
        return int(self.connection.execute(found.order_by(E.booked_on.desc(), E.seq.desc()).limit(1)).scalar() or 0)

    def standing_payments(
        self, society: str, loan: int, top: int = 2**31 - 1
    ) -> list[tuple[int, list[Allocation]]]:
        """Every payment of a loan that stands, oldest first, as (entry, parts); entry 0 is from before our books.

        With `top` as the books stood after that entry: what came later, reversals too, is not known then.
        """
        rows = self.connection.execute(
            text(
                "SELECT CASE WHEN e.kind = 'opening' THEN 0 ELSE a.seq END, a.loan, a.n, a.principal_fen, a.fee_fen,"
                " a.charge_fen, a.paid_on FROM allocation a"
                " LEFT JOIN entry e ON e.society = a.society AND e.seq = a.seq"
                " WHERE a.society = :society AND a.loan = :loan AND a.seq <= :top"
                " AND (a.seq = 0 OR e.kind <> 'reversal')"
                " AND NOT EXISTS (SELECT 1 FROM entry r WHERE r.society = a.society AND r.reverses = a.seq"
                " AND r.reverses > 0 AND r.seq <= :top"
                " AND a.seq > 0) ORDER BY a.seq, a.n"
            ),
            {"society": society, "loan": loan, "top": top},
        )
        found: dict[int, list[Allocation]] = {}
        for row in rows:
            part = Allocation(row[1], row[2], row[3], row[4], row[5], date.fromisoformat(row[6]))
            found.setdefault(row[0], []).append(part)
        return list(found.items())

    def repayments(self, society: str, household: str, limit: int = 5) -> list[Repaid]:
        """The newest repayments of a household that still stand, whatever the length of its history.

        Only loans that may hold one are looked at: those open or written off and the one that ended last; and where
        the loan that ended before it may hold a newer one, the last `limit` and some.
        """
        ended = select(t.loan.c.ended_on).where(
            t.loan.c.society == society, t.loan.c.household == household, t.loan.c.ended_on.is_not(None)
        ).order_by(t.loan.c.ended_on.desc()).offset(1).limit(1)
        before = self.connection.execute(ended).scalar()
        found = self._repayments(society, household, limit, 1)
        if before is None or (len(found) == limit and found[-1].on > before):
            return found
        return self._repayments(society, household, limit, limit + 3)

    def _repayments(self, society: str, household: str, limit: int, ended: int) -> list[Repaid]:
        rows = self.connection.execute(
            text(
                "WITH mine(no) AS (SELECT no FROM loan WHERE society = :society AND household = :household"
                " AND status IN ('paid_out','written_off') UNION SELECT no FROM (SELECT no FROM loan"
                " WHERE society = :society AND household = :household AND ended_on IS NOT NULL"
                " ORDER BY ended_on DESC, no DESC LIMIT :ended) AS done), picked(seq) AS MATERIALIZED (SELECT DISTINCT"
                " +a.seq FROM mine CROSS JOIN allocation a WHERE a.society = :society AND a.loan = mine.no)"
                ' SELECT e.seq, e.loan, e."on", (SELECT sum(p.amount_fen) FROM posting p WHERE p.society = e.society'
                " AND p.seq = e.seq AND p.account IN ('cash','bank')), e.code FROM picked CROSS JOIN entry e"
                " WHERE e.society = :society AND e.seq = picked.seq AND e.kind IN ('repayment','recovery')"
                " AND NOT EXISTS (SELECT 1 FROM entry r WHERE r.society = e.society AND r.reverses = e.seq"
                " AND r.reverses > 0)"
                " ORDER BY e.seq DESC LIMIT :limit"
            ),
            {"society": society, "household": household, "limit": limit, "ended": ended},
        ).all()
        return [Repaid(row[0], row[1], date.fromisoformat(row[2]), int(row[3]), row[4]) for row in rows]

    def last_repayment(self, society: str, household: str) -> Repaid | None:
        found = self.repayments(society, household, 1)
        return found[0] if found else None

    def fund_books(self) -> list[str]:
        """The books of the provinces' risk funds, which stand beside those of the societies."""
        rows = self.connection.execute(
            text("SELECT DISTINCT society FROM entry WHERE society >= 'risk:' AND society < 'risk;' AND seq = 1")
        )
        return sorted(row[0] for row in rows)

    def newest_day_of(self, society: str) -> date | None:
        """The newest business day an entry of this society was booked on."""
        return self.connection.execute(select(func.max(E.booked_on)).where(E.society == society)).scalar()

    def newest_day(self) -> date | None:
        """The newest business day any entry was booked on: demo mode's clock never goes before it."""
        found: Any = self.connection.execute(select(func.max(E.booked_on))).scalar()
        return found if isinstance(found, date) or found is None else date.fromisoformat(found)
