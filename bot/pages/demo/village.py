"""Whose phones there are in a demo, and which day it is there: read from the books for the simulator's page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from bot import texts
from bot.services import Services
from ledger.calendar import spoken_date, weekday_word
from ledger.charter import Charter
from ledger.records import Loan, LoanInstalment
from ledger.store.books import Books
from ledger.store.mailbox import Mailbox
from ledger.terms import Plan, Status

FAR_DAYS = 3660
# The cast of the demo village: the borrower, two neighbours of her group, and the three who handle the money.
CAST = ("陈桂花", "刘大山", "孙二妹", "李秀英", "王建国", "张强")


class Refused(ValueError):
    """The day cannot be set so; the text is for the person at the page."""


def today(services: Services) -> date:
    with services.store.read() as books:
        return services.clock.today(Mailbox(books.connection))


def shown_day(services: Services) -> dict[str, Any]:
    """The business day in words, the village, and its newest notice."""
    with services.store.read() as books:
        day = services.clock.today(Mailbox(books.connection))
        places = books.societies()
        newest = books.disclosures(places[0].code, 1) if places else []
    return {
        "day": day.isoformat(),
        "words": f"{day.year}年{spoken_date(day)} {weekday_word(day)}",
        "society": places[0].code if places else "",
        "name": places[0].name if places else "",
        "notice": newest[0].no if newest else None,
    }


def set_day(services: Services, asked: str) -> None:
    """Move the business day for every process. Raises Refused with the reason in words."""
    try:
        wanted = date.fromisoformat(asked)
    except ValueError:
        raise Refused("请写成 2026-03-01 这样的日期") from None
    with services.store.write() as books:
        mailbox = Mailbox(books.connection)
        newest = books.newest_day()
        if newest is not None and wanted < newest:
            raise Refused(f"账本已记到{newest.year}年{spoken_date(newest)}，日期不能比它早")
        if wanted > services.clock.today(mailbox) + timedelta(days=FAR_DAYS):
            raise Refused("一次最多往后走十年")
        services.clock.set_today(mailbox, wanted)


def people(services: Services) -> dict[str, Any]:
    """Everybody of the village who has a phone, with what they are there; the cast first in its own list."""
    with services.store.read() as books:
        places = books.societies()
        if not places:
            return {"people": [], "cast": []}
        code = places[0].code
        day = services.clock.today(Mailbox(books.connection))
        homes = {home.person: home for home in books.households(code) if home.left_on is None}
        titles = {
            person.no: office.title
            for office, person in books.officers(code)
            if office.since <= day and (office.until is None or day <= office.until)
        }
        found = []
        for person in books.people(code).values():
            home = homes.get(person.no)
            if not person.phone:
                continue
            found.append({
                "name": person.name, "phone": person.phone, "title": titles.get(person.no, ""),
                "household": home.no if home else "", "group": home.group_name if home else "",
                "leader": bool(home and home.leader),
            })
    by_name = {one["name"]: one["phone"] for one in found}
    cast = [by_name[name] for name in CAST if name in by_name] or [one["phone"] for one in found[:4]]
    return {"people": found, "cast": cast}


def next_event(services: Services) -> dict[str, Any] | None:
    """The next day on which something is owed: to the loans made here, or to all of the village while there is none."""
    with services.store.read() as books:
        day = services.clock.today(Mailbox(books.connection))
        events = [one for place in books.societies() for one in _events(books, place.code)]
    coming = [one for one in events if one[0] > day]
    own = [one for one in coming if not one[2]]
    first = min((one[0] for one in own or coming), default=None)
    if first is None:
        return None
    words = [one[1] for one in sorted(own or coming) if one[0] == first]
    return {"day": first.isoformat(), "what": "；".join(dict.fromkeys(words[:3]))}


def _events(books: Books, society: str) -> list[tuple[date, str, bool]]:
    """Every day on which one of the open loans has something coming: (day, what, whether the loan was imported)."""
    loans = books.loans_in(society, [Status.DISCLOSED, Status.PAID_OUT])
    names = books.people(society, {loan.person for loan in loans})
    rows = books.instalments_of(society, [loan.no for loan in loans])
    charter = books.charter(society)
    found = []
    for loan in loans:
        who = f"{texts.clean(names[loan.person].name)}的{loan.no}号借款"
        if loan.status == Status.DISCLOSED and loan.closes_on is not None:
            found.append((loan.closes_on + timedelta(days=1), f"{who}公示结束", loan.imported))
        for on, what in _instalment_days(loan, rows[loan.no], charter):
            found.append((on, f"{who}{what}", loan.imported))
    return found


def _instalment_days(loan: Loan, rows: list[LoanInstalment], charter: Charter) -> list[tuple[date, str]]:
    if loan.status != Status.PAID_OUT:
        return []
    before = charter.remind.bullet_days_before if loan.plan == Plan.BULLET else charter.remind.days_before
    unpaid = [one for one in rows if one.paid_principal_fen + one.paid_fee_fen < one.principal_fen + one.fee_fen]
    found = [
        (one.due_on - timedelta(days=days), f"{days}天后到期，该提醒了" if days else "今天到期")
        for one in unpaid for days in before
    ]
    # Only the oldest unpaid instalment counts for how late a loan is.
    for one in unpaid[:1]:
        found += [(one.due_on + timedelta(days=step), f"已晚{step}天") for step in charter.overdue.steps_days]
    return found
