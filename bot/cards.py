"""Officers' printed code cards, where the configuration says `codes = "card"`: a text names a cell, never a number.

So a village dongle may carry it: who reads it there learns nothing. The answer is the number printed in that cell.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot import texts
from ledger import codes
from ledger.store import cards
from ledger.store.books import Books


def ask(books: Books, society: str, person: int, parts: Sequence[str | int], now: int) -> cards.Cell | None:
    """The cell to name instead of the code of these parts; None for who holds no card."""
    return cards.ask(books.connection, society, person, codes.content_of(*parts), now)


def wanted(
    books: Books, society: str, person: int, parts: Sequence[str | int], make_code: texts.MakeCode
) -> str:
    """The right answer to the code of these parts: the number in the cell that was named, else the code itself."""
    cell = books.cell(society, person, codes.content_of(*parts))
    return make_code(cell.parts if cell else parts)


def words(cell: int) -> str:
    """How a text names a cell."""
    return texts.fill("card_cell", {"cell": cell})
