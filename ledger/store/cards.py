"""Printed code cards: which series an officer holds, and which cell of it was asked for what.

A cell is asked for once and its number is never stored: it is derived when it is printed and when it is compared
(ledger/codes.py), so neither the books nor what passes a village dongle shows one (reliability.md 2.0, protocol 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import CheckConstraint, Index, Integer, func, insert, select
from sqlalchemy.engine import Connection

from .tables import _day, _int, _key, _table, _text

CELLS = 100
"""Cells on one card: ten by ten, readable on half a page."""

code_card = _table("code_card", _key("society"), _key("person", Integer), _key("series", Integer), _day("printed_on"))
card_cell = _table(
    "card_cell",
    _key("society"), _key("person", Integer), _key("series", Integer), _key("cell", Integer), _text("content", None),
    _int("asked_at"),
    CheckConstraint(f"cell BETWEEN 1 AND {CELLS}", name="card_cell_on_the_card"),
    Index("card_cell_content", "society", "person", "content", unique=True),
)


@dataclass(frozen=True)
class Cell:
    """One cell that was asked for. `left` is how many the card has after it."""

    society: str
    person: int
    series: int
    no: int
    left: int

    @property
    def parts(self) -> list[str | int]:
        """What its number is derived from."""
        return parts_of(self.society, self.person, self.series, self.no)


def parts_of(society: str, person: int, series: int, no: int) -> list[str | int]:
    """What the number of a cell is derived from."""
    return ["card", society, person, series, no]


def series_of(connection: Connection, society: str, person: int) -> int:
    """The card that counts, by its series; 0 for none."""
    c = code_card.c
    return int(connection.execute(
        select(func.max(c.series)).where(c.society == society, c.person == person)).scalar() or 0)


def print_new(connection: Connection, society: str, person: int, today: date) -> int:
    """A new card; the one before is void from here on, with everything that was asked from it. Gives its series."""
    series = series_of(connection, society, person) + 1
    connection.execute(insert(code_card).values(society=society, person=person, series=series, printed_on=today))
    return series


def asked(connection: Connection, society: str, person: int, content: str) -> Cell | None:
    """The cell that was asked for exactly this content, if its card still counts."""
    c = card_cell.c
    row = connection.execute(
        select(c.series, c.cell).where(c.society == society, c.person == person, c.content == content)).first()
    if row is None or row[0] != series_of(connection, society, person):
        return None
    return Cell(society, person, row[0], row[1], CELLS - row[1])


def ask(connection: Connection, society: str, person: int, content: str, now: int) -> Cell | None:
    """Ask for the next unused cell, the same one for the same content. None without a card, or when it is used up.

    The caller writes: on SQLite it has the only transaction, on PostgreSQL the key refuses the second of two.
    """
    known = asked(connection, society, person, content)
    series = series_of(connection, society, person)
    if known is not None or not series:
        return known
    c = card_cell.c
    used = int(connection.execute(select(func.max(c.cell)).where(
        c.society == society, c.person == person, c.series == series)).scalar() or 0)
    if used >= CELLS:
        return None
    connection.execute(insert(card_cell).values(
        society=society, person=person, series=series, cell=used + 1, content=content, asked_at=now))
    return Cell(society, person, series, used + 1, CELLS - used - 1)


def running_out(connection: Connection, least: int) -> list[tuple[str, int, int]]:
    """Cards that count with fewer cells left than `least`: society, person, cells left."""
    c, k = card_cell.c, code_card.c
    newest = select(k.society, k.person, func.max(k.series).label("series")).group_by(k.society, k.person).subquery()
    used = func.coalesce(func.max(c.cell), 0)
    rows = connection.execute(
        select(newest.c.society, newest.c.person, used)
        .select_from(newest.outerjoin(card_cell, (c.society == newest.c.society) & (c.person == newest.c.person)
                                      & (c.series == newest.c.series)))
        .group_by(newest.c.society, newest.c.person).having(used > CELLS - least)
        .order_by(newest.c.society, newest.c.person)
    )
    return [(row[0], row[1], CELLS - row[2]) for row in rows]
