"""Everything recomputed from the entries of one society: the chain, the balances, and the loans against the books.

The stream reads plain rows in batches, so a million entries pass on one core in little memory (reliability.md A6, D1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import text

from ..proof import Chain, KeptHead, Line, Part, witnesses
from .books import Books

BATCH = 10_000


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
    fault = chain.end() or _strays(books, society, chain.seq) or _loans(books, society, chain)
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
    books: Books, society: str, after: int = 0
) -> Iterator[tuple[Sequence[Any], Sequence[Line], Sequence[Part]]]:
    """Every entry with a number above `after`, in order, as plain rows: head, lines, parts."""
    while True:
        heads = _rows(
            books, 'SELECT seq, kind, "on", booked_on, memo, loan, reverses, "by", key, hash, code FROM entry'
            " WHERE society = %s AND seq > %s ORDER BY seq LIMIT %s", society, after, BATCH,
        )
        if not heads:
            return
        last = heads[-1][0]
        lines = _by_entry(_rows(
            books, "SELECT seq, line, account, sub, amount_fen, balance_fen, total_fen FROM posting"
            " WHERE society = %s AND seq > %s AND seq <= %s ORDER BY seq, line", society, after, last,
        ))
        parts = _by_entry(_rows(
            books, "SELECT seq, loan, n, principal_fen, fee_fen, charge_fen, paid_on FROM allocation"
            " WHERE society = %s AND seq > %s AND seq <= %s ORDER BY seq, loan, n", society, after, last,
        ))
        none: tuple[Any, ...] = ()
        for head in heads:
            yield head, lines.get(head[0], none), parts.get(head[0], none)
        after = last


def _rows(books: Books, query: str, *given: object) -> Sequence[Any]:
    """Rows straight from the driver: one tuple each, no conversion."""
    cursor = books.connection.connection.cursor()
    try:
        cursor.execute(query if books.connection.dialect.name == "postgresql" else query.replace("%s", "?"), given)
        return cursor.fetchall()
    finally:
        cursor.close()


def _by_entry(rows: Sequence[Any]) -> dict[int, list[Any]]:
    return {seq: [row[1:] for row in group] for seq, group in groupby(rows, itemgetter(0))}


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


def _loans(books: Books, society: str, chain: Chain) -> str:
    """The loans and their instalments agree with the postings."""
    rows = books.connection.execute(
        text(
            "SELECT l.no, l.amount_fen, l.status, coalesce(sum(i.principal_fen), 0),"
            " coalesce(sum(i.paid_principal_fen), 0) FROM loan l LEFT JOIN loan_instalment i"
            " ON i.society = l.society AND i.loan = l.no WHERE l.society = :s AND l.paid_out_on IS NOT NULL"
            " GROUP BY l.no, l.amount_fen, l.status ORDER BY l.no"
        ),
        {"s": society},
    ).all()
    for number, amount, status, planned, paid in rows:
        left = chain.balances.get(("loans", str(number)), 0)
        if planned != amount:
            return f"the instalments of loan {number} are not its amount"
        if status == "written_off":
            if left:
                return f"loan {number} is written off and the books still hold {left} fen for it"
        elif left != amount - paid:
            return f"loan {number} owes {amount - paid} fen by its instalments and {left} by the books"
        if status == "settled" and left:
            return f"loan {number} is settled and owes {left} fen"
    known = {("loans", str(row[0])) for row in rows}
    for place, balance in chain.balances.items():
        if place[0] == "loans" and balance and place not in known:
            return f"the books hold {balance} fen for loan {place[1]}, which was never paid out"
    return _paid_out(books, society) or _allocations(books, society)


def _paid_out(books: Books, society: str) -> str:
    """What left the fund for a loan is its amount, whatever has been repaid since."""
    row = books.connection.execute(
        text(
            "SELECT l.no FROM loan l JOIN entry e ON e.society = l.society AND e.kind = 'pay_out'"
            " AND e.loan = l.no JOIN posting p ON p.society = e.society AND p.seq = e.seq"
            " AND p.account = 'loans' WHERE l.society = :s AND p.amount_fen <> l.amount_fen LIMIT 1"
        ),
        {"s": society},
    ).first()
    return f"loan {row[0]} was paid out with another amount" if row else ""


def _allocations(books: Books, society: str) -> str:
    row = books.connection.execute(
        text(
            "SELECT i.loan, i.n FROM loan_instalment i LEFT JOIN (SELECT loan, n, sum(principal_fen) AS principal,"
            " sum(fee_fen) AS fee, sum(charge_fen) AS charge FROM allocation WHERE society = :s GROUP BY loan, n) a"
            " ON a.loan = i.loan AND a.n = i.n WHERE i.society = :s"
            " AND (i.paid_principal_fen <> coalesce(a.principal, 0) OR i.paid_fee_fen <> coalesce(a.fee, 0)"
            " OR i.charge_paid_fen <> coalesce(a.charge, 0)) LIMIT 1"
        ),
        {"s": society},
    ).first()
    if row:
        return f"instalment {row[1]} of loan {row[0]} is not the sum of its payments"
    row = books.connection.execute(
        text(
            "SELECT a.loan, a.n FROM allocation a LEFT JOIN loan_instalment i ON i.society = a.society"
            " AND i.loan = a.loan AND i.n = a.n WHERE a.society = :s AND i.n IS NULL LIMIT 1"
        ),
        {"s": society},
    ).first()
    return f"a payment stands for instalment {row[1]} of loan {row[0]}, which is not there" if row else ""
