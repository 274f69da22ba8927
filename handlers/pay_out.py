"""The cashier pays out: only what was vouched for, approved by two, published and signed leaves the fund."""

from __future__ import annotations

from ledger import lending, loans, rules, watched
from ledger.records import Loan, Refusal
from ledger.store.fund_reads import Funds
from ledger.terms import ASKING, VILLAGE_ROLES, Account, Role, Status

from .borrow import case_of
from .guards import frozen_loan
from .payers import payers_of
from .people import posts
from .request import Answer, Request, facts_of, one_loan, refuse


def pay_out(request: Request) -> Answer:
    """`放款 23`: from the bank, with 现金 from the cash box; refused with every reason that still stands."""
    loan = one_loan(request, _candidates(request), "pay_out.none")
    if isinstance(loan, Refusal):
        return refuse(loan)
    if Funds(request.books, request.code).exit():
        return refuse(Refusal("exit.ordered"))
    against = _missing(request, loan)
    borrower = request.books.household(request.code, loan.household)
    assert borrower is not None
    charter = request.charter(loan.charter_version)
    case = case_of(request, charter, borrower, loan.amount_fen, loan.months, loan.purpose)
    against += _not_this_person(request, loan)
    against += rules.refusals(case, rules.PAY_OUT)
    money = Account.CASH if request.slots.get("via") == "现金" else Account.BANK
    there_fen = case.pool.cash_fen if money == Account.CASH else case.pool.bank_fen
    if there_fen < loan.amount_fen:
        against += (Refusal("pay_out.no_money", {"there_fen": there_fen, "money": str(money)}),)
    if against:
        return refuse(*against)
    homes = {one.household.no: one.household.person for one in case.group}
    payers = [homes[no] for no in (loan.payer_one, loan.payer_two) if no in homes]
    name = next(one.name for one in case.group if one.household.no == loan.household)
    said = request.books.endorsements(request.code, loan.no)
    act = lending.pay_out(loan, charter, request.today, money, request.speaker.person.no, name, payers, said)
    me = request.speaker.person
    hearing = {one.no for one in posts(request, *VILLAGE_ROLES)} - {me.no, loan.person}
    act += watched.money_left(loan, name, me.name, hearing)
    facts = facts_of(loan) | {"name": name, "money": str(money)}
    return Answer("pay_out.done", facts, act, ask="pay_out.ask")


def _candidates(request: Request) -> list[Loan]:
    """With a number any loan may be meant, so that the reasons can be told; without one only those ready."""
    if request.slots.get("loan") is None:
        return request.books.loans_in(request.code, [Status.SIGNED])
    loan = request.books.loan(request.code, int(request.slots["loan"]))
    return [loan] if loan else []


def _missing(request: Request, loan: Loan) -> tuple[Refusal, ...]:
    """What is not there yet: consents, two keys, the closed notice, the signatures; or the loan is over or held."""
    status = Status(loan.status)
    if status not in ASKING:
        return (loans.refusal(loan, "pay_out") or Refusal("loan.wrong_status", {"loan": loan.no, "status": status}),)
    found: list[Refusal] = []
    if status == Status.APPLIED:
        found.append(Refusal("pay_out.no_consents", {"loan": loan.no}))
    if status in {Status.APPLIED, Status.VOUCHED}:
        found.append(Refusal("pay_out.no_keys", {"loan": loan.no}))
    if status in {Status.APPLIED, Status.VOUCHED, Status.DISCLOSED}:
        facts = {"loan": loan.no, "closes_on": loan.closes_on}
        found.append(Refusal("pay_out.disclosure_open" if loan.closes_on else "pay_out.no_disclosure", facts))
    if status != Status.SIGNED:
        found.append(Refusal("pay_out.no_signatures", {"loan": loan.no}))
    if frozen := frozen_loan(request, loan):
        found.append(frozen)
    if loan.held:
        found.append(Refusal("loan.held", {"loan": loan.no, "reason": loan.held}))
    return tuple(found)


def _not_this_person(request: Request, loan: Loan) -> tuple[Refusal, ...]:
    """Why the speaker does not pay this loan out: who approved it or is near to it never does (two different people),
    a director only in the place of such a cashier and from the bank, as the cash box is not hers."""
    free = payers_of(request, [loan])[loan.no]
    if request.speaker.person.no not in {one.no for one in free}:
        facts = {"loan": loan.no, "name": free[0].name if free else ""}
        return (Refusal(f"pay_out.{'other' if free else 'nobody'}", facts),)
    if Role.CASHIER not in request.speaker.roles and request.slots.get("via") == "现金":
        return (Refusal("pay_out.stand_in_cash", {"loan": loan.no}),)
    return ()
