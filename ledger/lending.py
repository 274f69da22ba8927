"""The money acts of a loan: paying out, taking repayments in, undoing them; each gives one `Act` with its entry.

The sums are those of schedule.py and repayment.py, the entries those of journal.py; here they meet the loan record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from . import journal, notices, repayment, schedule
from . import payoff as payoffs
from .charter import Charter
from .loans import step
from .payoff import Payoff
from .records import Act, Allocation, Draft, Loan, LoanInstalment
from .terms import Account, Status


def planned(loan: Loan, charter: Charter, paid_out_on: date) -> tuple[LoanInstalment, ...]:
    """The instalments of a loan paid out on that day, under the charter of its application."""
    rows = schedule.make(
        loan.amount_fen, loan.months, loan.fee_ppm_month, loan.plan, paid_out_on, charter.loan.grace_months
    )
    return tuple(
        LoanInstalment(loan.society, loan.no, row.n, row.due_on, row.principal_fen, row.fee_fen) for row in rows
    )


def pay_out(
    loan: Loan, charter: Charter, today: date, money: Account, by: int, borrower: str, payers: Sequence[int]
) -> Act:
    """The money leaves: schedule, entry, and the borrower is asked to confirm from the own phone."""
    rows = planned(loan, charter, today)
    paid = step(loan, "pay_out", paid_out_on=today)
    entry = journal.pay_out(loan.no, loan.amount_fen, today, money, by)
    first = rows[0]
    told = (
        notices.paid_out(paid, first.due_on, first.principal_fen + first.fee_fen),
        *(notices.paid_out_payer(paid, borrower, person) for person in payers),
    )
    return Act((paid, *rows), (entry,), told)


@dataclass(frozen=True)
class Taken:
    """What one repayment does: the instalments after it, how it was spread, what is left over, what remains."""

    rows: tuple[LoanInstalment, ...]
    parts: tuple[Allocation, ...]
    credit_fen: int
    left_fen: int
    settled: bool

    @property
    def principal_fen(self) -> int:
        return sum(part.principal_fen for part in self.parts)

    @property
    def fee_fen(self) -> int:
        return sum(part.fee_fen for part in self.parts)

    @property
    def charge_fen(self) -> int:
        return sum(part.charge_fen for part in self.parts)


def payoff(loan: Loan, rows: Sequence[LoanInstalment], charter: Charter, on: date) -> Payoff:
    """What settles the loan on that day (rules.md 4.5, by the charter's day count)."""
    charged = repayment.assess(rows, on, loan.fee_ppm_month, charter.overdue.charge_percent)
    return payoffs.payoff(charged, _paid_out(loan), on, loan.fee_ppm_month, loan.plan, charter.fee.day_count)


def due_fen(loan: Loan, rows: Sequence[LoanInstalment], charter: Charter, on: date) -> int:
    """What is due and unpaid on that day, the overdue charge included."""
    return repayment.owed(repayment.assess(rows, on, loan.fee_ppm_month, charter.overdue.charge_percent), on)


def take(loan: Loan, rows: Sequence[LoanInstalment], charter: Charter, amount_fen: int, on: date) -> Taken:
    """Spread a payment: overdue charge, fee, principal, oldest instalment first.

    What reaches the payoff of the day settles the loan and the fees not yet earned fall away; more than that is kept
    for the household.
    """
    charged = repayment.assess(rows, on, loan.fee_ppm_month, charter.overdue.charge_percent)
    quote = payoffs.payoff(charged, _paid_out(loan), on, loan.fee_ppm_month, loan.plan, charter.fee.day_count)
    settled = amount_fen >= quote.total_fen
    if settled:
        parts, after = payoffs.settle(charged, quote, on)
        credit_fen = amount_fen - quote.total_fen
    else:
        parts, credit_fen = repayment.spread(charged, amount_fen, on)
        after = repayment.apply(charged, parts, on)
    spread = tuple(
        Allocation(loan.no, part.n, part.principal_fen, part.fee_fen, part.charge_fen, on) for part in parts
    )
    return Taken(after, spread, credit_fen, repayment.outstanding(after), settled)


def _paid_out(loan: Loan) -> date:
    assert loan.paid_out_on is not None, "a loan that takes repayments has been paid out"
    return loan.paid_out_on


def collect(
    loan: Loan, taken: Taken, today: date, on: date, money: Account, key: str, by: int, index: int
) -> Act:
    """One repayment of one loan: entry, instalments, status, receipt. `index` is its place among the act's entries."""
    entry = journal.repayment(loan.no, loan.household, taken.parts, taken.credit_fen, on, money, key, by)
    paid_fen = taken.principal_fen + taken.fee_fen + taken.charge_fen + taken.credit_fen
    after = step(loan, "settle", ended_on=today) if taken.settled else loan
    coming = next((row for row in taken.rows if repayment.open_total(row)), None)
    facts: dict[str, Any] = {
        "key": key,
        "paid_fen": paid_fen,
        "paid_on": on,
        "principal_fen": taken.principal_fen,
        "fee_fen": taken.fee_fen,
        "charge_fen": taken.charge_fen,
        "credit_fen": taken.credit_fen,
        "left_fen": taken.left_fen,
    }
    if coming is not None:
        facts |= {"due_on": coming.due_on, "due_fen": repayment.open_total(coming)}
    return Act((after, *taken.rows), (entry,), (notices.receipt(loan, index, facts, taken.settled),))


def replay(
    loan: Loan, charter: Charter, payments: Sequence[tuple[int, Sequence[Allocation]]]
) -> tuple[LoanInstalment, ...]:
    """The instalments as the given payments alone make them, charges assessed at each payment as they were then.

    Payments of entry 0 are from before our books and were never charged.
    """
    rows = planned(loan, charter, _paid_out(loan))
    for seq, parts in payments:
        on = parts[0].paid_on
        if seq:
            rows = repayment.assess(rows, on, loan.fee_ppm_month, charter.overdue.charge_percent)
        spread = [repayment.Part(one.n, one.charge_fen, one.fee_fen, one.principal_fen) for one in parts]
        rows = repayment.apply(rows, spread, on)
    return rows


def reverse(
    entry: Draft,
    seq: int,
    loan: Loan | None,
    payments: Sequence[tuple[int, Sequence[Allocation]]],
    charter: Charter,
    today: date,
    memo: str,
    by: int,
) -> Act:
    """Undo entry `seq` by its exact negative; a loan's instalments become what its other payments make them."""
    turned = journal.reversal(seq, entry.lines, entry.allocations, entry.loan, today, memo, by)
    if loan is None or not entry.allocations:
        return Act(entries=(turned,))
    rows = replay(loan, charter, [one for one in payments if one[0] != seq])
    status = step(loan, "reopen", ended_on=None) if loan.status == Status.SETTLED else loan
    told = (notices.reversed_entry(loan.no, loan.person, seq, {"reason": memo}),)
    return Act((status, *rows), (turned,), told)
