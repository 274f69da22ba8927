"""The typed shapes of the API: what a client may send, to the letter, and what it gets. The schema comes from here.

Money is whole fen in integers, days are ISO dates, times are seconds since 1970.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_FEN = 10_000_000_000
"""A hundred million yuan: far above any loan, far below what a 64-bit number holds."""

Number = Annotated[int, Field(ge=1, le=999_999_999)]
Fen = Annotated[int, Field(ge=1, le=MOST_FEN)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Code6 = Annotated[str, Field(pattern="^[0-9]{6}$")]
WeixinCode = Annotated[str, Field(pattern="^[0-9A-Za-z_-]{1,128}$")]
Template = Annotated[str, Field(pattern="^[0-9A-Za-z_-]{1,64}$")]


class Asked(BaseModel):
    """What comes in: nothing more than named here, and nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Given(BaseModel):
    """What goes out."""

    model_config = ConfigDict(extra="forbid")


# What is sent.


class Once(BaseModel):
    """Makes an act once: the same key with the same content gets the stored answer again."""

    key: str = Field(alias="Idempotency-Key", pattern="^[0-9A-Za-z_-]{8,64}$", description=(
        "Made by the client, new for every act (a UUID), kept for its repeats. Other content under it is refused."))


class Me(Asked):
    """Who speaks, where a login stands for several people."""

    me: str = Field("", pattern="^([0-9A-Za-z-]{1,20}/[0-9]{1,9})?$", description=(
        "One of the `me` values of `GET /me`; may be left out by a login that stands for one person."))


class ByLoan(Asked):
    no: int = Field(ge=1, le=999_999_999, description="The society's own number of the loan.")


class Login(Asked):
    code: WeixinCode = Field(description="The code that `wx.login` gave.")


class PhoneNumber(Asked):
    phone: str = Field(pattern="^1[3-9][0-9]{9}$", description="The mobile number in the society's books.")


class PhoneCode(Asked):
    code: WeixinCode = Field(description="The code of a `getPhoneNumber` button.")


class Borrow(Asked):
    amount_fen: Fen
    purpose: str = Field("", max_length=40, description="What for; asked for where it is missing.")
    months: int | None = Field(None, ge=1, le=600, description="The charter's default where it is left out.")
    plan: Literal["equal_principal", "equal_payment", "flat", "bullet"] | None = None


class Extend(Asked):
    months: int = Field(ge=1, le=600)
    text: str = Field("", max_length=200)


class Text(Asked):
    text: Words


class Approve(Asked):
    code: Code6 | None = Field(None, description="The code sent for exactly this loan; another is given without it.")


class PayOut(Asked):
    cash: bool = Field(False, description="From the cash box instead of the bank.")


class Repayment(Asked):
    amount_fen: Fen


class Dispute(Asked):
    text: str = Field("", max_length=200)


class Complaint(Asked):
    text: Words
    anonymous: bool = False


class Answered(Asked):
    question: str = Field(pattern="^[0-9a-f]{8,64}$", description="The `id` of the question as it was given out.")
    answer: str = Field(min_length=1, max_length=200, description=(
        "`1` yes, `0` no, six digits of a code, the `answer` of a choice, or the missing value in words."))


class Spoken(Asked):
    text: Words = Field(description="Words as one would send them by SMS or WeChat.")


class Grants(Asked):
    accepted: list[Template] = Field(min_length=1, max_length=10, description=(
        "Template ids that `wx.requestSubscribeMessage` called accepted: one more message each."))


# What is given.


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
