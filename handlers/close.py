"""结账: the treasurer closes the oldest open month; its figures and the sealed head go to chair and supervisors."""

from __future__ import annotations

from ledger import balances, closing, notices
from ledger.fund_records import MonthClose
from ledger.records import Act, Notice, Refusal
from ledger.store.fund_reads import Funds
from ledger.store.statements import Statements
from ledger.terms import Account, Role

from .count import officers
from .request import Answer, Request, refuse


def close_month(request: Request) -> Answer:
    """`结账`: the month's turnover in money and its surplus; confirmed, then no entry comes into it any more."""
    books, code = request.books, request.code
    until = closing.due(request.speaker.society.opened_on, Funds(books, code).last_closed(), request.today)
    if isinstance(until, Refusal):
        return refuse(until)
    first = max(until.replace(day=1), request.speaker.society.opened_on)
    read = Statements(books, code, request.today)
    flows = read.flows(first, until)
    totals = read.totals(until)
    assert balances.sheet(totals).agrees, "the books balance"
    money = [sides for (account, _), sides in flows.items() if account in (Account.CASH, Account.BANK)]
    head = books.head(code)
    month = f"{until:%Y-%m}"
    facts = {
        "month": month, "in_fen": sum(debit for debit, _ in money), "out_fen": sum(credit for _, credit in money),
        "cash_fen": totals[Account.CASH], "bank_fen": totals[Account.BANK], "lent_fen": totals[Account.LOANS],
        "head": head[1][:8], "until": head[0],
    }
    record = MonthClose(code, month, until, request.today, request.speaker.person.no, *head)
    told = tuple(
        Notice(f"month/{month}/{person}", person, "notice.month_sheet", facts, notices.TOLD)
        for person in sorted(officers(request, {Role.SUPERVISOR, Role.CHAIR}))
    )
    return Answer("close_month.done", facts, Act((record,), (), told), ask="close_month.ask")
