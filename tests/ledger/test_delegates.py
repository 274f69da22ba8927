"""A new delegate of a household: what moves to the new one, what stays said, what ends with a death."""

from dataclasses import replace
from datetime import date

from ledger import delegates
from ledger.delegates import DelegateCase, Standing
from ledger.records import Address, Endorsement, Household, Loan, Office, Person
from ledger.terms import Plan, Status
from tests.ledger.people import TODAY, home

OLD = Person("QS001", 12, "陈桂花", "女", "19900000012", "", "QS001-012")
CASE = DelegateCase(TODAY, 18, home(12, head="陈桂花"), OLD, "许小军", "19900000112", "", death=False)
DEAD = replace(CASE, death=True)
LOAN = Loan("QS001", 23, "QS001-012", 12, 300_000, "化肥", 10, Plan.EQUAL_PRINCIPAL, 5000, 1, Status.PAID_OUT, TODAY)
OTHERS = replace(LOAN, no=24, household="QS001-013", person=13, payer_one="QS001-012", payer_two="QS001-014",
                 status=Status.SIGNED, signed_on=TODAY)
PHONE = Address("sms", "", "19900000012", "QS001", 12, date(2018, 5, 18))
CHAIR = Office("QS001", 12, "监事", date(2024, 5, 18), date(2027, 5, 17))
NOTHING = Standing((), (), {}, (), ())


def why(case: DelegateCase) -> set[str]:
    return {one.key for one in delegates.refusals(case)}


def test_a_grown_up_of_the_household_may_follow() -> None:
    assert not why(CASE)


def test_every_reason_against_a_new_delegate() -> None:
    assert why(replace(CASE, name="")) == {"delegate.no_name"}
    assert why(replace(CASE, name="陈桂花", phone="19900000012")) == {"delegate.same"}
    assert why(replace(CASE, taken_by="刘大山")) == {"delegate.taken"}
    assert why(replace(CASE, id_card="999999200803020017")) == {"delegate.too_young"}
    assert not why(replace(CASE, id_card="999999200803010017"))


def made(case: DelegateCase, **changes: object) -> tuple[object, ...]:
    return delegates.change(case, replace(NOTHING, **changes), 70).records  # type: ignore[arg-type]


def one(kind: type, records: tuple[object, ...]) -> list[object]:
    return [record for record in records if type(record) is kind]


def test_the_membership_stays_and_the_phone_moves() -> None:
    records = made(CASE, addresses=(PHONE,))
    assert one(Household, records) == [replace(CASE.home, person=70)]
    assert one(Address, records) == [
        replace(PHONE, ended_on=TODAY), Address("sms", "", "19900000112", "QS001", 70, TODAY)
    ]


def test_an_officer_who_only_hands_the_household_over_keeps_phone_and_office() -> None:
    records = made(CASE, addresses=(PHONE,), offices=(CHAIR,))
    assert not one(Office, records) and len(one(Address, records)) == 1


def test_with_a_death_the_office_ends_and_the_heir_is_the_head() -> None:
    records = made(DEAD, addresses=(PHONE,), offices=(CHAIR,))
    assert one(Office, records) == [replace(CHAIR, until=date(2026, 2, 28))]
    assert one(Household, records) == [replace(CASE.home, person=70, head="许小军")]
    assert len(one(Address, records)) == 2


def test_a_running_loan_goes_on_and_an_application_of_the_dead_ends() -> None:
    asking = replace(LOAN, no=25, status=Status.APPLIED)
    assert one(Loan, made(DEAD, own=(LOAN, asking))) == [
        replace(LOAN, person=70), replace(asking, person=70, status=Status.WITHDRAWN, ended_on=TODAY)
    ]
    assert one(Loan, made(CASE, own=(asking,))) == [replace(asking, person=70)]


def test_a_settled_loan_is_history() -> None:
    assert not one(Loan, made(DEAD, own=(replace(LOAN, status=Status.SETTLED),)))


def test_what_was_asked_is_asked_of_the_new_one_and_what_was_said_stays() -> None:
    asked = Endorsement("QS001", 24, "consent", 12, "", 1, None)
    said = Endorsement("QS001", 21, "consent", 12, "yes", 1, TODAY)
    assert one(Endorsement, made(CASE, said=(asked, said))) == [
        replace(asked, answer="moved"), replace(asked, person=70)
    ]


def test_a_signature_under_money_that_has_not_left_is_asked_anew() -> None:
    signed = Endorsement("QS001", 24, "signature", 12, "yes", 2, TODAY)
    records = made(DEAD, said=(signed,), vouched={24: OTHERS})
    assert one(Endorsement, records) == [
        replace(signed, answer="moved"), replace(signed, person=70, answer="", said_on=None)
    ]
    assert one(Loan, records) == [replace(OTHERS, status=Status.CLEARED, signed_on=None)]


def test_a_signature_under_money_that_has_left_stands() -> None:
    signed = Endorsement("QS001", 24, "signature", 12, "yes", 2, TODAY)
    assert not one(Endorsement, made(DEAD, said=(signed,), vouched={}))


def test_the_own_signed_application_waits_for_the_new_delegates_signature_or_ends_with_a_death() -> None:
    mine = replace(LOAN, status=Status.SIGNED, signed_on=TODAY)
    signed = Endorsement("QS001", 23, "signature", 12, "yes", 1, TODAY)
    living = one(Loan, made(CASE, own=(mine,), said=(signed,), vouched={23: mine}))
    assert living[-1] == replace(mine, person=70, status=Status.CLEARED, signed_on=None)
    dead = made(DEAD, own=(mine,), said=(signed,), vouched={23: mine})
    assert one(Loan, dead) == [replace(mine, person=70, status=Status.WITHDRAWN, ended_on=TODAY)]
    assert not one(Endorsement, dead)
