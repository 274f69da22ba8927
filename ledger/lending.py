"""The money acts of a loan: paying out, taking repayments in, undoing them; each gives one `Act` with its entry.

The sums are those of schedule.py and repayment.py, the entries those of journal.py; here they meet the loan record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from . import journal, loan_proof, notices, repayment, replan
from . import payoff as payoffs
from . import replay as replays
from .charter import Charter
from .loan_terms import KEEP
from .loans import step
from .money import half_up
from .payoff import Payoff
from .records import Act, Allocation, Draft, Endorsement, EntryRef, Household, Loan, LoanInstalment, LoanReview, Quote
from .replay import Payments, terms_of
from .terms import POOR_CATEGORIES, Account, Status

planned = replays.planned


def pay_out(
    loan: Loan, charter: Charter, today: date, money: Account, by: int, borrower: str, payers: Sequence[int],
    said: Sequence[Endorsement] = (),
) -> Act:
    """The money leaves: schedule, entry, and the borrower is asked to confirm from the own phone. What was `said` to
    the application is sealed with the terms."""
    rows = planned(loan, charter, today)
    paid = step(loan, "pay_out", paid_out_on=today)
    endorsed = loan_proof.endorsed(
        (one.kind, one.person, one.answer, one.rank, str(one.said_on or ""), one.title) for one in said
    )
    terms = loan_proof.terms(paid, charter, rows) | {loan_proof.SAID: endorsed}
    entry = journal.pay_out(loan.no, loan.amount_fen, today, money, by, loan.version, terms)
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
    parts: tuple[repayment.Part, ...]
    if settled:
        parts, after = payoffs.settle(charged, quote, on)
        credit_fen = amount_fen - quote.total_fen
    elif charter.early.plan == KEEP:
        parts, credit_fen = repayment.spread(charged, amount_fen, on)
        after = repayment.apply(charged, parts, on)
    else:
        parts, after = replan.pay_ahead(charged, terms_of(loan, charter), amount_fen, on)
        credit_fen = 0
    spread = tuple(
        Allocation(loan.no, part.n, part.principal_fen, part.fee_fen, part.charge_fen, on) for part in parts
    )
    return Taken(after, spread, credit_fen, repayment.outstanding(after), settled)


def _paid_out(loan: Loan) -> date:
    assert loan.paid_out_on is not None, "a loan that takes repayments has been paid out"
    return loan.paid_out_on


def collect(
    loan: Loan, taken: Taken, today: date, on: date, money: Account, key: str, by: int, index: int,
    subsidy_fen: int = 0,
) -> Act:
    """One repayment of one loan: entry, instalments, status, receipt. `index` is its place among the act's entries,
    `subsidy_fen` the part of the fee that comes back to a poor household."""
    entry = journal.repayment(loan.no, loan.household, taken.parts, taken.credit_fen, on, money, key, by, subsidy_fen)
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
        "subsidy_fen": subsidy_fen,
        "left_fen": taken.left_fen,
    }
    if coming is not None:
        facts |= {"due_on": coming.due_on, "due_fen": repayment.open_total(coming)}
    return Act((after, *taken.rows), (entry,), (notices.receipt(loan, index, facts, taken.settled),))


def reverse(
    entry: Draft,
    seq: int,
    loan: Loan | None,
    payments: Payments,
    charter: Charter,
    today: date,
    memo: str,
    by: int,
    reviews: Sequence[LoanReview] = (),
) -> Act:
    """Undo entry `seq` by its exact negative; a loan's instalments become what its other payments make them."""
    turned = journal.reversal(seq, entry.lines, entry.allocations, entry.loan, today, memo, by)
    if loan is None or not entry.allocations:
        return Act(entries=(turned,))
    rows = replays.replay(loan, charter, [one for one in payments if one[0] != seq], reviews)
    rows += replays.emptied(entry.allocations, rows, loan)
    status = step(loan, "reopen", ended_on=None) if loan.status == Status.SETTLED else loan
    told = (notices.reversed_entry(loan.no, loan.person, seq, {"reason": memo}),)
    return Act((status, *rows), (turned,), told)


def take_back(loan: Loan, entry: Draft, seq: int, today: date, memo: str, by: int) -> Act:
    """A pay-out that never reached the borrower is undone: the money is back and the loan may be paid out again.

    Only before the borrower confirmed the money and before any repayment; the loan's next pay-out is a new one.
    """
    turned = journal.reversal(seq, entry.lines, (), loan.no, today, memo, by)
    back = step(loan, "take_back", paid_out_on=None, version=loan.version + 1)
    told = (notices.reversed_entry(loan.no, loan.person, seq, {"reason": memo}),)
    return Act((back,), (turned,), told)


def quoted(loan: Loan, rows: Sequence[LoanInstalment], charter: Charter, today: date) -> tuple[Payoff, Quote]:
    """What settles the loan today, and how long that sum holds (charter `early.quote_days`, `early.quote_hour`)."""
    now = payoff(loan, rows, charter, today)
    until_on = today + timedelta(days=charter.early.quote_days)
    return now, Quote(loan.society, loan.no, today, now.total_fen, until_on, charter.early.quote_hour)


def quote_holds(
    quote: Quote | None, loan: Loan, rows: Sequence[LoanInstalment], charter: Charter, today: date, hour: int
) -> bool:
    """Whether a quote still stands at `hour` o'clock of `today`: in time, and nothing was paid since."""
    if quote is None or (today, hour) >= (quote.until_on, quote.until_hour) or quote.on > today:
        return False
    return payoff(loan, rows, charter, quote.on).total_fen == quote.total_fen


def refund_credit(
    household: str, person: int, amount_fen: int, left_fen: int, on: date, money: Account, key: str, by: int
) -> Act:
    """Money paid beyond a loan goes back to the household, in whole or in part; `left_fen` is kept on."""
    entry = journal.refund(household, 0, amount_fen, on, money, key, by)
    facts = {"amount_fen": amount_fen, "credit_fen": left_fen, "check": EntryRef(0, "code")}
    return Act((), (entry,), (notices.credit_refunded(person, key, facts),))


def subsidy_fen(home: Household, charter: Charter, taken: Taken, there_fen: int) -> int:
    """The charter's share of the fee in a payment that a poor household gets back, out of the `there_fen` that the
    subsidy account holds (rules.md 3.5, 子长 70 %)."""
    if home.category not in POOR_CATEGORIES:
        return 0
    share_fen = half_up(max(0, taken.fee_fen) * charter.subsidy.poor_permille, 1000)
    return min(share_fen, max(0, there_fen))
