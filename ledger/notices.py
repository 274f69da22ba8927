"""Who is told what after each event, and the key that makes each notice once.

A notice carries the key of its words and plain facts; the words stand in bot/texts.toml. Facts ending in `_fen` and
`_on` are shown as money and dates; `code_for` names what a one-time code is derived from, so no code is ever stored.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from .records import Challenge, EntryRef, Household, Loan, LoanReview, Matter, Notice, Paper, Person, Proposal

CODE, RECEIPT, ASK, REMIND, TOLD = 1, 1, 2, 5, 6


def _of(loan: Loan) -> dict[str, Any]:
    return {
        "loan": loan.no,
        "amount_fen": loan.amount_fen,
        "purpose": loan.purpose,
        "months": loan.months,
        "plan": loan.plan,
    }


def _key(loan: Loan, event: str, person: int) -> str:
    return f"loan/{loan.no}/{loan.version}/{event}/{person}"


def consent_asked(loan: Loan, borrower: str, person: int) -> Notice:
    return Notice(_key(loan, "consent", person), person, "notice.consent_asked", _of(loan) | {"name": borrower}, ASK)


def vouched(loan: Loan, payer_one: str, payer_two: str) -> Notice:
    facts = _of(loan) | {"payer_one": payer_one, "payer_two": payer_two}
    return Notice(_key(loan, "vouched", loan.person), loan.person, "notice.vouched", facts, TOLD)


def lapsed(loan: Loan) -> Notice:
    return Notice(_key(loan, "lapsed", loan.person), loan.person, "notice.lapsed", _of(loan), TOLD)


def key_asked(loan: Loan, borrower: str, payer_names: tuple[str, str], challenge: Challenge) -> Notice:
    facts = _of(loan) | {
        "name": borrower,
        "payer_one": payer_names[0],
        "payer_two": payer_names[1],
        "code_for": code_for(challenge),
    }
    key = _key(loan, f"key/{challenge.issue}", challenge.person)
    return Notice(key, challenge.person, "notice.key_asked", facts, CODE)


def code_for(challenge: Challenge) -> list[str | int]:
    """What the code of a challenge is derived from (codes.one_time)."""
    return ["key", challenge.society, challenge.loan, challenge.person, challenge.issue, challenge.content]


def disclosed_to_borrower(loan: Loan) -> Notice:
    facts = _of(loan) | {"closes_on": loan.closes_on}
    return Notice(_key(loan, "disclosed", loan.person), loan.person, "notice.disclosed", facts, TOLD)


def disclosed_to_supervisor(loan: Loan, borrower: str, person: int) -> Notice:
    facts = _of(loan) | {"name": borrower, "closes_on": loan.closes_on}
    return Notice(_key(loan, "disclosed", person), person, "notice.disclosed_watch", facts, TOLD)


def sign_asked(loan: Loan, borrower: str, person: int) -> Notice:
    say = "notice.sign_borrower" if person == loan.person else "notice.sign_payer"
    return Notice(_key(loan, "sign", person), person, say, _of(loan) | {"name": borrower}, ASK)


def ready_for_borrower(loan: Loan, stand_in: str = "") -> Notice:
    """Who to go to for the money: the cashier, or the director who stands in for one that is near to the borrower."""
    key, facts = _key(loan, "ready", loan.person), _of(loan)
    if stand_in:
        return Notice(key, loan.person, "notice.ready_stand_in", facts | {"by": stand_in}, TOLD)
    return Notice(key, loan.person, "notice.ready", facts, TOLD)


def no_payer(loan: Loan, borrower: str, person: int) -> Notice:
    """Everything is signed and nobody may pay: the village needs another officer."""
    return Notice(_key(loan, "no_payer", person), person, "notice.no_payer", _of(loan) | {"name": borrower}, TOLD)


def pay_out_asked(loan: Loan, borrower: str, person: int) -> Notice:
    return Notice(_key(loan, "pay_out", person), person, "notice.pay_out_asked", _of(loan) | {"name": borrower}, ASK)


def paid_out(loan: Loan, first_due_on: date, first_fen: int) -> Notice:
    facts = _of(loan) | {"due_on": first_due_on, "due_fen": first_fen}
    return Notice(_key(loan, "paid_out", loan.person), loan.person, "notice.paid_out", facts, RECEIPT)


def paid_out_payer(loan: Loan, borrower: str, person: int) -> Notice:
    key = _key(loan, "paid_out", person)
    return Notice(key, person, "notice.paid_out_payer", _of(loan) | {"name": borrower}, TOLD)


def rejected(loan: Loan, reason: str) -> Notice:
    return Notice(
        _key(loan, "rejected", loan.person), loan.person, "notice.rejected", _of(loan) | {"reason": reason}, TOLD
    )


def withdrawn(loan: Loan, borrower: str, person: int) -> Notice:
    key = _key(loan, "withdrawn", person)
    return Notice(key, person, "notice.withdrawn", _of(loan) | {"name": borrower}, TOLD)


def held(loan: Loan, event: str, person: int, reason: str, item: int = 0) -> Notice:
    """The loan is stopped or goes on again; `event` makes each stop its own notice."""
    facts = _of(loan) | {"reason": reason, "item": item}
    say = "notice.released" if event.startswith("release") else "notice.held"
    return Notice(_key(loan, event, person), person, say, facts, TOLD)


def receipt(loan: Loan, entry: int, facts: dict[str, Any], settled: bool) -> Notice:
    """The borrower's receipt for the act's `entry`-th entry: how much, what is left, how to dispute it."""
    shown = _of(loan) | facts | {"entry": EntryRef(entry), "check": EntryRef(entry, "code")}
    say = "notice.receipt_settled" if settled else "notice.receipt"
    return Notice(f"receipt/{facts['key']}", loan.person, say, shown, RECEIPT)


def reversed_entry(loan: int, person: int, seq: int, facts: dict[str, Any]) -> Notice:
    return Notice(f"reversed/{seq}/{person}", person, "notice.reversed", facts | {"loan": loan, "entry": seq}, RECEIPT)


def matter_raised(matter: Matter, name: str, person: int) -> Notice:
    """An objection, complaint or dispute reaches one who must look at it; anonymous ones carry no name."""
    facts = {"item": matter.no, "loan": matter.loan, "text": matter.text, "name": name}
    return Notice(f"matter/{matter.no}/{person}", person, f"notice.matter_{matter.kind}", facts, ASK)


def matter_answered(matter: Matter) -> Notice:
    facts = {"item": matter.no, "loan": matter.loan, "text": matter.answer}
    return Notice(f"matter/{matter.no}/answer", matter.person, "notice.matter_answered", facts, TOLD)


def reported_repayment(person: int, name: str, amount_fen: int, key: str) -> Notice:
    """A member says money was paid: the cashier is asked to look; nothing is booked."""
    return Notice(
        f"said/{key}/{person}", person, "notice.repay_said", {"name": name, "amount_fen": amount_fen}, ASK
    )


def reminder(loan: int, person: int, due_on: date, due_fen: int, stage: int, days: int) -> Notice:
    """`stage` is the charter's day (7, 1, 0); `days` the true distance on the day it is written."""
    say = "notice.remind_today" if days == 0 else "notice.remind"
    facts = {"loan": loan, "due_on": due_on, "due_fen": due_fen, "days": days}
    return Notice(f"remind/{loan}/{due_on}/{stage}", person, say, facts, REMIND)


