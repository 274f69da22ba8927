"""The terms of a loan as its pay-out seals them, and a loan as it stands proved against them and what happened to it.

What somebody writes into the table of loans afterwards (another rate, a plan, a due day) stands against the sealed
entry; how the instalments stand now must be what terms, payments and reviews make of them (replay.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import replay
from .charter import Charter
from .records import Loan, LoanInstalment, LoanReview
from .replan import EARLY_FROM
from .reviews import DAYS
from .terms import Status

Terms = Mapping[str, Any]
REVIEWS = "reviews"
"""Terms that say so were sealed by a program that seals every review too: no unsealed one counts for such a loan."""
PAYERS, SAID = "payers", "endorsed"
ENDORSED = ("consent", "key", "signature")
"""What people say to an application, by the kinds of endorsements."""
CHARTER = ("charter_version", "grace_months", "charge_percent", "day_count", "early_plan")
WORDS = dict.fromkeys(CHARTER, "charter") | {
    "household": "borrower", "amount_fen": "amount", "months": "term", "fee_ppm_month": "rate",
    "paid_out_on": "pay-out day", PAYERS: "guarantors",
}
"""What a part of the terms is called when it is not what was sealed."""


def terms(loan: Loan, charter: Charter, rows: Sequence[LoanInstalment]) -> dict[str, Any]:
    """The terms of a loan as plain data: amounts in fen, the rate in ppm a month, days as ISO text.

    `rows` are the instalments as [n, due day, principal, fee]; of the charter there is what the sums depend on.
    """
    return {
        "loan": loan.no, "household": loan.household, "amount_fen": loan.amount_fen, "months": loan.months,
        "plan": str(loan.plan), "fee_ppm_month": loan.fee_ppm_month, "paid_out_on": str(loan.paid_out_on),
        "charter_version": loan.charter_version,
        "grace_months": charter.loan.grace_months, "charge_percent": charter.overdue.charge_percent,
        "day_count": charter.fee.day_count, "early_plan": charter.early.plan, REVIEWS: "sealed",
        PAYERS: [loan.payer_one, loan.payer_two],
        "rows": [[row.n, str(row.due_on), row.principal_fen, row.fee_fen] for row in rows],
    }


def endorsed(said: Iterable[tuple[str, int, str, int, str, str]]) -> list[list[Any]]:
    """Who vouched, turned a key and signed, as the pay-out seals it: [kind, person, answer, rank, day, title] each.

    Only what was answered: who was asked and kept silent may still be asked anew in another's place.
    """
    return sorted([*one] for one in said if one[0] in ENDORSED and one[2] in ("yes", "no"))


def endorsed_fault(sealed: Terms, loan: int, said: Iterable[tuple[str, int, str, int, str, str]]) -> str:
    """Whether somebody's word on a loan is no longer what its pay-out sealed; loans from before say nothing of it."""
    if SAID not in sealed or endorsed(said) == sealed[SAID]:
        return ""
    return f"who vouched for loan {loan}, agreed to it and signed is not what was sealed"


def sealed_terms(facts: str, loan: int) -> Terms | None:
    """The terms of one loan in what an entry states; None when there are none or they cannot be read."""
    try:
        told = json.loads(facts) if facts else {}
        found = [one for one in [told, *told.get("loans", ())] if one.get("loan") == loan]
    except (ValueError, AttributeError, TypeError):
        return None
    return found[0] if len(found) == 1 else None


def terms_fault(sealed: Terms, loan: Loan, charter: Charter) -> str:
    """Which of the sealed terms the loan no longer has; empty when all stand. Its instalments are looked at apart."""
    now = terms(loan, charter, ())
    for name in now:
        if name == PAYERS and name not in sealed:
            continue  # sealed by a program that did not know of it
        if name not in ("rows", REVIEWS) and sealed.get(name) != now[name]:
            return f"the {WORDS.get(name, name)} of loan {loan.no} is not what was sealed"
    return ""


