"""Disclosure sheets: a month's and a quarter's figures of a society, posted for all to read (rules.md 3.11, 3.13).

Which sheets are owed follows from the last one posted, so months that were missed are caught up, each once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .calendar import add_months
from .records import Disclosure
from .terms import FUND_ACCOUNTS, Account

MONTH, QUARTER, INTERIM = "month_sheet", "quarter_sheet", "interim_sheet"
KINDS = (MONTH, QUARTER, INTERIM)
LENGTH = {MONTH: 1, QUARTER: 3}
MOST_AT_ONCE = 12
"""After longer silence only so many missed sheets are posted, the newest ones."""


@dataclass(frozen=True)
class Period:
    """What a sheet covers; both days count."""

    kind: str
    first: date
    until: date

    @property
    def name(self) -> str:
        """`2026-03`, `2026Q1`; for a sheet in between its last day."""
        if self.kind == QUARTER:
            return f"{self.until.year}Q{(self.until.month + 2) // 3}"
        return f"{self.until:%Y-%m}" if self.kind == MONTH else str(self.until)


def ended(kind: str, day: date) -> Period:
    """The newest whole month or quarter that was over before `day`."""
    months = LENGTH[kind]
    begin = date(day.year, day.month - (day.month - 1) % months, 1)
    return Period(kind, add_months(begin, -months), begin - timedelta(days=1))


def owed(kind: str, opened_on: date, begun_on: date, last: date | None, today: date) -> list[Period]:
    """The sheets to post now, the oldest first: all since `last`, or since the day something was first booked here."""
    found: list[Period] = []
    period = ended(kind, today)
    while period.until >= begun_on and (last is None or period.until > last) and len(found) < MOST_AT_ONCE:
        found.insert(0, Period(kind, max(period.first, opened_on), period.until))
        period = ended(kind, period.first)
    return found


def interim(opened_on: date, today: date) -> Period:
    """The running month so far."""
    return Period(INTERIM, max(today.replace(day=1), opened_on), today)


Nets = Mapping[tuple[str, str], int]
"""(kind of entry, account) → what it moved in the period, debit positive; a reversal counts as the kind it reverses."""

_NOT_OF_THE_PERIOD = frozenset({"opening", "year_end"})


def figures(nets: Nets, totals: Mapping[str, int], counts: Mapping[str, int]) -> dict[str, Any]:
    """The facts of a sheet in fen and counts: what came in, was lent and came back, fees, costs, gifts; what is there.

    `totals` are the balances on the last day, `counts` what is counted beside the books (loans paid out, extensions,
    loans late and the principal overdue).
    """
    real = {key: fen for key, fen in nets.items() if key[0] not in _NOT_OF_THE_PERIOD}

    def moved(*accounts: str, only: str = "", but: frozenset[str] = frozenset()) -> int:
        return sum(fen for (kind, account), fen in real.items()
                   if account in accounts and (not only or kind == only) and kind not in but)

    return {
        "fiscal_fen": -moved(Account.FISCAL), "donation_fen": -moved(Account.DONATION),
        "contribution_fen": -moved(Account.CONTRIBUTION, but=frozenset({"refund"})),
        "refund_fen": moved(Account.CONTRIBUTION, only="refund"),
        "lent_fen": moved(Account.LOANS, only="pay_out"),
        "recovered_fen": -moved(Account.LOANS, but=frozenset({"pay_out", "write_off"})),
        "written_off_fen": -moved(Account.LOANS, only="write_off"),
        "fee_fen": -moved(Account.FEE_INCOME, Account.CHARGE_INCOME), "interest_fen": -moved(Account.BANK_INTEREST),
        "costs_fen": moved(Account.RUNNING_COSTS),
        "fund_fen": -sum(totals.get(account, 0) for account in FUND_ACCOUNTS),
        "cash_fen": totals.get(Account.CASH, 0), "bank_fen": totals.get(Account.BANK, 0),
        "out_fen": totals.get(Account.LOANS, 0), **counts,
    }


def page(
    society: str, number: int, period: Period, facts: Mapping[str, Any], days: int, today: date, head: tuple[int, str]
) -> Disclosure:
    """The public notice of a sheet, open for `days`."""
    told = {**facts, "period": period.name, "first_on": str(period.first), "until_on": str(period.until)}
    return Disclosure(
        society, number, period.kind, 0, today, today + timedelta(days=days - 1), None, *head, told)
