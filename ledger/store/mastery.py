"""Which copy of the books may write: exactly one, so that two machines never lend the same fund.

A restored copy reads and answers, but books, reminds and lends nothing until an operator declares it the master; the
epoch counts how often that happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from sqlalchemy import Connection, text

from . import swift

MASTER, EPOCH = "master", "epoch"
SETTING = text("SELECT value FROM setting WHERE name = :name")


class NotMaster(Exception):
    """These books are a copy that was not declared the master; nothing was written."""


def is_master(connection: Connection) -> bool:
    """Whether this copy may write."""
    return says_master(swift.rows(connection, SETTING, {"name": MASTER}))


def says_master(rows: Sequence[swift.Row]) -> bool:
    """What the rows of SETTING for MASTER say."""
    return not rows or rows[0][0] != "0"


def demand(connection: Connection) -> None:
    """Raises NotMaster in a copy."""
    if not is_master(connection):
        refuse()


def refuse() -> NoReturn:
    """Raises NotMaster."""
    raise NotMaster("these books are a restored copy: huzhu master --declare makes them the master")


def epoch(connection: Connection) -> int:
    """How often a copy was declared the master."""
    return int(_setting(connection, EPOCH) or 0)


def declare(connection: Connection) -> int:
    """This copy writes from now on; gives the new epoch. The copy before it must be retired or gone."""
    new = epoch(connection) + 1
    _set(connection, EPOCH, str(new))
    _set(connection, MASTER, "1")
    return new


def retire(connection: Connection) -> None:
    """This copy only answers from now on."""
    _set(connection, MASTER, "0")


def _setting(connection: Connection, name: str) -> str:
    rows = swift.rows(connection, SETTING, {"name": name})
    return str(rows[0][0]) if rows else ""


def _set(connection: Connection, name: str, value: str) -> None:
    connection.execute(text("DELETE FROM setting WHERE name = :name"), {"name": name})
    connection.execute(text("INSERT INTO setting (name, value) VALUES (:name, :value)"), {"name": name, "value": value})