Done = tuple[int, str, int, int, int, int, str, str, str, str]
"""loan, kind, number, the entry before it, months, amount; the days it was asked, shown, closed, done, as ISO text"""


def review_fault(kept: Done, sealed: tuple[int, Terms] | None, *, must: bool) -> str:
    """What is wrong with a review that took effect against what its entry sealed; `must` it have one."""
    loan, kind, number, after_seq, months, amount_fen, *days = kept
    if sealed is None:
        return f"the {kind} of loan {loan} is sealed by no entry" if must else ""
    seq, told = sealed
    now = {"loan": loan, "kind": kind, "no": number, "months": months, "amount_fen": amount_fen}
    if dict(told) != now | dict(zip(DAYS, days, strict=True)) or after_seq != seq - 1:
        return f"the {kind} of loan {loan} is not what was sealed"
    return ""


Kept = tuple[int, str, int, int, int, int, int, int, str | None, str | None, int]
"""n, due day, principal, fee, paid principal, paid fee, charge, charge paid, charged to, paid on, number of the loan"""


def as_agreed(sealed: Terms, rows: Sequence[Kept], last: Mapping[int, str], *, settled: bool) -> bool:
    """Whether the instalments are plainly those of the sealed plan: nothing moved, late, taken back or paid ahead.

    `rows` come in the order of n, `last` says by n the day of the newest payment. Of a settled loan a fee may have
    fallen away; what was paid is held against the sealed payments elsewhere.
    """
    plan = sealed.get("rows") or ()
    if len(plan) != len(rows):
        return False
    for (n, due_on, principal, fee), row in zip(plan, rows, strict=True):
        if row[:3] != (n, due_on, principal) or row[6] or row[7] or row[8]:
            return False
        if row[3] != (row[5] if settled else fee):
            return False
        closed = row[2:4] == row[4:6]
        if row[9] != (last.get(n, "?") if closed else None):
            return False
    return True


def rows_fault(
    loan: Loan, charter: Charter, rows: Sequence[LoanInstalment], payments: replay.Payments,
    reviews: Sequence[LoanReview], sealed: Terms | None,
) -> str:
    """What is wrong with the instalments of a paid-out loan against its plan, its payments and its reviews."""
    assert loan.paid_out_on is not None
    ended_before_us = loan.imported and loan.status == Status.SETTLED and all(seq == 0 for seq, _ in payments)
    if sealed is not None and not ended_before_us:
        planned = terms(loan, charter, replay.brought_along(loan, charter, reviews))["rows"]
        if sealed.get("rows") != planned:
            return f"the plan of instalments of loan {loan.no} is not that of its terms"
    if ended_before_us:
        return "" if sealed is None or _untouched(sealed, rows) else _moved(loan)
    try:
        made = replay.replay(loan, charter, payments, reviews)
    except ValueError:
        return _moved(loan)
    days = not any(one.reason == replay.BEFORE_US for one in reviews)
    return "" if shape(rows, days=days) == shape(made, days=days) else _moved(loan)


def _moved(loan: Loan) -> str:
    return f"the instalments of loan {loan.no} are not what its terms and payments make them"


def _untouched(sealed: Terms, rows: Sequence[LoanInstalment]) -> bool:
    """A loan that had ended before our books is what the opening says."""
    return [[row.n, str(row.due_on), row.principal_fen, row.fee_fen] for row in rows] == sealed.get("rows")


def shape(rows: Sequence[LoanInstalment], *, days: bool) -> list[LoanInstalment]:
    """The instalments by number, without emptied part payments, which divide nothing.

    Without `days` when each was closed is left out: what an extended loan had repaid before our books says no day.
    """
    kept = [row if days else replace(row, paid_on=None) for row in rows
            if row.n < EARLY_FROM or row.principal_fen or row.fee_fen]
    return sorted(kept, key=lambda row: row.n)
