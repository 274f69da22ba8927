"""The statements of a society from its balances: trial balance, balance sheet, income statement. Numbers, no layout.

Balances come debit positive, in fen; each statement says whether it agrees with itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .terms import FUND_ACCOUNTS, INCOME_ACCOUNTS, RESERVE_ACCOUNTS, Account

ASSETS = (Account.CASH, Account.BANK, Account.LOANS)
NET = (*RESERVE_ACCOUNTS, Account.RETAINED)
LIABILITIES = tuple(account for account in Account if account not in {*ASSETS, *NET, *INCOME_ACCOUNTS})
"""What is owed or entrusted: in the counties' own system the sources of money are liabilities (rules.md 3.3, 8)."""

Moves = Mapping[str, tuple[int, int]]
"""Account → (debit, credit) turnover of a period, both positive."""


@dataclass(frozen=True)
class TrialRow:
    """One account: before the period, its turnover, after it; balances debit positive."""

    account: str
    opening_fen: int
    debit_fen: int
    credit_fen: int
    closing_fen: int


@dataclass(frozen=True)
class Trial:
    rows: tuple[TrialRow, ...]

    @property
    def agrees(self) -> bool:
        """Debit equals credit in every column."""
        return all(
            sum(column) == 0
            for column in (
                [row.opening_fen for row in self.rows],
                [row.debit_fen - row.credit_fen for row in self.rows],
                [row.closing_fen for row in self.rows],
            )
        )


def trial(opening: Mapping[str, int], moves: Moves) -> Trial:
    """The trial balance of a period; accounts that never moved are left out."""
    rows = []
    for account in Account:
        before, (debit, credit) = opening.get(account, 0), moves.get(account, (0, 0))
        if before or debit or credit:
            rows.append(TrialRow(account, before, debit, credit, before + debit - credit))
    return Trial(tuple(rows))


@dataclass(frozen=True)
class Sheet:
    """A balance sheet: assets = liabilities + net; the net is reserves, what was kept, and the running surplus."""

    assets: dict[str, int]
    liabilities: dict[str, int]
    net: dict[str, int]
    surplus_fen: int

    @property
    def assets_fen(self) -> int:
        return sum(self.assets.values())

    @property
    def liabilities_fen(self) -> int:
        return sum(self.liabilities.values())

    @property
    def net_fen(self) -> int:
        return sum(self.net.values()) + self.surplus_fen

    @property
    def agrees(self) -> bool:
        return self.assets_fen == self.liabilities_fen + self.net_fen

    @property
    def lent_share_ppm(self) -> int:
        """Loans out as a share of assets, parts per million, half-up (rules.md 4.10); 0 without assets."""
        whole = self.assets_fen
        return (2 * 1_000_000 * self.assets[Account.LOANS] + whole) // (2 * whole) if whole > 0 else 0


def sheet(totals: Mapping[str, int]) -> Sheet:
    """The balance sheet of balances by account."""
    return Sheet(
        {account: totals.get(account, 0) for account in ASSETS},
        {account: -totals.get(account, 0) for account in LIABILITIES},
        {account: -totals.get(account, 0) for account in NET},
        -sum(totals.get(account, 0) for account in INCOME_ACCOUNTS),
    )


@dataclass(frozen=True)
class IncomeStatement:
    """Income and costs of a period by account and, for costs, by budget line; income positive, costs positive."""

    income: dict[str, int]
    costs: dict[str, int]

    @property
    def surplus_fen(self) -> int:
        return sum(self.income.values()) - sum(self.costs.values())


def income(flows: Mapping[tuple[str, str], int]) -> IncomeStatement:
    """The income statement of net flows by (account, sub), debit positive, closing entries left out."""
    earned: dict[str, int] = {
        str(account): -sum(fen for (name, _), fen in flows.items() if name == account)
        for account in INCOME_ACCOUNTS
        if account not in (Account.RUNNING_COSTS, Account.CASH_DIFFERENCE)
    }
    costs: dict[str, int] = {}
    for (account, sub), fen in sorted(flows.items()):
        if account == Account.RUNNING_COSTS and fen:
            costs[sub] = costs.get(sub, 0) + fen
    difference = sum(fen for (account, _), fen in flows.items() if account == Account.CASH_DIFFERENCE)
    if difference:
        costs[str(Account.CASH_DIFFERENCE)] = difference
    return IncomeStatement(earned, costs)


def fund_fen(totals: Mapping[str, int]) -> int:
    """The fund: what was put in by all four sources."""
    return -sum(totals.get(account, 0) for account in FUND_ACCOUNTS)
