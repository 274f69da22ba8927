"""Who is speaking, and whether they may now: the charter's numbers for it, who vouches for a new phone, who may freeze.

A spoofed number or a stolen phone moves no money: a changed address rests, two others must say so, and anybody near
can stop it (reliability.md 2.0).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from .identity_records import Freeze
from .records import Household, Kin, Person

MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
"""Mainland mobile numbers are all a code is ever sent to: nobody is made to pay for premium or foreign ones (T9)."""
WORD = re.compile(r"[㐀-鿿A-Za-z]{2,8}")
"""A watchword holds no digits and no signs: it can be taken neither for a code nor for a line of the system's own."""
NO_WORD = ("系统", "互助", "暗号", "验证", "官方")


@dataclass(frozen=True)
class IdentityTerms:
    rebind_hours: int
    vouchers: int
    officer_acts_a_day: int
    officer_out_a_day_fen: int
    reconfirm_days: int
    codes_an_hour: int


def faults(terms: IdentityTerms) -> list[str]:
    """What is wrong with the numbers: none of them may switch a defence off."""
    wrong = []
    if terms.rebind_hours < 24:
        wrong.append("identity.rebind_hours: at least 24")
    if terms.vouchers != 2:
        wrong.append("identity.vouchers: 2")
    if not 1 <= terms.codes_an_hour <= 20:
        wrong.append("identity.codes_an_hour: 1 to 20")
    if terms.reconfirm_days < 30:
        wrong.append("identity.reconfirm_days: at least 30")
    if terms.officer_acts_a_day < 1 or terms.officer_out_a_day_fen < 1:
        wrong.append("identity.officer_acts_a_day: at least 1, as officer_out_a_day_fen")
    return wrong


def near(kin: Iterable[Kin], home: str) -> set[str]:
    """A household and those of its near relatives: spouse, parent, child."""
    return {home} | {one.other for one in kin if one.one == home} | {one.one for one in kin if one.other == home}


def same_human(one: Person, other: Person) -> bool:
    """Whether two entries of the books are one person, or speak from one phone: a number is not a second person."""
    return (
        one.no == other.no
        or (bool(one.id_card) and one.id_card == other.id_card)
        or (bool(one.phone) and one.phone == other.phone)
    )


def vouchers(
    subject: Person, mates: Sequence[Person], officers: Sequence[Person], kin: Sequence[Kin], opener: int,
    holds_office: bool,
) -> list[Person]:
    """Who is asked whether a new phone is really hers: her group (for an officer the other officers); where those are
    fewer than two, both. Never herself, her household, her near relatives, or who asks for it."""
    close = near(kin, subject.household) if subject.household else set()
    first, second = (officers, mates) if holds_office else (mates, officers)
    found: list[Person] = []
    for some in (first, second):
        if len(found) >= 2:
            break
        for one in some:
            free = one.no not in {subject.no, opener} and not (one.household and one.household in close)
            if free and one.phone and not any(same_human(one, other) for other in (*found, subject)):
                found.append(one)
    return found


def two_homes(one: Person, other: Person) -> bool:
    """Two who vouch are two people of two households."""
    return not same_human(one, other) and not (one.household and one.household == other.household)


def frozen(freezes: Collection[Freeze], person: int, loan: int = 0) -> Freeze | None:
    """What freezes this person, or this loan."""
    return next(
        (one for one in freezes
         if (person and one.person == person and not one.loan) or (loan and one.loan == loan)), None
    )


def may_lift(freeze: Freeze, officer: Person, subject: Person | None, homes: Sequence[Household]) -> bool:
    """Whether an officer may help to lift: not the frozen person, not of that household or its group."""
    if subject is None:
        return True
    if same_human(officer, subject):
        return False
    return not officer.household or officer.household not in {subject.household, *(home.no for home in homes)}
