"""Three years of one society: money in parts, loans, a flood, the risk fund, distributions, and an end at zero."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from jobs import books as book_of
from jobs import funds as officers
from jobs import relief
from jobs.audit import audit, heads
from jobs.funds import Refused
from ledger import balances, journal
from ledger.funds import fund_in
from ledger.records import Act
from ledger.store.fund_reads import Funds
from ledger.terms import Account
from tests.books.scene import Scene, open_scene, village

CODE, PROVINCE, HOMES = "SC001", "云岭省", 12


@pytest.fixture
def scene(store_url: str) -> Iterator[Scene]:
    made = open_scene(store_url, village(homes=HOMES, contribution_fen=0, fiscal_fen=0, opened=date(2023, 1, 1)))
    yield made
    made.store.close()


def found(scene: Scene) -> None:
    """Money comes in parts, each source on its own line."""
    day = date(2023, 1, 10)
    for source, fen, memo in (("财政", 10_000_000, "中央"), ("财政", 3_000_000, "县配套"), ("捐赠", 500_000, "张老板")):
        scene.book(day, fund_in(source, fen, day, memo, scene.key(), 7))
    for home in range(1, HOMES + 1):
        own = journal.contribution(f"{CODE}-{home:03}", 30_000 + home, day, Account.BANK, scene.key(), 8)
        scene.book(day, own)
    later = date(2023, 1, 20)
    scene.book(later, fund_in("财政", 5_000_000, later, "中央第二笔", scene.key(), 7))


def season(scene: Scene, year: int) -> None:
    """Six loans from spring to the year's end, costs, interest of the bank."""
    lent = [scene.lend(home, 400_000 + home * 1_000, date(year, 2, home)) for home in range(1, 7)]
    for month in range(3, 12):
        for loan in lent:
            with scene.store.read() as books:
                due = books.instalments(CODE, loan.no)[month - 3]
            scene.collect(loan.no, due.principal_fen + due.fee_fen, due.due_on, Account.BANK)
    for loan in lent:
        scene.collect(loan.no, None, date(year, 12, 15), Account.BANK)
    day = date(year, 12, 21)
    scene.book(
        day,
        journal.spend(12_345, day, Account.BANK, "办公用品", scene.key(), 7, "办公"),
        fund_in("其他", 6_789, day, "银行利息", scene.key(), 7),
    )


def reserves(scene: Scene) -> dict[str, int]:
    totals = scene.totals()
    return {str(account): -totals[account] for account in (
        Account.RISK_RESERVE, Account.ACCUMULATION_FUND, Account.WELFARE_FUND, Account.RETAINED)}


def test_three_years_and_an_end(scene: Scene) -> None:
    found(scene)
    season(scene, 2023)
    with pytest.raises(Refused, match="year_running"):
        officers.distribute(scene.store, CODE, 2023, "社员大会1号", date(2023, 12, 31), 0)
    first = officers.distribute(scene.store, CODE, 2023, "社员大会1号", date(2024, 1, 5), 0)
    shares = {row["name"]: row["amount_fen"] for row in first.sheet["shares"]}
    assert sum(shares.values()) == first.sheet["base_fen"]
    kept = reserves(scene)
    assert kept == {
        "risk_reserve": shares["risk"], "accumulation_fund": shares["capital"] + shares["members"],
        "welfare_fund": shares["welfare"], "retained": shares["running"],
    }
    with pytest.raises(Refused, match="done_before"):
        officers.distribute(scene.store, CODE, 2023, "社员大会1号", date(2024, 1, 6), 0)
    season(scene, 2024)
    flood(scene)
    officers.distribute(scene.store, CODE, 2024, "社员大会2号", date(2025, 1, 5), 0)
    season(scene, 2025)
    officers.distribute(scene.store, CODE, 2025, "社员大会3号", date(2026, 1, 5), 0)
    with scene.store.read() as books:
        income = {year: book_of.make(books, "income", CODE, date(year, 1, 1), date(year, 12, 31), date(2026, 1, 5))
                  for year in (2023, 2024, 2025)}
        worksheets = {one.year: one.sheet["base_fen"] for one in Funds(books, CODE).years()}
    assert {year: one.sums["surplus_fen"] for year, one in income.items()} == worksheets
    published = heads(scene.store, [CODE], "day")
    end(scene)
    assert [one.fault for one in audit(scene.store, None, published)] == ["", ""]  # the society's and the fund's books


