"""More time for a loan (展期): what speaks against asking, and what happens when the notice has closed.

Reviewed by two keys, agreed to by the substitute payers, published; without its notice none counts (rules.md 3.7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from . import journal, notices, repayment, replan
from .charter import Charter
from .records import Act, Disclosure, Loan, LoanInstalment, LoanReview, Refusal
from .replay import terms_of
from .reviews import EXTENSION, Stage, sealed, step


@dataclass(frozen=True)
class ExtensionCase:
    """All that decides whether more time may be asked for."""

    charter: Charter
    today: date
    loan: Loan
    rows: tuple[LoanInstalment, ...]
    months: int
    reason: str
    reviews: tuple[LoanReview, ...]


def no_months(case: ExtensionCase) -> Refusal | None:
    return None if case.months > 0 else Refusal("extend.no_months", {"loan": case.loan.no})


def too_long(case: ExtensionCase) -> Refusal | None:
    """rules.md 6, extend.months."""
    limit = case.charter.extension.months_max
    return Refusal("extend.too_long", {"months": limit}) if case.months > limit else None


def no_reason(case: ExtensionCase) -> Refusal | None:
    """民主评议 judges the reason (rules.md 3.7)."""
    return None if case.reason else Refusal("extend.no_reason", {"loan": case.loan.no})


def too_often(case: ExtensionCase) -> Refusal | None:
    """rules.md 6, extend.max_times; extensions for ever are what audits find (section 7)."""
    done = sum(1 for one in case.reviews if one.kind == EXTENSION and one.stage == Stage.DONE)
    limit = case.charter.extension.times_max
    return Refusal("extend.too_often", {"loan": case.loan.no, "times": limit}) if done >= limit else None


def too_late(case: ExtensionCase) -> Refusal | None:
    """The meeting of the group at T+15 is the last chance (rules.md section 5)."""
    limit, late = case.charter.extension.late_days_max, repayment.days_late(case.rows, case.today)
    return Refusal("extend.too_late", {"days": late, "limit": limit}) if late > limit else None


def under_review(case: ExtensionCase) -> Refusal | None:
    """One review at a time."""
    open_ones = [one for one in case.reviews if one.stage not in (Stage.DONE, *_ENDED)]
    return Refusal("review.running", {"loan": case.loan.no}) if open_ones else None


_ENDED = (Stage.REJECTED, Stage.LAPSED, Stage.WITHDRAWN)
ASK: tuple[Callable[[ExtensionCase], Refusal | None], ...] = (
    no_months, too_long, no_reason, too_often, too_late, under_review,
)
"""Against asking for more time."""


def refusals(case: ExtensionCase) -> tuple[Refusal, ...]:
    """Everything that speaks against the extension, in the order of the list."""
    return tuple(found for found in (rule(case) for rule in ASK) if found is not None)


def preview(case: ExtensionCase) -> tuple[int, LoanInstalment]:
    """What more time costs in fen, and the first instalment to pay after it."""
    after = extended(case.loan, case.rows, case.charter, case.months, case.today)
    cost = sum(row.fee_fen for row in after) - sum(row.fee_fen for row in case.rows)
    return cost, next(row for row in after if repayment.open_total(row))


def extended(
    loan: Loan, rows: Sequence[LoanInstalment], charter: Charter, months: int, on: date
) -> tuple[LoanInstalment, ...]:
    """The instalments with `months` more time granted on the day `on`."""
    charged = repayment.assess(rows, on, loan.fee_ppm_month, charter.overdue.charge_percent)
    return replan.extend(charged, terms_of(loan, charter), months, on)


def grant(
    review: LoanReview, loan: Loan, rows: Sequence[LoanInstalment], charter: Charter, page: Disclosure, today: date,
    head_seq: int, payers: Sequence[int], borrower: str,
) -> Act:
    """The notice has closed: the schedule changes and everybody bound is told. What was planned before can be
    recomputed from the payments up to entry `head_seq` (replay.py)."""
    after = extended(loan, rows, charter, review.months, today)
    done = step(review, "do", done_on=today, after_seq=head_seq)
    coming = next(row for row in after if repayment.open_total(row))
    facts = {"name": borrower, "due_on": coming.due_on, "due_fen": repayment.open_total(coming)}
    told = (
        notices.review_told(done, loan, "done", loan.person, facts),
        *(notices.review_told(done, loan, "done_payer", person, facts) for person in payers),
    )
    key = f"{EXTENSION}/{loan.no}/{review.no}"
    entry = journal.more_time(EXTENSION, [sealed(done)], today, f"{review.months}个月", key)
    return Act((done, replace(page, closed_on=today), *after), (entry,), told)
