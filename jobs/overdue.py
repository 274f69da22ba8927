"""The overdue timeline (rules.md section 5): who is told at which day late, each person at their highest step once.

Missed days are caught up without old words: a person hears the newest step that concerns them, never a heap of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

from ledger import lending, notices, repayment
from ledger.calendar import Works, working_day_until
from ledger.charter import Charter
from ledger.loan_terms import STEPS
from ledger.offices import acting
from ledger.records import Act, Disclosure, Household, Loan, Notice, Office, Person
from ledger.store.books import Books
from ledger.store.due import DueItem
from ledger.store.store import Store
from ledger.supervision import beyond_cycles
from ledger.terms import TITLES, Role

from .remind import Charters, all_charters
from .workdays import works_in

BOARD = frozenset({Role.CHAIR, Role.DIRECTOR, Role.TREASURER})
LAW_WORDS = {"guarantee": "保证期间快到6个月", "limitation": "诉讼时效快到3年"}


def steps(
    days: int, charter: Charter, loan: Loan, homes: Sequence[Household], officers: Sequence[tuple[Office, Person]],
    cadres: Sequence[int] = (),
) -> dict[int, tuple[int, str]]:
    """For each person to be told: the step (day) and the part they have in it.

    `cadres` vouched beside the group (1+1): they are called with the substitute payers and asked to visit.
    """
    by_no = {home.no: home for home in homes}
    mine = by_no.get(loan.household)
    group = [home for home in homes if mine and mine.group_name and home.group_name == mine.group_name]
    others = [home for home in group if home.no != loan.household]
    payers = [by_no[no] for no in (loan.payer_one, loan.payer_two) if no in by_no]

    def posts(roles: frozenset[Role]) -> list[int]:
        return [person.no for office, person in officers if TITLES[office.title] in roles]

    audience: dict[str, list[tuple[str, list[int]]]] = {
        "told": [
            ("leader", [home.person for home in others if home.leader]),
            ("payer", [home.person for home in payers[:1]]),
            ("borrower", [loan.person]),
        ],
        "locked": [("group", [home.person for home in others]), ("borrower", [loan.person])],
        "called": [("board", posts(BOARD)), ("payer", [home.person for home in payers]),
            ("cadre", list(cadres))],
        "meeting": [("group", [home.person for home in others if home not in payers]), ("borrower", [loan.person]),
             ("cadre", list(cadres))],
        "shown": [
            ("supervisor", posts(frozenset({Role.SUPERVISOR}))),
            ("county", posts(frozenset({Role.TOWNSHIP}))),
            ("borrower", [loan.person]),
        ],
        "borne": [("payer", [home.person for home in payers]), ("cadre", list(cadres))],
        "bad": [("county", posts(frozenset({Role.TOWNSHIP, Role.COUNTY}))), ("board", posts(BOARD))],
        "guarantee": [("law", posts(BOARD | {Role.COUNTY}))],
        "limitation": [("law", posts(BOARD | {Role.COUNTY}))],
    }
    told: dict[int, tuple[int, str]] = {}
    for name, step in zip(STEPS, charter.overdue.steps_days, strict=True):
        if step <= days:
            for part, people in audience[name]:
                for person in people:
                    told[person] = (step, part)
    return told


def tell_overdue(store: Store, today: date, now: int) -> int:
    """Write what is owed of the timeline on `today`; how many notices were new."""
    rules = all_charters(store)
    with store.read() as books:
        works = works_in(books)
        items = [one for one in books.late_items(today) if _to_be_told(one, rules, today, works)]
        shown = books.overdue_pages()
    made = 0
    for society, group in groupby(items, key=lambda item: item.society):
        with store.write() as books:
            late = list(group)
            told = _society(books, society, late, rules, today)
            made += books.notify_bulk(society, told, today, now)
            _publish(books, society, late, rules, today, now)
    late_ones = {(item.society, item.loan) for item in items}
    for page in shown:
        if (page.society, page.loan) not in late_ones or page.closes_on < today:
            with store.write() as books:
                books.save(page.society, Act((replace(page, closed_on=today),)), today, now)
    return made


def _to_be_told(item: DueItem, rules: Charters, today: date, works: Works) -> bool:
    """Where the charter says so, a loan is called late only once a working day has come since it fell due."""
    if not rules[item.society, item.charter_version].calendar.overdue:
        return True
    return working_day_until(today, works) > item.due_on


def _publish(
    books: Books, society: str, items: Sequence[DueItem], rules: Charters, today: date, now: int
) -> None:
    """A loan that is late for the charter's days stands on the notice board until it is paid (rules.md 5, T+30)."""
    for item in items:
        charter = rules[society, item.charter_version]
        page = books.page_about(society, item.loan, notices.OVERDUE)
        late = (today - item.due_on).days
        if late < charter.overdue.publish_after_days or (page is not None and page.opened_on > item.due_on):
            continue
        loan = books.loan(society, item.loan)
        assert loan is not None
        rows, name = books.instalments(society, loan.no), books.people(society, {loan.person})[loan.person].name
        facts = {
            "loan": loan.no, "name": name, "amount_fen": loan.amount_fen, "due_on": str(item.due_on), "days": late,
            "left_fen": repayment.outstanding(rows),
        }
        number, closes_on = books.next_disclosure_no(society), today + timedelta(days=charter.overdue.publish_days - 1)
        shown = Disclosure(
            society, number, notices.OVERDUE, loan.no, today, closes_on, None, *books.head(society), facts
        )
        books.save(society, Act((shown,)), today, now)


def _society(
    books: Books, society: str, items: Sequence[DueItem], rules: dict[tuple[str, int], Charter], today: date
) -> list[Notice]:
    numbers = [item.loan for item in items]
    loans, rows = books.loans_numbered(society, numbers), books.instalments_of(society, numbers)
    homes = [home for home in books.households(society) if home.left_on is None]
    officers = [(office, person) for office, person in books.officers(society) if acting([office], today)]
    names = books.people(society, {loan.person for loan in loans.values()})
    place, beside = books.society(society), books.cadres_of(society, numbers)
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
            "left_fen": repayment.outstanding(rows[loan.no]),
        }
        for person, (step, part) in steps(days, charter, loan, homes, officers, beside.get(loan.no, ())).items():
            more = {"law": LAW_WORDS[STEPS[charter.overdue.steps_days.index(step)]]} if part == "law" else {}
            told.append(notices.overdue(loan.no, part, person, item.due_on, step, facts | more))
        if beyond_cycles(loan, charter.overdue.cycles_max, today):
            watching = [one.no for office, one in officers if TITLES[office.title] in BOARD | {Role.COUNTY}]
            told += [notices.overdue_cycles(loan, person, facts) for person in watching]
    return told
