"""How a standing schedule changes: more time (extension), and money ahead that ends sooner or lowers the instalments.

Pure functions from instalments to instalments; principal rows always add up to the loan. What was planned before can
be recomputed at any time from the payments and reviews in order (replay.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from . import payoff, repayment, schedule
from .calendar import add_months, months_between
from .loan_terms import LOWER
from .money import half_up
from .records import LoanInstalment
from .repayment import Part, open_fee, open_principal
from .terms import Plan

EARLY_FROM = 1001
"""Instalments from this number on are early part payments: due and paid on their own day, part of no plan."""

_MILLION = 10**6
Rows = tuple[LoanInstalment, ...]


@dataclass(frozen=True)
class Terms:
    """What a schedule depends on besides its rows; `early` is the charter's way with money ahead."""

    paid_out_on: date
    fee_ppm_month: int
    plan: str
    day_count: str
    early: str


def in_order(rows: Sequence[LoanInstalment]) -> Rows:
    """By due day, as every reader gets them."""
    return tuple(sorted(rows, key=lambda one: (one.due_on, one.n)))


def extend(rows: Sequence[LoanInstalment], terms: Terms, months: int, on: date) -> Rows:
    """Every open instalment falls due `months` later; the fee of those months is in the first of them.

    `rows` are assessed up to `on`: the charge so far stays owed, none runs until the new due day (rules.md 3.7). The
    fee is on what is still out, for a flat loan on the whole loan, as in its schedule. Nothing open changes nothing.
    """
    open_rows = [one for one in in_order(rows) if open_principal(one) or open_fee(one)]
    if not open_rows:
        return tuple(rows)
    flat = terms.plan == Plan.FLAT
    base_fen = sum(one.principal_fen for one in rows) if flat else repayment.outstanding(rows)
    extra_fen = half_up(base_fen * terms.fee_ppm_month * months, _MILLION)
    moved = {}
    for one in open_rows:
        later = add_months(terms.paid_out_on, months_between(terms.paid_out_on, one.due_on) + months)
        # A disaster may have frozen the charge beyond the day on which more time is given.
        frozen = max(on, one.charged_to or on)
        charged_to = frozen if later < frozen else None
        moved[one.n] = replace(one, due_on=later, charged_to=charged_to)
    first = open_rows[0].n
    moved[first] = replace(moved[first], fee_fen=moved[first].fee_fen + extra_fen)
    return in_order([moved.get(one.n, one) for one in rows])


def fee_now(rows: Sequence[LoanInstalment], terms: Terms, on: date) -> int:
    """The fee in fen earned by `on` in the period that runs, and not paid yet."""
    ordered = in_order(rows)
    earned = payoff.fees_earned(ordered, terms.paid_out_on, on, terms.fee_ppm_month, terms.plan, terms.day_count)
    running = next((i for i, one in enumerate(ordered) if one.due_on > on and open_principal(one)), None)
    if running is None:
        return 0
    return max(0, earned[running] - ordered[running].paid_fee_fen)


def pay_ahead(
    rows: Sequence[LoanInstalment], terms: Terms, amount_fen: int, on: date
) -> tuple[tuple[Part, ...], Rows]:
    """A payment below the payoff, spread: what is due first, then the fee earned so far, the rest off the principal.

    The instalments to come are planned anew on the lower balance, on the same days (`lower`) or ending sooner
    (`shorten`). `rows` are assessed up to `on`. What does not go beyond the fee earned,
    or leaves no principal to plan, is spread as ever.
    """
    owed_fen = repayment.owed(rows, on)
    fee_fen = fee_now(rows, terms, on)
    surplus_fen = amount_fen - owed_fen - fee_fen
    coming_fen = sum(open_principal(one) for one in rows if one.due_on > on)
    # A row without principal may still owe a fee (fewer fen than instalments): then nothing is left to plan anew.
    if surplus_fen <= 0 or surplus_fen >= coming_fen:
        parts, _ = repayment.spread(rows, amount_fen, on)
        return parts, repayment.apply(rows, parts, on)
    due = [one for one in rows if one.due_on <= on]
    parts, _ = repayment.spread(due, owed_fen, on)
    n = max(EARLY_FROM - 1, *(one.n for one in rows)) + 1
    opened = open_ahead(repayment.apply(rows, parts, on), terms, n, surplus_fen, on)
    parts = (*parts, Part(n, 0, fee_fen, surplus_fen))
    return parts, repayment.apply(opened, parts[-1:], on)


