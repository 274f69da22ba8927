"""A word on paper for one without a phone: who may write which half, and that both halves name one paper."""

from dataclasses import replace

from ledger.papers import StandIn, side_of
from ledger.records import Paper
from tests.ledger.people import TODAY

LEADER = StandIn("程老根", 38, "7", False, leads=True, supervises=False, keeps_money=False, same_home=False,
                 leader_can=True)
SUPERVISOR = replace(LEADER, by=47, leads=False, supervises=True)
FIRST = Paper("QS001", 23, "apply", 40, "leader", 38, "7", TODAY)
SECOND = replace(FIRST, side="supervisor", by=47)


def why(case: StandIn, *before: Paper) -> set[str]:
    return {one.key for one in side_of(case, before)[1]}


def test_the_leader_and_a_supervisor_write_one_half_each_in_any_order() -> None:
    assert side_of(LEADER, []) == ("leader", [])
    assert side_of(SUPERVISOR, [FIRST]) == ("supervisor", [])
    assert side_of(SUPERVISOR, []) == ("supervisor", [])
    assert side_of(LEADER, [SECOND]) == ("leader", [])


def test_who_has_a_phone_speaks_for_himself() -> None:
    assert why(replace(LEADER, has_phone=True)) == {"stand_in.has_phone"}


def test_never_the_treasurer_or_the_cashier() -> None:
    assert why(replace(SUPERVISOR, keeps_money=True)) == {"stand_in.keeps_money"}


def test_never_for_the_own_household() -> None:
    assert why(replace(LEADER, same_home=True)) == {"stand_in.same_home"}


def test_a_paper_has_a_number_and_both_halves_the_same() -> None:
    assert why(replace(LEADER, number="")) == {"stand_in.no_number"}
    assert why(replace(SUPERVISOR, number="8"), FIRST) == {"stand_in.other_number"}


def test_one_person_never_writes_both_halves() -> None:
    both = replace(LEADER, supervises=True)
    assert why(both, FIRST) == {"stand_in.said_before"}


def test_another_member_writes_nothing_and_a_second_supervisor_no_third_half() -> None:
    assert why(replace(LEADER, by=39, leads=False)) == {"stand_in.not_yours"}
    assert why(replace(SUPERVISOR, by=61), SECOND) == {"stand_in.not_yours"}
    assert why(replace(SUPERVISOR, by=61), FIRST, SECOND) == {"stand_in.not_yours"}


def test_without_a_leader_who_could_a_second_supervisor_takes_his_half() -> None:
    case = replace(SUPERVISOR, by=61, leader_can=False)
    assert side_of(case, [SECOND]) == ("leader", [])
