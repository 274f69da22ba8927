"""Groups: who may stand together, who may move or lead, what consent makes of it; set-off in its order."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import groups, rules
from ledger.records import Assent, Kin, Loan
from ledger.terms import Account, Plan, Status
from tests.ledger.people import TODAY, charter, form_case, group_of, home, loan_case, move_case, standing

KIN = Kin("QS001", "QS001-001", "QS001-002", "父子", 47, TODAY)


def why(case: groups.GroupCase, listed: tuple[groups.Rule, ...]) -> set[str]:
    return {one.key for one in groups.refusals(case, listed)}


def test_five_households_of_no_group_may_form_one() -> None:
    assert not why(form_case(), groups.FORM)


def test_a_group_has_three_to_eight_households() -> None:
    def sized(size: int) -> set[str]:
        return why(form_case(coming=tuple(standing(tail, "") for tail in range(1, size + 1))), groups.FORM)

    assert sized(2) == {"group.size"} and sized(9) == {"group.size"}
    assert not sized(3) and not sized(8)


def test_a_name_stands_for_one_group() -> None:
    assert why(form_case(taken=True), groups.FORM) == {"group.name_taken"}


def test_a_household_answers_in_one_group_only() -> None:
    coming = (*form_case().coming[:4], standing(5, "第一组"))
    assert why(form_case(coming=coming), groups.FORM) == {"group.grouped_already"}


def test_a_household_is_named_once() -> None:
    coming = (*form_case().coming, form_case().coming[0])
    assert why(form_case(coming=coming), groups.FORM) == {"group.named_twice"}


def test_the_leader_is_one_of_them() -> None:
    assert why(form_case(leader="QS001-060"), groups.FORM) == {"group.leader_outside"}


def test_near_relatives_do_not_vouch_for_each_other() -> None:
    assert why(form_case(kin=(KIN,)), groups.FORM) == {"group.relatives"}
    assert not why(form_case(kin=(replace(KIN, ended_on=TODAY),)), groups.FORM)
    assert not why(form_case(kin=(replace(KIN, other="QS001-060"),)), groups.FORM)
    assert not why(form_case(kin=(KIN,), charter=charter(group__exclude_relatives=False)), groups.FORM)


def test_a_free_household_may_move() -> None:
    assert not why(move_case(), groups.MOVE)


def test_who_owes_asks_or_stands_for_another_stays() -> None:
    for bond in ({"open_loans": 1}, {"asking": 1}, {"guarantees": 1}):
        assert why(move_case(coming=(standing(1, "第一组", **bond),)), groups.MOVE) == {"group.mover_bound"}


def test_nobody_walks_away_from_a_late_group() -> None:
    late = (standing(2, "第一组", days_late=1, open_loans=1),)
    assert why(move_case(left_behind=late), groups.MOVE) == {"group.old_group_late"}


def test_a_leader_hands_over_before_moving() -> None:
    leader = standing(1, household=home(1, "第一组", leader=True))
    assert why(move_case(coming=(leader,)), groups.MOVE) == {"group.leader_moves"}


def test_a_group_must_be_there_and_have_room() -> None:
    assert why(move_case(staying=()), groups.MOVE) == {"group.none"}
    assert why(move_case(staying=group_of(8)), groups.MOVE) == {"group.full"}
    assert why(move_case(coming=(standing(12),)), groups.MOVE) == {"group.in_it_already"}


def test_a_leader_is_elected_from_the_group() -> None:
    case = groups.GroupCase(charter(), "第三组", (), group_of(5), "QS001-012")
    assert not why(case, groups.LEAD)
    assert why(replace(case, leader="QS001-001"), groups.LEAD) == {"group.leader_outside"}
    assert why(replace(case, staying=()), groups.LEAD) == {"group.none", "group.leader_outside"}


# Consent.


def answers(*said: str) -> list[Assent]:
    return [Assent("QS001", 1, number, one) for number, one in enumerate(said, 1)]


@pytest.mark.parametrize(("said", "last", "stands"), [
    (("yes", "yes", ""), "yes", "done"),
    (("yes", "", ""), "yes", "open"),
    (("yes", "yes", ""), "no", "refused"),
    (("", "", ""), "no", "refused"),
])
def test_a_group_forms_by_everybodys_consent(said: tuple[str, ...], last: str, stands: str) -> None:
    heard = answers(*said)
    assert groups.answered(heard, replace(heard[2], answer=last), all_of_them=True) == stands


@pytest.mark.parametrize(("said", "last", "stands"), [
    (("yes", "yes", "", "", ""), "yes", "done"),
    (("yes", "no", "", "", ""), "yes", "open"),
    (("yes", "", "", ""), "yes", "open"),
    (("no", "no", "", "", ""), "no", "refused"),
    (("no", "", "", ""), "no", "refused"),
])
def test_a_leader_needs_more_than_half(said: tuple[str, ...], last: str, stands: str) -> None:
    heard = answers(*said)
    asked = next(one for one in heard if not one.answer)
    assert groups.answered(heard, replace(asked, answer=last), all_of_them=False) == stands


def test_a_move_makes_nobody_leader_and_an_election_one() -> None:
    mover = home(1, "第一组", leader=True)
    assert [(one.group_name, one.leader) for one in groups.grouped([mover], "第三组", "")] == [("第三组", False)]
    homes = [home(12, leader=True), home(13)]
    assert [one.leader for one in groups.grouped(homes, "第三组", "QS001-013")] == [False, True]


# The third borrower.


def full(borrowing: int, *, special: bool, size: int = 5) -> bool:
    return rules.group_full(loan_case(size, borrowing, special=special)) is not None


def test_the_third_of_five_is_refused_unless_the_supervisors_agreed() -> None:
    assert not full(1, special=False)
    assert full(2, special=False) and not full(2, special=True)
    assert full(3, special=True)


# The cadre beside.


def pairing(**changes: object) -> set[str]:
    given_ = {"cadre_home": "QS001-052", "cadre_group": "第十组", "is_officer": True, "category": "贫困户"} | changes
    poor = home(12, category=str(given_.pop("category")))
    return {one.key for one in groups.pairing_refusals(poor, **given_)}  # type: ignore[arg-type]


def test_a_poor_household_is_paired_with_an_officer_from_outside() -> None:
    assert not pairing()
    assert pairing(category="低收入户") == {"pair.not_poor"}
    assert pairing(is_officer=False) == {"pair.no_cadre"}
    assert pairing(cadre_home="QS001-012") == {"pair.same_home"}
    assert pairing(cadre_group="第三组") == {"pair.same_group"}


# Set-off.

LOAN = Loan(
    "QS001", 5, "QS001-054", 54, 400_000, "养母猪", 12, Plan.BULLET, 4500, 1, Status.PAID_OUT, date(2025, 1, 20),
    "QS001-053", "QS001-055", paid_out_on=date(2025, 1, 20),
)


def off(days: int, *, clause: bool = True, there_fen: int = 20_000) -> set[str]:
    terms = charter(group__set_off=clause)
    return {one.key for one in groups.set_off_refusals(terms, LOAN, days, [("QS001-054", there_fen)])}


def test_contributions_pay_only_by_the_clause_after_sixty_days_and_where_there_are_any() -> None:
    assert not off(60)
    assert off(60, clause=False) == {"set_off.not_in_charter"}
    assert off(59) == {"set_off.too_early"}
    assert off(60, there_fen=0) == {"set_off.nothing"}


def test_the_borrower_gives_first_then_the_payers_in_their_order() -> None:
    sources = [("a", 200), ("b", 0), ("c", 300)]
    assert groups.shared_out(100, sources) == (("a", 100),)
    assert groups.shared_out(450, sources) == (("a", 200), ("c", 250))
    assert groups.shared_out(900, sources) == (("a", 200), ("c", 300))


@given(st.integers(0, 10**9), st.lists(st.integers(-10, 10**9), max_size=8))
def test_set_off_takes_neither_more_than_is_owed_nor_than_is_there(owed_fen: int, there: list[int]) -> None:
    sources = [(str(n), fen) for n, fen in enumerate(there)]
    parts = groups.shared_out(owed_fen, sources)
    assert sum(fen for _, fen in parts) == min(owed_fen, sum(max(0, fen) for fen in there))
    assert all(0 < fen <= dict(sources)[home_] for home_, fen in parts)


def test_set_off_books_each_household_by_itself_and_balances() -> None:
    from ledger import lending

    rows = lending.planned(LOAN, charter(), date(2025, 1, 20))
    act = groups.set_off(
        LOAN, rows, charter(group__set_off=True), [("QS001-054", 20_000), ("QS001-053", 5_000)], date(2026, 3, 21),
        "k", 24,
    )
    taken = [(line.sub, line.amount_fen) for one in act.entries for line in one.lines
             if line.account == Account.CONTRIBUTION]
    assert taken == [("QS001-054", 20_000), ("QS001-053", 5_000)]
    assert all(sum(line.amount_fen for line in one.lines) == 0 for one in act.entries)
    assert [one.kind for one in act.entries] == ["set_off", "set_off"]
