"""The officers' other money acts: spending, banking, money from a source, counting the box."""

from __future__ import annotations

from ledger import journal
from ledger.records import Act, Draft, Refusal
from ledger.terms import Account

from .request import Answer, Request, refuse

SOURCES = {"财政": Account.FISCAL, "捐赠": Account.DONATION, "其他": Account.OTHER}


def _amount(request: Request) -> int | Refusal:
    amount_fen = int(request.slots.get("amount_fen") or 0)
    return amount_fen if amount_fen > 0 else Refusal("money.no_amount")


def _booked(draft: Draft, words: str, **facts: object) -> Answer:
    return Answer(f"{words}.done", dict(facts), Act(entries=(draft,)), ask=f"{words}.ask")


def spend(request: Request) -> Answer:
    """`支出 50 打印纸`: running costs, from the cash box unless the text says 转账."""
    amount_fen, memo = _amount(request), str(request.slots.get("text") or "").strip()
    if isinstance(amount_fen, Refusal):
        return refuse(amount_fen)
    money = Account.BANK if request.slots.get("via") == "转账" else Account.CASH
    there_fen = request.books.totals(request.code)[money]
    short = Refusal("money.short", {"there_fen": there_fen, "money": str(money)}) if there_fen < amount_fen else None
    if short or not memo:
        return refuse(short, None if memo else Refusal("spend.no_text"))
    draft = journal.spend(amount_fen, request.today, money, memo, request.key, request.speaker.person.no)
    return _booked(draft, "spend", amount_fen=amount_fen, text=memo, money=str(money))


def bank_in(request: Request) -> Answer:
    """`存银行 2000`."""
    return _move(request, Account.BANK, Account.CASH, "bank_in")


def bank_out(request: Request) -> Answer:
    """`取款 2000`."""
    return _move(request, Account.CASH, Account.BANK, "bank_out")


def _move(request: Request, into: Account, out_of: Account, words: str) -> Answer:
    amount_fen = _amount(request)
    if isinstance(amount_fen, Refusal):
        return refuse(amount_fen)
    there_fen = request.books.totals(request.code)[out_of]
    if there_fen < amount_fen:
        return refuse(Refusal("money.short", {"there_fen": there_fen, "money": str(out_of)}))
    draft = journal.move_cash(amount_fen, request.today, into, out_of, request.key, request.speaker.person.no)
    return _booked(draft, words, amount_fen=amount_fen)


def fund_in(request: Request) -> Answer:
    """`入账 财政 150000`: each source its own line."""
    amount_fen, source = _amount(request), str(request.slots.get("source") or "")
    if isinstance(amount_fen, Refusal):
        return refuse(amount_fen)
    if source not in SOURCES:
        return refuse(Refusal("fund_in.no_source"))
    memo = str(request.slots.get("text") or "").strip()
    by = request.speaker.person.no
    draft = journal.fund_in(SOURCES[source], amount_fen, request.today, memo, request.key, by)
    return _booked(draft, "fund_in", amount_fen=amount_fen, source=source)
