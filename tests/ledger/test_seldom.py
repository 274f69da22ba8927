"""The last branches of the pure core, each as a sentence: strange entries, loans ended before our books, and others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ledger import calendar, founding, lending, loan_proof, proof, replan, replay, reviews
from ledger import charter as charters
from ledger.identity import may_lift, vouchers
from ledger.identity_records import Freeze
from ledger.records import Allocation, Draft, Line, Loan, LoanInstalment, LoanReview, Person
from ledger.terms import Account, Status
from tests.ledger.charters import changed, charter
from tests.ledger.test_rarely import LOAN, ROWS
from tests.village import told_village

DAY = date(2026, 1, 15)
FREEZE = Freeze("QS001", 1, 12, 0, 13, 5)


def person(no: int, phone: str = "", household: str = "") -> Person:
    return Person("QS001", no, f"第{no}人", "男", phone, "", household)


SHE = person(12, "19900000012", "QS001-012")


@pytest.mark.parametrize(("day", "works_on"), [(date(2026, 3, 6), 6), (date(2026, 3, 7), 6), (date(2026, 3, 8), 6)])
def test_the_working_day_of_a_weekend_is_the_friday_before(day: date, works_on: int) -> None:
    assert calendar.working_day_until(day, calendar.weekday) == date(2026, 3, works_on)


def test_a_charter_is_kept_as_plain_tables() -> None:
    kept = charters.plain(changed(loan__months_max=11))
    assert kept["loan"]["months_max"] == 11 and type(kept["loan"]) is dict
    assert charters.from_body(kept).loan.months_max == 11


@pytest.mark.parametrize(("mates", "officers", "asked"), [
    ((), (), []),
    ((person(13, "19900000013"),), (), [13]),
    ((person(13, "19900000013"), person(14)), (person(1, "19900000001"),), [13, 1]),
    ((person(13, "19900000013"), person(14, "19900000013")), (person(2, "19900000012"),), [13]),
    ((person(13, "19900000013"), person(14, "19900000014")), (person(1, "19900000001"),), [13, 14]),
])
def test_where_her_group_has_too_few_phones_the_officers_are_asked_too(
    mates: tuple[Person, ...], officers: tuple[Person, ...], asked: list[int]
) -> None:
    assert [one.no for one in vouchers(SHE, mates, officers, [], 99, False)] == asked


def test_a_frozen_loan_of_nobody_is_lifted_by_any_officer_and_nobody_lifts_the_own() -> None:
    assert may_lift(FREEZE, person(1), None, [])
    assert may_lift(FREEZE, person(1, "19900000001"), SHE, [])
    assert not may_lift(FREEZE, person(1, SHE.phone), SHE, []), "one phone is one person"
    assert not may_lift(FREEZE, person(1, "19900000001", "QS001-012"), SHE, [])


def test_after_the_last_due_day_no_fee_is_still_being_earned() -> None:
    terms = replay.terms_of(LOAN, charter())
    last = max(row.due_on for row in ROWS)
    assert replan.fee_now(ROWS, terms, last) == 0
    assert replan.fee_now(ROWS, terms, last - timedelta(days=1)) > 0


def test_a_loan_that_was_given_up_owes_no_fee_on_an_earlier_day() -> None:
    gone = LoanReview("QS001", 23, reviews.WRITE_OFF, 1, reviews.Stage.DONE, 0, 500_000, "走了", DAY, 1)
    day = ROWS[0].due_on
    assert replay.fee_owed(LOAN, charter(), [], [gone], day) == 0
    assert replay.fee_owed(LOAN, charter(), [], [], day) == ROWS[0].fee_fen


def test_what_was_owed_is_not_told_where_payments_lie_on_no_plan_without_the_later_ones() -> None:
    ahead = Allocation(23, replan.EARLY_FROM, 600_000, 0, 0, DAY + timedelta(days=5))
    assert replay.fee_owed(LOAN, charter(), [(2, [ahead])], [], ROWS[0].due_on) is None


def test_a_plan_other_than_that_of_the_sealed_terms_is_found() -> None:
    sealed = loan_proof.terms(LOAN, charter(), ROWS)
    assert loan_proof.rows_fault(LOAN, charter(), ROWS, [], [], sealed) == ""
    other = sealed | {"rows": [[n, due_on, principal + (n == 1), fee] for n, due_on, principal, fee in sealed["rows"]]}
    assert "is not that of its terms" in loan_proof.rows_fault(LOAN, charter(), ROWS, [], [], other)


def test_a_loan_that_had_ended_before_our_books_is_what_the_opening_says() -> None:
    ended = replace(LOAN, imported=True, status=Status.SETTLED)
    sealed = loan_proof.terms(ended, charter(), ROWS)
    assert loan_proof.rows_fault(ended, charter(), ROWS, [], [], sealed) == ""
    assert loan_proof.rows_fault(ended, charter(), ROWS, [], [], None) == ""
    moved = (replace(ROWS[0], principal_fen=ROWS[0].principal_fen + 1), *ROWS[1:])
    assert "are not what its terms" in loan_proof.rows_fault(ended, charter(), moved, [], [], sealed)


def test_a_loan_that_was_repaid_before_our_books_owes_neither_fee_nor_charge() -> None:
    told = told_village()
    was = told.loans[0]
    first = replace(was, repaid_principal_fen=was.principal_fen, repaid_fee_fen=1_00)
    bank_fen = told.opening["银行存款"] + was.principal_fen - was.repaid_principal_fen
    paid = replace(told, loans=(first, *told.loans[1:]), opening=told.opening | {"银行存款": bank_fen})
    act, _ = founding.found(paid, charters.body_of(""))
    loan = next(one for one in act.records if isinstance(one, Loan))
    rows = [one for one in act.records if isinstance(one, LoanInstalment) and one.loan == loan.no]
    assert (loan.status, loan.ended_on) == (Status.SETTLED, told.society.opened_on)
    assert sum(one.paid_fee_fen for one in rows) == sum(one.fee_fen for one in rows) == 1_00
    assert all(one.charge_fen == 0 and one.paid_on is not None for one in rows)


@pytest.mark.parametrize("facts", ["{", "[1]", "3", '{"reviews": 3}', '{"reviews": [1]}', '{"reviews": [{"loan": 1}]}'])
def test_what_no_program_of_ours_wrote_proves_no_review(facts: str) -> None:
    chain = proof.Chain("QS001")
    chain._lent("extension", 1, 0, 0, facts)
    assert chain.reviewed == {}


@pytest.mark.parametrize("facts", ["{", "[1]", "3", '{"loans": 3}', '{"loans": [1]}', '{"loans": [{"no": 1}]}'])
def test_what_no_program_of_ours_wrote_takes_over_no_loan(facts: str) -> None:
    chain = proof.Chain("QS001")
    chain._lent("opening", 1, 0, 0, facts)
    assert chain.lent == {}


@pytest.mark.parametrize("facts", ["{", "[1]", "3", '{"register": 3}', '{"register": {"offices": 3}}'])
def test_what_no_program_of_ours_wrote_states_nobody(facts: str) -> None:
    chain = proof.Chain("QS001")
    chain._stated("register", facts)
    assert chain.register == {} and not chain.whole


def test_terms_sealed_before_guarantors_were_say_nothing_of_them() -> None:
    sealed = loan_proof.terms(LOAN, charter(), ROWS)
    other = replace(LOAN, payer_one="QS001-015")
    assert loan_proof.terms_fault(sealed, other, charter()) == "the guarantors of loan 23 is not what was sealed"
    old = {name: what for name, what in sealed.items() if name != loan_proof.PAYERS}
    assert loan_proof.terms_fault(old, other, charter()) == ""


def test_a_loan_with_another_number_of_instalments_is_not_plainly_as_agreed() -> None:
    sealed = loan_proof.terms(LOAN, charter(), ROWS)
    assert not loan_proof.as_agreed(sealed, [], {}, settled=False)


def test_a_reversal_without_shares_of_a_loan_only_turns_the_entry() -> None:
    draft = Draft("spend", DAY, (Line(Account.RUNNING_COSTS, 5), Line(Account.CASH, -5)), "spend/1", 1)
    act = lending.reverse(draft, 7, LOAN, [], charter(), DAY, "记错", 1)
    assert act.records == act.notices == () and [one.amount_fen for one in act.entries[0].lines] == [-5, 5]


def test_an_opening_of_ours_takes_over_its_loans() -> None:
    chain: Any = proof.Chain("QS001")
    chain._lent("opening", 1, 0, 0, '{"loans": [{"loan": 5}, {"loan": 8}]}')
    assert chain.lent == {5: 1, 8: 1}
