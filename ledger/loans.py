"""The life of a loan: on top the table status × act → status, below it one function per act, each giving an `Act`.

Nothing here reads a clock or a table; who may ask is decided in handlers/table.py and rules.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from . import notices
from .codes import content_of
from .records import Act, Challenge, Disclosure, Endorsement, Loan, Office, Person, Refusal
from .rules import LoanCase, Standing
from .terms import ASKING, PAIRED, Status

STEPS: dict[tuple[Status, str], Status] = {
    (Status.DRAFTED, "apply"): Status.APPLIED,
    (Status.DRAFTED, "lapse"): Status.LAPSED,
    (Status.APPLIED, "consent"): Status.APPLIED,
    (Status.APPLIED, "refuse"): Status.APPLIED,
    (Status.APPLIED, "vouch"): Status.VOUCHED,
    (Status.APPLIED, "lapse"): Status.LAPSED,
    (Status.VOUCHED, "consent"): Status.VOUCHED,
    (Status.VOUCHED, "approve"): Status.VOUCHED,
    (Status.VOUCHED, "disclose"): Status.DISCLOSED,
    (Status.DISCLOSED, "close"): Status.CLEARED,
    (Status.CLEARED, "sign"): Status.CLEARED,
    (Status.CLEARED, "complete"): Status.SIGNED,
    (Status.SIGNED, "sign"): Status.SIGNED,
    (Status.SIGNED, "pay_out"): Status.PAID_OUT,
    (Status.PAID_OUT, "receive"): Status.PAID_OUT,
    (Status.PAID_OUT, "not_receive"): Status.PAID_OUT,
    (Status.PAID_OUT, "repay"): Status.PAID_OUT,
    (Status.PAID_OUT, "settle"): Status.SETTLED,
    (Status.SETTLED, "reopen"): Status.PAID_OUT,
    (Status.PAID_OUT, "take_back"): Status.SIGNED,
    (Status.PAID_OUT, "extend"): Status.PAID_OUT,
    (Status.PAID_OUT, "write_off"): Status.WRITTEN_OFF,
    (Status.WRITTEN_OFF, "recover"): Status.WRITTEN_OFF,
    **{(status, act): status for status in ASKING for act in ("hold", "release", "object")},
    **{(status, "withdraw"): Status.WITHDRAWN for status in ASKING},
    **{(status, "reject"): Status.REJECTED for status in ASKING},
}
"""Every allowed step; what is not here is refused (reliability.md A9)."""

MONEY_STEPS = frozenset({"disclose", "close", "complete", "pay_out", "approve", "sign"})
"""Steps towards the money: none of them while the loan is held."""


def refusal(loan: Loan, act: str) -> Refusal | None:
    """Why `act` may not be done to `loan` now, or None."""
    if (Status(loan.status), act) not in STEPS:
        return Refusal("loan.wrong_status", {"loan": loan.no, "status": loan.status})
    if loan.held and act in MONEY_STEPS:
        return Refusal("loan.held", {"loan": loan.no, "reason": loan.held})
    return None


def step(loan: Loan, act: str, **changes: object) -> Loan:
    """The loan after `act`. The caller has asked `refusal` before; a wrong step is our bug and raises KeyError."""
    return replace(loan, status=STEPS[Status(loan.status), act], **changes)  # type: ignore[arg-type]


def content(loan: Loan) -> str:
    """What a key's code is bound to: change any of it and every code given out is void."""
    return content_of(
        loan.society, loan.no, loan.version, loan.household, loan.amount_fen, loan.purpose, loan.months,
        loan.plan, loan.fee_ppm_month, loan.payer_one, loan.payer_two,
    )


def apply(case: LoanCase, loan: Loan) -> Act:
    """The application: the whole group is asked at once."""
    others = [one for one in case.group if one.household.no != loan.household]
    asked = tuple(
        Endorsement(loan.society, loan.no, "consent", one.household.person, "", rank, None)
        for rank, one in enumerate(others, 1)
    )
    people = [one.household.person for one in others]
    if case.cadre and case.cadre not in people:
        asked += (Endorsement(loan.society, loan.no, "consent", case.cadre, "", len(others) + 1, None, PAIRED),)
        people.append(case.cadre)
    told = tuple(notices.consent_asked(loan, case.own.name, person) for person in people)
    return Act((loan, *asked), (), told)


def payers(loan: Loan, consents: Sequence[Endorsement], group: Sequence[Standing]) -> tuple[Standing, ...]:
    """Who would stand as substitute payers: those free to, the leader first, then in the order of their consent."""
    by_person = {one.household.person: one for one in group if one.household.no != loan.household}
    agreed = sorted((one for one in consents if one.answer == "yes"), key=lambda one: one.rank)
    free = [by_person[one.person] for one in agreed if one.person in by_person and by_person[one.person].free_to_vouch]
    return tuple(sorted(free, key=lambda one: not one.household.leader))


