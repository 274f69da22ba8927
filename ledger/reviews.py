"""An extension or a write-off of a loan on its way: the table stage × act → stage, and what each act makes of it.

Both go the way of an application: asked for, agreed to by those who answer for it, two keys with codes bound to the
content, disclosed with room for objections. What then happens to the loan stands in extension.py and write_off.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from . import notices
from .codes import content_of
from .records import Act, Challenge, Disclosure, Endorsement, Loan, LoanReview, Office, Person, Refusal

EXTENSION, WRITE_OFF = "extension", "write_off"
RELIEF, FREEZE = "relief", "freeze"
"""What a declared disaster does to a loan: no overdue charge from the day of the event on, and later more time by the
assembly's batch, which is no extension of its own. Both are decided for all loans at once and only kept here."""


class Stage(StrEnum):
    """Where a review stands."""

    ASKED = "asked"  # the substitute payers are asked
    KEYS = "keys"  # the keys are asked
    RESOLVING = "resolving"  # a write-off waits for the assembly's resolution
    DISCLOSED = "disclosed"
    FILING = "filing"  # a write-off waits for the county's filing number
    FILED = "filed"  # a write-off waits to be booked
    DONE = "done"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


STAGE_WORDS = {
    Stage.ASKED: "等代偿人同意", Stage.KEYS: "等审批", Stage.RESOLVING: "等社员大会决议", Stage.DISCLOSED: "公示中",
    Stage.FILING: "等县里备案", Stage.FILED: "等入账", Stage.DONE: "已办", Stage.REJECTED: "未批准",
    Stage.LAPSED: "未成", Stage.WITHDRAWN: "已撤回",
}
CLOSED = tuple(str(one) for one in (Stage.DONE, Stage.REJECTED, Stage.LAPSED, Stage.WITHDRAWN))
_OPEN = (Stage.ASKED, Stage.KEYS, Stage.RESOLVING, Stage.DISCLOSED, Stage.FILING, Stage.FILED)

STAGES: dict[tuple[str, Stage, str], Stage] = {
    (EXTENSION, Stage.ASKED, "consent"): Stage.ASKED,
    (EXTENSION, Stage.ASKED, "refuse"): Stage.LAPSED,
    (EXTENSION, Stage.ASKED, "ask_keys"): Stage.KEYS,
    (EXTENSION, Stage.KEYS, "approve"): Stage.KEYS,
    (EXTENSION, Stage.KEYS, "disclose"): Stage.DISCLOSED,
    (EXTENSION, Stage.DISCLOSED, "do"): Stage.DONE,
    (WRITE_OFF, Stage.KEYS, "approve"): Stage.KEYS,
    (WRITE_OFF, Stage.KEYS, "resolve"): Stage.RESOLVING,
    (WRITE_OFF, Stage.RESOLVING, "disclose"): Stage.DISCLOSED,
    (WRITE_OFF, Stage.DISCLOSED, "close"): Stage.FILING,
    (WRITE_OFF, Stage.FILING, "file"): Stage.FILED,
    (WRITE_OFF, Stage.FILED, "do"): Stage.DONE,
    **{(kind, stage, "reject"): Stage.REJECTED for kind in (EXTENSION, WRITE_OFF) for stage in _OPEN},
    **{(kind, stage, "lapse"): Stage.LAPSED for kind in (EXTENSION, WRITE_OFF) for stage in _OPEN},
    **{(EXTENSION, stage, "withdraw"): Stage.WITHDRAWN for stage in (Stage.ASKED, Stage.KEYS, Stage.DISCLOSED)},
}
"""Every allowed step of a review; nothing is done that was not disclosed."""


def refusal(review: LoanReview, act: str) -> Refusal | None:
    """Why `act` may not be done to the review now, or None."""
    if (review.kind, Stage(review.stage), act) in STAGES:
        return None
    return Refusal("review.wrong_stage", {"loan": review.loan, "stage": STAGE_WORDS[Stage(review.stage)]})


def step(review: LoanReview, act: str, **changes: Any) -> LoanReview:
    """The review after `act`. The caller has asked `refusal` before; a wrong step is our bug and raises KeyError."""
    return replace(review, stage=STAGES[review.kind, Stage(review.stage), act], **changes)


def part_of(review: LoanReview, part: str) -> str:
    """The kind under which endorsements of this review are kept."""
    return f"{review.kind}{review.no}.{part}"


def content(review: LoanReview) -> str:
    """What a key's code is bound to: another term, sum or reason voids every code given out."""
    return content_of(
        review.society, review.loan, review.kind, review.no, review.months, review.amount_fen, review.reason
    )


def sealed(review: LoanReview) -> dict[str, Any]:
    """What of a review that took effect its entry seals: all that the loan's sums and days depend on, no words."""
    return {
        "loan": review.loan, "kind": review.kind, "no": review.no, "months": review.months,
        "amount_fen": review.amount_fen, **{name: str(getattr(review, name) or "") for name in DAYS},
    }


