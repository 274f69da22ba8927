"""What a handler is given and what it gives back: `Request` in, `Answer` out, nothing else.

A handler reads the books, decides through the core, and returns an Act unsaved; saving, asking back and wording are
the turn's (bot/turn.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ledger.charter import Charter
from ledger.records import Act, Household, Loan, Person, Refusal, Society
from ledger.store.books import Books
from ledger.terms import Role

Postage = Callable[[str, Mapping[str, Any]], tuple[int, int]]
"""For the key of a text and its facts: how many SMS segments it is, and what one costs in fen."""


def _free(_say: str, _facts: Mapping[str, Any]) -> tuple[int, int]:
    return 1, 0


@dataclass(frozen=True)
class Speaker:
    """Who is speaking: the person, their household if they are a member, and every role they hold today."""

    society: Society
    person: Person
    household: Household | None
    roles: frozenset[Role]


@dataclass(frozen=True)
class Request:
    """One command of one person. `key` is unique for the message, `now` seconds since 1970, `secret` makes codes,
    `postage` says what a text costs."""

    speaker: Speaker
    command: str
    slots: Mapping[str, Any]
    today: date
    now: int
    key: str
    channel: str
    books: Books
    secret: bytes
    postage: Postage = _free

    @property
    def code(self) -> str:
        """The society's code."""
        return self.speaker.society.code

    def charter(self, version: int | None = None) -> Charter:
        """The charter of today, or one version of it (a loan lives under that of its application)."""
        return self.books.charter(self.code, version, None if version else self.today)


@dataclass(frozen=True)
class Choice:
    """One thing a bare digit may pick: the key of its words, and a command with slots (or more slots of this one).

    `ask` names slots still to be asked for; `free` a slot that may be written instead of a digit.
    """

    label: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    slots: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""
    ask: tuple[str, ...] = ()
    free: str = ""
    society: str = ""
    person: int = 0


@dataclass(frozen=True)
class Answer:
    """`say` names the words and `facts` fill them. With an `act` it is done when saved; `ask` are the words of the
    preview where the row wants a confirmation; `refusals` are given all at once, an act beside them is saved even so.
    `choices` are what a bare digit may answer; the words show them as `{choices}`.
    """

    say: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    act: Act | None = None
    ask: str = ""
    refusals: tuple[Refusal, ...] = ()
    choices: tuple[Choice, ...] = ()


def refuse(*refusals: Refusal | None, act: Act | None = None) -> Answer:
    """An answer that refuses, with everything that speaks against it."""
    given = tuple(one for one in refusals if one is not None)
    return Answer("refused", refusals=given, act=act, choices=_which(given))


def _which(refusals: tuple[Refusal, ...]) -> tuple[Choice, ...]:
    """Which loan is meant can be said with a digit, where that is all there is to say."""
    if len(refusals) != 1 or refusals[0].key != "which_loan":
        return ()
    return tuple(Choice("menu.loan", {"loan": number}, {"loan": number}) for number in refusals[0].facts["numbers"])


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
    numbers = [loan.no for loan in candidates[:5]]
    return Refusal("which_loan", {"numbers": numbers, "choices": "、".join(f"{number}号" for number in numbers)})


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
