"""The officers' other money acts: spending, banking, money from a source, counting the box."""

from __future__ import annotations

from ledger import funds, journal
from ledger.records import Act, Draft, Refusal
from ledger.store.fund_reads import Funds
from ledger.store.statements import Statements
from ledger.terms import ACCOUNT_WORDS, FUND_ACCOUNTS, Account

from .request import Answer, Request, refuse

SOURCES = ("财政", "捐赠", "其他")
RUNNING_COSTS = Account.RUNNING_COSTS


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
    money = Account.BANK if request.slots.get("via") == "转账" or memo.startswith("转账") else Account.CASH
    memo = memo.removeprefix("转账").strip()
    there_fen = request.books.totals(request.code)[money]
    short = Refusal("money.short", {"there_fen": there_fen, "money": str(money)}) if there_fen < amount_fen else None
    if short or not memo:
        return refuse(short, None if memo else Refusal("spend.no_text"))
    budget = request.charter().budget
    over = _over_budget(request, budget.year_max_fen, amount_fen)
    if over:
        return refuse(over)
    by, line = request.speaker.person.no, funds.budget_line(memo, budget.lines)
    draft = journal.spend(amount_fen, request.today, money, memo, request.key, by, line)
    return _booked(draft, "spend", amount_fen=amount_fen, text=memo, money=str(money))


def _over_budget(request: Request, year_max_fen: int, amount_fen: int) -> Refusal | None:
    """The year's spending stays within the budget, where the charter sets one."""
    if not year_max_fen:
        return None
    read = Statements(request.books, request.code, request.today)
    flows = read.flows(request.today.replace(month=1, day=1), request.today, closing=False)
    spent_fen = sum(debit - credit for (account, _), (debit, credit) in flows.items() if account == RUNNING_COSTS)
    if spent_fen + amount_fen <= year_max_fen:
        return None
    return Refusal("spend.over_budget", {"left_fen": max(0, year_max_fen - spent_fen)})


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
    account, level = funds.source_of(source, memo)
    if account == Account.FISCAL:
        since = request.books.charter_version(request.code, None, request.today).since
        deeds = Funds(request.books, request.code).deeds()
        against = funds.fiscal_refusals(request.speaker.society.founded_on, since, deeds, request.today)
        if against:
            return refuse(*against)
    draft = funds.fund_in(source, amount_fen, request.today, memo, request.key, request.speaker.person.no)
    shown = funds.LEVEL_WORDS.get(level, "") + source if level or account in FUND_ACCOUNTS else ACCOUNT_WORDS[account]
    return _booked(draft, "fund_in", amount_fen=amount_fen, source=shown)
