"""A second society beside 青山: the same people under other names, phones and numbers, so that every leak shows.

Its loans begin at 506; whatever names it carries 云 and its code, and nothing of 青山 does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ledger import charter, founding
from ledger.village import Village as Told
from tests.village import FIRST_DAY, Village, told_village

OTHER = "YC001"
LOANS_ON = 500
MARK = "云"


def neighbour() -> Told:
    """青山's workbook with every name, number and code changed."""
    told = told_village()

    def no(value: str) -> str:
        return value.replace("QS001", OTHER)

    return replace(
        told,
        society=replace(told.society, code=OTHER, name=f"{MARK}川互助社", village=f"{MARK}川村"),
        households=tuple(
            replace(one, no=no(one.no), head=MARK + one.head, member=MARK + one.member, phone=phone(one.phone),
                    id_card="", group=MARK + one.group if one.group else "")
            for one in told.households
        ),
        offices=tuple(replace(one, name=MARK + one.name, phone=phone(one.phone)) for one in told.offices),
        loans=tuple(
            replace(one, no=one.no + LOANS_ON, household=no(one.household), purpose=MARK + one.purpose,
                    payer_one=no(one.payer_one), payer_two=no(one.payer_two))
            for one in told.loans
        ),
    )


def phone(number: str) -> str:
    """The number of the same person over there."""
    return number.replace("1990", "1980", 1) if number else ""


def settle(village: Village) -> None:
    """Opens the neighbour's books beside the village's own, with one loan on its way to the disclosure."""
    told = neighbour()
    assert not {one.phone for one in told.households} & {one.phone for one in told_village().households} - {""}
    act, history = founding.found(told, charter.body_of(""))
    with village.store.write() as books:
        books.save(OTHER, act, FIRST_DAY, 0)
        books.history(OTHER, history)
    by_name = {one.member: one.phone for one in told.households} | {one.office: one.phone for one in told.offices}
    borrower = by_name[f"{MARK}陈桂花"]
    village.say(borrower, "借3000买化肥10个月")
    assert f"{OTHER_LOAN}号" in village.say(borrower, "1")
    for mate in ("刘大山", "孙二妹"):
        village.say(by_name[MARK + mate], f"同意联保 {OTHER_LOAN}")
    for office in ("会计", "理事长"):
        village.say(by_name[office], f"批 {OTHER_LOAN} {village.code(by_name[office])}")
    village.say(by_name[f"{MARK}王五"], f"异议 {OTHER_LOAN} {MARK}川的事")
    assert village.fault() == ""


OTHER_LOAN = LOANS_ON + 23
SETTLED = date(2026, 3, 1)
