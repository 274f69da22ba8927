"""What a disclosure sheet is made from, read for one society; and which sheets stand already, for all of them.

The last day posted stands in a setting of its own per society, written with the page in one transaction under the
society's lock: the pages themselves would have to be searched through.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import select, text

from .. import assembly, relief, sheets
from ..records import Disclosure
from ..sheets import Period
from . import tables as t
from .books import Books
from .figures import figures
from .mailbox import Mailbox
from .mapping import to_record
from .statements import Statements, within

POSTED = "sheet/"


def societies(books: Books) -> list[tuple[str, date]]:
    """Every society and the day its books opened."""
    c = t.society.c
    return [(row[0], row[1]) for row in books.connection.execute(select(c.code, c.opened_on).order_by(c.code))]


def begun_on(books: Books, society: str) -> date | None:
    """The first day something was booked here beside what was taken over; before it there is nothing to disclose."""
    c = t.entry.c
    query = select(c.booked_on).where(c.society == society, c.kind != "opening").order_by(c.booked_on, c.seq).limit(1)
    found: date | None = books.connection.execute(query).scalar()
    return found


def posted(books: Books, society: str = "") -> dict[str, dict[str, Any]]:
    """By society and kind: the last day of the newest sheet and its page."""
    found = Mailbox(books.connection).settings(f"{POSTED}{society}")
    return {name.removeprefix(POSTED): json.loads(value) for name, value in found}


def mark(books: Books, page: Disclosure) -> None:
    """Remember the newest sheet of its kind."""
    kept = posted(books, page.society).get(page.society, {})
    kept[page.kind] = {"until": page.facts["until_on"], "page": page.no}
    Mailbox(books.connection).set_setting(f"{POSTED}{page.society}", json.dumps(kept))


def facts(books: Books, society: str, period: Period, today: date) -> dict[str, Any]:
    """The figures of a sheet, as they are known today."""
    connection, read = books.connection, Statements(books, society, today)
    given = {"s": society, "known": str(today), "first": str(period.first), "last": str(period.until)}
    nets: dict[tuple[str, str], int] = {}
    for where in within(period.first, period.until):
        rows = connection.execute(text(
            f"WITH picked(seq, reverses, kind) AS MATERIALIZED (SELECT e.seq, e.reverses, e.kind FROM entry e"  # noqa: S608
            f" WHERE {where}) SELECT coalesce((SELECT o.kind FROM entry o WHERE o.society = :s"
            " AND o.seq = picked.reverses AND picked.reverses > 0), picked.kind) AS what, p.account, sum(p.amount_fen)"
            " FROM picked CROSS JOIN posting p WHERE p.society = :s AND p.seq = picked.seq GROUP BY 1, 2"
        ), given)
        for kind, account, fen in rows:
            nets[kind, account] = nets.get((kind, account), 0) + int(fen)
    sums = figures(books, society, period.until)
    lent = text("SELECT count(*) FROM loan WHERE society = :s AND paid_out_on BETWEEN :first AND :last")
    extended = text("SELECT count(*) FROM loan_review WHERE society = :s AND stage = 'done'"
                    " AND kind IN ('extension','relief') AND done_on BETWEEN :first AND :last")
    counts = {
        "lent_count": int(connection.execute(lent, given).scalar() or 0),
        "extensions": int(connection.execute(extended, given).scalar() or 0), "overdue_fen": sums.overdue_fen,
    }
    return sheets.figures(nets, read.totals(period.until), counts)


def pages(books: Books, wanted: list[tuple[str, int]]) -> list[Disclosure]:
    """These public notices, in any order."""
    c = t.disclosure.c
    found = []
    for begin in range(0, len(wanted), 500):
        some = set(wanted[begin : begin + 500])
        rows = books.connection.execute(select(*t.disclosure.columns).where(
            c.society.in_({one[0] for one in some}), c.no.in_({one[1] for one in some})))
        found += [one for row in rows if ((one := to_record(books.keys, Disclosure, row)).society, one.no) in some]
    return found


def over(books: Books, today: date) -> list[Disclosure]:
    """Sheets, ended votes and disasters whose pages have hung for their days: nothing waits for their end."""
    c = t.disclosure.c
    query = select(*t.disclosure.columns).where(
        c.closed_on.is_(None), c.closes_on < today, c.kind.in_((*sheets.KINDS, *relief.KINDS, assembly.PAGE))
    ).order_by(c.society, c.no)
    return [to_record(books.keys, Disclosure, row) for row in books.connection.execute(query)]


def supervisors(books: Books, titles: frozenset[str], today: date) -> dict[str, list[tuple[str, int]]]:
    """By phone: the villages an outside officer supervises, each with their person there."""
    a, o = t.address.c, t.office.c
    rows = books.connection.execute(
        select(a.sender_index, a.society, a.person).distinct()
        .join(t.office, (o.society == a.society) & (o.person == a.person))
        .where(a.channel == "sms", a.ended_on.is_(None), o.title.in_(titles), o.since <= today,
               o.until.is_(None) | (o.until >= today))
        .order_by(a.sender_index, a.society)
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for sender, society, person in rows:
        found.setdefault(sender, []).append((society, person))
    return found
