"""Joining and paying in: every refusal says its reason, and only then; shares add up to the fen."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import journal, members
from ledger.charter import Charter
from ledger.members import Shares
from ledger.terms import CATEGORIES, POOR_CATEGORIES, Account
from tests.ledger.people import TODAY, charter, home, join_case, ningxia


def why(**changes: object) -> set[str]:
    return {one.key for one in members.refusals_to_join(join_case(**changes))}


def test_a_household_of_the_village_with_its_money_is_taken_in() -> None:
    assert not why()


def test_a_household_of_another_village_is_refused() -> None:
    assert why(lives_in="上坪村") == {"join.not_this_village"}
    assert not why(lives_in="青山村")


def test_a_member_of_another_society_is_refused() -> None:
    assert why(elsewhere="上坪村互助社") == {"join.elsewhere"}


def test_one_membership_per_household_by_id_phone_or_head() -> None:
    assert why(id_home="QS001-012", id_card="999999196401210988") == {"join.same_id"}
    assert why(phone_home="QS001-012") == {"join.same_phone"}
    assert why(head_home="QS001-012") == {"join.same_head"}


def test_two_heads_of_one_name_are_told_apart_by_the_id_number() -> None:
    assert not why(head_home="QS001-012", id_card="999999196401210988")


def test_who_is_not_yet_eighteen_is_refused_and_from_the_birthday_on_taken() -> None:
    assert why(id_card="999999200803020017") == {"join.too_young"}
    assert not why(id_card="999999200803010017")


def test_an_unknown_category_and_a_missing_name_are_asked_for() -> None:
    assert why(category="富裕户") == {"join.no_category"}
    assert why(name="李") == {"join.no_name"}


def test_money_that_buys_no_whole_shares_is_refused() -> None:
    assert why(own_fen=25_000) == {"join.not_shares"}
    assert why(own_fen=0) == {"join.not_shares"}
    assert {"join.not_shares"} <= why(own_fen=120_000)


def test_a_poor_household_pays_nothing_or_whole_shares_beyond_the_given_one() -> None:
    for category in sorted(POOR_CATEGORIES):
        assert not why(category=category, own_fen=0)
        assert not why(category=category, own_fen=20_000)


def test_only_those_who_have_little_may_pay_later() -> None:
    assert why(deferred=True) == {"join.no_deferral"}
    assert not why(deferred=True, category="低收入户")


def test_nobody_holds_too_much_of_all_members_money() -> None:
    assert why(own_fen=80_000, members_fen=1_000_000) == {"join.over_cap"}
    assert not why(own_fen=80_000, members_fen=1_520_000)


def test_the_first_members_of_a_society_may_always_hold_the_smallest_share() -> None:
    assert not why(own_fen=20_000, members_fen=0)


def test_shares_are_gifted_only_out_of_government_money_that_is_there() -> None:
    assert why(category="贫困户", own_fen=0, fiscal_free_fen=19_999) == {"join.no_fiscal_money"}
    assert not why(category="贫困户", own_fen=0, fiscal_free_fen=20_000)


def test_a_group_that_is_full_or_unknown_is_said_at_once() -> None:
    assert why(group="第九十组") == {"group.none"}
    assert why(group="第三组", group_size=8) == {"group.full"}
    assert not why(group="第三组", group_size=7)


def test_all_reasons_come_at_once() -> None:
    assert len(why(name="李", category="富裕户", lives_in="上坪村", group="没有组")) == 4


def lines(entries: tuple[object, ...]) -> list[tuple[str, str, int]]:
    return [(one.account, one.sub, one.amount_fen) for entry in entries for one in entry.lines]  # type: ignore[attr-defined]


def test_joining_books_own_money_and_moves_gifts_inside_the_governments() -> None:
    case = join_case(charter=ningxia(), category="贫困户", own_fen=20_000, members_fen=10_000_000)
    assert not members.refusals_to_join(case)
    act = members.enrol(case, "QS001", "QS001-063", 70, Account.CASH, "k", 36)
    assert lines(act.entries) == [
        (Account.CASH, "", 20_000), (Account.CONTRIBUTION, "QS001-063", -20_000),
        (Account.FISCAL, "", 80_000), (Account.FISCAL, "QS001-063", -80_000),
    ]
    assert len({entry.key for entry in act.entries}) == 2


def test_an_exempt_household_without_a_phone_joins_without_money_or_address() -> None:
    act = members.enrol(
        join_case(category="贫困户", own_fen=0, phone=""), "QS001", "QS001-063", 70, Account.BANK, "k", 24
    )
    assert [entry.kind for entry in act.entries] == ["given_shares"]
    assert [type(one).__name__ for one in act.records] == ["Person", "Household"]


def test_a_deferred_contribution_is_owed_not_booked() -> None:
    act = members.enrol(
        join_case(category="低收入户", deferred=True), "QS001", "QS001-063", 70, Account.BANK, "k", 24
    )
    owed = next(one for one in act.records if type(one).__name__ == "Household")
    assert not act.entries and (owed.deferred_fen, str(owed.deferred_until)) == (40_000, "2027-03-01")  # type: ignore[union-attr]


def test_the_id_number_tells_the_sex() -> None:
    act = members.enrol(join_case(id_card="999999196401210988"), "QS001", "QS001-063", 70, Account.BANK, "k", 24)
    assert act.records[0].sex == "女"  # type: ignore[union-attr]


# Paying in more.


def why_not_add(more_fen: int, own_fen: int = 20_000, **changes: object) -> set[str]:
    member = replace(home(12), **changes)  # type: ignore[arg-type]
    found = members.refusals_to_add(charter(), member, own_fen, more_fen, 2_420_000)
    return {one.key for one in found}


def test_a_member_may_add_whole_shares_up_to_the_most() -> None:
    assert not why_not_add(20_000)
    assert why_not_add(0) == {"money.no_amount"}
    assert why_not_add(13_000) == {"contribute.not_shares"}
    assert not why_not_add(80_000)
    assert why_not_add(100_000) == {"contribute.too_many"}


def test_gifted_shares_count_towards_the_most() -> None:
    assert why_not_add(80_000, gifted_fen=20_000) == {"contribute.too_many"}


def test_what_was_deferred_may_be_paid_in_any_parts() -> None:
    assert not why_not_add(7_500, own_fen=0, deferred_fen=20_000)
    after = members.add(replace(home(12), deferred_fen=20_000), "陈桂花", 7_500, TODAY, Account.CASH, "k", 36)
    assert after.records[0].deferred_fen == 12_500  # type: ignore[union-attr]


# Shares.


def test_a_category_that_is_none_is_our_bug() -> None:
    with pytest.raises(ValueError):
        members.shares(charter(), "富裕户", 1)


terms = st.builds(
    lambda price, gifted, matched, most, helped, waived: charter(
        contribution__share_fen=price, contribution__shares_max=most, contribution__given_shares_max=helped,
        contribution__poor_waived=waived, contribution__gifted_fen=tuple(price * one // 200 for one in gifted),
        contribution__matched_fen=tuple(price * one // 200 for one in matched),
    ),
    st.integers(1, 1_000_000), *[st.lists(st.integers(0, 100), min_size=5, max_size=5)] * 2,
    st.integers(1, 10), st.integers(0, 10), st.booleans(),
)


@given(terms, st.sampled_from(CATEGORIES), st.integers(1, 10))
def test_the_three_parts_are_always_the_price(rules: Charter, category: str, count: int) -> None:
    made = members.shares(rules, category, count)
    assert made.total_fen == count * rules.contribution.share_fen
    assert min(made.own_fen, made.matched_fen, made.gifted_fen) >= 0


@given(terms, st.sampled_from(CATEGORIES), st.integers(1, 9))
def test_one_share_more_never_costs_less_and_gives_no_less(rules: Charter, category: str, count: int) -> None:
    less, more = members.shares(rules, category, count), members.shares(rules, category, count + 1)
    assert more.own_fen >= less.own_fen and more.matched_fen >= less.matched_fen and more.gifted_fen >= less.gifted_fen


@given(terms, st.sampled_from(CATEGORIES), st.integers(1, 10))
def test_what_shares_cost_buys_them_or_fewer(rules: Charter, category: str, count: int) -> None:
    if count > rules.contribution.shares_max:
        return
    price_fen = members.shares(rules, category, count).own_fen
    bought = members.shares_for(rules, category, price_fen)
    assert isinstance(bought, Shares) and bought.own_fen == price_fen and bought.count <= count


@given(terms, st.sampled_from(CATEGORIES), st.integers(1, 10))
def test_joining_adds_exactly_the_own_money_to_the_fund(rules: Charter, category: str, count: int) -> None:
    made = members.shares(rules, category, count)
    entries = members.contribution_entries(
        "QS001-063", made.own_fen, made.gifted_fen + made.matched_fen, TODAY, Account.CASH, "k", 36
    )
    money = [line.amount_fen for entry in entries for line in entry.lines if line.account == Account.CASH]
    fiscal = [line.amount_fen for entry in entries for line in entry.lines if line.account == Account.FISCAL]
    assert sum(money) == made.own_fen and sum(fiscal) == 0


def test_taking_given_shares_back_is_the_exact_negative() -> None:
    there = journal.given_shares("QS001-012", 20_000, TODAY, "a", 1)
    back = journal.given_shares("QS001-012", -20_000, TODAY, "b", 1)
    assert [line.amount_fen for line in there.lines] == [-line.amount_fen for line in back.lines]
