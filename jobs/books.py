"""The books of a society as plain rows: journal, cash, bank, ledger, loans, trial balance, statements, passbook.

Rows carry fields, amounts in fen; what they are called and how they look on paper stands in bot/workbook/books.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ledger import balances, register
from ledger.records import Household
from ledger.store.books import Books
from ledger.store.statements import BookLine, Statements
from ledger.terms import ACCOUNT_WORDS, PLAN_WORDS, Account, Status

Row = dict[str, Any]


class NoBook(ValueError):
    """There is no such book, society or member; the text is one line for the person who asked."""


@dataclass(frozen=True)
class Book:
    """One book of a period. `head_seq` and `head_hash` say on which sealed entries it stands."""

    name: str
    society: str
    village: str
    first: date
    last: date
    known: date
    head_seq: int
    head_hash: str
    rows: list[Row]
    sums: Row = field(default_factory=dict)
    subject: str = ""


@dataclass
class Ask:
    """What a book is made from."""

    books: Books
    society: str
    first: date
    last: date
    read: Statements
    member: Household | None = None

    @property
    def before(self) -> date:
        return self.first - timedelta(days=1)


def make(
    books: Books, name: str, society: str, first: date | None, last: date, known: date, member: str | None = None
) -> Book:
    """The book `name` of a period (from 期初 where `first` is None) as it was known on `known`. Raises NoBook."""
    place = books.society(society)
    if place is None:
        raise NoBook(f"no society {society}")
    if name not in BOOKS:
        raise NoBook(f"no book {name}: one of {', '.join(BOOKS)}")
    home = books.household(society, member) if member else None
    if name == "passbook" and home is None:
        raise NoBook(f"no household {member} in {society}" if member else "a passbook needs --member")
    begin = max(first or place.opened_on, place.opened_on)
    if last < begin:
        raise NoBook(f"the books of {society} begin on {begin}")
    ask = Ask(books, society, begin, last, Statements(books, society, known), home)
    rows, sums = BOOKS[name](ask)
    seq, sealed = books.head(society)
    return Book(name, society, place.name, begin, last, known, seq, sealed, rows, sums, home.head if home else "")


def _plain(line: BookLine) -> Row:
    return {
        "on": line.on, "booked_on": line.booked_on, "seq": line.seq, "kind": line.kind, "memo": line.memo,
        "account": line.account, "sub": line.sub, "debit_fen": max(line.amount_fen, 0),
        "credit_fen": max(-line.amount_fen, 0), "by": line.by, "code": line.code,
    }


def _sides(rows: Iterable[Row]) -> Row:
    kept = list(rows)
    return {"debit_fen": sum(row["debit_fen"] for row in kept), "credit_fen": sum(row["credit_fen"] for row in kept)}


def _journal(ask: Ask) -> tuple[list[Row], Row]:
    """Every entry; one that only states the register has a row without account and amount, so that no number is
    missing."""
    people = ask.books.people(ask.society)
    rows = [
        _plain(line) | {"by": people[line.by].name if line.by in people else ""} | (
            {"account": "", "debit_fen": 0, "credit_fen": 0} if line.kind == register.KIND else {})
        for line in ask.read.lines(ask.first, ask.last)
        if line.kind != register.KIND or line.line == 1
    ]
    return rows, _sides(rows)


def _running(ask: Ask, account: Account, sub: str | None = None) -> Iterator[Row]:
    """An account's opening row and its lines with the running balance, debit positive."""
    opening = ask.read.totals(ask.before)[account] if sub is None else ask.read.balance(account, sub, ask.before)
    yield {
        "on": ask.first, "booked_on": ask.first, "seq": 0, "kind": "brought", "memo": "", "account": str(account),
        "sub": sub or "", "debit_fen": 0, "credit_fen": 0, "by": 0, "code": "", "balance_fen": opening,
    }
    for line in ask.read.lines(ask.first, ask.last, account, sub):
        yield _plain(line) | {"balance_fen": line.balance_fen}


def _money(account: Account) -> Callable[[Ask], tuple[list[Row], Row]]:
    def book(ask: Ask) -> tuple[list[Row], Row]:
        rows = list(_running(ask, account))
        return rows, _sides(rows) | {"balance_fen": rows[-1]["balance_fen"]}

    return book


def _ledger(ask: Ask) -> tuple[list[Row], Row]:
    rows: list[Row] = []
    for account in Account:
        part = list(_running(ask, account))
        if len(part) > 1 or part[0]["balance_fen"]:
            rows += part
    return rows, _sides(rows)


