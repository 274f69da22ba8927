"""Monthly and quarterly disclosure sheets: posted on the public board, told to who must know, and taken down again.

Owed from the first day after the month; a machine that was off posts what was missed, each sheet once. The county and
the township hear of a quarter in one message for all their villages, well before its day (rules.md 3.13: by the 5th).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from ledger import notices, sheets
from ledger.broadcasts import ALL, GOING
from ledger.offices import holding
from ledger.records import Act, Broadcast, Disclosure, Notice
from ledger.store import sheet_reads
from ledger.store.books import Books
from ledger.store.broadcasts import Broadcasts
from ledger.store.store import Store
from ledger.terms import TITLES, VILLAGE_ROLES, Role

COUNTY_TITLES = frozenset(title for title, role in TITLES.items() if role in {Role.TOWNSHIP, Role.COUNTY})
TELL_DAYS = 31
"""So long after a quarter the county is still told of it where it was missed."""


def publish_sheets(store: Store, today: date, now: int) -> int:
    """Post every sheet that is owed on `today`; how many were new. Safe to repeat, and to run on two machines."""
    with store.read() as books:
        last, everyone, past = sheet_reads.posted(books), sheet_reads.societies(books), sheet_reads.over(books, today)
    made = 0
    for society, opened_on in everyone:
        with store.read() as books:
            wanted = _owed(books, society, last.get(society, {}), opened_on, today)
        if wanted:
            with store.write() as books:
                books.lock(society)
                made += _post(books, society, opened_on, today, now)
    for page in past:
        with store.write() as books:
            books.save(page.society, Act((replace(page, closed_on=today),)), today, now)
    _tell_county(store, today, now)
    return made


def _owed(
    books: Books, society: str, kept: dict[str, dict[str, str]], opened_on: date, today: date
) -> list[sheets.Period]:
    last = {kind: date.fromisoformat(kept[kind]["until"]) for kind in sheets.LENGTH if kind in kept}
    if all(last.get(kind) == sheets.ended(kind, today).until for kind in sheets.LENGTH):
        return []
    begun_on = sheet_reads.begun_on(books, society)
    if begun_on is None:
        return []
    return [one for kind in sheets.LENGTH for one in sheets.owed(kind, opened_on, begun_on, last.get(kind), today)]


def _post(books: Books, society: str, opened_on: date, today: date, now: int) -> int:
    """The sheets one society owes, asked once more under its lock: another timetable may have been here."""
    charter = books.charter(society, None, today)
    periods = _owed(books, society, sheet_reads.posted(books, society).get(society, {}), opened_on, today)
    for period in periods:
        page = sheets.page(
            society, books.next_disclosure_no(society), period, sheet_reads.facts(books, society, period, today),
            charter.sheets.days, today, books.head(society),
        )
        told = _officers(books, page, today) if period.kind == sheets.MONTH else []
        records: tuple[Disclosure | Broadcast, ...] = (page,)
        newest = (period.kind, period.until) == (sheets.MONTH, sheets.ended(sheets.MONTH, today).until)
        if charter.sheets.to_members and newest:
            number = Broadcasts(books.connection).next_no(society)
            records += (Broadcast(society, number, "", ALL, "", 0, 0, GOING, today, now, page=page.no),)
        books.save(society, Act(records, (), tuple(told)), today, now)
        sheet_reads.mark(books, page)
    return len(periods)


def _officers(books: Books, page: Disclosure, today: date) -> list[Notice]:
    hearing = holding(books.officers(page.society), VILLAGE_ROLES - {Role.DIRECTOR}, today)
    people = sorted(one.no for one in hearing)
    facts = page.facts | {"page": page.no}
    return [Notice(f"sheet/{page.facts['period']}/{person}", person, "notice.sheet_month", facts, notices.TOLD)
            for person in people]


def _tell_county(store: Store, today: date, now: int) -> None:
    """One message for each phone of the township and the county, with the sums of all their villages."""
    period = sheets.ended(sheets.QUARTER, today)
    if today - period.until > timedelta(days=TELL_DAYS):
        return
    with store.read() as books:
        last, phones = sheet_reads.posted(books), sheet_reads.supervisors(books, COUNTY_TITLES, today)
        newest = [(society, int(kept[sheets.QUARTER]["page"])) for society, kept in last.items()
                  if kept.get(sheets.QUARTER, {}).get("until") == str(period.until)]
        pages = {page.society: page.facts for page in sheet_reads.pages(books, newest)}
    for places in phones.values():
        mine = [pages[society] for society, _ in places if society in pages]
        if mine:
            first_on = min(one["first_on"] for one in mine)
            sums = {name: sum(int(one[name]) for one in mine)
                    for name in ("lent_fen", "recovered_fen", "out_fen", "overdue_fen")}
            facts = sums | {"villages": len(mine), "first_on": first_on, "until_on": str(period.until)}
            society, person = places[0]
            told = Notice(f"sheet/{period.name}/{person}", person, "notice.sheet_quarter", facts, notices.TOLD)
            with store.write() as books:
                books.notify_bulk(society, [told], today, now)
