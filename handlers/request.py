"""What a handler is given and what it gives back: `Request` in, `Answer` out, nothing else.

A handler reads the books, decides through the core, and returns an Act unsaved; saving, asking back and wording are
the turn's (bot/turn.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ledger.charter import Charter
from ledger.records import Act, Household, Loan, Person, Refusal, Society
from ledger.store.books import Books
from ledger.terms import Role


@dataclass(frozen=True)
class Speaker:
    """Who is speaking: the person, their household if they are a member, and every role they hold today."""

    society: Society
    person: Person
    household: Household | None
    roles: frozenset[Role]


@dataclass(frozen=True)
class Request:
    """One command of one person. `key` is unique for the message, `now` seconds since 1970, `secret` makes codes."""

    speaker: Speaker
    command: str
    slots: Mapping[str, Any]
    today: date
    now: int
    key: str
    channel: str
    books: Books
    secret: bytes

    @property
    def code(self) -> str:
        """The society's code."""
        return self.speaker.society.code

    def charter(self, version: int | None = None) -> Charter:
        """The charter of today, or one version of it (a loan lives under that of its application)."""
        return self.books.charter(self.code, version, None if version else self.today)


@dataclass(frozen=True)
class Answer:
    """`say` names the words and `facts` fill them. With an `act` it is done when saved; `ask` are the words of the
    preview where the row wants a confirmation; `refusals` are given all at once; `keep` saves the act even so.
    """

    say: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    act: Act | None = None
    ask: str = ""
    refusals: tuple[Refusal, ...] = ()


def refuse(*refusals: Refusal | None, act: Act | None = None) -> Answer:
    """An answer that refuses, with everything that speaks against it."""
    return Answer("refused", refusals=tuple(one for one in refusals if one is not None), act=act)


def household_of(request: Request) -> Household:
    """The speaker's own household; the table lets only members come here."""
    home = request.speaker.household
    assert home is not None, "a member has a household"
    return home


def one_loan(request: Request, candidates: Sequence[Loan], none_key: str) -> Loan | Refusal:
    """The loan that is meant: the number given, or the only candidate; else which ones there are.

    A number that is not among the candidates gets the same answer whether it exists or not.
    """
    wanted = request.slots.get("loan")
    if wanted is not None:
        for loan in candidates:
            if loan.no == wanted:
                return loan
        return Refusal(none_key, {"loan": wanted})
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        return Refusal(none_key, {"loan": 0})
    numbers = "、".join(f"{loan.no}号" for loan in candidates[:5])
    return Refusal("which_loan", {"loans": numbers, "first": candidates[0].no})


def facts_of(loan: Loan) -> dict[str, Any]:
    """The facts of a loan that most words need."""
    return {
        "loan": loan.no,
        "amount_fen": loan.amount_fen,
        "purpose": loan.purpose,
        "months": loan.months,
        "plan": loan.plan,
        "fee_ppm_month": loan.fee_ppm_month,
    }