def flood(scene: Scene) -> None:
    """A flood after the year's work: the batch gets more time, the province's fund pays a part of what was lost."""
    loan = scene.lend(8, 500_000, date(2024, 12, 22), "bullet", 6)
    declared, today = date(2024, 12, 23), date(2024, 12, 28)
    order, resolution = "县政府令3号", "社员大会5号"
    until = date(2025, 6, 23)
    with pytest.raises(Refused, match=r"relief\.months"):
        relief.declare(scene.store, CODE, "洪水", declared, until, 13, order, declared, 0)
    assert relief.declare(scene.store, CODE, "洪水", declared, until, 6, order, declared, 0).no == 1
    with pytest.raises(Refused, match="not_published"):
        relief.grant(scene.store, CODE, 1, 6, resolution, declared, 0)
    with pytest.raises(Refused, match=r"relief\.months"):
        relief.grant(scene.store, CODE, 1, 7, resolution, today, 0)
    assert relief.grant(scene.store, CODE, 1, 6, resolution, today, 0) == 1
    with scene.store.read() as books:
        assert books.instalments(CODE, loan.no)[-1].due_on == date(2025, 12, 22)
    with pytest.raises(Refused, match="reserve_first"):
        officers.claim(scene.store, CODE, "洪水", 300_000, "乡镇证明", today, 0, group_asked=True)
    spent = reserves(scene)["risk_reserve"]
    line = journal.entry("spend", today, (
        journal.Line(Account.RISK_RESERVE, spent), journal.Line(Account.BANK, -spent)), scene.key(), 7, memo="救灾")
    scene.book(today, line)
    with pytest.raises(Refused, match=r"group_first|no_evidence"):
        officers.claim(scene.store, CODE, "洪水", 300_000, "", today, 0, group_asked=False)
    claim = officers.claim(scene.store, CODE, "洪水", 300_000, "乡镇证明3号", today, 0, group_asked=True)
    with pytest.raises(Refused, match=r"risk\.pool_empty"):
        officers.pay_claim(scene.store, PROVINCE, claim.no, today, 0)
    officers.raise_risk_fund(scene.store, PROVINCE, 2_000_000, "省财政", today, 0)
    paid = officers.pay_claim(scene.store, PROVINCE, claim.no, today, 0)
    assert paid.paid_fen == 150_000 == reserves(scene)["risk_reserve"]
    with pytest.raises(Refused, match="no_claim"):
        officers.pay_claim(scene.store, PROVINCE, claim.no, today, 0)
    scene.collect(loan.no, None, date(2024, 12, 30), Account.BANK)


def end(scene: Scene) -> None:
    """Ordered, loans in, members paid, donations and the rest to the holder: the last balance sheet is zero."""
    scene.lend(9, 100_000, date(2026, 1, 6))
    ordered = date(2026, 1, 10)
    officers.order_exit(scene.store, CODE, "县发5号", "县财政局专户", ordered, 0)
    with pytest.raises(Refused, match="loans_open"):
        officers.settle_exit(scene.store, CODE, 20_000, ordered, 0)
    with scene.store.read() as books:
        last = max(loan.no for loan in books.all_loans(CODE))
    scene.collect(last, None, date(2026, 2, 1), Account.BANK)
    bank = scene.totals()[Account.BANK]
    record, made = officers.settle_exit(scene.store, CODE, 20_000, date(2026, 2, 2), 0)
    members = [one for one in made.paid if one.step == "members"]
    assert [one.paid_fen for one in members] == [30_000 + home for home in range(1, HOMES + 1)]
    assert record.custody_fen == bank - 20_000 - sum(one.paid_fen for one in members)
    totals = scene.totals()
    assert {account: fen for account, fen in totals.items() if fen} == {
        Account.BANK: record.custody_fen, Account.CUSTODY: -record.custody_fen}
    with pytest.raises(Refused, match="no_receipt"):
        officers.hand_over(scene.store, CODE, "", date(2026, 2, 3), 0)
    officers.hand_over(scene.store, CODE, "收据0001", date(2026, 2, 3), 0)
    with pytest.raises(Refused, match="wrong_stage"):
        officers.hand_over(scene.store, CODE, "收据0001", date(2026, 2, 3), 0)
    sheet = balances.sheet(scene.totals())
    assert (sheet.assets_fen, sheet.liabilities_fen, sheet.net_fen) == (0, 0, 0)
    with scene.store.read() as books:
        assert Funds(books, CODE).places() == {}


def test_nothing_is_saved_when_a_part_is_refused(scene: Scene) -> None:
    found(scene)
    before = scene.totals()
    for wrong in (
        lambda: officers.distribute(scene.store, CODE, 2022, " ", date(2023, 8, 1), 0),
        lambda: officers.order_exit(scene.store, CODE, "", "县财政局", date(2023, 8, 1), 0),
        lambda: officers.pay_claim(scene.store, PROVINCE, 1, date(2023, 8, 1), 0),
        lambda: relief.declare(
            scene.store, CODE, "赌", date(2023, 7, 1), date(2023, 9, 1), 3, "a", date(2023, 8, 1), 0),
        lambda: relief.grant(scene.store, CODE, 1, 3, "b", date(2023, 8, 1), 0),
    ):
        with pytest.raises(Refused):
            wrong()
    assert scene.totals() == before
    with scene.store.write() as books:
        books.save(CODE, Act(), date(2023, 8, 1), 0)
