"""Repayments: what a member says was paid, what the cashier takes in, what is disputed, undone or reversed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from ledger import closing, lending, notices, write_off
from ledger.calendar import spoken_date
from ledger.charter import Charter
from ledger.records import Act, Draft, Household, Loan, LoanInstalment, Matter, Person, Refusal
from ledger.store.fund_reads import Funds
from ledger.terms import Account, Role, Status

from . import review
from .people import posts
from .request import Answer, Choice, Request, facts_of, household_of, refuse


def said(request: Request) -> Answer:
    """`我还了500`: nothing is booked on a borrower's own word; the cashier is asked to look."""
    amount_fen = int(request.slots.get("amount_fen") or 0)
    if amount_fen <= 0:
        return refuse(Refusal("repay.no_amount"))
    mine = request.books.loans_of(request.code, household_of(request).no, [Status.PAID_OUT])
    if not mine:
        return refuse(Refusal("repay.no_loan"))
    name = request.speaker.person.name
    told = tuple(
        notices.reported_repayment(person.no, name, amount_fen, request.key)
        for person in posts(request, Role.CASHIER)
    )
    return Answer("repay.said", {"amount_fen": amount_fen, "loan": mine[0].no}, Act((), (), told))


def collect(request: Request) -> Answer:
    """`收 陈桂花 500 王五 全`: all lines or none, each its own entry and receipt."""
    lines = request.slots.get("lines") or []
    on, late = _paid_on(request)
    if late is not None:
        return refuse(late)
    if not lines:
        return refuse(Refusal("collect.no_lines"))
    money = Account.BANK if request.slots.get("via") == "转账" else Account.CASH
    refusals: list[Refusal] = []
    act, shown, total_fen, credit_fen, seen = Act(), [], 0, 0, set()
    for number, line in enumerate(lines):
        found = _payer(request, str(line["person"]))
        if isinstance(found, Refusal):
            refusals.append(found)
            continue
        home, person, loan = found
        if home.no in seen:
            refusals.append(Refusal("collect.twice", {"name": person.name}))
            continue
        seen.add(home.no)
        if loan.paid_out_on is not None and on < loan.paid_out_on:
            facts = {"name": person.name, "loan": loan.no, "paid_out_on": loan.paid_out_on}
            refusals.append(Refusal("collect.before_pay_out", facts))
            continue
        booked = [one for entry in act.entries for one in entry.lines]
        given_fen = sum(one.amount_fen for one in booked if one.account == Account.SUBSIDY)
        part, taken, paid_fen = _take(request, loan, line, on, money, number, given_fen)
        act, total_fen, credit_fen = act + part, total_fen + paid_fen, credit_fen + taken.credit_fen
        shown.append((person.name, loan, paid_fen, taken))
    if refusals:
        return replace(refuse(*refusals), choices=_which_home(refusals, lines))
    facts = _collect_facts(shown, total_fen, credit_fen, money) | {"on": spoken_date(on), "late": on != request.today}
    return Answer("collect.done", facts, act, ask="collect.ask")


def _which_home(refusals: Sequence[Refusal], lines: Sequence[Mapping[str, Any]]) -> tuple[Choice, ...]:
    """Which of several people of one name paid, as digits, where nothing else is in the way."""
    if len(refusals) != 1 or refusals[0].key != "person.several":
        return ()
    name = refusals[0].facts["name"]
    return tuple(
        Choice("menu.home", {"home": tail, "group": group},
               {"lines": [{**line, "person": tail} if line["person"] == name else dict(line) for line in lines]})
        for tail, group in refusals[0].facts["tails"]
    )


def _take(
    request: Request, loan: Loan, line: Mapping[str, Any], on: date, money: Account, number: int, given_fen: int
) -> tuple[Act, lending.Taken, int]:
    rows = request.books.instalments(request.code, loan.no)
    charter = request.charter(loan.charter_version)
    wanted, by, key = line["amount_fen"], request.speaker.person.no, f"{request.key}/{number}"
    if loan.status == Status.WRITTEN_OFF:
        paid_fen = write_off.claim_fen(rows) if wanted == "all" else int(wanted)
        taken = write_off.take(rows, loan.no, paid_fen, on)
        return write_off.recover(loan, taken, on, money, key, by, number), taken, paid_fen
    on = _quoted_day(request, loan, rows, charter, wanted, on)
    paid_fen = lending.payoff(loan, rows, charter, on).total_fen if wanted == "all" else int(wanted)
    taken = lending.take(loan, rows, charter, paid_fen, on)
    home = request.books.household(request.code, loan.household)
    there_fen = -request.books.balance(request.code, Account.SUBSIDY, "") - given_fen
    subsidy_fen = lending.subsidy_fen(home, charter, taken, there_fen) if home else 0
    act = lending.collect(loan, taken, request.today, on, money, key, by, number, subsidy_fen)
    if taken.settled:
        act += review.lapse_of(taken_loan(act), request.books.open_review(request.code, loan.no))
    return act, taken, paid_fen


