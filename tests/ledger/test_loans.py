"""The life of a loan from the wish to the money, step by step, without a database: who is asked, what is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger import loans
from ledger.records import Act, Challenge, Disclosure, Endorsement, Loan, Notice, Office, Person
from ledger.rules import LoanCase, Standing
from ledger.terms import PAIRED, Plan, Status
from tests.ledger.test_rules import case, home, standing

TODAY = date(2026, 3, 10)
LOAN = Loan(
    "QS001", 23, "QS001-001", 1, 300_000, "买化肥", 10, Plan.EQUAL_PRINCIPAL, 5000, 1, Status.APPLIED, TODAY
)
HOLDERS = (
    (Office("QS001", 90, "会计", date(2025, 1, 1), None, 1), Person("QS001", 90, "李秀英", "女", "", "", "")),
    (Office("QS001", 91, "理事长", date(2025, 1, 1), None, 2), Person("QS001", 91, "刘德才", "男", "", "", "")),
)
PAGE = Disclosure("QS001", 1, "loan", 23, TODAY, date(2026, 3, 12), None, 7, "h", {})


def asked(kind: str, *people: int, answer: str = "") -> list[Endorsement]:
    return [Endorsement("QS001", 23, kind, no, answer, rank, None) for rank, no in enumerate(people, 1)]


def of(act: Act, kind: type) -> list[object]:
    return [one for one in act.records if isinstance(one, kind)]


def loan_of(act: Act) -> Loan | None:
    found = of(act, Loan)
    return found[0] if found else None  # type: ignore[return-value]


def told(act: Act) -> list[tuple[str, int]]:
    return [(one.say, one.person) for one in act.notices if isinstance(one, Notice)]


def test_a_step_that_is_not_in_the_table_is_refused_by_its_status() -> None:
    found = loans.refusal(LOAN, "pay_out")
    assert found is not None and (found.key, found.facts) == (
        "loan.wrong_status", {"loan": 23, "status": Status.APPLIED})
    assert loans.refusal(LOAN, "vouch") is None
    with pytest.raises(KeyError):
        loans.step(LOAN, "pay_out")


def test_a_held_loan_takes_no_step_towards_the_money_but_may_be_withdrawn() -> None:
    held = replace(LOAN, status=Status.VOUCHED, held="查用途")
    found = loans.refusal(held, "approve")
    assert found is not None and (found.key, found.facts) == ("loan.held", {"loan": 23, "reason": "查用途"})
    assert loans.refusal(held, "withdraw") is None
    assert loans.refusal(replace(held, held=""), "approve") is None


def test_a_code_is_bound_to_everything_that_was_read_out() -> None:
    for changed in ({"amount_fen": 300_001}, {"purpose": "养猪"}, {"months": 9}, {"plan": Plan.FLAT},
                    {"fee_ppm_month": 4999}, {"payer_one": "QS001-002"}, {"payer_two": "QS001-003"}, {"version": 2}):
        assert loans.content(replace(LOAN, **changed)) != loans.content(LOAN)  # type: ignore[arg-type]
    assert loans.content(replace(LOAN, held="查用途", status=Status.VOUCHED)) == loans.content(LOAN)


def test_the_whole_group_but_the_borrower_is_asked_in_order() -> None:
    act = loans.apply(case(), LOAN)
    said = of(act, Endorsement)
    assert [(one.person, one.rank, one.answer, one.title) for one in said] == [  # type: ignore[attr-defined]
        (no, no - 1, "", "") for no in range(2, 7)]
    assert told(act) == [("notice.consent_asked", no) for no in range(2, 7)]


def test_a_paired_cadre_is_asked_beside_the_group_and_once() -> None:
    act = loans.apply(case(cadre=36), LOAN)
    last = of(act, Endorsement)[-1]
    assert (last.person, last.rank, last.title) == (36, 6, PAIRED)  # type: ignore[attr-defined]
    assert told(act)[-1] == ("notice.consent_asked", 36)
    assert loans.apply(case(cadre=3), LOAN) == loans.apply(case(), LOAN)


def yes(no: int, rank: int) -> Endorsement:
    return Endorsement("QS001", 23, "consent", no, "yes", rank, TODAY)


def test_the_leader_stands_first_then_who_consented_first() -> None:
    group = (standing(1), *(standing(no) for no in range(2, 6)))
    group = (*group[:3], Standing(replace(home(4), leader=True), "户4"), group[4])
    consents = [yes(5, 102), yes(3, 101), yes(4, 103), replace(yes(2, 100), answer="no")]
    assert [one.household.no for one in loans.payers(LOAN, consents, group)] == ["QS001-004", "QS001-003", "QS001-005"]


@pytest.mark.parametrize("busy", [{"open_loans": 1}, {"asking": 1}])
def test_who_borrows_or_asks_does_not_stand_for_another(busy: dict[str, int]) -> None:
    group = (standing(1), standing(2, **busy), standing(3))
    assert [one.household.no for one in loans.payers(LOAN, [yes(2, 100), yes(3, 101)], group)] == ["QS001-003"]


def test_the_borrower_never_stands_for_the_own_loan() -> None:
    assert loans.payers(LOAN, [yes(1, 100)], (standing(1), standing(2))) == ()


def consented(*before: Endorsement, who: int = 3, loan: Loan = LOAN, made: LoanCase | None = None) -> Act:
    mine = Endorsement("QS001", 23, "consent", who, "", who - 1, None)
    waiting = [one for one in asked("consent", 2, 3, 4, 5, 6) if one.person not in {old.person for old in before}]
    return loans.consent(loan, mine, [*before, *waiting], made or case(), HOLDERS, 1_000)


def test_one_consent_alone_only_stands() -> None:
    act = consented(who=2)
    assert [(one.person, one.answer, one.rank, one.said_on) for one in of(act, Endorsement)] == [  # type: ignore[attr-defined]
        (2, "yes", 100, TODAY)]
    assert loan_of(act) is None and act.notices == ()


def test_with_the_second_consent_payers_are_named_and_both_keys_asked() -> None:
    act = consented(yes(2, 100))
    loan = loan_of(act)
    assert loan is not None
    assert (loan.status, loan.payer_one, loan.payer_two) == (Status.VOUCHED, "QS001-002", "QS001-003")
    first, *keys = of(act, Endorsement)
    assert first.rank == 101  # type: ignore[attr-defined]
    assert [(one.kind, one.person, one.rank, one.title, one.answer) for one in keys] == [  # type: ignore[attr-defined]
        ("key", 90, 1, "会计", ""), ("key", 91, 2, "理事长", "")]
    codes = of(act, Challenge)
    assert [(one.person, one.issue, one.issued_at, one.content) for one in codes] == [  # type: ignore[attr-defined]
        (90, 1, 1_000, loans.content(loan)), (91, 1, 1_000, loans.content(loan))]
    assert told(act) == [("notice.key_asked", 90), ("notice.key_asked", 91), ("notice.vouched", 1)]
    for one in act.notices:
        names = [value for value in one.facts.values() if value in ("户2", "户3")]
        assert names == ["户2", "户3"], one.facts


def test_a_third_consent_changes_nothing_any_more() -> None:
    vouched = replace(LOAN, status=Status.VOUCHED, payer_one="QS001-002", payer_two="QS001-003")
    act = consented(yes(2, 100), yes(3, 101), who=4, loan=vouched)
    assert loan_of(act) is None and len(act.records) == 1


def test_a_charter_that_is_given_up_to_too_few_lapses_the_wish() -> None:
    declined = [replace(one, answer="no", rank=100 + place) for place, one in enumerate(asked("consent", 2, 3, 4))]
    waiting = asked("consent", 5, 6)
    act = loans.refuse(LOAN, waiting[0], [*declined, *waiting], case())
    loan = loan_of(act)
    assert loan is not None and (loan.status, loan.ended_on) == (Status.LAPSED, TODAY)
    said = of(act, Endorsement)[0]
    assert (said.answer, said.rank, said.said_on) == ("no", 103, TODAY)  # type: ignore[attr-defined]
    assert told(act) == [("notice.lapsed", 1)]


def test_with_two_left_who_may_stand_one_refusal_lapses_nothing() -> None:
    declined = [replace(one, answer="no") for one in asked("consent", 2, 3)]
    waiting = asked("consent", 4, 5, 6)
    assert loan_of(loans.refuse(LOAN, waiting[0], [*declined, *waiting], case())) is None


def test_who_may_not_stand_is_not_counted_among_those_left() -> None:
    group = tuple(standing(no, open_loans=1 if no in (2, 3) else 0) for no in range(1, 6))
    waiting = asked("consent", 2, 3, 4, 5)
    act = loans.refuse(LOAN, waiting[2], waiting, case(group=group))
    assert loan_of(act) is not None


VOUCHED = replace(LOAN, status=Status.VOUCHED, payer_one="QS001-002", payer_two="QS001-003")


def turned(*other: str, skipped: str = "") -> Act:
    keys = [Endorsement("QS001", 23, "key", 90, "", 1, None, "会计")]
    keys += [Endorsement("QS001", 23, "key", 91 + place, answer, 2, None) for place, answer in enumerate(other)]
    code = Challenge("QS001", 23, 90, 1, loans.content(VOUCHED), 1_000)
    return loans.approve(VOUCHED, keys[0], keys, code, TODAY, 3, (5, 17, "abc"), [70, 71], "陈桂花", skipped)


def test_one_key_is_spent_and_opens_nothing() -> None:
    for other in ((), ("",), ("yes", "")):
        act = turned(*other)
        assert [one.answer for one in of(act, Endorsement)] == ["yes"]  # type: ignore[attr-defined]
        assert [one.used for one in of(act, Challenge)] == [True]  # type: ignore[attr-defined]
        assert loan_of(act) is None and act.notices == ()


def test_the_second_key_opens_the_notice_for_three_days_the_first_counted() -> None:
    act = turned("yes")
    loan, page = loan_of(act), of(act, Disclosure)[0]
    assert loan is not None
    assert (loan.status, loan.approved_on, loan.disclosed_on, loan.closes_on) == (
        Status.DISCLOSED, TODAY, TODAY, date(2026, 3, 12))
    assert isinstance(page, Disclosure)
    assert (page.no, page.kind, page.loan, page.opened_on, page.closes_on, page.closed_on, page.head_seq,
            page.head_hash) == (5, "loan", 23, TODAY, date(2026, 3, 12), None, 17, "abc")
    assert page.facts == {"loan": 23, "name": "陈桂花", "amount_fen": 300_000, "purpose": "买化肥", "months": 10,
                          "plan": Plan.EQUAL_PRINCIPAL, "fee_ppm_month": 5000}
    assert told(act) == [("notice.disclosed", 1), ("notice.disclosed_watch", 70),
                         ("notice.disclosed_watch", 71)]


def test_why_a_poor_household_was_passed_over_is_published() -> None:
    page = of(turned("yes", skipped="秧苗等不得"), Disclosure)[0]
    assert page.facts["skipped"] == "秧苗等不得"  # type: ignore[attr-defined]


def test_after_the_notice_borrower_and_payers_are_asked_to_sign() -> None:
    loan = replace(VOUCHED, status=Status.DISCLOSED)
    act = loans.close_notice(loan, PAGE, date(2026, 3, 13), [(1, "户1"), (2, "户2"), (3, "户3")], "户1")
    cleared = loan_of(act)
    assert cleared is not None and cleared.status == Status.CLEARED
    assert [one.closed_on for one in of(act, Disclosure)] == [date(2026, 3, 13)]  # type: ignore[attr-defined]
    assert [(one.kind, one.person, one.rank, one.answer) for one in of(act, Endorsement)] == [  # type: ignore[attr-defined]
        ("signature", 1, 1, ""), ("signature", 2, 2, ""), ("signature", 3, 3, "")]
    assert len(act.notices) == 3


def signed(*others: str, status: Status = Status.CLEARED) -> Act:
    mine = Endorsement("QS001", 23, "signature", 1, "", 1, None)
    rest = [Endorsement("QS001", 23, "signature", 2 + place, one, 2, None) for place, one in enumerate(others)]
    return loans.sign(replace(VOUCHED, status=status), mine, [mine, *rest], TODAY, [80, 81], "户1")


def test_before_the_last_signature_nothing_is_complete() -> None:
    act = signed("yes", "")
    assert loan_of(act) is None
    assert [(one.answer, one.said_on) for one in of(act, Endorsement)] == [("yes", TODAY)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("others", [("yes", "yes"), ("yes", "moved")])
def test_the_last_signature_lets_the_cashier_pay(others: tuple[str, ...]) -> None:
    act = signed(*others)
    loan = loan_of(act)
    assert loan is not None and (loan.status, loan.signed_on) == (Status.SIGNED, TODAY)
    assert told(act) == [("notice.ready", 1), ("notice.pay_out_asked", 80), ("notice.pay_out_asked", 81)]


def test_a_signature_more_after_that_changes_nothing() -> None:
    assert loan_of(signed("yes", "yes", status=Status.SIGNED)) is None
