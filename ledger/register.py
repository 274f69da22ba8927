"""Who belongs to the society and who holds which office, as entries seal it.

A decision that changes a household, its person or an office is stated by the entry it is booked with; where no money
moves, by one of its own that carries a fen of 政府拨入 over to itself. What stands in the tables must be what was
stated last (proof.py). No names and no numbers of people are in it: an entry is never changed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from . import journal
from .records import Act, Draft, Household, Line, Office, Person, Record, Society
from .terms import Account

KIND, NAME = "register", "register"
"""The kind of an entry that only states, and the name under which any entry states it."""
HOUSEHOLD = ("no", "person", "category", "joined_on", "left_on", "group_name", "leader", "gifted_fen", "matched_fen",
             "deferred_fen", "deferred_until")
PERSON = ("no", "household")
OFFICE = ("person", "title", "since", "until", "rank")
"""What of each row is stated, in this order; days are ISO text, empty for none, and true is 1."""
KEY_OF = {"households": 1, "people": 1, "offices": 3}
"""So many of the first columns name a row."""


def stated(act: Act, today: date) -> Act:
    """The same act with what it changes of the register stated by an entry of its own or by its first one.

    A society that opens without any money has no entry to state it: its first members are stated as they change.
    """
    told = statement(act.records)
    if not told or (not act.entries and any(isinstance(one, Society) for one in act.records)):
        return act
    if not act.entries:
        return replace(act, entries=(_entry(told, today),))
    first, *others = act.entries
    return replace(act, entries=(replace(first, facts={**first.facts, NAME: told}), *others))


def statement(records: Sequence[Record]) -> dict[str, list[list[Any]]]:
    """What the records say of the register; nothing where no household and no office is among them."""
    if not any(isinstance(one, Household | Office) for one in records):
        return {}
    kinds = (("households", Household, HOUSEHOLD), ("people", Person, PERSON), ("offices", Office, OFFICE))
    found = {
        name: [[_plain(getattr(one, column)) for column in columns] for one in records if isinstance(one, kind)]
        for name, kind, columns in kinds
    }
    return {name: rows for name, rows in found.items() if rows}


def rows_in(told: Mapping[str, Any]) -> dict[tuple[Any, ...], list[Any]]:
    """The rows of a statement by what names each. Raises TypeError or AttributeError for what none of ours wrote."""
    return {
        (name, *row[:size]): list(row) for name, size in KEY_OF.items() for row in told.get(name, ())
    }


def _plain(value: Any) -> str | int:
    if isinstance(value, bool | int):
        return int(value)
    return "" if value is None else str(value)


def _entry(told: Mapping[str, Any], today: date) -> Draft:
    """Without a key of its own: it is named by the number it gets."""
    lines = (Line(Account.FISCAL, 1), Line(Account.FISCAL, -1))
    return journal.entry(KIND, today, lines, "", 0, memo="名册", facts={NAME: dict(told)})
