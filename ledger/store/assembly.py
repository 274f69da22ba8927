"""Named reads of the assembly: its motions and their votes."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from ..assembly_records import Ballot, Motion
from . import assembly_tables as a
from .books import Books
from .mapping import to_record


class Assembly:
    """Reads of votes in one transaction."""

    def __init__(self, books: Books) -> None:
        self.connection, self.keys = books.connection, books.keys

    def next_no(self, society: str) -> int:
        query = select(func.max(a.motion.c.no)).where(a.motion.c.society == society)
        return int(self.connection.execute(query).scalar() or 0) + 1

    def motion(self, society: str, no: int) -> Motion | None:
        query = select(*a.motion.columns).where(a.motion.c.society == society, a.motion.c.no == no)
        row = self.connection.execute(query).first()
        return to_record(self.keys, Motion, row) if row else None

    def alive(self, society: str) -> list[Motion]:
        """What is voted on now."""
        return self._motions(a.motion.c.society == society, a.motion.c.state == "open")

    def due(self, today: date) -> list[Motion]:
        """Motions of every society whose last day is past and that nobody has counted yet."""
        return self._motions(a.motion.c.state == "open", a.motion.c.closes_on < today)

    def _motions(self, *where: object) -> list[Motion]:
        query = select(*a.motion.columns).where(*where).order_by(a.motion.c.society, a.motion.c.no)  # type: ignore[arg-type]
        return [to_record(self.keys, Motion, row) for row in self.connection.execute(query)]

    def ballots(self, society: str, motion: int) -> list[Ballot]:
        c = a.ballot.c
        query = select(*a.ballot.columns).where(c.society == society, c.motion == motion).order_by(c.household)
        return [to_record(self.keys, Ballot, row) for row in self.connection.execute(query)]
