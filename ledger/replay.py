"""A loan's instalments recomputed from nothing but what happened to it: pay-out, payments, extensions, write-off.

What stands in the books must be what this gives; an old schedule is provable by leaving out what came later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from . import payoff as payoffs
from . import repayment, replan, schedule
from .charter import Charter
from .records import Allocation, Loan, LoanInstalment, LoanReview
from .reviews import EXTENSION, FREEZE, RELIEF, WRITE_OFF, Stage

Payments = Sequence[tuple[int, Sequence[Allocation]]]
"""(entry, its parts) of every payment that stands, oldest first; entry 0 is from before our books."""


def terms_of(loan: Loan, charter: Charter) -> replan.Terms:
    """What the schedule of a paid-out loan depends on."""
    assert loan.paid_out_on is not None, "a loan with a schedule has been paid out"
    return replan.Terms(
        loan.paid_out_on, loan.fee_ppm_month, loan.plan, charter.fee.day_count, charter.early.plan
    )


def planned(loan: Loan, charter: Charter, paid_out_on: date) -> tuple[LoanInstalment, ...]:
    """The instalments of a loan paid out on that day, under the charter of its application."""
    rows = schedule.make(
        loan.amount_fen, loan.months, loan.fee_ppm_month, loan.plan, paid_out_on, charter.loan.grace_months
    )
    return tuple(
        LoanInstalment(loan.society, loan.no, row.n, row.due_on, row.principal_fen, row.fee_fen) for row in rows
    )


BEFORE_US = "期初"
"""The reason of an extension from before our books. What the loan had repaid by then is known by its `amount_fen` (the
principal still out) and its `filing` (the fee repaid, in fen), for no entry of ours tells it."""


def brought_along(loan: Loan, charter: Charter, reviews: Sequence[LoanReview]) -> tuple[LoanInstalment, ...]:
    """The instalments as what befell the loan before our books left them, with what had been repaid by the last of it.

    Of the overdue charges from then only those count that a disaster cut off: no workbook tells what was paid on them.
    """
    terms = terms_of(loan, charter)
    rows, principal_fen, fee_fen = planned(loan, charter, terms.paid_out_on), 0, 0
    before = (one for one in reviews if one.reason == BEFORE_US and not one.after_seq)
    for one in sorted(before, key=lambda one: (one.done_on, -one.amount_fen, int(one.filing), one.kind, one.no)):
        assert one.done_on is not None
        repaid_fen, fees_fen = loan.amount_fen - one.amount_fen, int(one.filing)
        rows = repayment.lay(rows, repaid_fen - principal_fen, fees_fen - fee_fen)
        if one.kind == FREEZE:
            rows, _ = _review(rows, terms, charter, one, False)
        else:
            rows = replan.extend(rows, terms, one.months, one.done_on)
        principal_fen, fee_fen = repaid_fen, fees_fen
    return rows


def replay(
    loan: Loan, charter: Charter, payments: Payments, reviews: Sequence[LoanReview] = ()
) -> tuple[LoanInstalment, ...]:
    """The instalments as the given payments and the reviews that took effect alone make them.

    Charges are assessed at each payment as they were then; payments of entry 0 were never charged.
    """
    terms = terms_of(loan, charter)
    rows = brought_along(loan, charter, reviews)
    done = sorted(
        (one for one in reviews if one.stage == Stage.DONE and one.after_seq),
        key=lambda one: one.after_seq,
    )
    written_off = False
    for seq, parts in payments:
        if not seq:
            parts = _since(rows, parts)
        while done and done[0].after_seq < seq:
            rows, written_off = _review(rows, terms, charter, done.pop(0), written_off)
        rows = _payment(rows, terms, charter, parts, before_us=not seq, written_off=written_off)
    for one in done:
        rows, written_off = _review(rows, terms, charter, one, written_off)
    return rows


def reviewed(
    loan: Loan, charter: Charter, rows: Sequence[LoanInstalment], review: LoanReview
) -> tuple[LoanInstalment, ...]:
    """The instalments of a loan as they stand, after one review more."""
    return _review(tuple(rows), terms_of(loan, charter), charter, review, False)[0]


def fee_owed(
    loan: Loan, charter: Charter, payments: Payments, reviews: Sequence[LoanReview], day: date
) -> int | None:
    """Fee and overdue charge in fen due by the end of `day` and unpaid, after just these payments and reviews.

    A written-off loan owes none here: the books hold nothing for it either. None where payments were booked in another
    order than they were paid, so that those up to `day` do not lie on the plan without the later ones.
    """
    if any(one.kind == WRITE_OFF for one in reviews):
        return 0
    try:
        rows = replay(loan, charter, payments, reviews)
    except ValueError:
        return None
    rows = repayment.assess(rows, day, loan.fee_ppm_month, charter.overdue.charge_percent)
    return sum(repayment.open_fee(row) + repayment.open_charge(row) for row in rows if row.due_on <= day)


def _since(rows: Sequence[LoanInstalment], parts: Sequence[Allocation]) -> list[Allocation]:
    """What was repaid before our books less what the extensions from then have counted already."""
    paid = {one.n: one for one in rows}
    return [
        replace(
            part, principal_fen=part.principal_fen - paid[part.n].paid_principal_fen,
            fee_fen=part.fee_fen - paid[part.n].paid_fee_fen,
        )
        for part in parts
    ]


def _review(
    rows: tuple[LoanInstalment, ...], terms: replan.Terms, charter: Charter, review: LoanReview, written_off: bool
) -> tuple[tuple[LoanInstalment, ...], bool]:
    assert review.done_on is not None
    if review.kind == FREEZE:
        assert review.disclosed_on is not None and review.closes_on is not None
        ppm_percent = terms.fee_ppm_month * charter.overdue.charge_percent
        return repayment.freeze(rows, review.disclosed_on, review.closes_on, ppm_percent), written_off
    rows = repayment.assess(rows, review.done_on, terms.fee_ppm_month, charter.overdue.charge_percent)
    if review.kind in (EXTENSION, RELIEF):
        return replan.extend(rows, terms, review.months, review.done_on), written_off
    return rows, True


def _payment(
    rows: tuple[LoanInstalment, ...], terms: replan.Terms, charter: Charter, parts: Sequence[Allocation], *,
    before_us: bool, written_off: bool,
) -> tuple[LoanInstalment, ...]:
    on = parts[0].paid_on
    if written_off:
        rows = repayment.excuse(rows, on)
    elif not before_us:
        rows = repayment.assess(rows, on, terms.fee_ppm_month, charter.overdue.charge_percent)
        quote = payoffs.payoff(rows, terms.paid_out_on, on, terms.fee_ppm_month, terms.plan, terms.day_count)
        paid_fen = sum(part.principal_fen + part.fee_fen + part.charge_fen for part in parts)
        principal_fen = sum(part.principal_fen for part in parts)
        if principal_fen == quote.principal_fen and paid_fen == quote.total_fen:
            return payoffs.settle(rows, quote, on)[1]
    for day, group in groupby(parts, key=lambda part: part.paid_on):
        rows = _applied(rows, terms, list(group), day)
    return rows


def _applied(
    rows: tuple[LoanInstalment, ...], terms: replan.Terms, parts: Sequence[Allocation], on: date
) -> tuple[LoanInstalment, ...]:
    spread = [repayment.Part(one.n, one.charge_fen, one.fee_fen, one.principal_fen) for one in parts]
    known = {one.n for one in rows}
    rows = repayment.apply(rows, [one for one in spread if one.n in known], on)
    for ahead in (one for one in spread if one.n not in known):
        opened = replan.open_ahead(rows, terms, ahead.n, ahead.principal_fen, on)
        rows = repayment.apply(opened, [ahead], on)
    return rows


def emptied(
    parts: Sequence[Allocation], rows: Sequence[LoanInstalment], loan: Loan
) -> tuple[LoanInstalment, ...]:
    """Early part payments of a reversed entry that `rows` no longer hold: they stay as rows of nothing, for their
    number is never reused.

    They lie on the day of the pay-out, where they divide no period.
    """
    on, standing = loan.paid_out_on, {one.n for one in rows}
    assert on is not None
    return tuple(
        LoanInstalment(loan.society, loan.no, part.n, on, 0, 0, paid_on=on)
        for part in parts if part.n >= replan.EARLY_FROM and part.n not in standing
    )
