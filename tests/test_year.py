"""The fund in use: sixty households and their officers through a year of messages, proved after every day.

Founding, joining, forty loans of all four plans, payers on the day, early and late, more time for one, a death, a
flood, a loan given up and what still comes of it. The errands are those of year.py, each said on somebody's phone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from jobs import relief
from jobs.figures import report
from ledger.store.store import Store
from ledger.terms import Account, Status
from tests.keys import KEYS
from tests.torture.proofs import Proof, Watched
from tests.village import CODE, Village
from tests.year import FOUNDED, PLAN_WORDS, Habit, Home, Year, founded

ON_THE_DAY, EARLY, LATE, NEVER = Habit(), Habit(-4), Habit(9), Habit(never=True)
BAD, SETTLED_EARLY, EXTENDED, OF_THE_DEAD = 1, 6, 12, 16
FLOOD, RELIEF, FLOOD_OVER = date(2026, 7, 10), date(2026, 7, 15), date(2026, 9, 10)


@pytest.fixture
def year(store_url: str) -> Iterator[Year]:
    store = Store(store_url, keys=KEYS)
    founded(store)
    yield Year(Village(store))
    store.close()


def test_a_year_of_sixty_households(year: Year) -> None:
    for day in days(FOUNDED, date(2026, 12, 31)):
        counts = year.begin(day)
        assert counts["faults"] == 0, day
        joining(year, day)
        borrowing(year, day)
        fates(year, day)
        year.sign_and_pay()
        year.collect_due()
        year.bank()
        if day.day == 2 and day.month > 1:
            year.close_month()
    assert year.village.fault() == ""
    as_it_ends(year)


def days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def joining(year: Year, day: date) -> None:
    """Money in two parts; three households a day, and each group as soon as its five are in."""
    if day == FOUNDED:
        year.money_from_above(150_000, "中央")
    elif day == date(2026, 1, 26):
        year.money_from_above(60_000, "县配套")
    since = (day - FOUNDED).days
    if not 1 <= since <= 20:
        return
    for home in year.people[(since - 1) * 3 : since * 3]:
        year.join(home)
        if home.place % 5 == 4:
            year.gather(year.people[home.place - 4 : home.place + 1])


def borrowing(year: Year, day: date) -> None:
    """In February the first two of each group, in August its fifth, in September the second of four groups again."""
    since = (day - date(2026, 2, 1)).days
    if 0 <= since < 12:
        first, second = year.people[since * 5 : since * 5 + 2]
        habits = (NEVER if since == 0 else (ON_THE_DAY, LATE, EARLY)[since % 3], (EARLY, ON_THE_DAY)[since % 2])
        year.apply(first, 3000, 1 if since == 0 else 4, "整借整还" if since == 0 else PLAN_WORDS[since % 4], habits[0])
        months = 4 if since < 4 else (8, 10)[since % 2]
        year.apply(second, 2500 + since * 100, months, PLAN_WORDS[(since + 1) % 4], habits[1])
    since = (day - date(2026, 8, 10)).days
    if 0 <= since < 12:
        year.apply(year.people[since * 5 + 4], 4000, 3, PLAN_WORDS[since % 4], (ON_THE_DAY, EARLY)[since % 2])
    since = (day - date(2026, 9, 1)).days
    if 0 <= since < 4:
        year.apply(year.people[since * 5 + 1], 8000, 6, PLAN_WORDS[since], ON_THE_DAY)


def fates(year: Year, day: date) -> None:
    """What happens to one loan or one household."""
    match (day.month, day.day):
        case (4, 20):
            year.pay_off(SETTLED_EARLY)
        case (4, 25):
            dead = year.loans[OF_THE_DEAD]
            year.died(OF_THE_DEAD, Home(dead.place, "陈小军", "19900008888", dead.category))
        case (5, 2):
            year.ask_more_time(EXTENDED, 3)
        case (6, 8):
            year.begin_write_off(BAD)
        case (6, 16):
            year.finish_write_off(BAD)
        case (7, 10):
            relief.declare(year.village.store, CODE, "洪水", FLOOD, FLOOD_OVER, 2, "县政府令3号", FLOOD, 0)
        case (7, 15):
            relief.grant(year.village.store, CODE, 1, 2, "社决5", RELIEF, 0)
        case (10, 10):
            year.recover(BAD, "1000")
        case (11, 10):
            year.recover(BAD, "全")


def as_it_ends(year: Year) -> None:
    """Forty loans, each as its people made it; the books proved from nothing but what happened."""
    with year.village.store.write() as books:
        loans, rows = books.all_loans(CODE), books.all_instalments(CODE)
        totals = books.totals(CODE)
        proof = Proof(Watched(books.connection), CODE)
        proof.books.touched = {loan.no for loan in loans}
        proof.step()
        proof.whole()
    assert len(loans) == 40 and {loan.plan for loan in loans} == {
        "equal_principal", "equal_payment", "flat", "bullet"}
    stand = Counter(loan.status for loan in loans)
    assert stand[Status.WRITTEN_OFF] == 1 and stand[Status.SETTLED] >= 30 and sum(stand.values()) == 40, stand
    figures = report(year.village.store, year.village.clock, CODE, date(2026, 12, 31))
    assert figures["loans_count"] == 40 and figures["households_member"] == 60
    assert figures["lent_total_fen"] == sum(loan.amount_fen for loan in loans)
    left = sum(row.principal_fen - row.paid_principal_fen for loan in loans if loan.status == Status.PAID_OUT
               for row in rows[loan.no])
    assert figures["outstanding_fen"] == left == totals[Account.LOANS]
    assert (figures["overdue_fen"], figures["cash_fen"]) == (0, 0)
    assert figures["fund_member_fen"] == 40 * 20_000 and figures["fund_fiscal_fen"] == 21_000_000
    assert -totals[Account.RISK_RESERVE] == 300_000, "the whole claim came back to the reserve"
