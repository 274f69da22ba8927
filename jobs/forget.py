"""What is kept no longer than it is needed: old messages lose their words, those who left long ago their numbers.

The rows stay, for a message that comes again must stay once and a notice must stay counted; the books are not touched.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.config import Keep
from ledger.offices import acting
from ledger.records import Act, Household, Person
from ledger.store import retention
from ledger.store.books import Books
from ledger.store.store import Store
from ledger.terms import Status

DAY_S = 24 * 60 * 60


def forget_old(store: Store, today: date, now: int, keep: Keep) -> int:
    """Wipe what is past its term, batch by batch; how many rows lost something."""
    before = now - keep.messages_days * DAY_S
    # The 29th of February counts as the 28th elsewhere.
    left_by = today.replace(year=today.year - keep.left_years, day=min(today.day, 28))
    wiped = 0
    while True:
        with store.write() as books:
            done = retention.words(books.connection, before) + retention.spent(books.connection, now)
            done += retention.numbers(books.connection, left_by)
        wiped += done
        if done < retention.BATCH:
            return wiped


ENDED = ("done", "refused", "withdrawn")
OWING = (Status.PAID_OUT, Status.WRITTEN_OFF)


def people_of(books: Books, home: Household) -> list[Person]:
    """The head of a household and whoever else of it stands in the books."""
    return [one for one in books.people(home.society).values() if one.no == home.person or one.household == home.no]


def keeps(books: Books, home: Household, today: date) -> list[str]:
    """Why a household's numbers and words are still needed, each reason a line; empty where they may go."""
    code, people = home.society, {one.no for one in people_of(books, home)}
    found = []
    if home.left_on is None:
        found.append("the household is still a member: first it leaves (退社)")
    found += [f"loan {one.no} is not settled" for one in books.loans_of(code, home.no, OWING)]
    found += [f"loan {one.no} is being applied for or guaranteed" for one in books.loans_vouched(code, home.no)]
    found += [f"the household guarantees loan {one.no}" for one in books.loans_in(code, [Status.PAID_OUT])
              if home.no in (one.payer_one, one.payer_two)]
    found += [f"{person.name} is {office.title}" for office, person in books.officers(code)
              if person.no in people and acting([office], today)]
    found += [f"matter {one.no} has no answer yet" for person in sorted(people)
              for one in books.raised_by(code, person) if one.answered_on is None]
    found += [f"proposal {one.no} is not ended" for one in books.proposals(code, household=home.no)]
    if books.contribution_fen(code, home.no):
        found.append("its contribution has not been given back")
    return found


def forget_household(store: Store, home: Household, today: date, now: int) -> dict[str, int]:
    """Erase at once what reaches or names a household outside the books; how much of what. Raises ValueError where it
    is still needed.

    The books stay: names, loans, entries, complaints and public notices are kept as accounts are (Accounting Law
    art. 23; PIPL art. 47 excepts what a law orders to keep). Backups from before hold it until they are given up.
    """
    with store.write() as books:
        books.lock(home.society)
        against = keeps(books, home, today)
        if against:
            raise ValueError("; ".join(against))
        people = people_of(books, home)
        numbers = {number for one in people for number in (one.phone, one.id_card) if number}
        emptied = [
            replace(one, body={}) for one in books.proposals(home.society, states=ENDED)
            if one.body and (one.household == home.no or numbers & {str(value) for value in one.body.values()})
        ]
        books.save(home.society, Act(tuple(emptied)), today, now)
        done = retention.erase(books.connection, home.society, [one.no for one in people], now)
    return done | {"proposals": len(emptied)}
