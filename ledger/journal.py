"""One recipe per money event, each giving a balanced entry; the reversal of any of them; the chain that seals them.

Debit is positive, credit negative, in fen. What an entry says is fixed by its canonical bytes: changing a fen, a date
or an order afterwards changes every later hash (reliability.md D1, I34).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from .records import Allocation, Draft, Line
from .terms import Account

GENESIS = "0" * 64
NOTHING: Mapping[str, Any] = {}


class Unbalanced(AssertionError):
    """An entry whose lines do not sum to zero: always our bug, never a person's mistake."""


def _entry(kind: str, on: date, lines: Sequence[Line], key: str, by: int, **more: Any) -> Draft:
    kept = tuple(line for line in lines if line.amount_fen != 0)
    if sum(line.amount_fen for line in kept) != 0 or len(kept) < 2:
        raise Unbalanced(f"{kind} {key}")
    return Draft(kind, on, kept, key, by, **more)


entry = _entry
"""The same for the recipes of the other modules of the core."""


def opening(on: date, lines: Sequence[Line]) -> Draft | None:
    """The books as they are taken over; an empty village opens with no entry."""
    return _entry("opening", on, lines, "opening", 0, memo="期初") if any(one.amount_fen for one in lines) else None


def pay_out(
    loan: int, amount_fen: int, on: date, money: Account, by: int, version: int = 1, terms: Mapping[str, Any] = NOTHING
) -> Draft:
    """Dr 借出互助金 / Cr 银行存款 or 库存现金; once per loan whatever is sent twice. `terms` are sealed with it.

    Only a pay-out that was taken back raises the loan's `version`, so the next one has a key of its own.
    """
    lines = (Line(Account.LOANS, amount_fen, str(loan)), Line(money, -amount_fen))
    key = f"pay_out/{loan}" if version == 1 else f"pay_out/{loan}/{version}"
    return _entry("pay_out", on, lines, key, by, loan=loan, facts=dict(terms))


def repayment(
    loan: int,
    household: str,
    parts: Sequence[Allocation],
    credit_fen: int,
    on: date,
    money: Account,
    key: str,
    by: int,
    subsidy_fen: int = 0,
) -> Draft:
    """Dr money / Cr 借出互助金, 占用费收入, 逾期占用费收入; what is beyond the loan is kept for the household.

    A subsidised share of the fee comes back to it in two lines of its own: Dr 贴息资金 / Cr 多收待退.
    """
    principal = sum(part.principal_fen for part in parts)
    fee = sum(part.fee_fen for part in parts)
    charge = sum(part.charge_fen for part in parts)
    lines = (
        Line(money, principal + fee + charge + credit_fen),
        Line(Account.LOANS, -principal, str(loan)),
        Line(Account.FEE_INCOME, -fee),
        Line(Account.CHARGE_INCOME, -charge),
        Line(Account.CREDIT, -credit_fen, household),
        Line(Account.SUBSIDY, subsidy_fen),
        Line(Account.CREDIT, -subsidy_fen, household),
    )
    return _entry("repayment", on, lines, key, by, loan=loan, allocations=tuple(parts))


def more_time(kind: str, reviews: Sequence[Mapping[str, Any]], on: date, memo: str, key: str) -> Draft:
    """Dr / Cr 借出互助金 of the same loan: what is out is carried over to other days, and the entry seals which.

    `reviews` are the facts of what took effect (reviews.sealed). A loan of which only a fee is open carries one fen.
    """
    lines = [
        Line(Account.LOANS, sign * max(one["amount_fen"], 1), str(one["loan"])) for one in reviews for sign in (1, -1)
    ]
    loan = reviews[0]["loan"] if len(reviews) == 1 else 0
    return _entry(kind, on, lines, key, 0, memo=memo, loan=loan, facts={"reviews": list(reviews)})


def write_off(
    loan: int, shares: Sequence[tuple[str, int]], on: date, memo: str, by: int, facts: Mapping[str, Any] = NOTHING
) -> Draft:
    """Dr 风险准备金 and then the other reserves / Cr 借出互助金: the loss is borne, the claim stays (核销)."""
    lost = sum(fen for _, fen in shares)
    lines = (*(Line(account, fen) for account, fen in shares), Line(Account.LOANS, -lost, str(loan)))
    return _entry("write_off", on, lines, f"write_off/{loan}", by, memo=memo, loan=loan, facts=facts)


def recovery(
    loan: int, household: str, parts: Sequence[Allocation], credit_fen: int, on: date, money: Account, key: str, by: int
) -> Draft:
    """Dr money / Cr 风险准备金 for principal that was written off, 占用费收入 and 逾期占用费收入 (核销后收回)."""
    principal, fee = sum(part.principal_fen for part in parts), sum(part.fee_fen for part in parts)
    charge = sum(part.charge_fen for part in parts)
    lines = (
        Line(money, principal + fee + charge + credit_fen),
        Line(Account.RISK_RESERVE, -principal),
        Line(Account.FEE_INCOME, -fee),
        Line(Account.CHARGE_INCOME, -charge),
        Line(Account.CREDIT, -credit_fen, household),
    )
    return _entry("recovery", on, lines, key, by, loan=loan, allocations=tuple(parts))


