"""The end of a society in the charter's order: loans in, costs, members' own money, donations, the rest in custody.

What is left of the fiscal money stays sealed in custody until it is handed to the holder the county named against a
receipt (rules.md 3.14; exit.order); the last balance sheet is zero to the fen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from . import journal
from .money import split
from .records import Draft, Line, Refusal
from .terms import Account

MONEY = (Account.CASH, Account.BANK)
Places = Mapping[tuple[str, str], int]
"""Balances by (account, sub), debit positive."""


@dataclass(frozen=True)
class Paid:
    """One who is paid in the liquidation: the step it belongs to, what was owed and what there was for it."""

    step: str
    account: str
    sub: str
    owed_fen: int
    paid_fen: int


@dataclass(frozen=True)
class Settlement:
    """The plan of a liquidation; `custody_fen` is what then waits for the holder."""

    paid: tuple[Paid, ...]
    custody_fen: int


def refusals(places: Places, open_applications: int) -> list[Refusal]:
    """Loans are called in first, applications are ended, and the cash box is banked."""
    found = []
    loans_fen = sum(fen for (account, _), fen in places.items() if account == Account.LOANS)
    if loans_fen:
        found.append(Refusal("exit.loans_open", {"left_fen": loans_fen}))
    if open_applications:
        found.append(Refusal("exit.applications_open", {"count": open_applications}))
    cash_fen = sum(fen for (account, _), fen in places.items() if account == Account.CASH)
    if cash_fen:
        found.append(Refusal("exit.cash_in_box", {"cash_fen": cash_fen}))
    return found


def plan(places: Places, costs_fen: int, order: Sequence[str] = ("costs", "members", "donations")) -> Settlement:
    """Who is paid what, in order; within a step that cannot be paid whole, by largest remainder.

    Members get back what they paid themselves and what they paid too much, never gifted or matched shares. Donations
    go back into custody for their purpose, so they are shown but not paid to a person.
    """
    left = sum(fen for (account, _), fen in places.items() if account in MONEY)
    owed: dict[str, list[tuple[str, str, int]]] = {
        "costs": [(str(Account.RUNNING_COSTS), "清算费用", costs_fen)] if costs_fen else [],
        "members": [
            (account, sub, -fen) for (account, sub), fen in sorted(places.items())
            if account in (Account.CONTRIBUTION, Account.CREDIT) and fen < 0
        ],
        "donations": [
            (account, sub, -fen) for (account, sub), fen in sorted(places.items())
            if account == Account.DONATION and fen < 0
        ],
    }
    paid: list[Paid] = []
    for step in order:
        claims = owed[step]
        whole = sum(fen for _, _, fen in claims)
        there = min(whole, max(left, 0))
        parts = split(there, [fen for _, _, fen in claims]) if whole else []
        paid += [Paid(step, account, sub, fen, part) for (account, sub, fen), part in zip(claims, parts, strict=True)]
        left -= there
    donated = sum(one.paid_fen for one in paid if one.step == "donations")
    return Settlement(tuple(paid), left + donated)


def entries(made: Settlement, places: Places, on: date, by: int) -> list[Draft]:
    """The payments one by one, then everything that is left into custody: only money and custody remain."""
    drafts, after = [], dict(places)

    def move(account: str, sub: str, fen: int) -> None:
        after[account, sub] = after.get((account, sub), 0) + fen

    for one in made.paid:
        if one.step == "donations" or not one.paid_fen:
            continue
        lines = (Line(one.account, one.paid_fen, one.sub), Line(Account.BANK, -one.paid_fen))
        memo = "清算费用" if one.step == "costs" else "清算退互助金"
        drafts.append(journal.entry("exit", on, lines, f"exit/{one.account}/{one.sub}", by, memo=memo))
        move(one.account, one.sub, one.paid_fen)
        move(Account.BANK, "", -one.paid_fen)
    rest = [
        Line(account, -fen, sub) for (account, sub), fen in sorted(after.items())
        if fen and account not in (*MONEY, Account.CUSTODY)
    ]
    if rest:
        rest.append(Line(Account.CUSTODY, -sum(line.amount_fen for line in rest)))
        drafts.append(journal.entry("custody", on, rest, "exit/custody", by, memo="清算结余转待移交"))
    return drafts


def hand_over(custody_fen: int, on: date, holder: str, receipt: str, by: int) -> Draft | Refusal:
    """Dr 待移交款 / Cr 银行存款, only against the holder's receipt."""
    if not receipt.strip():
        return Refusal("exit.no_receipt")
    lines = (Line(Account.CUSTODY, custody_fen), Line(Account.BANK, -custody_fen))
    return journal.entry("hand_over", on, lines, "exit/hand_over", by, memo=f"移交{holder} {receipt}")
