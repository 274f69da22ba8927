"""How many subscription messages of each template a person still wants: one more per accept, one less per message sent.

WeChat counts the same and is the judge: where it refuses with 43101, nothing was left (channels.md 2).
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from .api_tables import subscription
from .sealing import keys_of
from .tables import SENDER

MOST = 1000
"""Counted no further: a person cannot mean more, and a number that only grows is none."""


def accepted(connection: Connection, account: str, sender: str, template: str, now: int) -> int:
    """One more message of this template is wanted; how many are now. Call once per accept (the caller's key)."""
    one = postgresql.insert(subscription) if connection.dialect.name == "postgresql" else sqlite.insert(subscription)
    c = subscription.c
    row = {"account": account, "sender": sender, "template": template, "left": 1, "said_at": now}
    row = keys_of(connection).seal_row(subscription, row)
    connection.execute(one.values(row).on_conflict_do_update(
        index_elements=["account", "sender_index", "template"], set_={"left": c.left + 1, "said_at": now},
        where=c.left < MOST,
    ))
    return left(connection, account, sender).get(template, 0)


def sent(connection: Connection, account: str, sender: str, template: str) -> None:
    """A message of this template left: one less is wanted."""
    c = subscription.c
    connection.execute(
        update(subscription).where(_this(connection, account, sender, template), c.left > 0).values(left=c.left - 1)
    )


def refused(connection: Connection, account: str, sender: str, template: str) -> None:
    """WeChat said 43101, or the person said no: nothing is left."""
    connection.execute(update(subscription).where(_this(connection, account, sender, template)).values(left=0))


def left(connection: Connection, account: str, sender: str) -> dict[str, int]:
    """What is left of every template for one openid."""
    return left_of(connection, account, {sender}).get(sender, {})


def left_of(connection: Connection, account: str, senders: Collection[str]) -> dict[str, dict[str, int]]:
    """What is left by openid and template, for a whole batch in one statement; what has nothing left is not in it."""
    c = subscription.c
    found: dict[str, dict[str, int]] = {}
    if not senders:
        return found
    keys = keys_of(connection)
    known = {keys.index(SENDER, sender): sender for sender in senders}
    rows = connection.execute(
        select(c.sender_index, c.template, c.left)
        .where(c.account == account, c.sender_index.in_(sorted(known)), c.left > 0)
        .order_by(c.sender_index, c.template)
    )
    for index, template, count in rows:
        found.setdefault(known[index], {})[template] = count
    return found


def _this(connection: Connection, account: str, sender: str, template: str) -> ColumnElement[bool]:
    c = subscription.c
    index = keys_of(connection).index(SENDER, sender)
    return and_(c.account == account, c.sender_index == index, c.template == template)
