"""Rows straight from the driver, one tuple each and no conversion: for proofs that read a whole history."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from .books import Books


def rows(books: Books, query: str, *given: object) -> Sequence[Any]:
    """What the query gives; its places for values are written `%s`."""
    cursor = books.connection.connection.cursor()
    try:
        cursor.execute(query if books.connection.dialect.name == "postgresql" else query.replace("%s", "?"), given)
        return cursor.fetchall()
    finally:
        cursor.close()


def by_last(found: Sequence[Any]) -> dict[int, list[Any]]:
    """Rows that come in the order of their last column, grouped by it; each row is left as it is."""
    return {last: list(group) for last, group in groupby(found, itemgetter(-1))}
