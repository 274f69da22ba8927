"""A loan given up (核销) and money that comes on it afterwards (核销后收回).

The chain is board and supervisors, the assembly's resolution, seven days of disclosure, the county's filing; only then
is it booked, the risk reserve first. The claim stays: what still comes is a recovery.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from . import journal, notices, repayment
from .charter import Charter
from .lending import Taken
from .loans import step as loan_step
from .records import Act, Allocation, Loan, LoanInstalment, LoanReview, Refusal
from .repayment import open_charge, open_fee, open_principal
from .reviews import Stage, sealed, step
from .terms import Account, Status


@dataclass(frozen=True)
class WriteOffCase:
    """All that decides whether a loan may be given up; `balances` are those of the reserves, debit positive, in fen."""

    charter: Charter
    today: date
    loan: Loan
    rows: tuple[LoanInstalment, ...]
    reason: str
    reviews: tuple[LoanReview, ...]
    balances: Mapping[str, int]


def not_lent(case: WriteOffCase) -> Refusal | None:
    if case.loan.status == Status.PAID_OUT:
        return None
    return Refusal("loan.wrong_status", {"loan": case.loan.no, "status": case.loan.status})


def no_reason(case: WriteOffCase) -> Refusal | None:
    return None if case.reason else Refusal("write_off.no_reason", {"loan": case.loan.no})


def not_late_enough(case: WriteOffCase) -> Refusal | None:
    """Nothing is given up that is not bad (charter write_off.late_days_min)."""
    late, limit = repayment.days_late(case.rows, case.today), case.charter.write_off.late_days_min
    return None if late >= limit else Refusal("write_off.not_late_enough", {"days": late, "limit": limit})


def under_review(case: WriteOffCase) -> Refusal | None:
    ended = (Stage.DONE, Stage.REJECTED, Stage.LAPSED, Stage.WITHDRAWN)
    running = any(one.stage not in ended for one in case.reviews)
    return Refusal("review.running", {"loan": case.loan.no}) if running else None


def reserves_short(case: WriteOffCase) -> Refusal | None:
    """The reserves must bear the whole loss; only 累计结余 may go below zero."""
    left_fen = repayment.outstanding(case.rows)
    order = case.charter.write_off.reserves
    borne = sum(fen for _, fen in shares(left_fen, order, case.balances))
    if borne == left_fen:
        return None
    return Refusal("write_off.reserves_short", {"loan": case.loan.no, "left_fen": left_fen, "there_fen": borne})


BEGIN: tuple[Callable[[WriteOffCase], Refusal | None], ...] = (
    not_lent, no_reason, not_late_enough, under_review, reserves_short,
)
BOOK = (not_lent, reserves_short)
"""Asked again when it is booked, because the books have moved on."""


def refusals(
    case: WriteOffCase, rules: Sequence[Callable[[WriteOffCase], Refusal | None]] = BEGIN
) -> tuple[Refusal, ...]:
    return tuple(found for found in (rule(case) for rule in rules) if found is not None)


def shares(loss_fen: int, order: Sequence[str], balances: Mapping[str, int]) -> list[tuple[str, int]]:
    """How much each reserve bears, in the charter's order, each down to zero; 累计结余 bears all that is left."""
    found: list[tuple[str, int]] = []
    for account in order:
        there = loss_fen if account == Account.RETAINED else max(0, -balances.get(account, 0))
        part = min(loss_fen, there)
        if part:
            found.append((account, part))
        loss_fen -= part
    return found


def book(case: WriteOffCase, review: LoanReview, head_seq: int, by: int, told: Sequence[int]) -> Act:
    """The loss is booked and the loan leaves the books; its instalments stay as the claim, charged up to today."""
    loan, left_fen = case.loan, repayment.outstanding(case.rows)
    borne = shares(left_fen, case.charter.write_off.reserves, case.balances)
    memo = f"{review.resolution} {review.filing}"
    done = step(review, "do", done_on=case.today, after_seq=head_seq)
    entry = journal.write_off(loan.no, borne, case.today, memo, by, {"reviews": [sealed(done)]})
    gone = loan_step(loan, "write_off", ended_on=case.today)
    rows = repayment.assess(case.rows, case.today, loan.fee_ppm_month, case.charter.overdue.charge_percent)
    facts = {"left_fen": left_fen}
    heard = tuple(notices.review_told(done, loan, "done", person, facts) for person in told)
    return Act((done, gone, *rows), (entry,), heard)


def claim_fen(rows: Sequence[LoanInstalment]) -> int:
    """What a written-off loan still owes: principal, fee and the charge up to the write-off."""
    return sum(map(repayment.open_total, rows))


def take(rows: Sequence[LoanInstalment], loan: int, amount_fen: int, on: date) -> Taken:
    """Spread a recovery: all principal first, for it fills the reserve again, then fees, then charges."""
    excused = repayment.excuse(rows, on)
    left, parts = amount_fen, {one.n: [0, 0, 0] for one in excused}
    for place, open_fen in enumerate((open_charge, open_fee, open_principal)[::-1]):
        for one in excused:
            part = min(left, open_fen(one))
            parts[one.n][2 - place] = part
            left -= part
    spread = [repayment.Part(n, *three) for n, three in parts.items() if any(three)]
    after = repayment.apply(excused, spread, on)
    kept = tuple(Allocation(loan, one.n, one.principal_fen, one.fee_fen, one.charge_fen, on) for one in spread)
    return Taken(after, kept, left, repayment.outstanding(after), False)


def recover(
    loan: Loan, taken: Taken, on: date, money: Account, key: str, by: int, index: int
) -> Act:
    """Money on a written-off loan: booked to the risk reserve, receipted like any other payment."""
    entry = journal.recovery(loan.no, loan.household, taken.parts, taken.credit_fen, on, money, key, by)
    paid_fen = taken.principal_fen + taken.fee_fen + taken.charge_fen + taken.credit_fen
    facts: dict[str, Any] = {
        "key": key, "paid_fen": paid_fen, "paid_on": on, "left_fen": claim_fen(taken.rows),
        "credit_fen": taken.credit_fen,
    }
    return Act((loan_step(loan, "recover"), *taken.rows), (entry,), (notices.recovered(loan, index, facts),))
