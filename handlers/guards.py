"""Whether a person may do anything with money right now: frozen, reached by a new phone since too short a time, or done
enough for one day. Asked at the preview and again when it takes effect, in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger import identity
from ledger.records import Loan, Refusal
from ledger.terms import VILLAGE_ROLES

from .request import Request

ALSO = frozenset({
    "borrow", "consent", "received", "approve", "extend", "leave", "delegate", "admit", "go_first", "permit", "release",
    "write_off_resolution", "set_off", "form_group", "move_group", "lead_group", "agree", "vote", "vote_for",
})
"""What moves money without a code of its own, or leads to it; stopping, doubting, complaining are never kept back."""
NEVER = frozenset({"password"})
"""What wants a code and is no money act; the word itself is guarded by the code."""


@dataclass(frozen=True)
class Guard:
    """`daily` switches the limits of a day on; they are off where the day is only played (demo mode)."""

    daily: bool = False

    def against(self, request: Request, *, coded: bool) -> tuple[Refusal, ...]:
        """Everything that speaks against this command of this speaker now; `coded` says that its row wants a code."""
        command = request.command
        if not (coded or command in ALSO) or command in NEVER:
            return ()
        found = [_frozen(request), _rebound(request)]
        if self.daily and request.speaker.roles & VILLAGE_ROLES:
            found.append(_enough(request))
        return tuple(one for one in found if one is not None)


def _frozen(request: Request) -> Refusal | None:
    there = identity.frozen(request.books.freezes(request.code), request.speaker.person.no)
    return Refusal("guard.frozen", {"item": there.no}) if there else None


def _rebound(request: Request) -> Refusal | None:
    at = request.books.rebound_at(request.code, request.speaker.person.no)
    if not at:
        return None
    left_s = at + request.charter().identity.rebind_hours * 3600 - request.now
    return Refusal("guard.rebound", {"hours": -(-left_s // 3600)}) if left_s > 0 else None


def _enough(request: Request) -> Refusal | None:
    terms = request.charter().identity
    acts, out_fen = request.books.acts_of(request.code, request.speaker.person.no, request.today)
    if acts >= terms.officer_acts_a_day:
        return Refusal("guard.acts", {"count": terms.officer_acts_a_day})
    if out_fen >= terms.officer_out_a_day_fen:
        return Refusal("guard.out", {"out_fen": terms.officer_out_a_day_fen})
    return None


def frozen_loan(request: Request, loan: Loan) -> Refusal | None:
    """Whether a loan or its borrower is frozen: nobody decides on it or pays it out."""
    standing = request.books.freezes(request.code)
    there = identity.frozen(standing, loan.person) or identity.frozen(standing, 0, loan.no)
    return Refusal("guard.loan_frozen", {"loan": loan.no, "item": there.no}) if there else None
