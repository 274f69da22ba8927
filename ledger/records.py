"""The records of the core: frozen, with the keys first and the society leading, exactly as the store keeps them.

An `Act` is everything one decision changes; nothing else in the program changes books. Dates are `date`, money is
fen in `int`, rates are parts per million a month (5‰ = 5000).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .assembly_records import AssemblyRecord
from .fund_records import FundRecord
from .identity_records import IdentityRecord


@dataclass(frozen=True)
class Society:
    code: str
    name: str
    province: str
    county: str
    township: str
    village: str
    founded_on: date
    opened_on: date
    charter: str
    village_phone: str
    township_phone: str
    county_phone: str


@dataclass(frozen=True)
class CharterVersion:
    """One adopted version of a society's charter; `body` holds the numbers (see charter.py)."""

    society: str
    version: int
    name: str
    since: date
    resolution: str
    body: dict[str, Any]
    adopted_on: date | None = None  # None for the charter a village brought along


@dataclass(frozen=True)
class CountyRules:
    """One version of a county's rules (实施细则): the ranges every charter of the county stays within (county.py)."""

    province: str
    county: str
    version: int
    name: str
    since: date
    source: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Household:
    """A member household; `no` is the whole 户号, `person` the member who joined for it."""

    society: str
    no: str
    head: str
    person: int
    category: str
    joined_on: date
    left_on: date | None
    group_name: str
    leader: bool
    gifted_fen: int
    matched_fen: int
    deferred_fen: int = 0  # own contribution promised and not yet paid
    deferred_until: date | None = None


@dataclass(frozen=True)
class Person:
    society: str
    no: int
    name: str
    sex: str
    phone: str
    id_card: str
    household: str  # 户号, empty for officers from outside the village


@dataclass(frozen=True)
class Office:
    """A post and its term; `rank` is its place in the workbook, by which the next director is found."""

    society: str
    person: int
    title: str
    since: date
    until: date | None
    rank: int = 0


@dataclass(frozen=True)
class Address:
    """Where a person can be reached: SMS (`account` empty) or a WeChat account."""

    channel: str
    account: str
    sender: str
    society: str
    person: int
    bound_on: date
    silent: bool = False
    ended_on: date | None = None  # from then on it stands for nobody
    tongue: str = ""  # the language its person chose: empty is Chinese
    away: bool = False  # a WeChat that follows the account no more: nothing reaches it until it comes back


@dataclass(frozen=True)
class Loan:
    """One loan from the application on. `version` counts changes of its content; `held` is why it is stopped."""

    society: str
    no: int
    household: str
    person: int
    amount_fen: int
    purpose: str
    months: int
    plan: str
    fee_ppm_month: int
    charter_version: int
    status: str
    applied_on: date
    payer_one: str = ""
    payer_two: str = ""
    approved_on: date | None = None
    disclosed_on: date | None = None
    closes_on: date | None = None
    signed_on: date | None = None
    paid_out_on: date | None = None
    received_on: date | None = None
    ended_on: date | None = None
    held: str = ""
    version: int = 1
    imported: bool = False
    special_case: bool = False  # the group's wider limit, agreed by the supervisors (rules.md 4.9)


@dataclass(frozen=True)
class LoanInstalment:
    """One instalment as it stands; the paid amounts are the sums of its allocations (verified every night)."""

    society: str
    loan: int
    n: int
    due_on: date
    principal_fen: int
    fee_fen: int
    paid_principal_fen: int = 0
    paid_fee_fen: int = 0
    charge_fen: int = 0
    charge_paid_fen: int = 0
    charged_to: date | None = None
    paid_on: date | None = None


@dataclass(frozen=True)
class LoanReview:
    """An extension or a write-off of a paid-out loan on its way (reviews.py); `no` counts those of one kind.

    `amount_fen` is the principal it is about, `after_seq` the newest entry when it took effect (the schedule changes
    there), `resolution` the assembly's number, `filing` the county's.
    """

    society: str
    loan: int
    kind: str
    no: int
    stage: str
    months: int
    amount_fen: int
    reason: str
    asked_on: date
    asked_by: int
    resolution: str = ""
    filing: str = ""
    disclosed_on: date | None = None
    closes_on: date | None = None
    done_on: date | None = None
    after_seq: int = 0


@dataclass(frozen=True)
class Quote:
    """A payoff told to a member: the sum of the day `on`, held until `until_hour` o'clock of `until_on`."""

    society: str
    loan: int
    on: date
    total_fen: int
    until_on: date
    until_hour: int


@dataclass(frozen=True)
class Endorsement:
    """What one person said to one loan: `kind` consent, key or signature, for a review with its name before a dot
    (`extension1.key`); `answer` is empty while only asked."""

    society: str
    loan: int
    kind: str
    person: int
    answer: str
    rank: int
    said_on: date | None
    title: str = ""


@dataclass(frozen=True)
class Challenge:
    """A code that was sent to one person for one exact content; the code itself is derived, never stored."""

    society: str
    loan: int
    person: int
    issue: int
    content: str
    issued_at: int
    tries: int = 0
    used: bool = False


