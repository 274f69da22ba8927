"""What must hold of a society after every step of its life (reliability.md section 5), proved as cheaply as it can be.

A step proves what it changed: the new entries onto the chain, and the loans it touched from nothing but what happened
to them. The whole is proved at the end of a life from the tables alone, so a change that went past a step is found.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from ledger import charter as charters
from ledger import repayment, replay
from ledger.offices import conflicted
from ledger.proof import Chain
from ledger.records import Act, Loan, LoanInstalment, LoanReview
from ledger.reviews import FREEZE, Stage
from ledger.store.books import Books, Saved
from ledger.store.verify import stream, verify
from ledger.terms import Account, Status

NEVER_DEBIT = (Account.RISK_RESERVE, Account.CREDIT, Account.SUBSIDY, Account.CONTRIBUTION, Account.FISCAL)


class Broken(AssertionError):
    """An invariant does not hold, with the step after which it did not."""


class Watched(Books):
    """Books that remember which loans were saved since somebody last asked."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.touched: set[int] = set()

    def save(self, society: str, act: Act, today: date, now: int) -> Saved:
        for one in act.records:
            if isinstance(one, Loan):
                self.touched.add(one.no)
            elif isinstance(one, LoanInstalment | LoanReview):
                self.touched.add(one.loan)
        for draft in act.entries:
            self.touched |= {part.loan for part in draft.allocations}
        return super().save(society, act, today, now)


