"""Households, charters and cases for the tests of people: plain ones that nothing speaks against, to be changed."""

from dataclasses import replace
from datetime import date
from typing import Any

from ledger import charter as charters
from ledger.charter import Charter
from ledger.groups import GroupCase
from ledger.leaving import LeaveCase
from ledger.members import JoinCase
from ledger.records import Household
from ledger.rules import LoanCase, Pool, Standing

TODAY = date(2026, 3, 1)


def charter(**changes: Any) -> Charter:
    """The default charter with changes as `section__key`."""
    made = charters.from_body(charters.body_of(""))
    for name, value in changes.items():
        section, _, key = name.partition("__")
        made = replace(made, **{section: replace(getattr(made, section), **{key: value})})
    return made


def ningxia() -> Charter:
    """宁夏 2009: a share of 1,000, 600 matched for everyone, 200 gifted to the absolute poor (S31)."""
    return charter(
        contribution__share_fen=100_000, contribution__poor_waived=False,
        contribution__gifted_fen=(20_000, 0, 0, 0, 0), contribution__matched_fen=(60_000,) * 5,
    )


def home(tail: int, group: str = "第三组", **changes: Any) -> Household:
    made = Household(
        "QS001", f"QS001-{tail:03d}", f"户主{tail}", tail, "一般户", date(2018, 5, 18), None, group, False, 0, 0
    )
    return replace(made, **changes)


def standing(tail: int, group: str = "第三组", **changes: Any) -> Standing:
    return replace(Standing(home(tail, group), f"社员{tail}"), **changes)


def group_of(size: int, first: int = 12) -> tuple[Standing, ...]:
    return tuple(standing(tail) for tail in range(first, first + size))


def join_case(**changes: Any) -> JoinCase:
    made = JoinCase(
        charter(), TODAY, "青山村", "李大山", "一般户", 40_000, False, "19900000063", head="李大山",
        members_fen=2_420_000, fiscal_free_fen=19_000_000,
    )
    return replace(made, **changes)


def leave_case(**changes: Any) -> LeaveCase:
    group = group_of(5)
    return replace(LeaveCase(charter(), TODAY, group[0], group), **changes)


def form_case(**changes: Any) -> GroupCase:
    coming = tuple(standing(tail, "") for tail in (1, 2, 3, 4, 5))
    return replace(GroupCase(charter(), "第十二组", coming, leader="QS001-001"), **changes)


def move_case(**changes: Any) -> GroupCase:
    made = GroupCase(charter(), "第三组", (standing(1, "第一组"),), group_of(5), left_behind=(standing(2, "第一组"),))
    return replace(made, **changes)


def loan_case(size: int, borrowing: int, *, special: bool = False) -> LoanCase:
    """An application in a group of `size`, of whose others `borrowing` have a loan."""
    group = [standing(12 + n, open_loans=int(0 < n <= borrowing)) for n in range(size)]
    pool = Pool(20_000_000, 0, 0, 0, 20_000_000)
    return LoanCase(charter(), TODAY, 100_000, 10, "化肥", group[0], tuple(group), 0, pool, special_case=special)
