"""The two things every channel speaks in: a `Message` that came in, and the `Outcome` of one that went out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class Order:
    """What a client with forms says outright, where others write words: a command of the table with its slots.

    Without a command the message's words answer the open question `answers` (its id, as it was given out). `speaker`
    (society, number) names who of the address speaks, where it stands for several. `phone` is a number that the channel
    itself has proved to be the sender's; no words can say that.
    """

    command: str = ""
    slots: Mapping[str, Any] = field(default_factory=dict)
    speaker: tuple[str, int] | None = None
    answers: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Message:
    """One message of one person, as a channel read it; already authenticated as coming from the channel.

    `channel` is `sms`, `wechat` or `miniprogram`; `account` is our own end (gateway name, app id); `sender` is the
    phone (11 digits) or openid; `key` is what the channel calls this message, unique for (channel, account, sender);
    `kind` is `text`, `voice`, `image`, `event:subscribe` …; `digest` is the SHA-256 of what must not differ on repeat.
    An `order` takes the place of reading the words; its reply is a JSON document (bot/said.py).
    """

    channel: str
    account: str
    sender: str
    key: str
    text: str
    kind: str = "text"
    digest: str = ""
    order: Order | None = None


@dataclass(frozen=True)
class Reply:
    """What a turn answers; `repeated` when the message was here before and this is its stored reply.

    `society` and `notices` (the new ones, by key) tell what else the message caused.
    """

    text: str
    repeated: bool = False
    command: str = ""
    society: str = ""
    notices: tuple[str, ...] = ()


class Fate(StrEnum):
    """How an attempt to send ended; `UNKNOWN` means the other side may have accepted it and is never resent blindly."""

    ACCEPTED = "accepted"
    RETRY = "retry"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """The end of one attempt: `reason` is for operators (no personal data), `reference` the other side's own id.

    `final` says of an unknown end that the other side cannot tell repeats, so nothing is tried again; `wait_s` is how
    long it wants to be left alone at least.
    """

    fate: Fate
    reason: str = ""
    reference: str = ""
    final: bool = False
    wait_s: int = 0


@dataclass(frozen=True)
class Parcel:
    """One SMS on its way out: the words, and what a gateway with queues or templates of its own has to know.

    `urgent` goes before what is not; `secret` never passes a gateway that the village can read; `code` and `loan` are
    what a registered template may show.
    """

    reference: str
    to: str
    text: str
    urgent: bool = False
    secret: bool = False
    code: str = ""
    loan: int = 0


class Busy(Exception):
    """The books could not be had in time: the channel answers 503, so that the sender repeats."""


class NotYet(Busy):
    """A report on a message that is not written down as sent yet, or that is not ours."""


class Conflict(Exception):
    """The same message id came with other content: refused, nothing done (reliability.md, row 37)."""


Turn = Callable[[Message], Reply]
"""`bot.turn.take_turn` bound to its books: the only route a message takes. Raises `Busy` or `Conflict`."""
