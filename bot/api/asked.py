"""What a client may send, to the letter: typed, and nothing more than named here. Money is whole fen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MOST_FEN = 10_000_000_000
"""A hundred million yuan: far above any loan, far below what a 64-bit number holds."""

EXACT = 2**53


def _whole(value: object) -> object:
    """JSON has one kind of number, and to its schema 28.0 is the integer 28; anything with a fraction stays wrong."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < EXACT else value


Fen = Annotated[int, Field(ge=1, le=MOST_FEN), BeforeValidator(_whole)]
Months = Annotated[int, Field(ge=1, le=600), BeforeValidator(_whole)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Code6 = Annotated[str, Field(pattern="^[0-9]{6}$")]
WeixinCode = Annotated[str, Field(pattern="^[0-9A-Za-z_-]{1,128}$")]
Template = Annotated[str, Field(pattern="^[0-9A-Za-z_-]{1,64}$")]


class Asked(BaseModel):
    """What comes in: nothing more than named here, and nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


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
    months: Months | None = Field(None, description="The charter's default where it is left out.")
    plan: Literal["equal_principal", "equal_payment", "flat", "bullet"] | None = None


class Extend(Asked):
    months: Months
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
