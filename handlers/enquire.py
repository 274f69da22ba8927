"""Everything that only asks: balance, statement, schedule, payoff, notices, receipts, and the officers' lists."""

from __future__ import annotations

from typing import Any

from ledger import lending, repayment
from ledger.complaints import ABOVE, OTHERS
from ledger.records import Act, Loan, LoanInstalment, Refusal
from ledger.reviews import Stage
from ledger.store.verify import stands
from ledger.terms import ASKING, STATUS_WORDS, Account, Role, Status

from . import earlier
from .complain import answerable
from .payers import to_pay
from .people import waiting_for
from .request import Answer, Request, facts_of, household_of, one_loan, refuse


def _open_loans(request: Request) -> list[Loan]:
    return request.books.loans_of(request.code, household_of(request).no, [Status.PAID_OUT])


def _coming(rows: list[LoanInstalment]) -> LoanInstalment | None:
    return next((row for row in rows if repayment.open_total(row)), None)


def balance(request: Request) -> Answer:
    """`余额`: the household's contribution, what is owed, and what is due next."""
    books, home = request.books, household_of(request)
    if earlier.asked(request):
        return earlier.balance(request, home)
    books.look_ahead_at(request.code, home.no, [(Account.CONTRIBUTION, home.no), (Account.CREDIT, home.no)])
    facts: dict[str, Any] = {
        "name": request.speaker.person.name,
        "contribution_fen": -books.balance(request.code, Account.CONTRIBUTION, home.no),
        "given_fen": home.gifted_fen + home.matched_fen,
        "credit_fen": -books.balance(request.code, Account.CREDIT, home.no),
    }
    loans = _open_loans(request)
    if not loans:
        asking = books.loans_of(request.code, home.no, ASKING)
        if asking:
            facts |= facts_of(asking[0]) | {"status": STATUS_WORDS[asking[0].status]}
            return Answer("balance.asking", facts)
        return Answer("balance.free", facts)
    loan = loans[0]
    rows = books.instalments(request.code, loan.no)
    charter = request.charter(loan.charter_version)
    facts |= facts_of(loan) | {"left_fen": repayment.outstanding(rows)}
    owed_fen = lending.due_fen(loan, rows, charter, request.today)
    late = repayment.days_late(rows, request.today)
    coming = _coming(rows)
    if late:
        return Answer("balance.late", facts | {"owed_fen": owed_fen, "days": late})
    if coming is not None:
        facts |= {"due_on": coming.due_on, "due_fen": repayment.open_total(coming)}
    return Answer("balance.owing", facts)


def statement(request: Request) -> Answer:
    """`明细`: the newest repayments with their receipt codes."""
    home = household_of(request)
    lines = request.books.repayments(request.code, home.no)
    facts = {"lines": [[str(one.on), one.paid_fen, one.code] for one in lines], "name": request.speaker.person.name}
    return Answer("statement.lines" if lines else "statement.empty", facts)


def schedule(request: Request) -> Answer:
    """`还款计划`: what is still to pay, instalment by instalment."""
    loan = one_loan(request, _open_loans(request), "loan.none_open")
    if isinstance(loan, Refusal):
        return refuse(loan)
    rows = [row for row in request.books.instalments(request.code, loan.no) if repayment.open_total(row)]
    lines = [[str(row.due_on), repayment.open_total(row)] for row in rows]
    return Answer("schedule.lines", facts_of(loan) | {"lines": lines, "left_fen": repayment.outstanding(rows)})


def payoff(request: Request) -> Answer:
    """`结清要多少`: what settles the loan today; the sum holds until the stated hour."""
    loan = one_loan(request, _open_loans(request), "loan.none_open")
    if isinstance(loan, Refusal):
        return refuse(loan)
    rows = request.books.instalments(request.code, loan.no)
    sums, quote = lending.quoted(loan, rows, request.charter(loan.charter_version), request.today)
    facts = {
        "total_fen": sums.total_fen, "principal_fen": sums.principal_fen,
        "fee_fen": sums.fee_fen + sums.charge_fen, "on": str(request.today),
        "until_on": quote.until_on, "hour": quote.until_hour,
    }
    return Answer("payoff.quote", facts_of(loan) | facts, Act((quote,)))


PAGE_WORDS = {"extension": "展期", "write_off": "核销", "overdue": "逾期"}


