"""Money paid beyond a loan, given back: `退多收 陈桂花 50`, or all of it without a sum."""

from __future__ import annotations

from ledger import lending
from ledger.records import Refusal
from ledger.terms import Account

from .request import Answer, Request, refuse


def refund_credit(request: Request) -> Answer:
    """`退多收 陈桂花 50`: from the cash box, with 转账 from the bank; never more than is kept for the household."""
    name = str(request.slots.get("person") or "")
    homes = request.books.members_named(request.code, name)
    if name.isdigit():
        home = request.books.household(request.code, f"{request.code}-{name.zfill(3)}")
        person = request.books.person(request.code, home.person) if home else None
        homes = [(home, person)] if home and person else []
    kept = [(home, person, -request.books.balance(request.code, Account.CREDIT, home.no)) for home, person in homes]
    if not kept:
        return refuse(Refusal("person.none", {"name": name}))
    kept = [one for one in kept if one[2] > 0]
    if not kept:
        return refuse(Refusal("credit.none", {"name": name}))
    if len(kept) > 1:
        tails = "、".join(f"{home.no.rpartition('-')[2]}号户" for home, _, _ in kept)
        return refuse(Refusal("credit.several", {"name": name, "homes": tails}))
    home, person, there_fen = kept[0]
    amount_fen = int(request.slots.get("amount_fen") or there_fen)
    money = Account.BANK if request.slots.get("via") == "转账" else Account.CASH
    cash_fen = request.books.totals(request.code)[money]
    against = [
        Refusal("credit.too_much", {"name": person.name, "there_fen": there_fen}) if amount_fen > there_fen else None,
        Refusal("money.short", {"there_fen": cash_fen, "money": str(money)}) if amount_fen > cash_fen else None,
    ]
    if any(against):
        return refuse(*against)
    by, left_fen = request.speaker.person.no, there_fen - amount_fen
    act = lending.refund_credit(home.no, person.no, amount_fen, left_fen, request.today, money, request.key, by)
    facts = {"name": person.name, "amount_fen": amount_fen, "credit_fen": left_fen, "money": str(money)}
    return Answer("credit.done", facts, act, ask="credit.ask")
