"""The loans of a society against its entries: their sums, their sealed terms, and every instalment.

Loans that went as agreed are held against the sealed plan as plain rows; the others are recomputed from what happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text

from .. import charter as charters
from .. import loan_proof, replay
from ..charter import Charter
from ..proof import Chain
from ..records import CharterVersion, Loan
from ..terms import Status
from . import raw
from . import tables as t
from .books import Books
from .mapping import to_record

BATCH = 250


def loans_fault(books: Books, chain: Chain) -> str:
    """The first thing wrong with a loan of the society whose entries the chain was fed; empty when all is well."""
    try:
        return _Loans(books, chain).fault()
    except (ValueError, TypeError, AttributeError) as error:
        # A word where a day or a number belongs, in a row that no program of ours wrote.
        return f"the loans cannot be read: {error}"


@dataclass
class _Loans:
    books: Books
    chain: Chain
    charters: dict[int, Charter] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    marked: dict[int, bool] = field(default_factory=dict)
    """Loans whose reviews are all sealed, and whether they were taken over."""

    def fault(self) -> str:
        after, society = 0, self.chain.society
        while batch := self._batch(after):
            last = batch[-1].no
            rows = raw.by_last(raw.rows(
                self.books, "SELECT n, due_on, principal_fen, fee_fen, paid_principal_fen, paid_fee_fen,"
                " charge_fen, charge_paid_fen, charged_to, paid_on, loan FROM loan_instalment WHERE society = %s"
                " AND loan > %s AND loan <= %s ORDER BY loan, n", society, after, last,
            ))
            # A payment that was taken back has a negative part: no day then, so that such a loan is recomputed.
            paid = raw.by_last(raw.rows(
                self.books, "SELECT n, CASE WHEN min(principal_fen) < 0 OR min(fee_fen) < 0 THEN '' ELSE"
                " max(paid_on) END, loan FROM allocation WHERE society = %s AND loan > %s AND loan <= %s"
                " GROUP BY loan, n ORDER BY loan, n", society, after, last,
            ))
            said = raw.by_last(raw.rows(
                self.books, "SELECT kind, person, answer, rank, coalesce(said_on, ''), title, loan FROM endorsement"
                " WHERE society = %s AND loan > %s AND loan <= %s ORDER BY loan", society, after, last,
            ))
            facts = self._facts({self.chain.lent.get(loan.no, 0) for loan in batch})
            for loan in batch:
                sealed = facts.get(self.chain.lent.get(loan.no, 0), "")
                wrong = self._one(loan, rows.get(loan.no, ()), paid.get(loan.no, ()), said.get(loan.no, ()), sealed)
                if wrong:
                    return wrong
            self.seen |= {loan.no for loan in batch}
            after = last
        return self._missing() or self._reviews() or _paid_out(self.books, society) or _allocations(self.books, society)

    def _batch(self, after: int) -> list[Loan]:
        c = t.loan.c
        query = select(*t.loan.columns).where(
            c.society == self.chain.society, c.no > after, c.paid_out_on.is_not(None)
        ).order_by(c.no).limit(BATCH)
        return [to_record(self.books.keys, Loan, row) for row in self.books.connection.execute(query)]

    def _facts(self, entries: set[int]) -> dict[int, str]:
        c = t.entry.c
        query = select(c.seq, c.facts).where(c.society == self.chain.society, c.seq.in_(sorted(entries)))
        return {row[0]: row[1] for row in self.books.connection.execute(query)}

    def _charter(self, version: int) -> Charter | None:
        if not self.charters:
            c = t.charter_version.c
            kept = self.books.connection.execute(
                select(*t.charter_version.columns).where(c.society == self.chain.society)
            )
            found = [to_record(self.books.keys, CharterVersion, row) for row in kept]
            self.charters = {one.version: charters.from_body(one.body) for one in found}
        return self.charters.get(version)

    def _one(self, loan: Loan, rows: Sequence[Any], paid: Sequence[Any], said: Sequence[Any], facts: str) -> str:
        wrong = self._sums(loan, rows)
        if wrong:
            return wrong
        charter = self._charter(loan.charter_version)
        if charter is None:
            return f"loan {loan.no} lives under charter {loan.charter_version}, which is not there"
        sealed = loan_proof.sealed_terms(facts, loan.no)
        if sealed is None and facts:
            return f"the entry that sealed loan {loan.no} states no terms of it"
        if sealed and loan_proof.REVIEWS in sealed:
            self.marked[loan.no] = loan.imported
        if sealed:
            wrong = loan_proof.terms_fault(sealed, loan, charter)
            wrong = wrong or loan_proof.endorsed_fault(sealed, loan.no, (tuple(one[:6]) for one in said))
            if wrong:
                return wrong
        assert loan.paid_out_on is not None
        plan = sealed or loan_proof.terms(loan, charter, replay.planned(loan, charter, loan.paid_out_on))
        settled = loan.status == Status.SETTLED
        if loan.status != Status.WRITTEN_OFF and loan_proof.as_agreed(
            plan, rows, {n: day for n, day, _ in paid}, settled=settled
        ):
            return ""
        society, number = self.chain.society, loan.no
        return loan_proof.rows_fault(
            loan, charter, self.books.instalments(society, number), self.books.standing_payments(society, number),
            self.books.reviews_of(society, number), sealed,
        )

    def _sums(self, loan: Loan, rows: Sequence[Any]) -> str:
        """The instalments are the amount, what they leave is what the books hold, and the status says so."""
        left = self.chain.balances.get(("loans", str(loan.no)), 0)
        planned, paid = sum(row[2] for row in rows), sum(row[4] for row in rows)
        if planned != loan.amount_fen:
            return f"the instalments of loan {loan.no} are not its amount"
        if loan.status == Status.WRITTEN_OFF and loan.no not in self.chain.given_up:
            return f"loan {loan.no} is called written off, and no entry wrote it off"
        if loan.status == Status.WRITTEN_OFF:
            return f"loan {loan.no} is written off and the books still hold {left} fen for it" if left else ""
        if left != planned - paid:
            return f"loan {loan.no} owes {planned - paid} fen by its instalments and {left} by the books"
        open_fen = sum(row[2] + row[3] + row[6] - row[4] - row[5] - row[7] for row in rows)
        if (loan.status == Status.SETTLED) != (open_fen == 0):
            return f"loan {loan.no} is {loan.status} and its instalments have {open_fen} fen open"
        return ""

    def _reviews(self) -> str:
        """Every review that took effect is what an entry sealed, and none that was sealed is gone.

        What a loan brought along from before our books has no entry of its own: its opening seals what came of it.
        """
        left = dict(self.chain.reviewed)
        for row in raw.rows(
            self.books, "SELECT loan, kind, no, after_seq, months, amount_fen, asked_on, coalesce(disclosed_on, ''),"
            " coalesce(closes_on, ''), coalesce(done_on, '') FROM loan_review WHERE society = %s AND stage = 'done'"
            " ORDER BY loan, kind, no", self.chain.society,
        ):
            must = row[0] in self.marked and (row[3] > 0 or not self.marked[row[0]])
            wrong = loan_proof.review_fault(tuple(row), left.pop(tuple(row[:3]), None), must=must)
            if wrong:
                return wrong
        gone = min(left, default=None)
        return f"the {gone[1]} of loan {gone[0]}, which entry {left[gone][0]} sealed, is gone" if gone else ""

    def _missing(self) -> str:
        """Whether entries speak of loans that are not there, or were never paid out."""
        known = {str(one) for one in self.seen}
        for place, balance in self.chain.balances.items():
            if place[0] == "loans" and balance and place[1] not in known:
                return f"the books hold {balance} fen for loan {place[1]}, which was never paid out"
        gone = min(set(self.chain.lent) - self.seen, default=0)
        return f"loan {gone}, which entry {self.chain.lent[gone]} paid out, is not among the loans" if gone else ""


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
