"""Joining and shares: who may be taken in, what a household pays in and what it is given.

A share is paid by the household itself, matched or gifted out of the government's money (rules.md 4.8, 宁夏 2009);
only what it paid itself ever goes back to it (陕西 art. 38). Records and today in, an `Act` or refusals out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from . import journal, notices
from .calendar import add_months
from .charter import Charter
from .records import Act, Address, Draft, Household, Person, Refusal
from .terms import CATEGORIES, POOR_CATEGORIES, Account


@dataclass(frozen=True)
class Shares:
    """What `count` shares are made of, in fen; only `own_fen` is ever refunded."""

    count: int
    own_fen: int
    matched_fen: int
    gifted_fen: int

    @property
    def total_fen(self) -> int:
        return self.own_fen + self.matched_fen + self.gifted_fen


def shares(charter: Charter, category: str, count: int) -> Shares:
    """`count` shares for a household of `category` (rules.md 4.8; S31).

    The first `given_shares_max` are helped by the charter's matched and gifted part; an exempt poor household has the
    rest of those gifted as well (清远, S08). Raises ValueError for a category that is none.
    """
    terms, place = charter.contribution, CATEGORIES.index(category)
    helped = min(count, terms.given_shares_max)
    matched = helped * terms.matched_fen[place]
    gifted = helped * terms.gifted_fen[place]
    own = count * terms.share_fen - matched - gifted
    if terms.poor_waived and category in POOR_CATEGORIES:
        waived = helped * terms.share_fen - matched - gifted
        own, gifted = own - waived, gifted + waived
    return Shares(count, own, matched, gifted)


def shares_for(charter: Charter, category: str, own_fen: int) -> Shares | Refusal:
    """The shares that `own_fen` of one's own money buys: the fewest that cost exactly this, or why there are none."""
    terms = charter.contribution
    offers = [shares(charter, category, count) for count in range(terms.shares_min, terms.shares_max + 1)]
    for offer in offers:
        if offer.own_fen == own_fen:
            return offer
    facts = {"least_fen": offers[0].own_fen, "most_fen": offers[-1].own_fen, "share_fen": terms.share_fen}
    return Refusal("join.not_shares", facts)


# Joining.


@dataclass(frozen=True)
class JoinCase:
    """All that decides on taking a household in. `*_home` name the member household that stands there already."""

    charter: Charter
    today: date
    village: str
    name: str
    category: str
    own_fen: int
    deferred: bool = False
    phone: str = ""
    id_card: str = ""
    head: str = ""
    lives_in: str = ""
    group: str = ""
    group_size: int = 0
    phone_home: str = ""
    id_home: str = ""
    head_home: str = ""
    elsewhere: str = ""
    members_fen: int = 0
    fiscal_free_fen: int = 0


def not_this_village(case: JoinCase) -> Refusal | None:
    """S01, S21: only resident households of this village, never across villages."""
    if case.lives_in and case.lives_in != case.village:
        return Refusal("join.not_this_village", {"name": case.name, "lives_in": case.lives_in, "village": case.village})
    if case.elsewhere:
        return Refusal("join.elsewhere", {"name": case.name, "society": case.elsewhere})
    return None


def no_category(case: JoinCase) -> Refusal | None:
    known = case.category in CATEGORIES
    return None if known else Refusal("join.no_category", {"categories": "、".join(CATEGORIES)})


def no_name(case: JoinCase) -> Refusal | None:
    return None if 2 <= len(case.name) <= 12 else Refusal("join.no_name")


def too_young(case: JoinCase) -> Refusal | None:
    """18 years old on the day (宁陕 charter); told by the ID number where one is given."""
    if len(case.id_card) != 18:
        return None
    born = case.id_card[6:14]
    reached = (case.today.year - case.charter.membership.min_age_years) * 10000 + case.today.month * 100
    if int(born) <= reached + case.today.day:
        return None
    return Refusal("join.too_young", {"name": case.name, "years": case.charter.membership.min_age_years})


def one_per_household(case: JoinCase) -> Refusal | None:
    """每户一人: neither the phone, the ID number nor the head may stand for a member household already."""
    home = case.id_home or case.phone_home or ("" if case.id_card else case.head_home)
    if not home:
        return None
    how = "id" if case.id_home else "phone" if case.phone_home else "head"
    return Refusal(f"join.same_{how}", {"name": case.head or case.name, "home": home.rpartition("-")[2]})


def wrong_money(case: JoinCase) -> Refusal | None:
    """Whole shares between the charter's least and most."""
    if case.category not in CATEGORIES:
        return None
    found = shares_for(case.charter, case.category, case.own_fen)
    return found if isinstance(found, Refusal) else None


def no_deferral(case: JoinCase) -> Refusal | None:
    """缓缴 is a help for those who have little (seed); an ordinary household pays when it joins."""
    if not case.deferred or case.category != CATEGORIES[-1]:
        return None
    return Refusal("join.no_deferral", {"category": case.category})


def over_member_cap(case: JoinCase) -> Refusal | None:
    """One member holds at most a share of all members' money, but the smallest share always (rules.md 6)."""
    return cap_refusal(case.charter, case.own_fen, case.members_fen + case.own_fen)


