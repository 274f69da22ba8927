"""What every officer hears at once of each key and each pay-out, so that a stolen phone is noticed the same hour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .notices import RECEIPT
from .records import Act, Loan, LoanReview, Notice
from .reviews import EXTENSION, WRITE_OFF

_TURNED = {
    "": ("notice.key_turned", "notice.key_turned_own"),
    EXTENSION: ("notice.key_turned_extension", "notice.key_turned_extension_own"),
    WRITE_OFF: ("notice.key_turned_write_off", "notice.key_turned_write_off_own"),
}
"""The words for an officer and for the borrower, by what was approved."""


def key_turned(
    loan: Loan, borrower: str, by: str, key: str, people: Iterable[int], review: LoanReview | None = None
) -> Act:
    """Somebody approved a loan, or its extension or write-off: these people hear at once whose phone did.

    `key` names the message that did it, so that each is told once; the borrower is among `people` or is not told.
    """
    facts: dict[str, Any] = {"loan": loan.no, "amount_fen": loan.amount_fen, "name": borrower, "by": by}
    to_officer, to_borrower = _TURNED[review.kind if review else ""]
    if review is not None:
        facts |= {"months": review.months, "left_fen": review.amount_fen}
    return Act((), (), tuple(
        Notice(f"turned/{key}/{one}", one, to_borrower if one == loan.person else to_officer, facts, RECEIPT)
        for one in sorted(people)
    ))


def money_left(loan: Loan, borrower: str, by: str, people: Iterable[int]) -> Act:
    """These officers hear at once by whose phone a loan was paid out; the borrower has a notice of it already."""
    facts = {"loan": loan.no, "amount_fen": loan.amount_fen, "name": borrower, "by": by}
    return Act((), (), tuple(
        Notice(f"loan/{loan.no}/left/{one}", one, "notice.money_left", facts, RECEIPT) for one in sorted(people)
    ))
