"""The overdue timeline (rules.md section 5): who is told at which day late, each person at their highest step once.

Missed days are caught up without old words: a person hears the newest step that concerns them, never a heap of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from ledger import lending, notices
from ledger.charter import Charter
from ledger.offices import acting
from ledger.records import Household, Loan, Notice, Office, Person
from ledger.store.books import Books
from ledger.store.due import DueItem
from ledger.store.store import Store
from ledger.terms import TITLES, Role

from .remind import all_charters

BOARD = frozenset({Role.CHAIR, Role.DIRECTOR, Role.TREASURER})
LAW_WORDS = {150: "保证期间快到6个月", 912: "诉讼时效快到3年"}


def steps(
    days: int, charter: Charter, loan: Loan, homes: Sequence[Household], officers: Sequence[tuple[Office, Person]]
) -> dict[int, tuple[int, str]]:
    """For each person to be told: the step (day) and the part they have in it."""
    by_no = {home.no: home for home in homes}
    mine = by_no.get(loan.household)
    group = [home for home in homes if mine and mine.group_name and home.group_name == mine.group_name]
    others = [home for home in group if home.no != loan.household]
    payers = [by_no[no] for no in (loan.payer_one, loan.payer_two) if no in by_no]

    def posts(roles: frozenset[Role]) -> list[int]:
        return [person.no for office, person in officers if TITLES[office.title] in roles]

    audience: dict[int, list[tuple[str, list[int]]]] = {
        1: [
            ("leader", [home.person for home in others if home.leader]),
            ("payer", [home.person for home in payers[:1]]),
            ("borrower", [loan.person]),
        ],
        4: [("group", [home.person for home in others]), ("borrower", [loan.person])],
        7: [("board", posts(BOARD)), ("payer", [home.person for home in payers])],
        15: [("group", [home.person for home in others if home not in payers]), ("borrower", [loan.person])],
        30: [
            ("supervisor", posts(frozenset({Role.SUPERVISOR}))),
            ("county", posts(frozenset({Role.TOWNSHIP}))),
            ("borrower", [loan.person]),
        ],
        60: [("payer", [home.person for home in payers])],
        90: [("county", posts(frozenset({Role.TOWNSHIP, Role.COUNTY}))), ("board", posts(BOARD))],
        150: [("law", posts(BOARD | {Role.COUNTY}))],
        912: [("law", posts(BOARD | {Role.COUNTY}))],
    }
    told: dict[int, tuple[int, str]] = {}
    for step in sorted(charter.overdue.steps_days):
        if step <= days:
            for part, people in audience.get(step, []):
                for person in people:
                    told[person] = (step, part)
    return told


def tell_overdue(store: Store, today: date, now: int) -> int:
    """Write what is owed of the timeline on `today`; how many notices were new."""
    rules = all_charters(store)
    with store.read() as books:
        items = books.late_items(today)
    made = 0
    for society, group in groupby(items, key=lambda item: item.society):
        with store.write() as books:
            told = _society(books, society, list(group), rules, today)
            made += books.notify_bulk(society, told, today, now)
    return made


def _society(
    books: Books, society: str, items: Sequence[DueItem], rules: dict[tuple[str, int], Charter], today: date
) -> list[Notice]:
    numbers = [item.loan for item in items]
    loans, rows = books.loans_numbered(society, numbers), books.instalments_of(society, numbers)
    homes = [home for home in books.households(society) if home.left_on is None]
    officers = [(office, person) for office, person in books.officers(society) if acting([office], today)]
    names = books.people(society, {loan.person for loan in loans.values()})
    place = books.society(society)
    told = []
    for item in items:
        loan, charter = loans[item.loan], rules[society, item.charter_version]
        days = (today - item.due_on).days
        facts = {
            "name": names[loan.person].name,
            "days": days,
            "due_on": item.due_on,
            "society": place.name if place else "",
            "owed_fen": lending.due_fen(loan, rows[loan.no], charter, today),
        }
        for person, (step, part) in steps(days, charter, loan, homes, officers).items():
            more = {"law": LAW_WORDS.get(step, "")} if part == "law" else {}
            told.append(notices.overdue(loan.no, part, person, item.due_on, step, facts | more))
    return told