def _loans(ask: Ask) -> tuple[list[Row], Row]:
    people = ask.books.people(ask.society)
    rows: list[Row] = []
    plans = ask.books.all_instalments(ask.society)
    for loan in ask.books.all_loans(ask.society):
        if loan.paid_out_on is None or loan.paid_out_on > ask.last:
            continue
        left = ask.read.balance(Account.LOANS, str(loan.no), ask.last)
        due = next((one for one in plans.get(loan.no, []) if one.paid_on is None or one.paid_on > ask.last), None)
        late = (ask.last - due.due_on).days if due and left and due.due_on < ask.last else 0
        rows.append({
            "loan": loan.no, "household": loan.household, "name": people[loan.person].name, "purpose": loan.purpose,
            "paid_out_on": loan.paid_out_on, "amount_fen": loan.amount_fen, "months": loan.months,
            "plan": PLAN_WORDS[loan.plan], "fee_ppm_month": loan.fee_ppm_month, "left_fen": left,
            "due_on": due.due_on if due and left else None, "days_late": late, "status": loan.status,
            "payer_one": loan.payer_one, "payer_two": loan.payer_two,
        })
    return rows, {name: sum(row[name] for row in rows) for name in ("amount_fen", "left_fen")}


def _trial(ask: Ask) -> tuple[list[Row], Row]:
    moves: dict[str, tuple[int, int]] = {}
    for (account, _), (debit, credit) in ask.read.flows(ask.first, ask.last).items():
        old = moves.get(account, (0, 0))
        moves[account] = (old[0] + debit, old[1] + credit)
    made = balances.trial(ask.read.totals(ask.before), moves)
    rows: list[Row] = [
        {"account": row.account, "opening_debit_fen": max(row.opening_fen, 0),
         "opening_credit_fen": max(-row.opening_fen, 0), "debit_fen": row.debit_fen, "credit_fen": row.credit_fen,
         "closing_debit_fen": max(row.closing_fen, 0), "closing_credit_fen": max(-row.closing_fen, 0)}
        for row in made.rows
    ]
    names = ("opening_debit_fen", "opening_credit_fen", "debit_fen", "credit_fen", "closing_debit_fen",
             "closing_credit_fen")
    sums: Row = {name: sum(row[name] for row in rows) for name in names}
    return rows, sums | {"agrees": made.agrees}


def _balance(ask: Ask) -> tuple[list[Row], Row]:
    made = balances.sheet(ask.read.totals(ask.last))
    parts = (("assets", made.assets), ("liabilities", made.liabilities), ("net", made.net))
    rows: list[Row] = [
        {"part": part, "account": account, "amount_fen": fen} for part, kept in parts for account, fen in kept.items()
    ]
    rows.append({"part": "net", "account": "surplus", "amount_fen": made.surplus_fen})
    return rows, {
        "assets_fen": made.assets_fen, "liabilities_fen": made.liabilities_fen, "net_fen": made.net_fen,
        "lent_share_ppm": made.lent_share_ppm, "agrees": made.agrees,
    }


def _income(ask: Ask) -> tuple[list[Row], Row]:
    flows = ask.read.flows(ask.first, ask.last, closing=False)
    made = balances.income({place: debit - credit for place, (debit, credit) in flows.items()})
    rows: list[Row] = [{"part": "income", "account": name, "amount_fen": fen} for name, fen in made.income.items()]
    rows += [{"part": "costs", "account": name, "amount_fen": fen} for name, fen in made.costs.items()]
    sums = {"income_fen": sum(made.income.values()), "costs_fen": sum(made.costs.values())}
    return rows, sums | {"surplus_fen": made.surplus_fen}


def _passbook(ask: Ask) -> tuple[list[Row], Row]:
    """The member's own pages: contribution, what was paid in excess, each loan."""
    home = ask.member
    assert home is not None
    places = [(Account.CONTRIBUTION, home.no), (Account.CREDIT, home.no)]
    places += [
        (Account.LOANS, str(loan.no)) for loan in ask.books.loans_of(ask.society, home.no)
        if loan.status in {Status.PAID_OUT, Status.SETTLED, Status.WRITTEN_OFF}
    ]
    rows: list[Row] = []
    for account, sub in places:
        part = list(_running(ask, account, sub))
        if len(part) > 1 or part[0]["balance_fen"]:
            rows += part
    return rows, _sides(rows)


BOOKS: dict[str, Callable[[Ask], tuple[list[Row], Row]]] = {
    "journal": _journal,
    "cash": _money(Account.CASH),
    "bank": _money(Account.BANK),
    "ledger": _ledger,
    "loans": _loans,
    "trial": _trial,
    "balance": _balance,
    "income": _income,
    "passbook": _passbook,
}
"""The command line's names of the books."""


def as_json(book: Book) -> dict[str, Any]:
    """A book as one plain document: days as ISO text, amounts in fen, accounts by key and Chinese word."""
    def row(one: Row) -> Row:
        named = {"account_word": ACCOUNT_WORDS[one["account"]]} if one.get("account") in ACCOUNT_WORDS else {}
        return {name: str(value) if isinstance(value, date) else value for name, value in one.items()} | named

    return {
        "book": book.name, "society": book.society, "from": str(book.first), "to": str(book.last),
        "as_known": str(book.known), "head": {"seq": book.head_seq, "hash": book.head_hash},
        "subject": book.subject, "rows": [row(one) for one in book.rows], "sums": book.sums,
    }
