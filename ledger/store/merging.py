"""Reminders and overdue steps on their way out: none for what has been paid meanwhile, one message for one person.

Decided in the lease's own transaction and before the first attempt only: whatever may have left once keeps its words,
for a repeat under the same reference must say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.engine import Connection

from . import tables as t
from .due import OPEN
from .mailbox import Waiting, to_waiting, waiting_columns
from .sealing import keys_of

PRIORITY = 5
MERGED = "notice.merged"
ABOUT_DUE = frozenset({"notice.remind", "notice.remind_today"}) | {
    f"notice.overdue_{part}"
    for part in ("borrower", "leader", "payer", "group", "board", "supervisor", "county", "law")
}

Item = dict[str, Any]
"""What one notice of a merged message says: `say` and `facts`."""


def settle(connection: Connection, leased: Sequence[Waiting], now: int) -> list[Waiting]:
    """What is still to be sent of the leased notices: paid ones cancelled, several to one person made one."""
    mine = [one for one in leased if one.priority == PRIORITY and not one.channel and _about_due(one)]
    if not mine:
        return list(leased)
    more = _companions(connection, [one for one in mine if one.attempt == 1], now)
    left = _owed(connection, [*mine, *more])
    gone: list[Waiting] = []
    heads: dict[tuple[str, int], tuple[Waiting, list[Item]]] = {}
    kept: dict[int, Waiting] = {}
    for one in [*mine, *more]:
        items = [item for item in (_as_now(one.society, item, left) for item in _items(one)) if item]
        if not items:
            gone.append(one)
        elif one.attempt > 1 or one.say.startswith("notice.forward"):
            kept[one.id] = one
        elif (place := (one.society, one.person)) in heads:
            heads[place][1].extend(items)
            _end(connection, [one.id], "merged", f"with {heads[place][0].id}", now)
        else:
            heads[place] = (one, items)
    _end(connection, [one.id for one in gone], "cancelled", "paid", now)
    for head, items in heads.values():
        kept[head.id] = _told(connection, head, items)
    others = {one.id for one in mine}
    return [kept.get(one.id, one) for one in leased if one.id not in others or one.id in kept]


def _about_due(one: Waiting) -> bool:
    if one.say == MERGED:
        return True
    return one.facts.get("inner", one.say) in ABOUT_DUE and {"loan", "due_on"} <= set(one.facts)


def _items(one: Waiting) -> list[Item]:
    if one.say == MERGED:
        return list(one.facts["items"])
    return [{"say": one.facts.get("inner", one.say), "facts": one.facts}]


def _companions(connection: Connection, mine: Sequence[Waiting], now: int) -> list[Waiting]:
    """What else of this kind waits for the same people."""
    people = {(one.society, one.person) for one in mine}
    if not people:
        return []
    c = t.notice.c
    query = (
        select(*waiting_columns())
        .where(c.society.in_({society for society, _ in people}), c.person.in_({person for _, person in people}),
               c.done_at == 0, c.state == "waiting", c.attempt == 0, c.not_before <= now, c.priority == PRIORITY,
               c.channel == "", c.id.not_in([one.id for one in mine]))
        .order_by(c.id)
    )
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    found = [to_waiting(keys_of(connection), row) for row in connection.execute(query)]
    return [replace(one, attempt=1) for one in found if (one.society, one.person) in people
            and _about_due(one) and not one.say.startswith("notice.forward")]


def _owed(connection: Connection, told: Iterable[Waiting]) -> dict[tuple[str, int, str], int]:
    """What is open of every loan named, by (society, loan, due day)."""
    loans: dict[str, set[int]] = {}
    for one in told:
        loans.setdefault(one.society, set()).update(int(item["facts"]["loan"]) for item in _items(one))
    found: dict[tuple[str, int, str], int] = {}
    for society, numbers in loans.items():
        rows = connection.execute(
            text(
                "SELECT i.loan, i.due_on, sum(i.principal_fen + i.fee_fen + i.charge_fen - i.paid_principal_fen"  # noqa: S608
                " - i.paid_fee_fen - i.charge_paid_fen) FROM loan_instalment i JOIN loan l ON l.society = i.society"
                f" AND l.no = i.loan WHERE {OPEN} AND l.status = 'paid_out' AND i.society = :society"
                f" AND i.loan IN ({', '.join(map(str, sorted(numbers)))}) GROUP BY i.loan, i.due_on"
            ),
            {"society": society},
        )
        found |= {(society, int(row[0]), str(row[1])): int(row[2]) for row in rows}
    return found


def _as_now(society: str, item: Item, left: dict[tuple[str, int, str], int]) -> Item | None:
    """An item with the sum that is still open; None once its instalment is paid."""
    facts = item["facts"]
    open_fen = left.get((society, int(facts["loan"]), str(facts["due_on"])))
    if open_fen is None:
        return None
    return {"say": item["say"], "facts": facts | {"due_fen": open_fen}} if "due_fen" in facts else item


def _told(connection: Connection, head: Waiting, items: list[Item]) -> Waiting:
    """The head of a message with all that it says now, kept so: a repeat says the same."""
    late_first = sorted(items, key=lambda item: (not item["say"].startswith("notice.overdue"), item["facts"]["due_on"]))
    facts = late_first[0]["facts"] if len(items) == 1 else {"items": late_first}
    say = late_first[0]["say"] if len(items) == 1 else MERGED
    if (say, facts) != (head.say, head.facts):
        row = keys_of(connection).seal_row(t.notice, {"society": head.society, "key": head.key, "facts": facts})
        connection.execute(update(t.notice).where(t.notice.c.id == head.id).values(say=say, facts=row["facts"]))
    return replace(head, say=say, facts=facts)


def _end(connection: Connection, numbers: Sequence[int], state: str, reason: str, now: int) -> None:
    if numbers:
        connection.execute(update(t.notice).where(t.notice.c.id.in_(numbers)).values(
            state=state, reason=reason, done_at=now))