DAYS = ("asked_on", "disclosed_on", "closes_on", "done_on")

Holder = tuple[Office, Person, int]
"""An office with its person and the issue number of the code the person gets."""


def ask(
    review: LoanReview, loan: Loan, borrower: str, payers: Sequence[int], holders: Sequence[Holder], now: int
) -> Act:
    """A review begins: the substitute payers are asked; where nobody is to be asked, the keys at once."""
    if review.stage == Stage.KEYS:
        return Act((review,)) + _keys(review, loan, borrower, holders, now)
    asked = tuple(
        Endorsement(review.society, review.loan, part_of(review, "consent"), person, "", rank, None)
        for rank, person in enumerate(payers, 1)
    )
    if not asked:
        ready = step(review, "ask_keys")
        return Act((ready,)) + _keys(ready, loan, borrower, holders, now)
    told = tuple(notices.review_consent(review, loan, borrower, person) for person in payers)
    return Act((review, *asked), (), told)


def _keys(review: LoanReview, loan: Loan, borrower: str, holders: Sequence[Holder], now: int) -> Act:
    keys = tuple(
        Endorsement(review.society, review.loan, part_of(review, "key"), person.no, "", rank, None, office.title)
        for rank, (office, person, _) in enumerate(holders, 1)
    )
    codes = tuple(
        Challenge(review.society, review.loan, person.no, issue, content(review), now) for _, person, issue in holders
    )
    return Act((*keys, *codes), (), tuple(notices.review_key(review, loan, borrower, code) for code in codes))


def consent(
    review: LoanReview, loan: Loan, borrower: str, mine: Endorsement, asked: Sequence[Endorsement],
    holders: Sequence[Holder], today: date, now: int,
) -> Act:
    """One substitute payer stays bound for the longer term; with all of them the keys are asked."""
    said = replace(mine, answer="yes", said_on=today)
    if any(one.answer != "yes" for one in asked if one.person != mine.person):
        return Act((said,))
    ready = step(review, "ask_keys")
    return Act((said, ready)) + _keys(ready, loan, borrower, holders, now)


def decline(review: LoanReview, loan: Loan, mine: Endorsement, today: date) -> Act:
    """A substitute payer does not stay bound: the extension does not come about and the borrower is told."""
    said = replace(mine, answer="no", said_on=today)
    return Act((said, step(review, "refuse", done_on=None)), (), (notices.review_ended(review, loan, "lapsed", ""),))


def approve(
    review: LoanReview, loan: Loan, mine: Endorsement, keys: Sequence[Endorsement], challenge: Challenge, today: date,
    page: Disclosure | None,
) -> Act:
    """One key turns. The last discloses an extension with `page`; a write-off then waits for the assembly."""
    turned, spent = replace(mine, answer="yes", said_on=today), replace(challenge, used=True)
    if any(one.answer != "yes" for one in keys if one.person != mine.person):
        return Act((turned, spent))
    if review.kind == WRITE_OFF or page is None:
        return Act((turned, spent, step(review, "resolve")))
    return Act((turned, spent)) + disclose(review, loan, page)


def disclose(review: LoanReview, loan: Loan, page: Disclosure, **changes: Any) -> Act:
    """The review is published; it takes effect only when the notice has closed without an open objection."""
    shown = step(review, "disclose", disclosed_on=page.opened_on, closes_on=page.closes_on, **changes)
    return Act((shown, page), (), (notices.review_disclosed(shown, loan),))


def page_of(
    review: LoanReview, loan: Loan, number: int, head: tuple[int, str], today: date, days: int, borrower: str,
    **facts: Any,
) -> Disclosure:
    """The public notice of a review, open `days` days; `head` is the newest entry its figures count up to."""
    shown = {
        "loan": loan.no, "name": borrower, "amount_fen": loan.amount_fen, "left_fen": review.amount_fen,
        "months": review.months, "reason": review.reason, "purpose": loan.purpose, **facts,
    }
    closes_on = today + timedelta(days=days - 1)
    return Disclosure(review.society, number, review.kind, loan.no, today, closes_on, None, *head, shown)


def end(review: LoanReview, loan: Loan, act: str, reason: str = "") -> Act:
    """The review ends without effect: rejected with a reason, withdrawn, or lapsed because the loan is settled."""
    gone = step(review, act)
    return Act((gone,), (), (notices.review_ended(gone, loan, str(gone.stage), reason),))


def close(review: LoanReview, loan: Loan, page: Disclosure, today: date, county: Sequence[int], borrower: str) -> Act:
    """The notice of a write-off has closed: the county is asked for its filing number."""
    waiting = step(review, "close")
    facts = {"name": borrower, "resolution": review.resolution}
    told = tuple(notices.review_told(waiting, loan, "file", person, facts) for person in county)
    return Act((waiting, replace(page, closed_on=today)), (), told)