def overdue(loan: int, part: str, person: int, due_on: date, stage: int, facts: dict[str, Any]) -> Notice:
    """One step of the overdue timeline (rules.md 5) to one person in the part they have in it."""
    key = f"overdue/{loan}/{due_on}/{stage}/{person}"
    return Notice(key, person, f"notice.overdue_{part}", facts | {"loan": loan}, REMIND)


# People.


def welcome(home: Household, name: str, paid_fen: int, owed_fen: int, until: date | None) -> Notice:
    """A household has become a member."""
    facts = {
        "name": name, "home": home.no.rpartition("-")[2], "paid_fen": paid_fen, "deferred_fen": owed_fen,
        "until_on": until, "given_fen": home.gifted_fen + home.matched_fen,
    }
    return Notice(f"welcome/{home.no}", home.person, "notice.welcome", facts, TOLD)


def contributed(home: Household, name: str, paid_fen: int, left_fen: int, key: str) -> Notice:
    """The receipt for a member's own contribution."""
    facts = {"name": name, "paid_fen": paid_fen, "deferred_fen": left_fen, "check": EntryRef(0, "code")}
    return Notice(f"contributed/{key}", home.person, "notice.contributed", facts, RECEIPT)


def left(home: Household, person: Person, refund_fen: int, booked: bool, key: str) -> Notice | None:
    """The last word to a household that has left, to its phone itself, for the phone stands for nobody any more."""
    if not person.phone:
        return None
    facts: dict[str, Any] = {"name": person.name, "refund_fen": refund_fen}
    if booked:
        facts["check"] = EntryRef(0, "code")
    to = ("sms", "", person.phone)
    return Notice(f"left/{key}", 0, "notice.left" if booked else "notice.left_nothing", facts, RECEIPT, to)


def proposed(proposal: Proposal, person: int, facts: dict[str, Any]) -> Notice:
    """A proposal waits for this officer's second key, or (kind with members) for this member's consent."""
    key = f"proposal/{proposal.no}/{person}"
    return Notice(key, person, f"notice.propose_{proposal.kind}", facts | {"item": proposal.no}, ASK)


