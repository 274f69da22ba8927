"""Mutual groups: who may stand together, moving, leading, kin, the special third borrower, the cadre, set-off.

A group forms by its members' own consent, each asked one by one; nothing counts before the last of them has agreed
(rules.md 3.2). What a group answers for is in loans.py and rules.py; here is who is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from . import journal, lending
from .charter import Charter
from .records import Act, Assent, Draft, Household, Kin, Line, Loan, LoanInstalment, Proposal, Refusal
from .rules import Standing
from .terms import POOR_CATEGORIES, Account

YES, NO, ASKED = "yes", "no", ""


@dataclass(frozen=True)
class GroupCase:
    """A group as it would be: `coming` are the households that come in, `staying` those in it already."""

    charter: Charter
    name: str
    coming: Sequence[Standing]
    staying: Sequence[Standing] = ()
    leader: str = ""  # 户号; empty leaves the leader as he is
    kin: Collection[Kin] = ()
    taken: bool = False  # a new group's name is in use
    left_behind: Sequence[Standing] = ()  # the others of the group a mover leaves

    @property
    def everyone(self) -> list[Standing]:
        return [*self.staying, *self.coming]


def size_wrong(case: GroupCase) -> Refusal | None:
    """3 to 8 households (子长, 高台, 辽宁; the charter's numbers)."""
    size, terms = len(case.everyone), case.charter.group
    if terms.size_min <= size <= terms.size_max:
        return None
    return Refusal("group.size", {"size": size, "size_min": terms.size_min, "size_max": terms.size_max})


def only_too_many(case: GroupCase) -> Refusal | None:
    """A group that is still small may grow; only the charter's most counts for who comes in."""
    size, most = len(case.everyone), case.charter.group.size_max
    return None if size <= most else Refusal("group.full", {"group": case.name, "size_max": most})


def name_taken(case: GroupCase) -> Refusal | None:
    return Refusal("group.name_taken", {"group": case.name}) if case.taken else None


def grouped_already(case: GroupCase) -> Refusal | None:
    """A household answers in one group only."""
    busy = [one.name for one in case.coming if one.household.group_name]
    return Refusal("group.grouped_already", {"names": "、".join(busy)}) if busy else None


def named_twice(case: GroupCase) -> Refusal | None:
    homes = [one.household.no for one in case.everyone]
    return Refusal("group.named_twice") if len(set(homes)) < len(homes) else None


def relatives(case: GroupCase) -> Refusal | None:
    """Spouses, parents and children do not vouch for each other (rules.md 3.2, U; charter `exclude_relatives`)."""
    if not case.charter.group.exclude_relatives:
        return None
    names = {one.household.no: one.name for one in case.everyone}
    for pair in case.kin:
        if pair.one in names and pair.other in names and pair.ended_on is None:
            facts = {"one": names[pair.one], "other": names[pair.other], "relation": pair.relation}
            return Refusal("group.relatives", facts)
    return None


def leader_outside(case: GroupCase) -> Refusal | None:
    """The leader is one of them."""
    homes = {one.household.no for one in case.everyone}
    return None if case.leader in homes else Refusal("group.leader_outside")


def no_group(case: GroupCase) -> Refusal | None:
    return None if case.staying else Refusal("group.none", {"group": case.name})


def mover_bound(case: GroupCase) -> Refusal | None:
    """Who owes, asks or stands for another stays where the others count on it (汉阴 join form)."""
    bound = [one.name for one in case.coming if one.open_loans or one.asking or one.guarantees]
    return Refusal("group.mover_bound", {"names": "、".join(bound)}) if bound else None


def old_group_late(case: GroupCase) -> Refusal | None:
    """Nobody walks away from a group that must answer for a late loan."""
    late = any(one.days_late > 0 for one in case.left_behind)
    return Refusal("group.old_group_late") if late else None


def leader_moves(case: GroupCase) -> Refusal | None:
    """A leader hands over first, so that no group is left without one."""
    leads = any(one.household.leader and case.left_behind for one in case.coming)
    return Refusal("group.leader_moves") if leads else None


def same_group(case: GroupCase) -> Refusal | None:
    there = any(one.household.group_name == case.name for one in case.coming)
    return Refusal("group.in_it_already", {"group": case.name}) if there else None


Rule = Callable[[GroupCase], Refusal | None]
FORM: tuple[Rule, ...] = (named_twice, size_wrong, name_taken, grouped_already, leader_outside, relatives)
MOVE: tuple[Rule, ...] = (
    no_group, same_group, only_too_many, relatives, mover_bound, old_group_late, leader_moves,
)
LEAD: tuple[Rule, ...] = (no_group, leader_outside)


def refusals(case: GroupCase, rules: Sequence[Rule]) -> tuple[Refusal, ...]:
    """Everything that speaks against it, at once."""
    return tuple(found for found in (rule(case) for rule in rules) if found is not None)


def answered(assents: Sequence[Assent], said: Assent, *, all_of_them: bool) -> str:
    """Where the proposal stands after one more answer: agreed, refused or still open.

    A group forms and grows by everybody's consent; a leader is elected by more than half of the group.
    """
    heard = [said if one.person == said.person else one for one in assents]
    yes, no = sum(one.answer == YES for one in heard), sum(one.answer == NO for one in heard)
    if all_of_them:
        return "refused" if no else "done" if yes == len(heard) else "open"
    if 2 * yes > len(heard):
        return "done"
    return "refused" if 2 * no >= len(heard) else "open"


def grouped(homes: Sequence[Household], name: str, leader: str) -> tuple[Household, ...]:
    """The households as members of the group; `leader` empty keeps the leaders as they are."""
    return tuple(
        replace(home, group_name=name, leader=home.no == leader if leader else home.leader and home.group_name == name)
        for home in homes
    )


# The cadre beside a poor household (S03, 彭阳 "1+1").


def pairing_refusals(home: Household, cadre_home: str, cadre_group: str, *, is_officer: bool) -> list[Refusal]:
    """A poor household is paired with an officer from outside its household and group."""
    found = [
        None if home.category in POOR_CATEGORIES else Refusal("pair.not_poor", {"category": home.category}),
        None if is_officer else Refusal("pair.no_cadre"),
        Refusal("pair.same_home") if cadre_home == home.no else None,
        Refusal("pair.same_group") if home.group_name and cadre_group == home.group_name else None,
    ]
    return [one for one in found if one is not None]


# Setting contributions off against a late loan (汉阴 join form; rules.md 5, T+60).


def set_off_refusals(charter: Charter, loan: Loan, days_late: int, sources: Sequence[tuple[str, int]]) -> list[Refusal]:
    """Only where the charter of the loan's application says so, and only when it is late enough.

    `sources` are (户号, own contribution in fen) in the order of payment.
    """
    terms = charter.group
    found = [
        None if terms.set_off else Refusal("set_off.not_in_charter"),
        None if days_late >= terms.set_off_days
        else Refusal("set_off.too_early", {"days": days_late, "needed": terms.set_off_days}),
        None if any(fen > 0 for _, fen in sources) else Refusal("set_off.nothing", {"loan": loan.no}),
    ]
    return [one for one in found if one is not None]


def shared_out(owed_fen: int, sources: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Who gives how much, in fen: the borrower, then the first and second substitute payer, each up to what is there.

    The parts never exceed what is owed nor what a household has paid in.
    """
    parts, left = [], owed_fen
    for home, there_fen in sources:
        give = min(left, max(0, there_fen))
        if give:
            parts.append((home, give))
            left -= give
    return tuple(parts)


def set_off(
    loan: Loan, rows: Sequence[LoanInstalment], charter: Charter, parts: Sequence[tuple[str, int]], today: date,
    key: str, by: int,
) -> Act:
    """Contributions pay what is overdue: one entry each, Dr 会员互助金 of the household / Cr as any repayment."""
    act, now = Act(), tuple(rows)
    for index, (home, fen) in enumerate(parts):
        taken = lending.take(loan, now, charter, fen, today)
        now = taken.rows
        step = lending.collect(loan, taken, today, today, Account.CASH, f"{key}/{index}", by, index)
        entries = tuple(_from_contribution(entry, home) for entry in step.entries)
        act += Act(step.records, entries, step.notices)
    return act


def _from_contribution(entry: Draft, home: str) -> Draft:
    """The same repayment, its money taken from a household's contribution instead of the box."""
    lines = tuple(
        Line(Account.CONTRIBUTION, line.amount_fen, home) if line.account == Account.CASH else line
        for line in entry.lines
    )
    return journal.as_set_off(entry, lines)


def special_refusals(agreed: Sequence[Proposal], today: date) -> list[Refusal]:
    """One permit at a time; it is used by the next application or runs out."""
    alive = [one for one in agreed if one.due_on is None or one.due_on >= today]
    return [Refusal("special.there", {"item": alive[0].no})] if alive else []
