"""The sums behind every report, set-based: a scope of any size in a handful of statements, no row loaded.

Balances on a day are those of the newest posting booked by it, so the present and the past are read alike.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from ..reports import Figures
from ..terms import POOR_CATEGORIES, RESERVE_ACCOUNTS, Account
from .books import Books

POOR = ", ".join(f"'{word}'" for word in sorted(POOR_CATEGORIES))
PAID_BY = (
    "coalesce((SELECT sum(a.principal_fen) FROM allocation a WHERE a.society = i.society AND a.loan = i.loan"
    " AND a.n = i.n AND a.paid_on <= :day), 0)"
)

STANDING = "(l.status <> 'written_off' OR l.ended_on > :day)"
"""A loan that was written off is late no more: it has left the books, though the claim stays."""


class UnknownScope(ValueError):
    """A report was asked for a society or place that is not in the books."""


def scope_where(books: Books, scope: str) -> tuple[str, dict[str, str]]:
    """A scope as a condition on `society s`: `all`, a code, 省, 县 or 县/乡镇. Raises UnknownScope."""
    if scope == "all":
        return "1 = 1", {}
    county, _, township = scope.partition("/")
    choices = (
        [("s.county = :a AND s.township = :b", {"a": county, "b": township})]
        if township
        else [("s.code = :a", {"a": scope}), ("s.county = :a", {"a": scope}), ("s.province = :a", {"a": scope})]
    )
    for where, given in choices:
        found = books.connection.execute(text(f"SELECT 1 FROM society s WHERE {where} LIMIT 1"), given)  # noqa: S608
        if found.first():
            return where, given
    raise UnknownScope(scope)


def figures(books: Books, scope: str, day: date) -> Figures:
    """All sums of a scope on `day`."""
    return sums(books, *scope_where(books, scope), day)


def sums(books: Books, where: str, given: dict[str, Any], day: date) -> Figures:
    """All sums on `day` of the societies s that `where` names with the parameters `given`."""
    scoped = f"SELECT s.code FROM society s WHERE {where} AND s.opened_on <= :day"  # noqa: S608
    facts: dict[str, Any] = {**given, "day": str(day), "bad": str(day - timedelta(days=90))}
    made = Figures()

    def row(sql: str) -> tuple[Any, ...]:
        found = books.connection.execute(text(f"WITH scope AS ({scoped}) {sql}"), facts).first()
        return tuple(found) if found else ()

    made.societies = row("SELECT count(*) FROM scope")[0]
    made.households_member, poor = row(
        f"SELECT count(*), coalesce(sum(CASE WHEN h.category IN ({POOR}) THEN 1 ELSE 0 END), 0) FROM household h"  # noqa: S608
        " JOIN scope ON scope.code = h.society WHERE h.joined_on <= :day AND (h.left_on IS NULL OR h.left_on > :day)"
    )
    made.households_poor = int(poor)
    _balances(books, made, scoped, facts)
    _loans(made, row)
    for word, count in books.connection.execute(
        text(
            f"WITH scope AS ({scoped}) SELECT h.category, count(DISTINCT l.society || ' ' || l.household) FROM loan l"  # noqa: S608
            " JOIN scope ON scope.code = l.society JOIN household h ON h.society = l.society AND h.no = l.household"
            " WHERE l.paid_out_on <= :day GROUP BY h.category"
        ),
        facts,
    ):
        made.borrowers[word] = int(count)
    return made


def _balances(books: Books, sums: Figures, scoped: str, facts: dict[str, Any]) -> None:
    accounts = ", ".join(f"('{account.value}')" for account in Account)
    rows = books.connection.execute(
        text(
            f"WITH scope AS ({scoped}), want(account) AS (VALUES {accounts}), top AS (SELECT scope.code AS code,"  # noqa: S608
            " (SELECT e.seq FROM entry e WHERE e.society = scope.code AND e.booked_on <= :day"
            " ORDER BY e.booked_on DESC, e.seq DESC LIMIT 1) AS seq FROM scope)"
            " SELECT want.account, sum((SELECT p.total_fen FROM posting p WHERE p.society = top.code"
            " AND p.account = want.account AND p.seq <= top.seq ORDER BY p.seq DESC, p.line DESC LIMIT 1))"
            " FROM top CROSS JOIN want GROUP BY want.account"
        ),
        facts,
    )
    totals = {account: int(total or 0) for account, total in rows}
    sums.fund_fiscal_fen = -totals.get(Account.FISCAL, 0)
    sums.fund_member_fen = -totals.get(Account.CONTRIBUTION, 0)
    sums.fund_donation_fen = -totals.get(Account.DONATION, 0)
    sums.fund_other_fen = -totals.get(Account.OTHER, 0)
    sums.outstanding_fen = totals.get(Account.LOANS, 0)
    sums.fee_income_fen = int(books.connection.execute(
        text(
            f"WITH scope AS ({scoped}), want(account) AS (VALUES ('fee_income'), ('charge_income'))"  # noqa: S608
            " SELECT coalesce(-sum((SELECT p.balance_fen FROM posting p WHERE p.society = scope.code"
            " AND p.account = want.account AND p.sub = '' AND p.seq <= (SELECT e.seq FROM entry e"
            " WHERE e.society = scope.code AND e.booked_on <= :day ORDER BY e.booked_on DESC, e.seq DESC LIMIT 1)"
            " ORDER BY p.seq DESC, p.line DESC LIMIT 1)), 0) FROM scope CROSS JOIN want"
        ),
        facts,
    ).scalar_one())
    sums.reserves_fen = -sum(totals.get(account, 0) for account in RESERVE_ACCOUNTS)
    sums.cash_fen = totals.get(Account.CASH, 0)
    sums.bank_fen = totals.get(Account.BANK, 0)


def _loans(sums: Figures, row: Any) -> None:
    sums.loans_count, poor, lent = row(
        f"SELECT count(*), coalesce(sum(CASE WHEN h.category IN ({POOR}) THEN 1 ELSE 0 END), 0),"  # noqa: S608
        " coalesce(sum(l.amount_fen), 0) FROM loan l JOIN scope ON scope.code = l.society"
        " JOIN household h ON h.society = l.society AND h.no = l.household WHERE l.paid_out_on <= :day"
    )
    sums.loans_poor_count, sums.lent_total_fen = int(poor), int(lent)
    past = (
        f"FROM loan_instalment i JOIN scope ON scope.code = i.society"
        f" JOIN loan l ON l.society = i.society AND l.no = i.loan"
        f" WHERE i.due_on < :day AND l.paid_out_on <= :day AND {STANDING} AND i.principal_fen > {PAID_BY}"
    )
    sums.overdue_fen = int(row(f"SELECT coalesce(sum(i.principal_fen - {PAID_BY}), 0) {past}")[0])
    sums.bad_fen = int(
        row(
            f"SELECT coalesce(sum(i.principal_fen - {PAID_BY}), 0) FROM loan_instalment i"  # noqa: S608
            " JOIN (SELECT DISTINCT i.society, i.loan FROM loan_instalment i JOIN scope ON scope.code = i.society"
            " JOIN loan l ON l.society = i.society AND l.no = i.loan"
            f" WHERE i.due_on <= :bad AND l.paid_out_on <= :day AND {STANDING} AND i.principal_fen > {PAID_BY}) b"
            " ON b.society = i.society AND b.loan = i.loan"
        )[0]
    )
    due, good = row(
        "SELECT count(*), coalesce(sum(CASE WHEN i.paid_on IS NOT NULL AND i.paid_on <= i.due_on THEN 1 ELSE 0 END), 0)"
        " FROM loan_instalment i JOIN scope ON scope.code = i.society JOIN society s ON s.code = i.society"
        " JOIN loan l ON l.society = i.society AND l.no = i.loan"
        " WHERE l.paid_out_on <= :day AND i.due_on > s.opened_on AND i.due_on <= :day AND i.n < 1001"
    )
    sums.instalments_due, sums.instalments_on_time = int(due), int(good)
