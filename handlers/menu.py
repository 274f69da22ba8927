"""What a person most likely wants now, as things a digit can pick: first what waits for them, then what they look at.

With digits alone a member reaches everything a member needs: each answer either is the thing or asks the next digit.
"""

from __future__ import annotations

from ledger.records import Loan
from ledger.terms import ASKING, VILLAGE_ROLES, Role, Status

from .request import Choice, Request

MOST = 8
PURPOSES = ("menu.for_fields", "menu.for_animals", "menu.for_trade")
FOR = {"menu.for_fields": "种子化肥农药", "menu.for_animals": "养猪养羊养鸡", "menu.for_trade": "做小买卖"}
"""What most loans are for, for those who only press digits."""


def items(request: Request) -> list[Choice]:
    """Everything for this person in this situation, the likeliest first."""
    roles, found = request.speaker.roles, []
    if roles & VILLAGE_ROLES:
        found.append(Choice("menu.pending", command="pending"))
    if Role.MEMBER in roles and request.speaker.household is not None:
        found += _asked_for(request) + _own(request)
    if roles & VILLAGE_ROLES:
        found += [Choice("menu.day_sheet", command="day_sheet"), Choice("menu.overdue", command="overdue")]
    found += [Choice("menu.notices", command="notices"), Choice("menu.contacts", command="contacts")]
    return found[:MOST]


def likeliest(request: Request) -> list[Choice]:
    return items(request)[:3]


def _asked_for(request: Request) -> list[Choice]:
    """What others wait for from this person."""
    books, code, me = request.books, request.code, request.speaker.person.no
    found = []
    for loan in books.asked_of(code, me, "consent")[:2]:
        found += [_of(loan, "menu.consent", "consent"), _of(loan, "menu.refuse", "refuse")]
    found += [_of(loan, "menu.sign", "sign") for loan in books.asked_of(code, me, "signature")[:2]]
    return found


def _of(loan: Loan, label: str, command: str) -> Choice:
    return Choice(label, {"loan": loan.no}, {"loan": loan.no}, command)


def _own(request: Request) -> list[Choice]:
    """The own money: what fits a household that owes, one that has asked, and one that is free."""
    assert request.speaker.household is not None
    home = request.speaker.household.no
    balance = Choice("menu.balance", command="balance")
    owing = request.books.loans_of(request.code, home, [Status.PAID_OUT])
    if owing:
        fresh = [loan for loan in owing if loan.received_on is None and not loan.imported]
        found = [choice for loan in fresh[:1]
                 for choice in (_of(loan, "menu.received", "received"), _of(loan, "menu.not_received", "not_received"))]
        return [*found, balance, Choice("menu.schedule", command="schedule"), Choice("menu.payoff", command="payoff"),
                Choice("menu.statement", command="statement"), Choice("menu.repay", command="repay", ask=("amount",))]
    asking = request.books.loans_of(request.code, home, ASKING)
    if asking:
        return [balance, _of(asking[0], "menu.withdraw", "withdraw"), Choice("menu.rules", command="rules")]
    return [balance, Choice("menu.rules", command="rules"), Choice("menu.borrow", command="borrow", ask=("amount",)),
            Choice("menu.statement", command="statement")]


def purposes() -> tuple[Choice, ...]:
    """What a loan may be for; it may also be written."""
    return tuple(Choice(label, slots={"purpose": FOR[label]}, free="purpose") for label in PURPOSES)
