"""Sources of money, the year's end, the province's risk fund, and the end of a society: sums and entries, no clock.

Each function gives drafts or refusals; amounts are fen, shares percent or permille as the charter says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from . import journal
from .fund_records import Deed
from .money import split
from .records import Draft, Line, Refusal
from .terms import INCOME_ACCOUNTS, Account

CLOSED = "closed"
"""The sub-account that takes an income account's balance at the year's end, so the account itself keeps its sum."""

FISCAL_LEVELS = {"中央": "centre", "国家": "centre", "省": "province", "市": "city", "县": "county", "区": "county",
                 "乡": "township", "镇": "township"}
LEVEL_WORDS = {"centre": "中央", "province": "省级", "city": "市级", "county": "县级", "township": "乡镇"}
NEEDED_DEEDS = ("finance_rules", "bank_account")


def fiscal_level(words: str) -> str:
    """Which level's money a memo speaks of (`中央 扶贫资金` → centre); empty when it says none."""
    head = words.strip()[:6]
    return next((level for word, level in FISCAL_LEVELS.items() if word in head), "")


FUND_SOURCES = (Account.FISCAL, Account.DONATION, Account.OTHER)


def source_of(source: str, words: str) -> tuple[Account, str]:
    """The account and its line a sum belongs to: fiscal by level; interest and subsidies are income, not sources."""
    if "利息" in words or "结息" in words:
        return Account.BANK_INTEREST, ""
    if "贴息" in words:  # kept for the poor members whose fee it pays a share of
        return Account.SUBSIDY, ""
    if "补助" in words or "补贴" in words:
        return Account.SUBSIDY_INCOME, ""
    if source == "财政":
        return Account.FISCAL, fiscal_level(words)
    return (Account.DONATION if source == "捐赠" else Account.OTHER), ""


def fiscal_refusals(founded_on: date, charter_since: date, deeds: Sequence[Deed], today: date) -> list[Refusal]:
    """Fiscal money comes only after society, charter, finance rules and account (rules.md 3.3, S03 art. 39)."""
    there = {one.kind for one in deeds if one.on <= today}
    found = []
    if founded_on > today:
        found.append(Refusal("fund_in.not_founded", {"on": founded_on}))
    if charter_since > today:
        found.append(Refusal("fund_in.no_charter", {"on": charter_since}))
    return found + [Refusal(f"fund_in.no_{kind}") for kind in NEEDED_DEEDS if kind not in there]


def fund_in(source: str, amount_fen: int, on: date, memo: str, key: str, by: int) -> Draft:
    """Dr 银行存款 / Cr the source's own line; income goes to its own account."""
    account, sub = source_of(source, memo)
    kind = "fund_in" if account in (*FUND_SOURCES, Account.SUBSIDY) else "income"
    lines = (Line(Account.BANK, amount_fen), Line(account, -amount_fen, sub))
    return journal.entry(kind, on, lines, key, by, memo=memo)


def budget_line(memo: str, lines: Sequence[str]) -> str:
    """The budget line a spending belongs to: the one its words begin with, else the last (其他)."""
    return next((name for name in lines if memo.startswith(name)), lines[-1] if lines else "")


# The year's end (rules.md 3.8, 4.7).


@dataclass(frozen=True)
class Share:
    """One part of a distribution: the charter's percent, the exact sum × 100, what it gets, where it goes."""

    name: str
    percent: int
    exact_cents_of_fen: int
    amount_fen: int
    account: str


@dataclass(frozen=True)
class Distribution:
    """The worksheet of a year: what was divided, into what, and by which rule the last fen fell."""

    base_fen: int
    base: str
    shares: tuple[Share, ...]

    def as_sheet(self) -> dict[str, Any]:
        """The worksheet as plain data; `exact` is the share before rounding, in hundredths of a fen."""
        rows = [
            {"name": one.name, "percent": one.percent, "exact": one.exact_cents_of_fen, "amount_fen": one.amount_fen,
             "account": one.account}
            for one in self.shares
        ]
        return {"base": self.base, "base_fen": self.base_fen, "rounding": "largest_remainder", "shares": rows}

    def to(self, account: str) -> int:
        return sum(one.amount_fen for one in self.shares if one.account == account)


GOES_TO: dict[str, Account] = {
    "risk": Account.RISK_RESERVE,
    "capital": Account.ACCUMULATION_FUND,
    "welfare": Account.WELFARE_FUND,
    "running": Account.RETAINED,
    "members": Account.ACCUMULATION_FUND,
}
"""Where each part goes. Dividends are forbidden (rules.md 3.16), so the members' part becomes capital (4.7)."""


