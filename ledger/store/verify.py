"""Everything recomputed from the entries of one society: the chain, the balances, and the loans against the books.

The stream reads plain rows in batches, so a million entries pass on one core in little memory (reliability.md A6, D1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from ..journal import GENESIS
from ..proof import Chain, KeptHead, Line, Part, seal_of, witnesses
from . import raw
from .books import Books
from .loan_verify import loans_fault
from .register_verify import register_fault

BATCH = 500
"""So many entries at once: their rows stay near the processor, which made a fifth of the time."""


@dataclass(frozen=True)
class Verified:
    """How far the books of a society are proved; `fault` is the first thing wrong, empty when all is well."""

    society: str
    entries: int
    hash: str
    fault: str = ""


def verify(books: Books, society: str, heads: Iterable[KeptHead] = ()) -> Verified:
    """Recompute one society; memory stays flat however long its journal.

    `heads` were kept outside; those printed on the society's own notices are looked at in any case (I35).
    """
    kept, fault = witnesses(society, [*published_heads(books, society), *heads])
    chain = Chain(society, witnesses=kept)
    if fault:
        return Verified(society, 0, chain.hash, fault)
    for head, lines, parts in stream(books, society):
        fault = chain.feed(head, lines, parts)
        if fault:
            return Verified(society, chain.seq, chain.hash, fault)
    fault = (
        chain.end() or _strays(books, society, chain.seq) or loans_fault(books, chain) or register_fault(books, chain)
    )
    return Verified(society, chain.seq, chain.hash, fault)


def published_heads(books: Books, society: str) -> list[KeptHead]:
    """The heads that stand printed on the society's public notices."""
    rows = books.connection.execute(
        text("SELECT head_seq, head_hash, opened_on FROM disclosure WHERE society = :s AND head_seq > 0 ORDER BY no"),
        {"s": society},
    )
    return [KeptHead(society, row[0], row[1], row[2]) for row in rows]


def newest_heads(books: Books, society: str, *, every: str = "") -> Iterator[KeptHead]:
    """The newest head of a society, or with `every` the last one of each `day`, or that of each `entry`."""
    later = {
        "entry": "",
        "day": "AND NOT EXISTS (SELECT 1 FROM entry l WHERE l.society = e.society AND l.seq = e.seq + 1"
        " AND l.booked_on = e.booked_on)",
    }.get(every, "AND NOT EXISTS (SELECT 1 FROM entry l WHERE l.society = e.society AND l.seq = e.seq + 1)")
    rows = books.connection.execute(
        text(f"SELECT seq, hash, booked_on FROM entry e WHERE society = :s {later} ORDER BY seq"),  # noqa: S608
        {"s": society}, execution_options={"yield_per": BATCH},
    )
    for row in rows:
        yield KeptHead(society, row[0], row[1], row[2])


def hash_at(books: Books, society: str, seq: int) -> str:
    """The hash an entry carries; empty when it is not there."""
    found = books.connection.execute(
        text("SELECT hash FROM entry WHERE society = :s AND seq = :seq"), {"s": society, "seq": seq}
    ).scalar()
    return str(found or "")


def stream(
    books: Books, society: str, after: int = 0, batch: int = BATCH
) -> Iterator[tuple[Sequence[Any], Sequence[Line], Sequence[Part]]]:
    """Every entry with a number above `after`, in order, as plain rows: head, lines, parts."""
    while True:
        heads = raw.rows(
            books, 'SELECT seq, kind, "on", booked_on, memo, loan, reverses, "by", key, hash, code, facts'
            " FROM entry WHERE society = %s AND seq > %s ORDER BY seq LIMIT %s", society, after, batch,
        )
        if not heads:
            return
        last = heads[-1][0]
        lines = raw.by_last(raw.rows(
            books, "SELECT line, account, sub, amount_fen, balance_fen, total_fen, seq FROM posting"
            " WHERE society = %s AND seq > %s AND seq <= %s ORDER BY seq, line", society, after, last,
        ))
        parts = raw.by_last(raw.rows(
            books, "SELECT loan, n, principal_fen, fee_fen, charge_fen, paid_on, seq FROM allocation"
            " WHERE society = %s AND seq > %s AND seq <= %s ORDER BY seq, loan, n", society, after, last,
        ))
        none: tuple[Any, ...] = ()
        for head in heads:
            yield head, lines.get(head[0], none), parts.get(head[0], none)
        after = last


def stands(books: Books, society: str, seq: int) -> bool:
    """Whether one entry is what was sealed: it by the seal of the entry before it, and the one after it by its own.

    What `huzhu verify` finds in the whole book, a member can ask of her own receipt: two entries, whatever the history.
    """
    previous = hash_at(books, society, seq - 1) if seq > 1 else GENESIS
    for number, (head, lines, parts) in zip((seq, seq + 1), stream(books, society, seq - 1, 2), strict=False):
        if head[0] != number or seal_of(society, previous, head, lines, parts) != head[9]:
            return False
        previous = head[9]
    return True


def _strays(books: Books, society: str, top: int) -> str:
    """Postings and allocations belong to entries that stand; history without an opening entry is allocated to 0."""
    first = 0 if books.entry_kind(society, 1) != "opening" else 1
    for name in ("posting", "allocation"):
        row = books.connection.execute(
            text(
                f"SELECT seq FROM {name} WHERE society = :s AND (seq > :top OR seq < :first) ORDER BY seq LIMIT 1"  # noqa: S608
            ),
            {"s": society, "top": top, "first": first},
        ).first()
        if row:
            return f"{name}s stand without entry {row[0]}"
    return ""