def taken_loan(act: Act) -> Loan:
    """The loan as the act leaves it."""
    return next(one for one in act.records if isinstance(one, Loan))


def _quoted_day(
    request: Request, loan: Loan, rows: list[LoanInstalment], charter: Charter, wanted: object, on: date
) -> date:
    """The day of a payoff quote that still holds, where at least its sum is paid; else the day itself."""
    quote, hour = request.books.quote(request.code, loan.no), (request.now // 3600 + 8) % 24  # 8: Beijing
    held = on == request.today and lending.quote_holds(quote, loan, rows, charter, on, hour)
    if quote is None or not held or (wanted != "all" and int(str(wanted)) < quote.total_fen):
        return on
    return quote.on


def _collect_facts(
    shown: list[tuple[str, Loan, int, lending.Taken]], total_fen: int, credit_fen: int, money: Account
) -> dict[str, Any]:
    """One line is shown whole, several as a list with their sum."""
    facts: dict[str, Any] = {"total_fen": total_fen, "count": len(shown), "money": str(money), "credit_fen": credit_fen}
    facts["lines"] = [[name, paid_fen, loan.no] for name, loan, paid_fen, _ in shown]
    if len(shown) == 1:
        name, loan, _, taken = shown[0]
        facts |= facts_of(loan) | {
            "name": name, "principal_fen": taken.principal_fen, "fee_fen": taken.fee_fen,
            "charge_fen": taken.charge_fen, "left_fen": taken.left_fen,
        }
    return facts


DAYS_BACK = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2, "前日": 2, "大前天": 3}


def day_meant(words: str, today: date) -> date | None:
    """The day a person means: 昨天, or 4月7日 as the newest such day that is not after today; None if there is none."""
    if words in DAYS_BACK:
        return today - timedelta(days=DAYS_BACK[words])
    found = re.fullmatch(r"(?:([0-9]{4})年)?([0-9]{1,2})月([0-9]{1,2})[日号]?", words)
    if found is None:
        return None
    for year in (int(found[1]),) if found[1] else (today.year, today.year - 1):
        try:
            day = date(year, int(found[2]), int(found[3]))
        except ValueError:
            continue
        if day <= today:
            return day
    return None


def _paid_on(request: Request) -> tuple[date, Refusal | None]:
    """The day the money was really paid: today, or at most three days back (charter `collect.back_days_max`)."""
    given = request.slots.get("on")
    if not given:
        return request.today, None
    on = day_meant(str(given), request.today)
    limit = request.charter().collect.back_days_max
    if on is None or (request.today - on).days > limit:
        return request.today, Refusal("collect.too_late", {"days": limit})
    return on, closing.closed(on, Funds(request.books, request.code).last_closed())


def _payer(request: Request, name: str) -> tuple[Household, Person, Loan] | Refusal:
    """The household a name or the tail of a 户号 means, and its open loan; two of one name are asked apart."""
    books = request.books
    if name.isdigit():
        home = books.household(request.code, f"{request.code}-{name.zfill(3)}")
        person = books.person(request.code, home.person) if home else None
        found = [(home, person)] if home and person else []
    else:
        found = books.members_named(request.code, name)
    if not found:
        return Refusal("person.none", {"name": name})
    for home, _ in found[:2]:
        books.look_ahead_at(request.code, home.no, [(Account.SUBSIDY, "")], paying=True)
    owing = [(home, person, loan) for home, person in found for loan in _open(request, home)]
    if not owing:
        return Refusal("collect.owes_nothing", {"name": name})
    if len(owing) > 1:
        tails = [(home.no.rpartition("-")[2], home.group_name) for home, _, _ in owing]
        homes = "、".join(f"{tail}号户（{group}）" for tail, group in tails)
        return Refusal("person.several", {"name": name, "tails": tails, "choices": homes})
    return owing[0]


def _open(request: Request, home: Household) -> list[Loan]:
    """The loan a household's money goes to: the one it repays, else one that was written off and is not paid back."""
    standing = request.books.loans_of(request.code, home.no, [Status.PAID_OUT])
    return standing or request.books.unrecovered(request.code, home.no)


def dispute(request: Request) -> Answer:
    """`不符 我还的是600`: the receipt is contested; treasurer, chair and supervisors look."""
    home, text = household_of(request), str(request.slots.get("text") or "")
    newest = request.books.last_repayment(request.code, home.no)
    if newest is None:
        return refuse(Refusal("dispute.none"))
    number = request.books.next_matter_no(request.code)
    matter = Matter(request.code, number, "dispute", newest.loan, home.person, text, request.today)
    told = tuple(
        notices.matter_raised(matter, request.speaker.person.name, person.no)
        for person in posts(request, Role.TREASURER, Role.SUPERVISOR, Role.CHAIR)
    )
    facts = {"item": number, "entry": newest.seq, "paid_fen": newest.paid_fen}
    return Answer("dispute.done", facts, Act((matter,), (), told))


