"""Everything recomputed from the entries of one society: the chain, the balances, and the loans against the books."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from ..proof import Chain
from .books import Books


@dataclass(frozen=True)
class Verified:
    """How far the books of a society are proved; `fault` is the first thing wrong, empty when all is well."""

    society: str
    entries: int
    hash: str
    fault: str = ""


def verify(books: Books, society: str) -> Verified:
    """Recompute one society; memory stays flat however long its journal."""
    chain = Chain(society)
    for kept in books.kept(society):
        fault = chain.feed(
            kept.seq, kept.kind, kept.on, kept.booked_on, kept.memo, kept.loan, kept.reverses, kept.by, kept.key,
            kept.hash, kept.code, kept.lines, kept.parts,
        )
        if fault:
            return Verified(society, chain.seq, chain.hash, fault)
    return Verified(society, chain.seq, chain.hash, _loans(books, society, chain))


def _loans(books: Books, society: str, chain: Chain) -> str:
    """The loans, their instalments and their allocations agree with the postings."""
    orphan = books.connection.execute(
        text("SELECT seq FROM posting p WHERE p.society = :s AND p.seq > :top LIMIT 1"),
        {"s": society, "top": chain.seq},
    ).first()
    if orphan:
        return f"postings stand without entry {orphan[0]}"
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
        if left != amount - paid and status != "written_off":
            return f"loan {number} owes {amount - paid} fen by its instalments and {left} by the books"
        if status == "settled" and left:
            return f"loan {number} is settled and owes {left} fen"
    known = {("loans", str(row[0])) for row in rows}
    for place, balance in chain.balances.items():
        if place[0] == "loans" and balance and place not in known:
            return f"the books hold {balance} fen for loan {place[1]}, which was never paid out"
    return _allocations(books, society)


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
    return f"instalment {row[1]} of loan {row[0]} is not the sum of its payments" if row else ""