class Proof:
    """What was proved of one society so far; each method raises Broken with the first thing that does not hold."""

    def __init__(self, books: Watched, society: str) -> None:
        self.books, self.society = books, society
        self.chain = Chain(society)
        self.lent: dict[int, int] = {}
        self.proved: dict[int, tuple[Loan, list[LoanInstalment]]] = {}
        self.charters: dict[int, charters.Charter] = {}

    def step(self) -> None:
        """What changed since the last step: new entries, touched loans, and the sums that hang on them."""
        touched, self.books.touched = self.books.touched, set()
        before = self.chain.seq
        for head, lines, parts in stream(self.books, self.society, before):
            _demand(self.chain.feed(head, lines, parts))
            self._accounts({(line[1], line[2]) for line in lines})
        if not touched and self.chain.seq == before:
            return
        loans = self.books.loans_numbered(self.society, sorted(touched))
        rows = self.books.instalments_of(self.society, sorted(touched))
        for number in sorted(touched):
            self._loan(loans[number], rows.get(number, []))
        self._lent()

    def whole(self) -> None:
        """Everything, read anew: the verification every village runs at night, and each loan of the society."""
        _demand(verify(self.books, self.society).fault)
        totals = self.books.totals(self.society)
        _demand("the accounts do not sum to zero (I2)" if sum(totals.values()) else "")
        fed = {account: fen for account, fen in self.chain.totals.items() if fen}
        _demand("the totals are not those of the entries" if {a: f for a, f in totals.items() if f} != fed else "")
        self._accounts(set(self.chain.balances))
        rows = self.books.all_instalments(self.society)
        for loan in self.books.all_loans(self.society):
            now = (loan, rows.get(loan.no, []))
            if loan.paid_out_on is not None and self.proved.get(loan.no) != now:
                raise Broken(f"loan {loan.no} changed past every act")
            self._loan(*now)
        self._lent()

    def _accounts(self, places: set[tuple[str, str]]) -> None:
        """I14: what may never be in debit is not, nor is any household's credit."""
        for account in NEVER_DEBIT:
            if self.chain.totals.get(account, 0) > 0:
                raise Broken(f"{account} is in debit (I14)")
        for account, sub in places:
            if account == Account.CREDIT and self.chain.balances[account, sub] > 0:
                raise Broken(f"{sub} was given back more than it had (I14)")

    def _lent(self) -> None:
        lent_fen, booked_fen = sum(self.lent.values()), self.chain.totals.get(Account.LOANS, 0)
        if lent_fen != booked_fen:
            raise Broken(f"loans owe {lent_fen} and the books say {booked_fen} (I10)")

    def _loan(self, loan: Loan, rows: list[LoanInstalment]) -> None:
        self.lent[loan.no] = repayment.outstanding(rows) if loan.status == Status.PAID_OUT else 0
        self.proved[loan.no] = (loan, rows)
        if loan.paid_out_on is None:
            return
        if self.chain.balances.get((Account.LOANS, str(loan.no)), 0) != self.lent[loan.no]:
            raise Broken(f"loan {loan.no} owes another sum than the books hold for it (I10)")
        if sum(row.principal_fen for row in rows) != loan.amount_fen:
            raise Broken(f"the instalments of {loan.no} are not its amount (I13)")
        if not 0 <= repayment.outstanding(rows) <= loan.amount_fen:
            raise Broken(f"{loan.no} owes more than it is, or less than nothing (I9)")
        open_fen = sum(map(repayment.open_total, rows))
        if loan.status != Status.WRITTEN_OFF and (loan.status == Status.SETTLED) != (open_fen == 0):
            raise Broken(f"{loan.no} is {loan.status} and owes {open_fen}")
        if not loan.imported:
            _demand(_approved(self.books, self.society, loan))
        reviews = self.books.reviews_of(self.society, loan.no)
        for one in reviews:
            # What a disaster freezes says the days of the disaster, not those of a notice.
            shown = one.closes_on and one.done_on and (one.closes_on < one.done_on or one.kind == FREEZE)
            if one.stage == Stage.DONE and not shown:
                raise Broken(f"{one.kind} of {loan.no} took effect before its notice had closed (I29)")
        self._replayed(loan, rows, reviews)

    def _replayed(self, loan: Loan, rows: list[LoanInstalment], reviews: list[LoanReview]) -> None:
        """The instalments are what the pay-out, the payments and the reviews in order make them, and nothing else."""
        payments = self.books.standing_payments(self.society, loan.no)
        if loan.imported and loan.status == Status.SETTLED and not payments:
            return
        made = replay.replay(loan, self._charter(loan.charter_version), payments, reviews)
        kept: list[Any] = [
            replace(row, paid_on=None) for row in rows if row.principal_fen or row.fee_fen or row.n <= loan.months
        ]
        again = [replace(row, paid_on=None) for row in made]
        if kept != again:
            different = next(((a, b) for a, b in zip(kept, again, strict=False) if a != b), (len(kept), len(again)))
            raise Broken(f"the instalments of {loan.no} are not what happened to it: {different}")

    def _charter(self, version: int) -> charters.Charter:
        """Charters never change, so one reading does for a life."""
        if version not in self.charters:
            self.charters[version] = self.books.charter(self.society, version)
        return self.charters[version]


def _demand(fault: str) -> None:
    if fault:
        raise Broken(fault)


def _approved(books: Books, society: str, loan: Loan) -> str:
    """I25, I26, I29: two keys of two people without an interest, spent codes, the notice closed before the money."""
    said = books.endorsements(society, loan.no)
    keys = [one for one in said if one.kind == "key" and one.answer == "yes"]
    borrower = books.household(society, loan.household)
    assert borrower is not None
    people = books.people(society, {one.person for one in keys})
    if len(people) < 2 or any(conflicted(one, borrower, [borrower]) for one in people.values()):
        return f"{loan.no} was paid out on the keys of {sorted(people)} (I25)"
    if any(books.challenge(society, loan.no, no) is None for no in people):
        return f"a key of {loan.no} turned without a code (I26)"
    signed = [one for one in said if one.kind == "signature" and one.answer == "yes"]
    if len(signed) < 3:
        return f"{loan.no} was paid out with {len(signed)} signatures"
    if loan.closes_on is None or loan.paid_out_on is None or loan.paid_out_on <= loan.closes_on:
        return f"{loan.no} was paid out before its notice had closed (I29)"
    return ""
