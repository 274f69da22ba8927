"""Leaving: every condition says its own reason; what goes back is the own money, never what was given."""

from dataclasses import replace
from datetime import date
from typing import Any

from ledger import leaving
from ledger.leaving import Refund
from ledger.records import Address, Household, Person, Proposal
from ledger.terms import Account
from tests.ledger.people import TODAY, charter, group_of, home, leave_case, standing


def why(**changes: object) -> set[str]:
    return {one.key for one in leaving.refusals_to_leave(leave_case(**changes))}


def with_own(**changes: Any) -> dict[str, Any]:
    own = standing(12, **changes)
    return {"own": own, "group": (own, *group_of(4, 13))}


def test_a_member_who_owes_nothing_may_ask_to_leave() -> None:
    assert not why()


def test_nobody_leaves_in_the_first_year() -> None:
    assert why(**with_own(household=home(12, joined_on=date(2025, 3, 2)))) == {"leave.too_new"}
    assert not why(**with_own(household=home(12, joined_on=date(2025, 3, 1))))


def test_nobody_leaves_with_a_loan_or_an_application() -> None:
    assert why(**with_own(open_loans=1)) == {"leave.owes"}
    assert why(**with_own(asking=1)) == {"leave.owes"}


def test_nobody_leaves_while_one_of_the_group_owes() -> None:
    own, *others = group_of(5)
    group = (own, replace(others[0], open_loans=1), *others[1:])
    assert why(group=group) == {"leave.group_owes"}
    assert not why(group=group, charter=charter(membership__blocked_if_group_owes=False))


def test_a_substitute_payer_stays() -> None:
    assert why(**with_own(guarantees=1)) == {"leave.is_guarantor"}


def test_an_officer_hands_over_first() -> None:
    assert why(offices=("会计",)) == {"leave.holds_office"}


def test_a_second_request_is_one_too_many() -> None:
    assert why(waiting=3) == {"leave.asked_before"}


def test_two_months_lie_between_asking_and_going() -> None:
    assert why(asked_on=date(2026, 1, 2)) == {"leave.too_early"}
    assert not why(asked_on=date(2026, 1, 1))


def test_the_year_is_counted_to_the_day_of_asking_not_of_going() -> None:
    own = with_own(household=home(12, joined_on=date(2025, 2, 1)))
    assert why(asked_on=date(2026, 1, 1), **own) == {"leave.too_new"}


def test_all_reasons_come_at_once() -> None:
    own = with_own(open_loans=1, guarantees=1, household=home(12, joined_on=TODAY))
    assert len(why(offices=("出纳",), waiting=1, **own)) == 5


REQUEST = Proposal("QS001", 1, "leave", "QS001-012", 12, "agreed", date(2026, 1, 1), {}, TODAY)
PERSON = Person("QS001", 12, "陈桂花", "女", "19900000012", "", "QS001-012")
PHONE = Address("sms", "", "19900000012", "QS001", 12, date(2018, 5, 18))


def gone(refund: Refund, **changes: object) -> tuple[Household, list[tuple[str, str, int]], int]:
    member = replace(home(12), **changes)  # type: ignore[arg-type]
    act = leaving.leave(member, PERSON, REQUEST, refund, [PHONE], TODAY, Account.CASH, "k", 36)
    household = next(one for one in act.records if isinstance(one, Household))
    lines = [(line.account, line.sub, line.amount_fen) for entry in act.entries for line in entry.lines]
    assert all(one.ended_on == TODAY for one in act.records if isinstance(one, Address))
    return household, lines, len(act.notices)


def test_own_money_and_overpayments_go_back_and_given_shares_do_not() -> None:
    household, lines, _ = gone(Refund(20_000, 1_500, 20_000), gifted_fen=20_000)
    assert lines == [
        (Account.CONTRIBUTION, "QS001-012", 20_000), (Account.CREDIT, "QS001-012", 1_500), (Account.CASH, "", -21_500),
        (Account.FISCAL, "", -20_000), (Account.FISCAL, "QS001-012", 20_000),
    ]
    assert household.left_on == TODAY and not household.group_name and not household.gifted_fen


def test_who_paid_nothing_leaves_without_an_entry() -> None:
    household, lines, told = gone(Refund(0, 0, 0))
    assert not lines and told == 1 and household.left_on == TODAY
