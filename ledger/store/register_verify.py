"""Households, the persons of each and the offices as they stand, against what the entries stated of them last."""

from __future__ import annotations

from typing import Any

from .. import register
from ..proof import Chain
from . import raw
from .books import Books

QUERIES = {
    "households": "SELECT no, person, category, joined_on, coalesce(left_on, ''), group_name, leader, gifted_fen,"
    " matched_fen, deferred_fen, coalesce(deferred_until, '') FROM household WHERE society = %s",
    "people": "SELECT no, household FROM person WHERE society = %s",
    "offices": "SELECT person, title, since, coalesce(until, ''), rank FROM office WHERE society = %s",
}
"""The columns of register.HOUSEHOLD, PERSON and OFFICE."""
WORDS = {"households": "household", "people": "person", "offices": "office of person"}
"""What a fault calls one of them."""


def register_fault(books: Books, chain: Chain) -> str:
    """The first thing wrong with the register of the society whose entries the chain was fed; empty for none.

    Where its opening entry stated it, every row has been stated; in older books only what has changed since.
    """
    left: dict[tuple[Any, ...], list[Any]] = dict(chain.register)
    must = chain.whole
    for name, query in QUERIES.items():
        if not left and not must:
            return ""
        for row in sorted(map(list, raw.rows(books, query, chain.society))):
            place = (name, *row[: register.KEY_OF[name]])
            told = left.pop(place, None)
            if told is None and must:
                return f"{WORDS[name]} {row[0]} is stated by no entry"
            if told is not None and told != row:
                return f"{WORDS[name]} {row[0]} is not what was stated"
    gone = min(left, default=None, key=str)
    return f"{WORDS[gone[0]]} {gone[1]}, which an entry stated, is gone" if gone else ""
