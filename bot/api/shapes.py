"""What a client gets: typed, so that the schema is made from it. Money is whole fen, days are ISO dates, times seconds
since 1970.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Given(BaseModel):
    """What goes out."""

    model_config = ConfigDict(extra="forbid")


class Choice(Given):
    answer: str
    text: str


class Question(Given):
    """What waits for an answer of this person here; it is the one open question, and a new command replaces it."""

    id: str
    command: str
    wants: Literal["yes", "code", "choice", "value"]
    choices: list[Choice]
    missing: list[str]
    expires_at: int


class Reason(Given):
    """One reason against: its stable key, its words, its figures."""

    key: str
    text: str
    facts: dict[str, int | str]


class Outcome(Given):
    """What became of an act: `done`, or `asked` where the next step is to answer the question."""

    outcome: Literal["done", "asked"]
    text: str
    facts: dict[str, int | str]
    question: Question | None


class Fault(Given):
    """What is wrong with a request: where, and the kind; never the value."""

    where: str
    kind: str


class Problem(Given):
    """RFC 9457. `type` never changes its meaning; `detail` says in the person's language what to do next."""

    type: str
    title: str
    status: int
    detail: str
    faults: list[Fault] = Field(default_factory=list)
    refusals: list[Reason] = Field(default_factory=list)
    question: Question | None = None


class Person(Given):
    """One person this login speaks for."""

    me: str
    society: str
    society_name: str
    name: str
    household: str
    group: str
    roles: list[str]


class LoggedIn(Given):
    """The token is shown once; only its hash is kept."""

    token: str
    expires_at: int
    people: list[Person]


class Self(Given):
    people: list[Person]
    question: Question | None
    subscriptions: dict[str, int]


class Subscriptions(Given):
    left: dict[str, int]


class Balance(Given):
    """`due_fen` is the next instalment with its day; `owed_fen` what is late, 0 while nothing is."""

    text: str
    contribution_fen: int
    given_fen: int
    credit_fen: int
    loan: int | None
    left_fen: int
    owed_fen: int
    days_late: int
    due_on: date | None
    due_fen: int


class Loan(Given):
    """A loan of the own household, or one this person was asked about."""

    loan: int
    mine: bool
    borrower: str
    amount_fen: int
    purpose: str
    months: int
    plan: str
    fee_ppm_month: int
    status: str
    status_word: str
    held: bool
    applied_on: date
    closes_on: date | None
    paid_out_on: date | None
    received_on: date | None
    ended_on: date | None
    left_fen: int
    waits_for: list[Literal["consent", "signature", "key", "received"]] = Field(
        description="What this person is asked to do now.")


class Loans(Given):
    loans: list[Loan]


class Instalment(Given):
    n: int
    due_on: date
    principal_fen: int
    fee_fen: int
    charge_fen: int
    paid_fen: int
    open_fen: int


class Schedule(Given):
    loan: int
    left_fen: int
    instalments: list[Instalment]


class Repaid(Given):
    on: date
    paid_fen: int
    receipt: str


class Statement(Given):
    repayments: list[Repaid]


class Matter(Given):
    """Something this person raised; `answer` is empty while nobody has answered."""

    item: int
    kind: str
    loan: int | None
    text: str
    raised_on: date
    answered_on: date | None
    answer: str


class Matters(Given):
    matters: list[Matter]


class Complaint(Given):
    """A complaint of the own; unanswered on `above_on` it is the township's and county's too."""

    item: int
    text: str
    anonymous: bool
    state: Literal["waiting", "above", "answered"]
    raised_on: date
    above_on: date
    answered_on: date | None
    answer: str


class Complaints(Given):
    complaints: list[Complaint]


class Page(Given):
    number: int
    kind: str
    loan: int
    name: str
    amount_fen: int
    opened_on: date
    closes_on: date
    path: str


class Pages(Given):
    notices: list[Page]


class Todo(Given):
    """`text` is what one would write; `command` and `number` what it means."""

    text: str
    command: str
    number: int | None


class Todos(Given):
    todo: list[Todo]