def open_ahead(rows: Sequence[LoanInstalment], terms: Terms, n: int, principal_fen: int, on: date) -> Rows:
    """The rows with an early part payment `n` of `principal_fen` due on `on`, and the coming ones planned anew.

    Raises ValueError when as much or more is paid ahead than is planned after `on`: that settles the loan.
    """
    ordered = in_order(rows)
    fee_fen = fee_now(ordered, terms, on)
    coming = [one for one in ordered if one.due_on > on and open_principal(one)]
    left_fen = sum(map(open_principal, coming)) - principal_fen
    if left_fen <= 0:
        raise ValueError("more is paid ahead than is planned to come")
    rest_fen = _rest_of_period(ordered, terms, coming[0], left_fen, fee_fen, on)
    planned = _planned(coming, terms, left_fen)
    changed: dict[int, LoanInstalment] = {}
    for place, (one, (open_fen, new_fee_fen)) in enumerate(zip(coming, planned, strict=True)):
        fee = one.paid_fee_fen + (rest_fen if place == 0 else new_fee_fen)
        after = replace(one, principal_fen=one.paid_principal_fen + open_fen, fee_fen=max(fee, one.paid_fee_fen))
        changed[one.n] = after if repayment.open_total(after) else replace(after, paid_on=on)
    first = coming[0]
    ahead = LoanInstalment(first.society, first.loan, n, on, principal_fen, fee_fen)
    return in_order([*(changed.get(one.n, one) for one in ordered), ahead])


def _rest_of_period(
    ordered: Rows, terms: Terms, running: LoanInstalment, left_fen: int, earned_fen: int, on: date
) -> int:
    """The fee of the running period that is still to come, on the lower balance; a flat fee stays as agreed."""
    if terms.plan == Plan.FLAT:
        return max(0, open_fee(running) - earned_fen)
    before = [one.due_on for one in ordered if one.due_on < running.due_on]
    start = max(before, default=terms.paid_out_on)
    whole, of = payoff.elapsed(terms.paid_out_on, start, running.due_on, terms.day_count)
    gone, _ = payoff.elapsed(terms.paid_out_on, start, on, terms.day_count)
    if of != 1:  # a plan counts whole months, whatever their days
        whole = of * months_between(start, running.due_on)
    return half_up(left_fen * terms.fee_ppm_month * max(whole - gone, 0), _MILLION * of)


def _planned(coming: Sequence[LoanInstalment], terms: Terms, left_fen: int) -> list[tuple[int, int]]:
    """(open principal, fee) of each coming instalment on the balance `left_fen`; the first one's fee is not used."""
    shares = _shares(coming, terms, left_fen)
    planned, balance = [], left_fen
    for place, (one, principal) in enumerate(zip(coming, shares, strict=True)):
        months = months_between(coming[place - 1].due_on, one.due_on) if place else 1
        fee = half_up(balance * terms.fee_ppm_month * months, _MILLION)
        if terms.plan == Plan.FLAT:
            fee = open_fee(one) if principal or terms.early == LOWER else 0
        planned.append((principal, fee))
        balance -= principal
    return planned


def _shares(coming: Sequence[LoanInstalment], terms: Terms, left_fen: int) -> list[int]:
    """The open principal of each coming instalment; together they are `left_fen`."""
    count, ppm = len(coming), terms.fee_ppm_month
    if terms.early == LOWER:
        if terms.plan == Plan.EQUAL_PAYMENT:
            made = schedule.make(left_fen, count, ppm, terms.plan, terms.paid_out_on)
            return [row.principal_fen for row in made]
        return [left_fen // count] * (count - 1) + [left_fen - left_fen // count * (count - 1)]
    shares, balance = [], left_fen
    payment_fen = open_principal(coming[0]) + coming[0].fee_fen
    for place, one in enumerate(coming):
        wanted = open_principal(one)
        if terms.plan == Plan.EQUAL_PAYMENT:
            wanted = max(0, payment_fen - half_up(balance * ppm, _MILLION))
        share = balance if place == count - 1 else min(wanted, balance)
        shares.append(share)
        balance -= share
    return shares
