"""Votes whose last day is past: counted, put on the public board and told."""

from __future__ import annotations

from datetime import date

from ledger import assembly
from ledger.store.assembly import Assembly
from ledger.store.books import Books
from ledger.store.store import Store


def count_votes(store: Store, today: date, now: int) -> int:
    """Count every vote that ended before `today`; how many did. Safe to repeat, and to run on two machines."""
    with store.read() as books:
        over = Assembly(books).due(today)
    ended = 0
    for one in over:
        with store.write() as books:
            books.lock(one.society)
            ended += _count(books, one.society, one.no, today, now)
    return ended


def _count(books: Books, society: str, no: int, today: date, now: int) -> int:
    kept = Assembly(books)
    motion = kept.motion(society, no)
    if motion is None or motion.state != assembly.OPEN:
        return 0
    terms = books.charter(society, None, motion.begun_on).assembly
    ended = assembly.counted(motion, kept.ballots(society, no), terms, today)
    homes = assembly.voters(books.households(society), today)
    act, told = assembly.close(
        ended, books.next_disclosure_no(society), terms, books.head(society), {one.person for one in homes})
    books.save(society, act, today, now)
    books.notify_bulk(society, told, today, now)
    return 1
