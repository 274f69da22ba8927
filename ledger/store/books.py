"""One transaction over the books: named reads (reads.py) and `save(act)`, the only way anything is ever booked.

Running balances and the hash are written on the postings and the entry as they are made; they are never kept
elsewhere and never updated, so a balance is one index look-up whatever the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, TextClause, bindparam, func, insert, select, text

from .. import codes, journal, notices, register
from ..masks import without_numbers
from ..records import Act, Allocation, Draft, EntryRef, Notice
from . import mastery, swift
from . import tables as t
from .entries import EntryReads
from .identity import IdentityReads
from .mapping import once, put_once, puts
from .people import PeopleReads, reached
from .reads import FEW
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


LOCK = select(t.society.c.code).where(t.society.c.code == bindparam("society")).with_for_update()
INSERT_POSTING, INSERT_ENTRY, INSERT_ALLOCATION = insert(t.posting), insert(t.entry), insert(t.allocation)
MOST_PLACES = 12
"""Running balances are asked for so many places at a time: each number of them is a statement of its own."""


@cache
def _running_of(count: int) -> TextClause:
    values = ", ".join(f"(:a{i}, :s{i})" for i in range(count))
    return text(
        f"WITH want(account, sub) AS (VALUES {values}) SELECT account, sub,"  # noqa: S608  (numbered parameters)
        " (SELECT balance_fen FROM posting p WHERE p.society = :society AND p.account = want.account"
        " AND p.sub = want.sub ORDER BY p.seq DESC, p.line DESC LIMIT 1),"
        " (SELECT total_fen FROM posting p WHERE p.society = :society AND p.account = want.account"
        " ORDER BY p.seq DESC, p.line DESC LIMIT 1) FROM want"
    )


def running(society: str, places: Sequence[tuple[str, str]]) -> tuple[TextClause, dict[str, Any]]:
    """The question for the running balance and total of each place."""
    given: dict[str, Any] = {"society": society}
    for i, (account, sub) in enumerate(places):
        given |= {f"a{i}": account, f"s{i}": sub}
    return _running_of(len(places)), given


def addressless(told: Sequence[Notice]) -> list[int]:
    """The people among those told whose address is not said."""
    return sorted({one.person for one in told if one.to is None and one.person})


class Books(EntryReads, PeopleReads, ReviewReads, IdentityReads):
    """The books inside one transaction; commit and rollback belong to the store."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)

    def lock(self, society: str, *asked: tuple[Any, dict[str, Any]]) -> None:
        """Put all writers of one society in one order. On SQLite BEGIN IMMEDIATE has done so already. What is asked
        next may come along: it is answered under the lock."""
        self.forget()
        if self.connection.dialect.name == "postgresql":
            asked = ((LOCK, {"society": society}), *asked)
        if asked:
            self.look_ahead(*asked)

    def lock_if_free(self, society: str) -> bool:
        """The same lock, where it can be had without waiting; whether it was."""
        return bool(self.lock_those_free([society]))

    def lock_those_free(self, societies: Sequence[str]) -> list[str]:
        """The same lock on many; those where it could be had without waiting."""
        if self.connection.dialect.name != "postgresql" or not societies:
            return list(societies)
        c = t.society.c
        return list(self.connection.scalars(
            select(c.code).where(c.code.in_(societies)).order_by(c.code).with_for_update(skip_locked=True)))

    def head(self, society: str) -> tuple[int, str]:
        """Number and hash of the newest entry; (0, GENESIS) before the first."""
        rows = self.rows(HEAD, {"society": society})
        return (rows[0][0], rows[0][1]) if rows else (0, journal.GENESIS)

    def is_master(self) -> bool:
        """Whether this copy of the books may write."""
        return mastery.says_master(self.rows(mastery.SETTING, {"name": mastery.MASTER}))

    def save(self, society: str, act: Act, today: date, now: int) -> Saved:
        """Write all of one decision: records, entries in order, notices once. Nothing is committed here.

        Raises mastery.NotMaster in a restored copy.

        `today` is the business day the entries are booked on, `now` seconds since 1970 for the notices' order.
        """
        self.forget()
        act = register.stated(act, today)
        places = sorted({(str(line.account), line.sub) for draft in act.entries for line in draft.lines})
        asked = self._save_asks(society, act, places)
        if asked:
            self.look_ahead(*asked)
        if (act.records or act.entries) and not self.is_master():
            mastery.refuse()
        written = puts(self.connection, act.records)
        saved = self._book(society, act.entries, places, today, written)
        fresh = self._notices(society, act.notices, today, now, saved)
        written += [(statement, rows) for statement, rows, _ in fresh]
        done = swift.together(self.connection, written) if written else []
        self.forget()
        new = [one for (_, _, one), its in zip(fresh, done[len(written) - len(fresh):], strict=True) if its.count]
        return Saved(saved.entries, saved.codes, tuple(new))

    def _save_asks(
        self, society: str, act: Act, places: Sequence[tuple[str, str]]
    ) -> list[tuple[Select[Any] | TextClause, dict[str, Any]]]:
        """What has to be known before anything can be written: asked together."""
        asked: list[tuple[Select[Any] | TextClause, dict[str, Any]]] = []
        if act.records or act.entries:
            asked.append((mastery.SETTING, {"name": mastery.MASTER}))
        if act.entries:
            asked.append((HEAD, {"society": society}))
        if 0 < len(places) <= MOST_PLACES:
            asked.append(running(society, places))
        people = addressless(act.notices)
        if 0 < len(people) <= FEW:
            asked.append(reached(society, people))
        return asked

    def _book(
        self, society: str, drafts: Sequence[Draft], places: Sequence[tuple[str, str]], today: date,
        written: list[tuple[Any, list[dict[str, Any]]]],
    ) -> Saved:
        """The entries as rows, added to what is written; their numbers and receipt codes."""
        if not drafts:
            return Saved()
        seq, previous = self.head(society)
        balances, totals = self._running(society, places) if seq else ({}, {})
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
                "key": draft.key or f"{draft.kind}/{seq}",
                "facts": journal.canonical(draft.facts),
            }
            spread = sorted(
                [one.loan, one.n, one.principal_fen, one.fee_fen, one.charge_fen, str(one.paid_on)]
                for one in draft.allocations
            )
            previous = journal.seal(previous, head | {"lines": sealed, "parts": spread})
            heads.append(head | {"hash": previous, "code": codes.receipt(previous)})
            parts += [_allocated(society, seq, part) for part in draft.allocations]
        written += [(INSERT_POSTING, lines), (INSERT_ENTRY, heads)]
        if parts:
            written.append((INSERT_ALLOCATION, parts))
        return Saved(tuple(head["seq"] for head in heads), tuple(head["code"] for head in heads))

    def _running(
        self, society: str, places: Sequence[tuple[str, str]]
    ) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
        """The running balance of each place and the running total of each account, from their newest postings."""
        rows: list[Any] = []
        for first in range(0, len(places), MOST_PLACES):
            rows += self.rows(*running(society, places[first : first + MOST_PLACES]))
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
        fresh = self._notices(society, told, today, now, saved or Saved())
        done = swift.together(self.connection, [(statement, rows) for statement, rows, _ in fresh]) if fresh else []
        return tuple(one for (_, _, one), its in zip(fresh, done, strict=True) if its.count)

    def _notices(
        self, society: str, told: Sequence[Notice], today: date, now: int, saved: Saved
    ) -> list[tuple[Any, list[dict[str, Any]], Notice]]:
        """Each notice with what writes it once."""
        made = []
        for one in self._passed_on(society, told):
            facts = saved.resolve(one.facts)
            channel, account, recipient = one.to or ("", "", "")
            row = {
                "society": society, "key": one.key, "person": one.person, "channel": channel, "account": account,
                "recipient": recipient, "say": one.say, "facts": facts, "priority": one.priority, "day": today,
                "made_at": now, "turn": now,
            }
            statement, rows = once(self.connection, t.notice, [row], ("society", "key"))
            made.append((statement, rows, Notice(one.key, one.person, one.say, facts, one.priority, one.to)))
        return made

    def _passed_on(self, society: str, told: Sequence[Notice]) -> list[Notice]:
        """The same notices, those for people without any address going to who passes them on."""
        people = addressless(told)
        others = self.stand_ins(society, people) if people else {}
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