def notices(request: Request) -> Answer:
    """`公示`: the newest public notices that are open."""
    pages = [one for one in request.books.disclosures(request.code, 10) if one.closed_on is None]
    lines = [
        [one.facts.get("name", ""), one.facts.get("amount_fen", 0), one.loan, str(one.closes_on),
         PAGE_WORDS.get(one.kind, "")]
        for one in pages if one.loan
    ]
    return Answer("notices.lines" if lines else "notices.none", {"lines": lines[:3], "society": request.code})


def check(request: Request) -> Answer:
    """`验 K7Q2M`: whether that receipt stands in the sealed book."""
    code = str(request.slots.get("code") or "").upper()
    found = request.books.by_code(request.code, code)
    if not found:
        return Answer("check.none", {"code": code})
    kept = found[0]
    undone = request.books.reversed_by(request.code, kept.seq)
    facts = {"code": code, "entry": kept.seq, "on": str(kept.on), "sum_fen": kept.size_fen, "loan": kept.loan}
    if not stands(request.books, request.code, kept.seq):
        return Answer("check.broken", facts)
    return Answer("check.reversed" if undone else "check.stands", facts)


def pending(request: Request) -> Answer:
    """`待办`: what waits for this officer."""
    books, me = request.books, request.speaker.person.no
    lines = [f"批 {loan.no}" for loan in books.asked_of(request.code, me, "key")]
    lines += [f"批 {one.loan}" for one in books.reviews_asked(request.code, me, "key") if one.stage == Stage.KEYS]
    waiting = {Role.TREASURER: (Stage.FILED, "核销"), Role.CHAIR: (Stage.RESOLVING, "核销决议"),
               Role.COUNTY: (Stage.FILING, "核销备案")}
    for role in request.speaker.roles & set(waiting):
        stage, word = waiting[role]
        lines += [f"{word} {one.loan}" for one in books.open_reviews(request.code, [stage])]
    lines += [f"放款 {no}" for no in to_pay(request)]
    if request.speaker.roles & (OTHERS | ABOVE):
        lines += [f"答复 {one.no}" for one in answerable(request, books.open_matters(request.code))]
    lines += waiting_for(request)
    return Answer("pending.lines" if lines else "pending.none", {"lines": lines[:8], "count": len(lines), "all": lines})


def overdue(request: Request) -> Answer:
    """`逾期`: who is late today, the longest first."""
    late = request.books.late_loans(request.code, request.today)
    lines = [[name, fen, days, loan] for loan, name, fen, days in late]
    facts = {"lines": lines[:6], "count": len(lines), "total_fen": sum(fen for _, _, fen, _ in late)}
    return Answer("overdue.lines" if lines else "overdue.none", facts)


def find(request: Request) -> Answer:
    """`查 陈桂花`: how one member stands."""
    name = str(request.slots.get("person") or "")
    found = request.books.members_named(request.code, name)
    if not found:
        return refuse(Refusal("person.none", {"name": name}))
    if earlier.asked(request):
        return earlier.find(request, found[:3])
    lines = []
    for home, person in found[:3]:
        loans = request.books.loans_of(request.code, home.no, [Status.PAID_OUT])
        left_fen = sum(
            repayment.outstanding(request.books.instalments(request.code, loan.no)) for loan in loans
        )
        own_fen = -request.books.balance(request.code, Account.CONTRIBUTION, home.no)
        numbers = "、".join(f"{loan.no}号" for loan in loans)
        tail = home.no.rpartition("-")[2]
        lines.append([person.name, tail, home.group_name, home.category, own_fen, left_fen, numbers])
    return Answer("find.lines", {"lines": lines})


def day_sheet(request: Request) -> Answer:
    """`今日账`: how many entries today, what came in and went out, what the box and the bank hold."""
    entries = request.books.day_entries(request.code, request.today)
    money = [line for one in entries for line in one.lines if line[0] in (Account.CASH, Account.BANK)]
    totals = request.books.totals(request.code)
    facts = {
        "count": len(entries), "in_fen": sum(line[2] for line in money if line[2] > 0),
        "out_fen": -sum(line[2] for line in money if line[2] < 0),
        "cash_fen": totals[Account.CASH], "bank_fen": totals[Account.BANK],
    }
    return Answer("day_sheet", facts)