def distribute(base_fen: int, percents: Mapping[str, int], base: str = "net") -> Distribution | Refusal:
    """Divide a year's income by largest remainder; the parts add up to the fen.

    Refused: a dividend, nothing to divide, parts that are not 100 percent.
    """
    if percents.get("dividend"):
        return Refusal("distribution.dividend")
    if base_fen <= 0:
        return Refusal("distribution.nothing")
    if sum(percents.values()) != 100 or not set(percents) <= {*GOES_TO, "dividend"}:
        return Refusal("distribution.not_hundred")
    names = [name for name in GOES_TO if name in percents]
    parts = split(base_fen, [percents[name] for name in names])
    shares = tuple(
        Share(name, percents[name], base_fen * percents[name], fen, str(GOES_TO[name]))
        for name, fen in zip(names, parts, strict=True)
    )
    return Distribution(base_fen, base, shares)


def close_year(balances: Mapping[tuple[str, str], int], year: int, on: date, by: int) -> Draft | None:
    """Income and costs of the year into 累计结余; `balances` are those of the income accounts by (account, sub)."""
    left: dict[str, int] = {}
    for (account, _), fen in balances.items():
        left[account] = left.get(account, 0) + fen
    lines = [Line(account, -left[account], CLOSED) for account in INCOME_ACCOUNTS if left.get(account)]
    surplus = -sum(left.values())
    if not lines:
        return None
    lines.append(Line(Account.RETAINED, -surplus))
    return journal.entry("year_end", on, lines, f"year_end/{year}", by, memo=f"{year}年结转")


def distribution_entry(made: Distribution, year: int, on: date, by: int, resolution: str) -> Draft | None:
    """Dr 累计结余 / Cr the reserves; the running part stays where it is."""
    moved = [(account, made.to(str(account))) for account in (Account.RISK_RESERVE, Account.ACCUMULATION_FUND,
                                                               Account.WELFARE_FUND)]
    lines = [Line(Account.RETAINED, sum(fen for _, fen in moved)), *(Line(account, -fen) for account, fen in moved)]
    if not lines[0].amount_fen:
        return None
    return journal.entry("distribution", on, lines, f"distribution/{year}", by, memo=f"{year}年分配 {resolution}")


# The province's risk fund (rules.md 3.15; every number is policy).


def risk_raise(amount_fen: int, on: date, memo: str, key: str, by: int) -> Draft:
    """In the fund's own books: Dr 银行存款 / Cr 风险补偿金."""
    lines = (Line(Account.BANK, amount_fen), Line(Account.RISK_POOL, -amount_fen))
    return journal.entry("risk_raise", on, lines, key, by, memo=memo)


def risk_cap_fen(loss_fen: int, pool_fen: int, share_permille: int = 500, pool_permille: int = 200) -> int:
    """The most a claim may be paid: a share of the net loss, and never more than a part of the pool, rounded down."""
    return max(0, min(loss_fen * share_permille // 1000, pool_fen * pool_permille // 1000))


def risk_refusals(event: str, evidence: str, loss_fen: int, reserve_fen: int, group_asked: bool) -> list[Refusal]:
    """Only losses beyond human control, proved, and after the group and the society's own reserve have paid."""
    found = []
    if event not in FORCE_MAJEURE:
        found.append(Refusal("risk.not_force_majeure", {"event": event}))
    if not evidence.strip():
        found.append(Refusal("risk.no_evidence"))
    if not group_asked:
        found.append(Refusal("risk.group_first"))
    if loss_fen <= 0:
        found.append(Refusal("risk.no_loss"))
    if reserve_fen > 0:
        found.append(Refusal("risk.reserve_first", {"reserve_fen": reserve_fen}))
    return found


FORCE_MAJEURE = ("洪水", "旱灾", "地震", "冰雹", "台风", "雪灾", "霜冻", "泥石流", "火灾", "疫病")


def risk_pay(amount_fen: int, society: str, claim: int, on: date, by: int) -> Draft:
    """In the fund's books: Dr 风险补偿金 / Cr 银行存款; once per claim."""
    lines = (Line(Account.RISK_POOL, amount_fen), Line(Account.BANK, -amount_fen))
    return journal.entry("risk_pay", on, lines, f"risk_pay/{claim}", by, memo=society)


def compensation(amount_fen: int, fund: str, claim: int, on: date) -> Draft:
    """In the society's books: Dr 银行存款 / Cr 风险准备金, from which the loss is written off."""
    lines = (Line(Account.BANK, amount_fen), Line(Account.RISK_RESERVE, -amount_fen))
    return journal.entry("compensation", on, lines, f"compensation/{fund}/{claim}", 0, memo=f"{fund} {claim}号")