def cap_refusal(charter: Charter, own_fen: int, members_fen: int) -> Refusal | None:
    """Whether `own_fen` is too much of `members_fen`, the own money included."""
    terms = charter.contribution
    cap_fen = max(terms.shares_min * terms.share_fen, members_fen * terms.single_member_permille // 1000)
    return None if own_fen <= cap_fen else Refusal("join.over_cap", {"cap_fen": cap_fen})


def no_fiscal_money(case: JoinCase) -> Refusal | None:
    """What is gifted and matched is there in 政府拨入 and not given to somebody else already."""
    if case.category not in CATEGORIES:
        return None
    found = shares_for(case.charter, case.category, case.own_fen)
    if isinstance(found, Refusal) or found.matched_fen + found.gifted_fen <= case.fiscal_free_fen:
        return None
    return Refusal("join.no_fiscal_money", {"given_fen": found.matched_fen + found.gifted_fen})


def group_unknown_or_full(case: JoinCase) -> Refusal | None:
    if not case.group:
        return None
    if case.group_size == 0:
        return Refusal("group.none", {"group": case.group})
    most = case.charter.group.size_max
    return None if case.group_size < most else Refusal("group.full", {"group": case.group, "size_max": most})


JOIN: tuple[Callable[[JoinCase], Refusal | None], ...] = (
    no_name, no_category, not_this_village, one_per_household, too_young, wrong_money, no_deferral, over_member_cap,
    no_fiscal_money, group_unknown_or_full,
)
"""Against taking a household in; asked again when the second key turns and when the money is paid."""


def refusals_to_join(case: JoinCase) -> tuple[Refusal, ...]:
    """Everything that speaks against it, at once."""
    return tuple(found for found in (rule(case) for rule in JOIN) if found is not None)


def enrol(case: JoinCase, society: str, no: str, person_no: int, money: Account, key: str, by: int) -> Act:
    """The household becomes a member: its records, its money, its given shares, its phone. The case has no refusal.

    A deferred contribution is owed until the charter's months are over; the given part is there at once.
    """
    offer = shares_for(case.charter, case.category, case.own_fen)
    assert isinstance(offer, Shares)
    paid_fen = 0 if case.deferred else offer.own_fen
    owed_fen = offer.own_fen - paid_fen
    until = add_months(case.today, case.charter.contribution.deferred_months) if owed_fen else None
    sex = ("女", "男")[int(case.id_card[16]) % 2] if len(case.id_card) == 18 else ""
    person = Person(society, person_no, case.name, sex, case.phone, case.id_card, no)
    home = Household(
        society, no, case.head or case.name, person_no, case.category, case.today, None, "", False,
        offer.gifted_fen, offer.matched_fen, owed_fen, until,
    )
    addresses = (Address("sms", "", case.phone, society, person_no, case.today),) if case.phone else ()
    entries = contribution_entries(no, paid_fen, offer.matched_fen + offer.gifted_fen, case.today, money, key, by)
    told = notices.welcome(home, case.name, paid_fen, owed_fen, until)
    return Act((person, home, *addresses), entries, (told,))


def contribution_entries(
    no: str, own_fen: int, given_fen: int, on: date, money: Account, key: str, by: int
) -> tuple[Draft, ...]:
    """Own money into 会员互助金; what is given moves inside 政府拨入 only, so the fund's total stays (rules.md 8)."""
    entries: list[Draft] = []
    if own_fen:
        entries.append(journal.contribution(no, own_fen, on, money, f"{key}/own", by))
    if given_fen:
        entries.append(journal.given_shares(no, given_fen, on, f"{key}/given", by))
    return tuple(entries)


def refusals_to_add(charter: Charter, home: Household, own_fen: int, more_fen: int, members_fen: int) -> list[Refusal]:
    """Against paying more in: whole shares, the charter's most, the cap; a deferred contribution may be paid freely.

    `own_fen` is what the household has paid in so far, `members_fen` what all have; both without `more_fen`.
    """
    terms = charter.contribution
    if more_fen <= 0:
        return [Refusal("money.no_amount")]
    if more_fen <= home.deferred_fen:
        return []
    beyond = more_fen - home.deferred_fen
    count = (own_fen + home.deferred_fen + beyond + home.gifted_fen + home.matched_fen) // terms.share_fen
    found: list[Refusal | None] = [
        None if beyond % terms.share_fen == 0 else Refusal("contribute.not_shares", {"share_fen": terms.share_fen}),
        None if count <= terms.shares_max else Refusal("contribute.too_many", {"shares_max": terms.shares_max}),
        cap_refusal(charter, own_fen + more_fen, members_fen + more_fen),
    ]
    return [one for one in found if one is not None]


def add(home: Household, name: str, more_fen: int, on: date, money: Account, key: str, by: int) -> Act:
    """More own money of a member; what was deferred is paid off first."""
    left_fen = max(0, home.deferred_fen - more_fen)
    after = replace(home, deferred_fen=left_fen, deferred_until=home.deferred_until if left_fen else None)
    entry = journal.contribution(home.no, more_fen, on, money, key, by)
    return Act((after,), (entry,), (notices.contributed(home, name, more_fen, left_fen, key),))
