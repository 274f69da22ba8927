"""The sums of the funds: sources, the year's end to the fen, the risk fund's limits, and who is paid in which order."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import charter, ending, funds, journal
from ledger.fund_records import Deed
from ledger.records import Refusal
from ledger.terms import Account

DAY = date(2026, 12, 31)
ZICHANG = {"risk": 30, "capital": 15, "welfare": 5, "running": 40, "members": 10}


def test_worked_distribution() -> None:
    """rules.md 4.7: 18,576.64 by the split of 子长, two fen left to the largest remainders."""
    made = funds.distribute(1_857_664, ZICHANG)
    assert not isinstance(made, Refusal)
    assert [one.amount_fen for one in made.shares] == [557_299, 278_650, 92_883, 743_066, 185_766]
    assert made.to(Account.ACCUMULATION_FUND) == 464_416  # the members' part goes to capital
    sheet = made.as_sheet()
    assert sum(row["amount_fen"] for row in sheet["shares"]) == sheet["base_fen"]
    assert [row["exact"] for row in sheet["shares"]] == [55_729_920, 27_864_960, 9_288_320, 74_306_560, 18_576_640]
    assert charter.from_body(charter.body_of("")).distribution.percents() == ZICHANG


@given(st.integers(1, 10**12), st.lists(st.integers(0, 100), min_size=4, max_size=4))
def test_every_distribution_adds_up(base_fen: int, weights: list[int]) -> None:
    cuts = sorted(weights)
    parts = [cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], cuts[3] - cuts[2], 100 - cuts[3]]
    made = funds.distribute(base_fen, dict(zip(ZICHANG, parts, strict=True)))
    assert not isinstance(made, Refusal)
    assert sum(one.amount_fen for one in made.shares) == base_fen
    for one in made.shares:
        assert abs(one.amount_fen * 100 - one.exact_cents_of_fen) < 100


@pytest.mark.parametrize(("base", "percents", "why"), [
    (1000, ZICHANG | {"dividend": 10, "members": 0}, "distribution.dividend"),
    (0, ZICHANG, "distribution.nothing"), (-5, ZICHANG, "distribution.nothing"),
    (1000, ZICHANG | {"risk": 31}, "distribution.not_hundred"),
    (1000, {"risk": 50, "chair": 50}, "distribution.not_hundred"),
])
def test_a_distribution_that_may_not_be(base: int, percents: dict[str, int], why: str) -> None:
    assert funds.distribute(base, percents) == Refusal(why)


def test_a_charter_with_dividends_is_refused() -> None:
    body = charter.body_of("")
    body["distribution"] = body["distribution"] | {"dividend": True}
    with pytest.raises(charter.CharterError, match="dividends are forbidden"):
        charter.from_body(body)


@pytest.mark.parametrize(("source", "memo", "place"), [
    ("财政", "中央 扶贫资金", (Account.FISCAL, "centre")), ("财政", "省级专项", (Account.FISCAL, "province")),
    ("财政", "县财政配套", (Account.FISCAL, "county")), ("财政", "", (Account.FISCAL, "")),
    ("捐赠", "张老板", (Account.DONATION, "")), ("其他", "银行利息", (Account.BANK_INTEREST, "")),
    ("其他", "", (Account.OTHER, "")), ("财政", "运行补助", (Account.SUBSIDY_INCOME, "")),
])
def test_each_source_has_its_own_line(source: str, memo: str, place: tuple[Account, str]) -> None:
    assert funds.source_of(source, memo) == place
    draft = funds.fund_in(source, 100, DAY, memo, "k", 1)
    lines = [(line.account, line.sub, line.amount_fen) for line in draft.lines]
    assert lines == [(Account.BANK, "", 100), (*place, -100)]


def test_a_spending_goes_to_the_line_its_words_begin_with() -> None:
    lines = ("办公", "培训", "其他")
    for memo, line in (("办公用品", "办公"), ("培训会计两天", "培训"), ("修屋顶", "其他"), ("买办公桌", "其他")):
        draft = journal.spend(5_000, DAY, Account.CASH, memo, "k", 7, funds.budget_line(memo, lines))
        assert [(one.account, one.sub, one.amount_fen) for one in draft.lines] == [
            (Account.RUNNING_COSTS, line, 5_000), (Account.CASH, "", -5_000)]


def test_fiscal_money_waits_for_society_charter_rules_and_account() -> None:
    later = date(2027, 1, 1)
    keys = [one.key for one in funds.fiscal_refusals(later, later, [], DAY)]
    assert keys == ["fund_in.not_founded", "fund_in.no_charter", "fund_in.no_finance_rules", "fund_in.no_bank_account"]
    deeds = [Deed("X", kind, DAY, "1") for kind in funds.NEEDED_DEEDS]
    assert funds.fiscal_refusals(DAY, DAY, deeds, DAY) == []
    assert len(funds.fiscal_refusals(DAY, DAY, deeds, date(2026, 12, 30))) == 4


def test_risk_fund_pays_a_part_and_only_for_what_nobody_could_help() -> None:
    assert funds.risk_cap_fen(1_000_001, 10_000_000) == 500_000
    assert funds.risk_cap_fen(10_000_000, 1_000_000) == 200_000
    assert funds.risk_refusals("洪水", "乡镇证明3号", 100, 0, True) == []
    keys = [one.key.partition(".")[2] for one in funds.risk_refusals("赌输", " ", 0, 5, False)]
    assert keys == ["not_force_majeure", "no_evidence", "group_first", "no_loss", "reserve_first"]


Places = dict[tuple[str, str], int]


@given(
    st.lists(st.integers(1, 10**6), max_size=8), st.integers(0, 10**6), st.integers(0, 10**7), st.integers(0, 10**8),
    st.integers(0, 10**5),
)
def test_a_liquidation_ends_at_zero_in_the_right_order(
    members: list[int], donated: int, fiscal: int, bank: int, costs: int
) -> None:
    places: Places = {(Account.CONTRIBUTION, f"H{n}"): -fen for n, fen in enumerate(members)}
    places |= {(Account.DONATION, ""): -donated, (Account.FISCAL, "centre"): -fiscal, (Account.BANK, ""): bank}
    places[Account.RETAINED, ""] = -sum(places.values())
    made = ending.plan(places, costs)
    after = dict(places)
    for draft in ending.entries(made, places, DAY, 1):
        assert sum(line.amount_fen for line in draft.lines) == 0
        for line in draft.lines:
            after[line.account, line.sub] = after.get((line.account, line.sub), 0) + line.amount_fen
    assert after.pop((Account.BANK, "")) == made.custody_fen == -after.pop((Account.CUSTODY, ""), 0)
    after = {place: fen for place, fen in after.items() if fen}
    assert after == {}
    steps = {step: [one for one in made.paid if one.step == step] for step in ("costs", "members", "donations")}
    assert made.custody_fen >= 0
    for early, late in (("costs", "members"), ("members", "donations")):
        if any(one.paid_fen < one.owed_fen for one in steps[early]):
            assert not any(one.paid_fen for one in steps[late])


def test_an_exit_waits_for_loans_applications_and_the_cash_box() -> None:
    places: Places = {(Account.LOANS, "3"): 500, (Account.CASH, ""): 20, (Account.BANK, ""): 5}
    assert [one.key for one in ending.refusals(places, 2)] == [
        "exit.loans_open", "exit.applications_open", "exit.cash_in_box"
    ]
    assert isinstance(ending.hand_over(100, DAY, "县财政局", " ", 1), Refusal)