def proposal_told(proposal: Proposal, event: str, person: int, facts: dict[str, Any]) -> Notice:
    """What became of a proposal: refused, agreed, done, withdrawn."""
    key = f"proposal/{proposal.no}/{event}/{person}"
    return Notice(key, person, f"notice.{proposal.kind}_{event}", facts | {"item": proposal.no}, TOLD)


def delegate(home: Household, heir: str, before: str) -> Notice:
    """The new delegate hears that the membership is in their hands."""
    facts = {"name": heir, "before": before, "home": home.no.rpartition("-")[2]}
    return Notice(f"delegate/{home.no}/{home.person}", home.person, "notice.delegate", facts, TOLD)


def paper_asked(loan: Loan, paper: Paper, name: str, person: int, what: str) -> Notice:
    """One half of a word on paper was sent in; the other half is asked of this person."""
    facts = _of(loan) | {"name": name, "number": paper.number, "what": what}
    return Notice(_key(loan, f"paper/{paper.kind}/{paper.person}", person), person, "notice.paper_asked", facts, ASK)


# What befalls a loan after it was paid out.


def _review(review: LoanReview, loan: Loan) -> dict[str, Any]:
    return {
        "loan": loan.no, "amount_fen": loan.amount_fen, "left_fen": review.amount_fen, "months": review.months,
        "reason": review.reason,
    }


def _review_key(review: LoanReview, event: str, person: int) -> str:
    return f"{review.kind}/{review.loan}/{review.no}/{event}/{person}"


def review_consent(review: LoanReview, loan: Loan, borrower: str, person: int) -> Notice:
    """A substitute payer is asked to stay bound for the longer term."""
    facts = _review(review, loan) | {"name": borrower}
    return Notice(_review_key(review, "consent", person), person, "notice.extension_consent", facts, ASK)


def review_key(review: LoanReview, loan: Loan, borrower: str, challenge: Challenge) -> Notice:
    facts = _review(review, loan) | {"name": borrower, "code_for": code_for(challenge)}
    key = _review_key(review, f"key{challenge.issue}", challenge.person)
    return Notice(key, challenge.person, f"notice.{review.kind}_key", facts, CODE)


def review_disclosed(review: LoanReview, loan: Loan) -> Notice:
    facts = _review(review, loan) | {"closes_on": review.closes_on}
    key = _review_key(review, "disclosed", loan.person)
    return Notice(key, loan.person, f"notice.{review.kind}_disclosed", facts, TOLD)


def review_ended(review: LoanReview, loan: Loan, how: str, reason: str) -> Notice:
    """It did not come about: lapsed, rejected, withdrawn."""
    facts = _review(review, loan) | {"reason": reason}
    return Notice(_review_key(review, how, loan.person), loan.person, f"notice.{review.kind}_{how}", facts, TOLD)


def review_told(review: LoanReview, loan: Loan, event: str, person: int, facts: dict[str, Any]) -> Notice:
    """Anything else somebody must know or do about a review."""
    shown = _review(review, loan) | facts
    return Notice(_review_key(review, event, person), person, f"notice.{review.kind}_{event}", shown, ASK)


def credit_refunded(person: int, key: str, facts: dict[str, Any]) -> Notice:
    return Notice(f"refunded/{key}/{person}", person, "notice.credit_refunded", facts, RECEIPT)


def recovered(loan: Loan, index: int, facts: dict[str, Any]) -> Notice:
    """The receipt for money on a loan that had been written off."""
    shown = _of(loan) | facts | {"check": EntryRef(index, "code")}
    return Notice(f"receipt/{facts['key']}", loan.person, "notice.receipt_recovered", shown, RECEIPT)


SIGNED_FOR = frozenset({
    "notice.consent_asked", "notice.sign_borrower", "notice.sign_payer", "notice.paid_out", "notice.paper_asked",
})
AGREED_FOR = frozenset({"notice.propose_group", "notice.propose_move", "notice.propose_leader"})


def passed_on(notice: Notice, absent: str, other: int) -> Notice:
    """The notice as the group's leader gets it for one without a phone: whom to tell, and that 代签 is the way.

    A code is for one's own eyes and goes to nobody else.
    """
    if "code_for" in notice.facts:
        return notice
    way = "forward_sign" if notice.say in SIGNED_FOR else "forward_agree" if notice.say in AGREED_FOR else "forward"
    facts = notice.facts | {"absent": absent, "inner": notice.say}
    return replace(notice, person=other, say=f"notice.{way}", facts=facts)


OVERDUE = "overdue"
"""The kind of the public notice of a loan that is late."""


def overdue_cycles(loan: Loan, person: int, facts: dict[str, Any]) -> Notice:
    """A loan is out beyond three of its own terms."""
    return Notice(f"cycles/{loan.no}/{person}", person, "notice.overdue_cycles", facts | {"loan": loan.no}, REMIND)
