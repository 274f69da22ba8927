"""One transaction over the books: named reads (reads.py) and `save(act)`, the only way anything is ever booked.

Running balances and the hash are written on the postings and the entry as they are made; they are never kept
elsewhere and never updated, so a balance is one index look-up whatever the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, text

from .. import codes, journal, notices
from ..masks import without_numbers
from ..records import Act, Allocation, Draft, EntryRef, Notice
from . import mastery
from . import tables as t
from .entries import EntryReads
from .identity import IdentityReads
from .mapping import put, put_once
from .people import PeopleReads
from .reviews import ReviewReads

FAIR_PER_S = 20
"""In bulk, so many notices of one society stand in the outbox's order for a second; what others send goes between."""


@dataclass(frozen=True)
class Saved:
    """What a save gave out: the numbers and receipt codes of its entries, and the notices that were new."""

    entries: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = field(default=())

    def resolve(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Facts with every EntryRef replaced by the number or code it stands for."""
        return {
            name: (self.codes if value.what == "code" else self.entries)[value.index]
            if isinstance(value, EntryRef)
            else value
            for name, value in facts.items()
        }


HEAD = (
    select(t.entry.c.seq, t.entry.c.hash)
    .where(t.entry.c.society == bindparam("society"))
    .order_by(t.entry.c.seq.desc())
    .limit(1)
)


class Books(EntryReads, PeopleReads, ReviewReads, IdentityReads):
    """The books inside one transaction; commit and rollback belong to the store."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)

    def lock(self, society: str) -> None:
        """Put all writers of one society in one order. On SQLite BEGIN IMMEDIATE has done so already."""
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(
                select(t.society.c.code).where(t.society.c.code == society).with_for_update()
            ).first()

    def head(self, society: str) -> tuple[int, str]:
        """Number and hash of the newest entry; (0, GENESIS) before the first."""
        row = self.connection.execute(HEAD, {"society": society}).first()
        return (row[0], row[1]) if row else (0, journal.GENESIS)

    def save(self, society: str, act: Act, today: date, now: int) -> Saved:
        """Write all of one decision: records, entries in order, notices once. Nothing is committed here.

        Raises mastery.NotMaster in a restored copy.

        `today` is the business day the entries are booked on, `now` seconds since 1970 for the notices' order.
        """
        if act.records or act.entries:
            mastery.demand(self.connection)
        if act.records:
            put(self.connection, act.records)
        numbers, receipts = self._book(society, act.entries, today)
        saved = Saved(numbers, receipts)
        fresh = self.notify(society, act.notices, today, now, saved)
        return Saved(numbers, receipts, fresh)

    def _book(self, society: str, drafts: Sequence[Draft], today: date) -> tuple[tuple[int, ...], tuple[str, ...]]:
        if not drafts:
            return (), ()
        seq, previous = self.head(society)
        wanted = {(line.account, line.sub) for draft in drafts for line in draft.lines}
        balances, totals = self._running(society, sorted(wanted)) if seq else ({}, {})
        heads: list[dict[str, Any]] = []
        lines: list[dict[str, Any]] = []
        parts: list[dict[str, Any]] = []
        for draft in drafts:
            seq += 1
            sealed = []
            for number, line in enumerate(draft.lines, 1):
                place = (line.account, line.sub)
                balances[place] = balances.get(place, 0) + line.amount_fen
                totals[line.account] = totals.get(line.account, 0) + line.amount_fen
                balance, total = balances[place], totals[line.account]
                lines.append(
                    {"society": society, "seq": seq, "line": number, "account": str(line.account), "sub": line.sub,
                     "amount_fen": line.amount_fen, "balance_fen": balance, "total_fen": total}
                )
                sealed.append([str(line.account), line.sub, line.amount_fen, balance, total])
            head = {
                "society": society, "seq": seq, "kind": draft.kind, "on": str(draft.on), "booked_on": str(today),
                "memo": without_numbers(draft.memo), "loan": draft.loan, "reverses": draft.reverses, "by": draft.by,
                "key": draft.key,
            }
            spread = sorted(
                [one.loan, one.n, one.principal_fen, one.fee_fen, one.charge_fen, str(one.paid_on)]
                for one in draft.allocations
            )
            previous = journal.seal(previous, head | {"lines": sealed, "parts": spread})
            heads.append(head | {"hash": previous, "code": codes.receipt(previous)})
            parts += [_allocated(society, seq, part) for part in draft.allocations]
        self.connection.execute(insert(t.posting), lines)
        self.connection.execute(insert(t.entry), heads)
        if parts:
            self.connection.execute(insert(t.allocation), parts)
        return tuple(head["seq"] for head in heads), tuple(head["code"] for head in heads)

    def _running(
        self, society: str, places: Sequence[tuple[str, str]]
    ) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
        """The running balance of each place and the running total of each account, from their newest postings."""
        values = ", ".join(f"(:a{i}, :s{i})" for i in range(len(places)))
        query = text(
            f"WITH want(account, sub) AS (VALUES {values}) SELECT account, sub,"  # noqa: S608  (numbered parameters)
            " (SELECT balance_fen FROM posting p WHERE p.society = :society AND p.account = want.account"
            " AND p.sub = want.sub ORDER BY p.seq DESC, p.line DESC LIMIT 1),"
            " (SELECT total_fen FROM posting p WHERE p.society = :society AND p.account = want.account"
            " ORDER BY p.seq DESC, p.line DESC LIMIT 1) FROM want"
        )
        given: dict[str, Any] = {"society": society}
        for i, (account, sub) in enumerate(places):
            given |= {f"a{i}": str(account), f"s{i}": sub}
        rows = self.connection.execute(query, given).all()
        balances = {(row[0], row[1]): row[2] for row in rows if row[2] is not None}
        totals = {row[0]: row[3] for row in rows if row[3] is not None}
        return balances, totals

    def history(self, society: str, parts: Iterable[tuple[int, Allocation]]) -> None:
        """What was repaid before our books, as allocations of entry 0."""
        rows = [_allocated(society, 0, part) for _, part in parts]
        if rows:
            self.connection.execute(insert(t.allocation), rows)

    def notify(
        self, society: str, told: Sequence[Notice], today: date, now: int, saved: Saved | None = None
    ) -> tuple[Notice, ...]:
        """Put notices into the outbox, each once per key; the new ones come back with their facts filled in."""
        fresh = []
        for one in self._passed_on(society, told):
            facts = (saved or Saved()).resolve(one.facts)
            channel, account, recipient = one.to or ("", "", "")
            row = {
                "society": society, "key": one.key, "person": one.person, "channel": channel, "account": account,
                "recipient": recipient, "say": one.say, "facts": facts, "priority": one.priority, "day": today,
                "made_at": now, "turn": now,
            }
            if put_once(self.connection, t.notice, [row], ("society", "key")):
                fresh.append(Notice(one.key, one.person, one.say, facts, one.priority, one.to))
        return tuple(fresh)


    def _passed_on(self, society: str, told: Sequence[Notice]) -> list[Notice]:
        """The same notices, those for people without any address going to who passes them on."""
        others = self.stand_ins(society, {one.person for one in told if one.to is None}) if told else {}
        return [
            notices.passed_on(one, *others[one.person]) if one.to is None and one.person in others else one
            for one in told
        ]

    def notify_bulk(self, society: str, told: Sequence[Notice], today: date, now: int) -> int:
        """Put many notices into the outbox in one statement, each once per key; how many were new."""
        if not told:
            return 0
        rows = [
            {"society": society, "key": one.key, "person": one.person, "channel": "", "account": "", "recipient": "",
             "say": one.say, "facts": one.facts, "priority": one.priority, "day": today, "made_at": now,
             "turn": now + place // FAIR_PER_S}
            for place, one in enumerate(self._passed_on(society, told))
        ]
        counted = select(func.count()).select_from(t.notice).where(
            t.notice.c.society == society, t.notice.c.key.in_([one.key for one in told])
        )
        before = int(self.connection.execute(counted).scalar() or 0)
        if before < len(rows):
            put_once(self.connection, t.notice, rows, ("society", "key"))
        return int(self.connection.execute(counted).scalar() or 0) - before


def _allocated(society: str, seq: int, part: Allocation) -> dict[str, Any]:
    return {
        "society": society, "seq": seq, "loan": part.loan, "n": part.n, "principal_fen": part.principal_fen,
        "fee_fen": part.fee_fen, "charge_fen": part.charge_fen, "paid_on": part.paid_on,
    }
