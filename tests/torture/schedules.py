"""Random loans by the million: every schedule adds up to the fen (reliability.md A8), every payment is conserved.

`python -m tests.torture.schedules 1000000` prints the count and the speed, or the first loan that is a fen off.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta

from ledger.calendar import add_months
from ledger.repayment import apply, assess, opened, outstanding, owed, spread
from ledger.schedule import Row, make
from ledger.terms import Plan

_MILLION = 10**6
_CHUNK = 2500


@dataclass(frozen=True)
class Wish:
    """What a schedule is made of; the fields are those of `ledger.schedule.make`."""

    principal_fen: int
    months: int
    fee_ppm_month: int
    plan: str
    paid_out_on: date
    grace_months: int = 0

    def rows(self) -> tuple[Row, ...]:
        return make(self.principal_fen, self.months, self.fee_ppm_month, self.plan, self.paid_out_on, self.grace_months)


def random_wish(rng: random.Random) -> Wish:
    """Mostly village loans; one in five at the edges: a few fen, huge sums, many months, rates up to 1000‰."""
    day = date(2020, 1, 1) + timedelta(days=rng.randrange(5000))
    plan = rng.choice(tuple(Plan))
    if rng.random() < 0.8:
        principal, months = rng.randint(1, 3_000_000), rng.randint(1, 18)
        return Wish(principal, months, rng.choice((0, 3000, 4000, 4500, 5000, 6250, 7500)), plan, day)
    principal = rng.choice((rng.randint(1, 60), rng.randint(1, 10**5), rng.randint(10**12, 10**15)))
    rate = rng.choice((0, 1, rng.randint(1, 20_000), rng.randint(1, _MILLION), _MILLION))
    return Wish(principal, rng.randint(1, 60), rate, plan, day, rng.choice((0, 0, 1, 2, 12)))


def _rounded(over: int, under: int) -> int:
    """Half-up, written in another way than the ledger's own."""
    whole, rest = divmod(over, under)
    return whole + (1 if 2 * rest >= under else 0)


def fault(wish: Wish, rows: Sequence[Row]) -> str:
    """The first thing wrong with a schedule, or an empty text."""
    balance = wish.principal_fen
    count = 1 if wish.plan == Plan.BULLET else wish.months
    if [row.n for row in rows] != list(range(1, count + 1)):
        return "rows are missing or doubled"
    for row in rows:
        month = row.n + wish.grace_months if wish.plan != Plan.BULLET else wish.months + wish.grace_months
        if row.due_on != add_months(wish.paid_out_on, month):
            return f"row {row.n} has drifted"
        if row.principal_fen < 0 or row.fee_fen < 0:
            return f"row {row.n} is negative"
        if wish.plan in (Plan.EQUAL_PRINCIPAL, Plan.EQUAL_PAYMENT):
            span = 1 + wish.grace_months if row.n == 1 else 1
            if row.fee_fen != _rounded(balance * wish.fee_ppm_month * span, _MILLION):
                return f"row {row.n} has another fee than its balance"
        balance -= row.principal_fen
        if row.balance_fen != balance:
            return f"row {row.n} has another balance"
    if balance:
        return f"the principal is {balance} fen off"
    return _fault_of_plan(wish, rows)


def _fault_of_plan(wish: Wish, rows: Sequence[Row]) -> str:
    if wish.plan in (Plan.FLAT, Plan.BULLET):
        term = wish.months + wish.grace_months
        expected = _rounded(wish.principal_fen * wish.fee_ppm_month * term, _MILLION)
        if sum(row.fee_fen for row in rows) != expected:
            return "the fees are off"
    if wish.plan in (Plan.FLAT, Plan.EQUAL_PRINCIPAL):
        if any(row.principal_fen != wish.principal_fen // wish.months for row in rows[:-1]):
            return "principal rows are not equal"
    elif wish.plan == Plan.EQUAL_PAYMENT and not wish.grace_months:
        # Until the balance is gone every payment but the last is the same.
        whole = [row.total_fen for row in rows[:-1] if row.balance_fen]
        if whole and min(whole) != max(whole):
            return "payments are not equal"
    return ""


def fault_of_payments(wish: Wish, rows: Sequence[Row], rng: random.Random) -> str:
    """Pay the loan in random pieces on random days until it is done; the first thing wrong, or an empty text."""
    instalments = opened(rows)
    on, paid, rest = wish.paid_out_on, 0, 0
    piece = max(1, sum(row.total_fen for row in rows) // rng.randint(1, 6))
    for _ in range(40):
        on += timedelta(days=rng.randrange(60))
        instalments = assess(instalments, on, wish.fee_ppm_month, 150)
        amount = rng.randint(1, 2 * piece)
        parts, rest = spread(instalments, amount, on)
        before = outstanding(instalments)
        instalments = apply(instalments, parts, on)
        if sum(part.total_fen for part in parts) + rest != amount:
            return "a payment is not conserved"
        if before - outstanding(instalments) != sum(part.principal_fen for part in parts):
            return "the principal does not follow the payment"
        paid += amount - rest
        if rest:
            break
    charged = sum(one.charge_fen for one in instalments)
    due = sum(row.total_fen for row in rows) + charged
    left = owed(instalments, date.max)
    return "" if paid + left == due and (not rest or not left) else "what was paid and what is left do not add up"


def run(seed: int, count: int) -> tuple[int, str]:
    """Check `count` random loans; returns how many rows they had, and the first fault with its loan."""
    rng = random.Random(seed)
    checked = 0
    for _ in range(count):
        wish = random_wish(rng)
        rows = wish.rows()
        checked += len(rows)
        wrong = fault(wish, rows)
        if not wrong and rng.random() < 0.1:
            wrong = fault_of_payments(wish, rows, rng)
        if wrong:
            return checked, f"{wrong}: {wish}"
    return checked, ""


def run_all(loans: int, seed: int, processes: int) -> tuple[int, str]:
    """`run` in chunks over several processes; the same seed checks the same loans however many there are."""
    counts = [_CHUNK] * (loans // _CHUNK) + ([loans % _CHUNK] if loans % _CHUNK else [])
    seeds = [seed * _MILLION + i for i in range(len(counts))]
    if processes == 1:
        return _first_fault(map(run, seeds, counts))
    with ProcessPoolExecutor(processes) as pool:
        return _first_fault(pool.map(run, seeds, counts))


def _first_fault(results: Iterable[tuple[int, str]]) -> tuple[int, str]:
    checked = 0
    for rows, wrong in results:
        checked += rows
        if wrong:
            return checked, wrong
    return checked, ""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture.schedules", description=__doc__)
    parser.add_argument("loans", nargs="?", type=int, default=_MILLION)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    wanted = parser.parse_args(arguments)
    began = time.monotonic()
    checked, wrong = run_all(wanted.loans, wanted.seed, wanted.processes)
    took = time.monotonic() - began
    if wrong:
        print(f"FAILED after {checked} rows: {wrong}", file=sys.stderr)
        return 1
    print(f"{wanted.loans} loans, {checked} rows, 0 off by a fen, {took:.1f} s ({wanted.loans / took:.0f} loans/s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
