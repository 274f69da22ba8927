"""Every condition of an application in both directions; each test reads like the sentence a villager hears."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger import rules
from ledger.charter import Charter
from ledger.records import Household, Refusal
from ledger.rules import LoanCase, Pool, Standing, Waiting
from tests.ledger.charters import charter


def home(no: int, category: str = "一般户", group: str = "第三组") -> Household:
    return Household("QS001", f"QS001-{no:03}", f"户{no}", no, category, date(2025, 1, 1), None, group, no == 1, 0, 0)


def standing(no: int, **changes: object) -> Standing:
    return replace(Standing(home(no), f"户{no}"), **changes)  # type: ignore[arg-type]


POOL = Pool(20_000_000, 5_000_000, 0, 0, 15_000_000)


def case(**changes: object) -> LoanCase:
    group = tuple(standing(no) for no in range(1, 7))
    made = LoanCase(charter(), date(2026, 3, 10), 300_000, 10, "买化肥", group[0], group, 0, POOL)
    return replace(made, **changes)  # type: ignore[arg-type]


def said(**changes: object) -> list[str]:
    return [one.key for one in rules.refusals(case(**changes), rules.APPLY)]


def others(**changes: object) -> tuple[Standing, ...]:
    """The group with the second household changed."""
    return (standing(1), standing(2, **changes), *(standing(no) for no in range(3, 7)))


def test_a_plain_wish_is_not_refused() -> None:
    assert said() == []


def test_an_application_needs_an_amount_and_a_purpose() -> None:
    assert said(amount_fen=0, purpose="") == ["loan.no_amount", "loan.no_purpose"]


def test_a_loan_for_gambling_is_refused() -> None:
    assert said(purpose="打牌") == ["loan.forbidden_purpose"]


def test_where_the_charter_lists_purposes_others_are_refused() -> None:
    rules_of = charter(loan__allowed_purposes=["种", "养"])
    assert said(charter=rules_of) == ["loan.purpose_not_allowed"]
    assert said(charter=rules_of, purpose="养猪") == []


@pytest.mark.parametrize(("amount", "settled", "keys"), [
    (500_000, 0, []), (500_001, 0, ["loan.over_first_limit"]), (500_001, 1, []), (1_000_000, 1, []),
    (1_000_001, 1, ["loan.over_limit", "loan.over_concentration", "loan.would_work"]),
])
def test_the_first_loan_is_at_most_5000_and_later_ones_10000(amount: int, settled: int, keys: list[str]) -> None:
    assert said(amount_fen=amount, settled_loans=settled) == keys


def test_a_loan_runs_one_to_twelve_months() -> None:
    assert said(months=12) == said(months=1) == []
    assert said(months=13) == said(months=0) == ["loan.too_long"]


def test_after_the_fifteenth_the_window_is_closed_where_there_is_one() -> None:
    window = charter(window__last_day=15)
    assert said(charter=window, today=date(2026, 3, 15)) == []
    assert said(charter=window, today=date(2026, 3, 16)) == ["loan.window_closed"]
    assert said(today=date(2026, 3, 31)) == []


def test_ten_times_the_old_contribution_is_the_ceiling() -> None:
    ten = charter(loan__contribution_multiple=10)
    assert said(charter=ten, contributed_fen=30_000) == []
    assert said(charter=ten, contributed_fen=29_999) == ["loan.over_multiple"]


def test_poor_households_are_exempt_from_the_multiple_where_the_charter_says_so() -> None:
    poor = Standing(home(1, "贫困户"), "户1")
    assert said(charter=charter(loan__contribution_multiple=10), own=poor) == []
    strict = charter(loan__contribution_multiple=10, loan__multiple_poor_exempt=False)
    assert said(charter=strict, own=poor) == ["loan.over_multiple"]


def test_one_loan_at_a_time() -> None:
    assert said(own=standing(1, open_loans=1)) == ["loan.already_borrowing"]
    assert said(own=standing(1, asking=1)) == ["loan.already_borrowing"]
    assert said(own=standing(1, open_loans=1), charter=charter(loan__concurrent=2)) == []


def test_who_owes_a_written_off_loan_pays_it_back_first() -> None:
    assert said(unrecovered=(5,)) == ["loan.written_off_before"]


def test_a_loan_four_days_late_locks_the_group() -> None:
    assert said(group=others(days_late=3)) == []
    assert said(group=others(days_late=4)) == ["loan.group_locked"]


def test_two_of_five_may_borrow_and_a_third_only_as_a_special_case() -> None:
    one = (standing(1), standing(2, open_loans=1), standing(3), standing(4), standing(5))
    two = (*one[:2], standing(3, asking=1), *one[3:])
    three = (*two[:3], standing(4, open_loans=1), standing(5))
    assert said(group=one) == []
    assert said(group=two) == ["loan.group_full"]
    assert said(group=two, special_case=True) == []
    assert "loan.group_full" in said(group=three, special_case=True)


def test_who_stands_for_another_may_not_borrow_unless_the_charter_lets_him() -> None:
    assert said(own=standing(1, guarantees=1)) == ["loan.is_guarantor"]
    assert said(own=standing(1, guarantees=1), charter=charter(group__guarantor_may_borrow=True)) == []


def test_two_others_must_be_free_to_stand() -> None:
    small = (standing(1), standing(2), standing(3))
    assert said(group=small) == []
    assert "loan.too_few_payers" in said(group=small[:2])


def test_one_household_holds_at_most_five_percent_of_the_fund() -> None:
    assert said(pool=replace(POOL, fund_fen=6_000_000, outstanding_fen=0)) == []
    assert "loan.over_concentration" in said(pool=replace(POOL, fund_fen=5_999_999, outstanding_fen=0))


@pytest.mark.parametrize(("pool", "room"), [
    (Pool(20_000_000, 17_700_000, 0, 0, 15_000_000), 300_000),
    (Pool(20_000_000, 17_700_001, 0, 0, 15_000_000), 299_999),
    (Pool(20_000_000, 17_000_000, 700_001, 0, 15_000_000), 299_999),
    (Pool(20_000_000, 0, 0, 100_000, 200_000), 300_000),
    (Pool(20_000_000, 0, 1, 100_000, 200_000), 299_999),
    (Pool(20_000_000, 19_000_000, 0, 0, 15_000_000), 0),
])
def test_lent_and_promised_stay_within_ninety_percent_and_the_money_there_is(pool: Pool, room: int) -> None:
    assert rules.room_fen(charter(), pool) == room
    assert said(pool=pool) == ([] if room >= 300_000 else ["loan.pool_empty"])


def test_several_limits_end_with_the_largest_amount_that_passes_them_all() -> None:
    pool = replace(POOL, fund_fen=4_000_000, outstanding_fen=3_500_050)
    found = rules.refusals(case(amount_fen=600_000, pool=pool), rules.APPLY)
    assert [one.key for one in found] == [
        "loan.over_first_limit", "loan.over_concentration", "loan.pool_empty", "loan.would_work",
    ]
    works = found[-1].facts["limit_fen"]
    assert works == 99_900
    assert said(amount_fen=works, pool=pool) == []
    assert said(amount_fen=works + 100, pool=pool) == ["loan.pool_empty"]


def test_where_nothing_would_work_no_amount_is_named() -> None:
    pool = replace(POOL, fund_fen=0)
    assert "loan.would_work" not in said(amount_fen=600_000, pool=pool)


def first(no: int, waiting: list[Waiting], left_fen: int, rules_of: Charter | None = None) -> Refusal | None:
    return rules.poor_first(rules_of or charter(), no, waiting, left_fen)


RICH, POOR = Waiting(24, 400_000, "一般户"), Waiting(25, 500_000, "贫困户")


def test_where_the_money_does_not_suffice_the_poor_come_first() -> None:
    refusal = first(24, [RICH, POOR], 899_999)
    assert refusal == Refusal("approve.poor_first", {"loan": 24, "first": 25})
    assert first(24, [RICH, POOR], 900_000) is None
    assert first(25, [RICH, POOR], 1) is None  # the poor household itself
    assert first(24, [RICH, Waiting(26, 500_000, "低收入户")], 1) is None  # nobody poor waits
    assert first(24, [POOR], 1) is None  # not waiting for keys itself


def test_a_charter_may_always_put_the_poor_first_or_never() -> None:
    assert first(24, [RICH, POOR], 10**9, charter(priority__poor_first="waiting")) is not None
    assert first(24, [RICH, POOR], 0, charter(priority__poor_first="off")) is None
