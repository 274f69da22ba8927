"""What hardly ever happens in a village, each as a sentence: the branches that no conversation walks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import (
    balances,
    funds,
    journal,
    lending,
    members,
    notices,
    proof,
    replan,
    replay,
    reviews,
    rules,
    supervision,
)
from ledger.charter import CharterError
from ledger.funds import Distribution
from ledger.records import Allocation, Household, Loan, LoanInstalment, LoanReview, Person
from ledger.repayment import outstanding
from ledger.reviews import Stage
from ledger.supervision import Figures
from ledger.terms import Account, Plan, Status
from tests.ledger.charters import charter
from tests.ledger.test_rules import case

LOAN = Loan(
    "QS001", 23, "QS001-012", 12, 500_000, "买化肥", 10, Plan.EQUAL_PRINCIPAL, 5000, 1, Status.PAID_OUT,
    date(2026, 1, 15), "QS001-013", "QS001-014", paid_out_on=date(2026, 1, 15),
)
ROWS = replay.planned(LOAN, charter(), date(2026, 1, 15))
HOME = Household("QS001", "QS001-012", "陈桂花", 12, "一般户", date(2025, 1, 1), None, "第三组", False, 0, 0)


def test_the_fund_is_what_all_four_sources_put_in() -> None:
    totals = {str(Account.FISCAL): -100, str(Account.CONTRIBUTION): -20, str(Account.DONATION): -3,
              str(Account.OTHER): -4, str(Account.BANK): 127}
    assert balances.fund_fen(totals) == 127


def test_a_year_without_income_or_costs_is_closed_by_no_entry() -> None:
    assert funds.close_year({}, 2026, date(2026, 12, 31), 1) is None
    assert funds.close_year({(Account.FEE_INCOME, ""): 0}, 2026, date(2026, 12, 31), 1) is None


def test_a_year_that_leaves_nothing_for_the_reserves_moves_nothing() -> None:
    nothing = Distribution("net", 0, ())
    assert funds.distribution_entry(nothing, 2026, date(2027, 1, 5), 1, "社决1") is None


def test_who_leaves_without_a_phone_is_told_by_nobody() -> None:
    person = Person("QS001", 12, "陈桂花", "女", "", "", "QS001-012")
    assert notices.left(HOME, person, 20_000, True, "k") is None


def test_a_code_is_for_its_own_person_and_is_passed_on_to_nobody() -> None:
    secret = notices.Notice("k", 12, "notice.key_asked", {"code_for": ["QS001", 23]})
    assert notices.passed_on(secret, "陈桂花", 9) is secret
    plain = notices.passed_on(replace(secret, facts={}), "陈桂花", 9)
    assert (plain.person, plain.say) == (9, "notice.forward")


def test_lowering_an_equal_payment_plans_equal_payments_anew() -> None:
    loan, rules_of = replace(LOAN, plan=Plan.EQUAL_PAYMENT), charter(early__plan="lower")
    rows = replay.planned(loan, rules_of, date(2026, 1, 15))
    # 513.84 is due on 02-15; 2000 more leave 2511.16 for nine payments of 286.04.
    taken = lending.take(loan, rows, rules_of, 251_384, date(2026, 2, 15))
    coming = [row for row in taken.rows if row.due_on > date(2026, 2, 15)]
    assert outstanding(taken.rows) == sum(row.principal_fen for row in coming) == 251_116
    assert {row.principal_fen + row.fee_fen for row in coming[:-1]} == {28_604}


def test_more_paid_ahead_than_is_to_come_is_no_new_plan() -> None:
    terms = replay.terms_of(LOAN, charter(early__plan="shorten"))
    with pytest.raises(ValueError, match="more is paid ahead"):
        replan.open_ahead(ROWS, terms, 1001, 500_000, date(2026, 1, 20))


def test_a_repayment_after_a_write_off_is_replayed_without_any_charge_since() -> None:
    loan = replace(LOAN, status=Status.WRITTEN_OFF)
    given_up = LoanReview("QS001", 23, reviews.WRITE_OFF, 1, Stage.DONE, 0, 500_000, "外出", date(2026, 6, 1), 24,
                          done_on=date(2026, 6, 15), after_seq=4)
    part = Allocation(23, 1, 50_000, 0, 0, date(2026, 9, 1))
    rows = replay.replay(loan, charter(), [(5, [part])], [given_up])
    before = replay.replay(loan, charter(), [], [given_up])
    assert [row.charge_fen for row in rows] == [row.charge_fen for row in before]
    assert rows[0].paid_principal_fen == 50_000


def test_an_extension_counts_before_the_payments_after_it() -> None:
    more_time = LoanReview("QS001", 23, reviews.EXTENSION, 1, Stage.DONE, 3, 500_000, "猪没出栏", date(2026, 2, 1), 12,
                           done_on=date(2026, 2, 10), after_seq=4)
    part = Allocation(23, 1, 0, 1_000, 0, date(2026, 3, 1))
    rows = replay.replay(LOAN, charter(), [(5, [part])], [more_time])
    assert (rows[0].due_on, rows[0].fee_fen, rows[0].paid_fee_fen) == (date(2026, 5, 15), 10_000, 1_000)


def test_a_review_without_substitute_payers_goes_to_the_keys_at_once() -> None:
    asked = LoanReview("QS001", 23, reviews.EXTENSION, 1, Stage.ASKED, 3, 500_000, "猪没出栏", date(2026, 2, 1), 12)
    act = reviews.ask(asked, LOAN, "陈桂花", (), (), 0)
    assert [one.stage for one in act.records if isinstance(one, LoanReview)] == [Stage.KEYS]


def test_the_largest_amount_that_works_also_keeps_to_the_contribution() -> None:
    rules_of = charter(loan__contribution_multiple=10)
    assert rules.would_work_fen(case(charter=rules_of, contributed_fen=20_055)) == 200_500


HEAD = (1, "opening", "2026-01-01", "2026-01-01", "", 0, 0, 1, "k", "f" * 64, "AAAAA", "")
LINES = ((1, "bank", "", 100, 100, 100, 1), (2, "fiscal", "", -100, -100, -100, 1))


@pytest.mark.parametrize(("head", "lines", "fault"), [
    (HEAD, ((1, "bank", "", 100, 100, 100, 1), (2, "fiscal", "", -99, -99, -99, 1)), "entry 1 does not balance"),
    (HEAD, ((1, "bank", "", 100, 100, 100, 1), (3, "fiscal", "", -100, -100, -100, 1)), "line 2 of entry 1 is missing"),
    (HEAD, ((1, "bank", "", -100, -100, -100, 1), (2, "fiscal", "", 100, 100, 100, 1)),
     "entry 1 leaves bank below zero"),
    ((*HEAD[:2], "2026-1-01", *HEAD[3:]), LINES, "entry 1 is dated out of order"),
    (HEAD, LINES, "entry 1 is not what was sealed"),
    ((2, *HEAD[1:]), LINES, "entry 1 is missing"),
])
def test_an_entry_that_is_not_right_is_named(head: tuple[object, ...], lines: tuple[object, ...], fault: str) -> None:
    assert proof.Chain("QS001").feed(head, lines) == fault  # type: ignore[arg-type]


def test_a_sealed_entry_with_another_receipt_code_is_wrong() -> None:
    plain = {"society": "QS001", "seq": 1, "kind": "opening", "on": "2026-01-01", "booked_on": "2026-01-01", "memo": "",
             "loan": 0, "reverses": 0, "by": 1, "key": "k", "lines": [list(line[1:6]) for line in LINES], "parts": []}
    plain.pop("society")
    plain.pop("seq")
    sealed = journal.seal(journal.GENESIS, {"society": "QS001", "seq": 1, **plain})
    assert proof.Chain("QS001").feed((*HEAD[:9], sealed, "AAAAA", ""), LINES) == "entry 1 carries a wrong receipt code"


ODD = st.sampled_from(["", '"', "\\", "\n\t\x00\x7f"])
WORDS = ODD | st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
FEN = st.integers(-(2**63), 2**63 - 1)


@given(
    st.tuples(FEN, *[WORDS] * 4, *[FEN] * 3, WORDS, st.just(""), st.just(""), WORDS),
    st.lists(st.tuples(st.integers(1, 9), WORDS, WORDS, FEN, FEN, FEN, FEN), max_size=4),
    st.lists(st.tuples(*[FEN] * 5, WORDS, FEN), max_size=3), WORDS,
)
def test_the_seal_that_is_proved_is_the_one_that_was_made(
    head: tuple[Any, ...], lines: list[Any], parts: list[Any], society: str
) -> None:
    """What verify spells at once for speed is byte for byte the canonical JSON that books are sealed with."""
    seq, kind, on, booked_on, memo, loan, reverses, by, key, _, _, facts = head
    told = {
        "society": society, "seq": seq, "kind": kind, "on": on, "booked_on": booked_on, "memo": memo, "loan": loan,
        "reverses": reverses, "by": by, "key": key, "lines": [list(line[1:6]) for line in lines],
        "parts": [list(part[:6]) for part in parts], "facts": facts,
    }
    assert proof.seal_of(society, "a" * 64, head, lines, parts) == journal.seal("a" * 64, told)


def test_heads_are_read_from_a_json_list_of_records_too() -> None:
    words = '[{"society": "QS001", "seq": 3, "hash": "%s", "day": "2026-01-01"}]' % ("a" * 64)
    assert proof.read_heads(words) == [proof.KeptHead("QS001", 3, "a" * 64, "2026-01-01")]


def test_history_beyond_the_charter_is_flagged_by_its_clause() -> None:
    odd = replace(LOAN, amount_fen=1_000_001, months=13, fee_ppm_month=8000, payer_two="")
    flags = supervision.beyond_charter(charter(), [HOME], [odd, replace(LOAN, no=24), replace(LOAN, no=25)])
    assert {one["rule"] for one in flags} >= {
        "loan_over_limit", "loan_too_long", "fee_too_high", "payer_missing", "loans_at_once", "group_size"}
    left = replace(HOME, left_on=date(2026, 1, 1))
    assert not [one for one in supervision.beyond_charter(charter(), [left], []) if one["rule"] == "group_size"]


def test_too_few_households_and_too_few_poor_ones_are_flagged() -> None:
    homes = [replace(HOME, no=f"QS001-{no:03}", group_name="", category="贫困户" if no < 25 else "一般户")
             for no in range(1, 50)]
    flags = supervision.beyond_charter(charter(), homes, [])
    assert [(one["rule"], one["clause"], one["figures"]) for one in flags] == [
        ("society_small", "society.min_households", "49户"), ("poor_share", "society.poor_share_permille", "24/49户")]
    more = [*homes, replace(HOME, no="QS001-050", group_name="", category="监测户")]
    assert supervision.beyond_charter(charter(), more, []) == []
    gone = [*more[1:], replace(more[0], left_on=date(2026, 1, 1))]
    assert [one["rule"] for one in supervision.beyond_charter(charter(), gone, [])] == ["society_small", "poor_share"]


def test_where_the_charter_says_so_too_few_households_found_no_society() -> None:
    strict = charter(society__founding_refused=True)
    with pytest.raises(CharterError, match=r"society\.min_households: 49 households, at least 50 found a society"):
        supervision.check_founding(strict, 49)
    supervision.check_founding(strict, 50)
    supervision.check_founding(charter(), 1)


SMALL = charter(society__min_households=5, society__poor_share_permille=0)


def test_more_borrowers_in_a_group_than_two_of_five_are_flagged() -> None:
    homes = [replace(HOME, no=f"QS001-{no:03}") for no in range(12, 17)]
    lent = [replace(LOAN, no=no, household=home.no) for no, home in enumerate(homes[:3])]
    assert [one["rule"] for one in supervision.beyond_charter(SMALL, homes, lent)] == ["group_borrowers"]
    assert supervision.beyond_charter(SMALL, homes, lent[:2]) == []


def test_a_loan_beyond_three_cycles_and_a_fee_that_did_not_come_are_flagged() -> None:
    settled = replace(LOAN, no=24, status=Status.SETTLED)
    flags = supervision.standing(charter(), [LOAN, settled], {23: ROWS, 24: ROWS}, date(2028, 7, 16))
    assert [one["rule"] for one in flags] == ["three_cycles", "fee_behind"]
    paid = [replace(row, paid_fee_fen=row.fee_fen) for row in ROWS]
    assert supervision.standing(charter(), [LOAN], {23: paid}, date(2026, 3, 1)) == []


def figures(**changes: int) -> Figures:
    return replace(Figures(), **changes)


@pytest.mark.parametrize(("sums", "found"), [
    ({"outstanding_fen": 100, "bad_fen": 15}, [("bad_rate", "red")]),
    ({"outstanding_fen": 100, "bad_fen": 14}, [("bad_rate", "yellow")]),
    ({"outstanding_fen": 100, "bad_fen": 5}, [("bad_rate", "yellow")]),
    ({"outstanding_fen": 100, "bad_fen": 4}, []),
    ({"instalments_due": 100, "instalments_on_time": 94}, [("on_time_rate", "yellow")]),
    ({"instalments_due": 100, "instalments_on_time": 95}, []),
    ({"outstanding_fen": 49, "bank_fen": 51}, [("idle_money", "red")]),
    ({"outstanding_fen": 50, "bank_fen": 50}, [("idle_money", "yellow")]),
    ({"outstanding_fen": 60, "cash_fen": 40}, []),
])
def test_the_countys_thresholds(sums: dict[str, int], found: list[tuple[str, str]]) -> None:
    assert [(one["rule"], one["level"]) for one in supervision.risks(figures(**sums), charter().alert)] == found


def test_a_share_that_no_category_sells_is_refused() -> None:
    assert members.shares_for(charter(), "一般户", 12_345) is not None
    assert isinstance(ROWS[0], LoanInstalment)
