"""What every officer hears at once of each key and each pay-out, so that a stolen phone is noticed the same hour."""

from __future__ import annotations

from .notices import RECEIPT
from .records import Loan, Notice


def key_turned(loan: Loan, borrower: str, by: str, key: str, person: int) -> Notice:
    """Somebody approved: borrower and officers hear at once whose phone did, so that a stolen one is noticed."""
    say = "notice.key_turned_own" if person == loan.person else "notice.key_turned"
    facts = {"loan": loan.no, "amount_fen": loan.amount_fen, "name": borrower, "by": by}
    return Notice(f"turned/{key}/{person}", person, say, facts, RECEIPT)


def money_left(loan: Loan, borrower: str, by: str, person: int) -> Notice:
    """Every officer hears at once by whose phone a loan was paid out; the borrower has a notice of it already."""
    facts = {"loan": loan.no, "amount_fen": loan.amount_fen, "name": borrower, "by": by}
    return Notice(f"loan/{loan.no}/left/{person}", person, "notice.money_left", facts, RECEIPT)
