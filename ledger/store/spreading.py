"""The notices of many small villages at once: what one broadcast says to a county is made in a few statements.

One step makes the villages of a stretch that nobody is at, each whole; a large village, and one that was stopped or
begun before, is made step by step (broadcasts.py). Safe to repeat: each notice has its key.
"""

# ruff: noqa: S608  (what is put into a statement's text is our own; every value is a parameter)
from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.engine import Connection

from .books import FAIR_PER_S
from .broadcasts import INTO, OPEN, PASS_ON, PRIORITY, SAY, STEP, absent, in_scope, passed_on

VILLAGES = 64
"""So many villages a step at most, and together no more households than one step of a large one makes."""

_BESIDE = text(
    "SELECT s.society, (SELECT count(*) FROM household h WHERE h.society = s.society) FROM broadcast f"
    " JOIN broadcast s ON s.origin = f.origin AND s.origin_no = f.origin_no AND s.scope = f.scope"
    " WHERE f.society = :society AND f.no = :no AND f.origin <> '' AND s.origin <> '' AND s.settled = 0"
    " AND s.made = 0 AND s.made_to = 0 AND s.state = 'going' AND s.page = 0 ORDER BY s.society LIMIT :most"
)
_MINE = "b.origin = :origin AND b.origin_no = :origin_no AND b.origin <> '' AND b.society IN :villages"
_FRESH = f"{_MINE} AND b.state = 'going' AND b.made = 0"


def fresh_beside(connection: Connection, society: str, no: int) -> list[str]:
    """Villages of which nothing is made yet, told the same words as this one; none where only one village is told."""
    rows = connection.execute(_BESIDE, {"society": society, "no": no, "most": VILLAGES}).all()
    sums = accumulate(int(row[1]) for row in rows)
    return [row[0] for row, so_far in zip(rows, sums, strict=True) if so_far <= STEP]


def make(
    connection: Connection, society: str, no: int, villages: Sequence[str], now: int, not_before: int = 0
) -> None:
    """Make every notice of these villages, which the caller has locked; `society` and `no` name any one of them."""
    first = connection.execute(
        text("SELECT origin, origin_no, scope, group_name, begun_on FROM broadcast WHERE society = :society"
             " AND no = :no"), {"society": society, "no": no}).one()
    given = {
        "origin": first.origin, "origin_no": first.origin_no, "group_name": first.group_name, "now": now,
        "day": first.begun_on, "not_before": not_before, "priority": PRIORITY, "villages": list(villages),
    }
    connection.execute(_over(
        f"{INTO} SELECT c.society, 'broadcast/' || c.no || '/' || c.person, c.person, :say, '', :priority,"
        " :day, 'waiting', :not_before, :now,"
        " :now + (row_number() OVER (PARTITION BY c.society ORDER BY c.person)) / :fair, c.no FROM ("
        "SELECT DISTINCT b.society AS society, b.no AS no, h.person AS person FROM broadcast b"
        f" JOIN household h ON h.society = b.society WHERE {_FRESH} AND {in_scope(first.scope)} AND {OPEN}) c"
        " WHERE 1 = 1 ON CONFLICT (society, key) DO NOTHING"
    ), given | {"say": SAY, "fair": FAIR_PER_S})
    passing = passed_on(absent(first.scope, "h.society IN :villages"), _FRESH)
    connection.execute(_over(passing), given | {"say": PASS_ON})
    # One that was paused or stopped meanwhile is not done: its notices have still to be turned.
    connection.execute(_over(
        "UPDATE broadcast AS b SET made = 1, settled = CASE WHEN EXISTS (SELECT 1 FROM notice n"
        " WHERE n.society = b.society AND n.broadcast = b.no AND n.broadcast > 0 AND n.state = 'paused') THEN 0 ELSE 1"
        f" END WHERE {_FRESH}"
    ), given)


def _over(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("villages", expanding=True))