def consent(
    loan: Loan,
    mine: Endorsement,
    consents: Sequence[Endorsement],
    case: LoanCase,
    holders: Sequence[tuple[Office, Person]],
    now: int,
) -> Act:
    """One of the group vouches; with enough free payers the keys are asked."""
    said = replace(mine, answer="yes", rank=100 + sum(1 for one in consents if one.answer), said_on=case.today)
    heard = [said if one.person == said.person else one for one in consents]
    free = payers(loan, heard, case.group)
    needed = case.charter.group.substitute_payers
    if Status(loan.status) != Status.APPLIED or len(free) < needed:
        return Act((said,))
    vouched = step(loan, "vouch", payer_one=free[0].household.no, payer_two=free[1].household.no)
    asked = ask_keys(vouched, case.own.name, (free[0].name, free[1].name), holders, now)
    borrower = notices.vouched(vouched, free[0].name, free[1].name)
    return Act((said, vouched)) + asked + Act(notices=(borrower,))


def ask_keys(
    loan: Loan, borrower: str, payer_names: tuple[str, str], holders: Sequence[tuple[Office, Person]], now: int
) -> Act:
    """Each key holder gets a code of their own for exactly this content."""
    keys = tuple(
        Endorsement(loan.society, loan.no, "key", person.no, "", rank, None, office.title)
        for rank, (office, person) in enumerate(holders, 1)
    )
    codes = tuple(Challenge(loan.society, loan.no, person.no, 1, content(loan), now) for _, person in holders)
    told = tuple(notices.key_asked(loan, borrower, payer_names, code) for code in codes)
    return Act((*keys, *codes), (), told)


def refuse(loan: Loan, mine: Endorsement, consents: Sequence[Endorsement], case: LoanCase) -> Act:
    """One of the group declines; when too few are left the application lapses and the borrower is told."""
    said = replace(mine, answer="no", rank=100 + sum(1 for one in consents if one.answer), said_on=case.today)
    declined = {one.person for one in consents if one.answer == "no"} | {said.person}
    left = sum(
        1
        for one in case.group
        if one.household.no != loan.household and one.free_to_vouch and one.household.person not in declined
    )
    if left >= case.charter.group.substitute_payers:
        return Act((said,))
    lapsed = step(loan, "lapse", ended_on=case.today)
    return Act((said, lapsed), (), (notices.lapsed(lapsed),))


def approve(
    loan: Loan,
    mine: Endorsement,
    keys: Sequence[Endorsement],
    challenge: Challenge,
    today: date,
    days: int,
    notice: tuple[int, int, str],
    supervisors: Sequence[int],
    borrower: str,
    skipped: str = "",
) -> Act:
    """One key turns; the second opens the public notice. One alone never does, however few officers there are.

    `notice` is the number of the notice and the head it counts up to, `skipped` the reason why a poor household that
    waits was passed over; it is published.
    """
    turned = replace(mine, answer="yes", said_on=today)
    spent = replace(challenge, used=True)
    others = [one for one in keys if one.person != mine.person]
    if not others or any(one.answer != "yes" for one in others):
        return Act((turned, spent))
    closes = today + timedelta(days=days - 1)
    opened = step(loan, "disclose", approved_on=today, disclosed_on=today, closes_on=closes)
    number, head_seq, head_hash = notice
    facts = {
        "loan": loan.no, "name": borrower, "amount_fen": loan.amount_fen, "purpose": loan.purpose,
        "months": loan.months, "plan": loan.plan, "fee_ppm_month": loan.fee_ppm_month,
    } | ({"skipped": skipped} if skipped else {})
    page = Disclosure(loan.society, number, "loan", loan.no, today, closes, None, head_seq, head_hash, facts)
    told = (
        notices.disclosed_to_borrower(opened),
        *(notices.disclosed_to_supervisor(opened, borrower, person) for person in supervisors),
    )
    return Act((turned, spent, opened, page), (), told)


def close_notice(loan: Loan, page: Disclosure, today: date, signers: Sequence[tuple[int, str]], borrower: str) -> Act:
    """The notice has closed without an open objection: borrower and substitute payers are asked to sign."""
    cleared = step(loan, "close")
    asked = tuple(
        Endorsement(loan.society, loan.no, "signature", person, "", rank, None)
        for rank, (person, _) in enumerate(signers, 1)
    )
    told = tuple(notices.sign_asked(cleared, borrower, person) for person, _ in signers)
    return Act((cleared, replace(page, closed_on=today), *asked), (), told)


def sign(
    loan: Loan,
    mine: Endorsement,
    signatures: Sequence[Endorsement],
    today: date,
    cashiers: Sequence[int],
    borrower: str,
    watching: Sequence[int] = (),
    stand_in: str = "",
) -> Act:
    """One signature; when borrower and both payers have signed, the cashier may pay.

    `cashiers` are who may pay it out, `stand_in` the name of a director who does it instead; where nobody may, those
    `watching` are told, as the loan waits for another officer.
    """
    signed = replace(mine, answer="yes", said_on=today)
    open_ones = [one for one in signatures if one.answer not in {"yes", "moved"} and one.person != mine.person]
    if open_ones or Status(loan.status) != Status.CLEARED:
        return Act((signed,))
    complete = step(loan, "complete", signed_on=today)
    told = (
        notices.ready_for_borrower(complete, stand_in),
        *(notices.pay_out_asked(complete, borrower, person) for person in cashiers),
        *(notices.no_payer(complete, borrower, person) for person in watching if not cashiers),
    )
    return Act((signed, complete), (), told)