@dataclass(frozen=True)
class Disclosure:
    """A public notice; `head_seq` and `head_hash` say up to which entry its figures count."""

    society: str
    no: int
    kind: str
    loan: int
    opened_on: date
    closes_on: date
    closed_on: date | None
    head_seq: int
    head_hash: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Matter:
    """Something a person raised that waits for an answer: objection, complaint, dispute, not_received, join, leave,
    or an order to put something right (rectify), which alone has a day `due_on`."""

    society: str
    no: int
    kind: str
    loan: int
    person: int  # 0 when anonymous
    text: str
    raised_on: date
    answered_on: date | None = None
    answer: str = ""
    answered_by: int = 0
    due_on: date | None = None


@dataclass(frozen=True)
class Proposal:
    """Something about people that one officer begins and others must agree to before it counts.

    `kind` is join, leave, delegate, group, move, leader, special, set_off, broadcast or circular. `body` holds its
    plain facts, `due_on` the first day it may take effect (leaving) or the last day it may be used (special).
    """

    society: str
    no: int
    kind: str
    household: str
    by: int
    state: str  # open, agreed, done, refused, withdrawn
    raised_on: date
    body: dict[str, Any]
    due_on: date | None = None
    agreed_by: int = 0
    agreed_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True)
class Broadcast:
    """Words of an officer to many (ledger/broadcasts.py).

    It stands in the village whose officer says it; where the officer speaks to several villages, each of them has a
    broadcast of its own whose `origin` and `origin_no` name the first. `page` is the public notice it tells of, instead
    of a text. `settled` is false while its notices do not yet stand as `state` says; they are made person by person,
    `made_to` is the last one made.
    """

    society: str
    no: int
    text: str
    scope: str
    group_name: str
    by: int
    second_by: int
    state: str  # going, paused, stopped
    begun_on: date
    begun_at: int
    page: int = 0
    origin: str = ""
    origin_no: int = 0
    spread: bool = True
    made: bool = False
    made_to: int = 0
    settled: bool = False


@dataclass(frozen=True)
class Assent:
    """What one person said to one proposal; `answer` is empty while only asked, `paper` names a signed paper."""

    society: str
    proposal: int
    person: int
    answer: str
    said_on: date | None = None
    paper: str = ""


@dataclass(frozen=True)
class Paper:
    """One half of a word given on paper for a person without a phone: by the group's leader or by a supervisor."""

    society: str
    loan: int
    kind: str  # apply, consent, signature, received
    person: int
    side: str  # leader, supervisor
    by: int
    number: str
    said_on: date


@dataclass(frozen=True)
class Kin:
    """Two households that are near relatives (spouse, parent, child) and so may not share a group."""

    society: str
    one: str
    other: str
    relation: str
    told_by: int
    told_on: date
    ended_on: date | None = None


@dataclass(frozen=True)
class Pairing:
    """A cadre who stands beside a poor household as one more guarantor (S03, 1+1)."""

    society: str
    household: str
    cadre: int
    since: date
    ended_on: date | None = None


@dataclass(frozen=True)
class Line:
    """One posting to be: debit positive, credit negative, in fen; `sub` is the loan number or 户号, or empty."""

    account: str
    amount_fen: int
    sub: str = ""


@dataclass(frozen=True)
class Allocation:
    """How a payment of one loan was spread over one instalment."""

    loan: int
    n: int
    principal_fen: int
    fee_fen: int
    charge_fen: int
    paid_on: date


@dataclass(frozen=True)
class Draft:
    """An entry before it has its number, running balances and hash; `key` makes it once per society.

    `facts` are sealed with it although no fen of it is booked: the terms of a loan whose money leaves.
    """

    kind: str
    on: date
    lines: tuple[Line, ...]
    key: str
    by: int
    memo: str = ""
    loan: int = 0
    reverses: int = 0
    allocations: tuple[Allocation, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EntryRef:
    """Stands in a notice's or answer's facts for the number of the act's n-th entry until it has one."""

    index: int
    what: str = "seq"  # or "code"


@dataclass(frozen=True)
class Notice:
    """Who is told what, once per `key`. `person` 0 with `to` set is a reply to a bare address.

    Priority 0 is a reply, 1 a code or receipt, 5 a reminder, 9 a broadcast; smaller leaves first.
    """

    key: str
    person: int
    say: str
    facts: dict[str, Any]
    priority: int = 5
    to: tuple[str, str, str] | None = None


Record = (
    Society
    | CharterVersion
    | CountyRules
    | Household
    | Person
    | Office
    | Address
    | Loan
    | LoanInstalment
    | LoanReview
    | Quote
    | Endorsement
    | Challenge
    | Disclosure
    | Matter
    | Proposal
    | Broadcast
    | Assent
    | Paper
    | Kin
    | Pairing
    | FundRecord
    | IdentityRecord
    | AssemblyRecord
)


@dataclass(frozen=True)
class Act:
    """Everything one decision changes: records to write, entries to book, notices to send; saved in one commit."""

    records: tuple[Record, ...] = ()
    entries: tuple[Draft, ...] = ()
    notices: tuple[Notice, ...] = ()

    def __add__(self, other: Act) -> Act:
        return Act(self.records + other.records, self.entries + other.entries, self.notices + other.notices)


@dataclass(frozen=True)
class Refusal:
    """Why something may not be done: the key of the words and the facts in them. A value, never an exception."""

    key: str
    facts: dict[str, Any] = field(default_factory=dict)