def spend(
    amount_fen: int, on: date, money: Account, memo: str, key: str, by: int, budget_line: str = ""
) -> Draft:
    """Dr 运行费用, by budget line / Cr money."""
    lines = (Line(Account.RUNNING_COSTS, amount_fen, budget_line), Line(money, -amount_fen))
    return _entry("spend", on, lines, key, by, memo=memo)


def move_cash(amount_fen: int, on: date, into: Account, out_of: Account, key: str, by: int) -> Draft:
    """Cash to the bank or back."""
    kind = "bank_in" if into == Account.BANK else "bank_out"
    return _entry(kind, on, (Line(into, amount_fen), Line(out_of, -amount_fen)), key, by)


def fund_in(source: Account, amount_fen: int, on: date, memo: str, key: str, by: int) -> Draft:
    """Dr 银行存款 / Cr the source's own line; money never enters without one."""
    return _entry("fund_in", on, (Line(Account.BANK, amount_fen), Line(source, -amount_fen)), key, by, memo=memo)


def cash_count(difference_fen: int, on: date, key: str, by: int) -> Draft:
    """The box against the book: a difference stands visibly on its own account, never silently put right."""
    lines = (Line(Account.CASH, difference_fen), Line(Account.CASH_DIFFERENCE, -difference_fen))
    return _entry("cash_count", on, lines, key, by, memo="盘点差额")


def contribution(household: str, amount_fen: int, on: date, money: Account, key: str, by: int) -> Draft:
    """Dr money / Cr 会员互助金 of the household: refundable, never shared out."""
    lines = (Line(money, amount_fen), Line(Account.CONTRIBUTION, -amount_fen, household))
    return _entry("contribution", on, lines, key, by)


def given_shares(household: str, amount_fen: int, on: date, key: str, by: int) -> Draft:
    """赠股 and 配股: a part of 政府拨入 is written to the household, its total stays; a negative sum takes it back."""
    lines = (Line(Account.FISCAL, amount_fen), Line(Account.FISCAL, -amount_fen, household))
    return _entry("given_shares", on, lines, key, by)


def refund(household: str, own_fen: int, credit_fen: int, on: date, money: Account, key: str, by: int) -> Draft:
    """Dr 会员互助金, 多收待退 / Cr money: what a leaving household paid itself, never its given shares."""
    lines = (
        Line(Account.CONTRIBUTION, own_fen, household),
        Line(Account.CREDIT, credit_fen, household),
        Line(money, -own_fen - credit_fen),
    )
    return _entry("refund", on, lines, key, by)


def as_set_off(entry: Draft, lines: Sequence[Line]) -> Draft:
    """A repayment whose money came out of a contribution: Dr 会员互助金 / Cr what the repayment credits."""
    return _entry("set_off", entry.on, lines, entry.key, entry.by, memo="互助金抵扣", loan=entry.loan,
                  allocations=entry.allocations)


def reversal(
    seq: int, lines: Sequence[Line], allocations: Sequence[Allocation], loan: int, on: date, memo: str, by: int
) -> Draft:
    """The exact negative of entry `seq`; UNIQUE `reverses` makes it once (reliability.md I6)."""
    turned = tuple(Line(line.account, -line.amount_fen, line.sub) for line in lines)
    parts = tuple(
        Allocation(part.loan, part.n, -part.principal_fen, -part.fee_fen, -part.charge_fen, on) for part in allocations
    )
    return _entry(
        "reversal", on, turned, f"reversal/{seq}", by, memo=memo, loan=loan, reverses=seq, allocations=parts
    )


def seal(previous: str, entry: Mapping[str, Any]) -> str:
    """The hash of an entry after `previous`: SHA-256 over 0x00, the previous hash and the canonical bytes.

    `entry` holds society, seq, kind, on, booked_on, memo, loan, reverses, by, key and lines as
    [account, sub, amount_fen, balance_fen, total_fen] and parts (how a repayment was spread) as [loan, n,
    principal_fen, fee_fen, charge_fen, paid_on] in order; dates are ISO text, so there is one spelling only. What it
    states besides (`facts`, as text) is in it where there is any: entries from before there were facts keep their hash.
    """
    told = {name: value for name, value in entry.items() if name != "facts" or value}
    return hashlib.sha256(b"\x00" + previous.encode() + canonical(told).encode()).hexdigest()


def canonical(value: Mapping[str, Any]) -> str:
    """The one spelling of plain data, empty for nothing."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if value else ""
