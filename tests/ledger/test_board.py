"""Where a charter has a day of the board and a supervisor at its table, keys wait for both (沂南; rules.md 3.10)."""

from dataclasses import replace
from datetime import date

import pytest

from ledger import offices
from ledger.records import Office, Person, Refusal
from tests.ledger.charters import charter
from tests.ledger.test_rarely import HOME, LOAN

TODAY = date(2026, 3, 1)
BOARD = charter(board__day=20, window__last_day=15)


@pytest.mark.parametrize(("applied_on", "meets_on"), [
    (date(2026, 3, 1), date(2026, 3, 20)), (date(2026, 3, 20), date(2026, 3, 20)),
    (date(2026, 3, 21), date(2026, 4, 20)), (date(2026, 12, 31), date(2027, 1, 20)),
])
def test_the_board_decides_on_its_first_day_after_the_application(applied_on: date, meets_on: date) -> None:
    assert offices.board_on(BOARD, applied_on) == meets_on
    loan = replace(LOAN, applied_on=applied_on)
    refusal = Refusal("approve.before_board", {"loan": 23, "board_on": meets_on})
    assert offices.before_board(BOARD, loan, meets_on) is None
    assert offices.before_board(BOARD, loan, date.fromordinal(meets_on.toordinal() - 1)) == refusal


def test_without_a_day_of_the_board_nobody_waits() -> None:
    assert offices.before_board(charter(), LOAN, LOAN.applied_on) is None


def officer(number: int, title: str, **more: str) -> tuple[Office, Person]:
    person = replace(Person("QS001", number, f"干部{number}", "", f"139000000{number:02}", "", ""), **more)
    return Office("QS001", number, title, date(2025, 1, 1), None, number), person


ALL = [officer(50, "会计"), officer(51, "理事长"), officer(52, "理事"), officer(53, "监事长")]


def titles(found: tuple[tuple[Office, Person], ...]) -> list[str]:
    return [office.title for office, _ in found]


def test_two_keys_are_enough_where_the_charter_asks_for_no_supervisor() -> None:
    assert titles(offices.key_holders(charter(), ALL, HOME, [HOME], TODAY)) == ["会计", "理事长"]


def test_a_supervisor_turns_a_third_key_where_the_charter_asks_for_one() -> None:
    asked = charter(board__supervisor=True)
    assert titles(offices.key_holders(asked, ALL, HOME, [HOME], TODAY)) == ["会计", "理事长", "监事长"]


def test_no_director_sits_in_for_the_supervisor_and_the_loan_waits() -> None:
    found = offices.key_holders(charter(board__supervisor=True), ALL[:3], HOME, [HOME], TODAY)
    assert titles(found) == ["会计"], "one key alone opens nothing"


def test_the_supervisor_does_not_make_up_for_a_key_of_the_board() -> None:
    found = offices.key_holders(charter(board__supervisor=True), [ALL[0], ALL[3]], HOME, [HOME], TODAY)
    assert titles(found) == ["会计"]


def test_a_supervisor_of_the_borrowers_own_household_does_not_decide() -> None:
    own = officer(53, "监事长", household=HOME.no)
    found = offices.key_holders(charter(board__supervisor=True), [*ALL[:3], own], HOME, [HOME], TODAY)
    assert titles(found) == ["会计"]