def undo(request: Request) -> Answer:
    """`撤`: the speaker's own newest entry of today, by its reversal."""
    entry = request.books.newest_entry_by(request.code, request.speaker.person.no, request.today)
    if entry is None:
        return refuse(Refusal("undo.none"))
    return _reverse(request, entry, "撤销", "undo")


def reverse(request: Request) -> Answer:
    """`冲正 118 记错人`: any entry, with a reason; it stays in the books and its opposite beside it."""
    reason = str(request.slots.get("text") or "").strip()
    if not reason:
        return refuse(Refusal("reverse.no_reason"))
    return _reverse(request, int(request.slots.get("entry") or 0), reason, "reverse")


def _reverse(request: Request, seq: int, reason: str, words: str) -> Answer:
    books = request.books
    draft = books.entry(request.code, seq)
    if draft is None:
        return refuse(Refusal("reverse.none", {"entry": seq}))
    loan = books.loan(request.code, draft.loan) if draft.loan else None
    against = _irreversible(request, seq, draft, loan)
    if against is not None:
        return refuse(against)
    me, size_fen = request.speaker.person.no, sum(line.amount_fen for line in draft.lines if line.amount_fen > 0)
    facts = {"entry": seq, "sum_fen": size_fen, "reason": reason, "kind": draft.kind}
    if loan is not None and draft.kind == "pay_out":
        act = lending.take_back(loan, draft, seq, request.today, reason, me)
        return Answer(f"{words}.done", facts, act, ask=f"{words}.ask")
    payments = books.standing_payments(request.code, loan.no) if loan else []
    done = books.reviews_of(request.code, loan.no) if loan else []
    charter = request.charter(loan.charter_version if loan else None)
    act = lending.reverse(draft, seq, loan, payments, charter, request.today, reason, me, done)
    return Answer(f"{words}.done", facts, act, ask=f"{words}.ask")


REVERSIBLE_NEVER = frozenset({
    "opening", "reversal", "write_off", "given_shares", "refund", "extension", "relief", "freeze", "register",
})


def _irreversible(request: Request, seq: int, draft: Draft, loan: Loan | None) -> Refusal | None:
    """Why an entry may not be reversed: its kind, a reversal that stands, or later events that rest on it."""
    if draft.kind in REVERSIBLE_NEVER:
        return Refusal("reverse.not_this", {"entry": seq, "kind": draft.kind})
    if request.books.reversed_by(request.code, seq):
        return Refusal("reverse.said_before", {"entry": seq})
    if loan is not None and (later := _rests_on_it(request, seq, draft, loan)):
        return later
    return _would_lack(request, draft)


def _rests_on_it(request: Request, seq: int, draft: Draft, loan: Loan) -> Refusal | None:
    """What has happened to the loan since, and is undone first or never."""
    if request.books.repaid_after(request.code, loan.no, seq):
        return Refusal("reverse.newer", {"entry": seq, "loan": loan.no})
    if draft.kind == "pay_out" and loan.received_on is not None:
        return Refusal("reverse.received", {"loan": loan.no})
    written_off = loan.status == Status.WRITTEN_OFF
    if (written_off and draft.kind != "recovery") or (draft.kind == "pay_out" and loan.status != Status.PAID_OUT):
        return Refusal("reverse.not_this", {"entry": seq, "kind": draft.kind})
    return None


def _would_lack(request: Request, draft: Draft) -> Refusal | None:
    """Money that has gone on elsewhere cannot be taken out of the box, the bank or what is kept for somebody."""
    totals = request.books.totals(request.code)
    for money in (Account.CASH, Account.BANK):
        back_fen = sum(line.amount_fen for line in draft.lines if line.account == money)
        if totals[money] < back_fen:
            return Refusal("money.short", {"money": str(money), "there_fen": totals[money]})
    for place in {(line.account, line.sub) for line in draft.lines if line.account in KEPT_FOR_OTHERS}:
        moved_fen = sum(line.amount_fen for line in draft.lines if (line.account, line.sub) == place)
        if request.books.balance(request.code, *place) - moved_fen > 0:
            return Refusal("reverse.gone_on", {"money": str(place[0])})
    return None


KEPT_FOR_OTHERS = frozenset({Account.CREDIT, Account.RISK_RESERVE, Account.SUBSIDY})
"""Accounts that never go below zero: what is kept in them may have been given out since."""
