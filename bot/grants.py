"""What a person allowed the mini-program to send: each accept of a subscription message counts once (channels.md 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.said import DONE
from ledger.store import subscriptions

if TYPE_CHECKING:
    from bot.turn import OneTurn

KIND = "grants"
MOST_TEMPLATES = 30
"""A mini-program has 25 templates at most; what a client makes up beyond is not kept."""


def take(turn: OneTurn) -> str:
    """One message more is wanted of every accepted template."""
    assert turn.order is not None, "grants come as an order"
    _, account, sender = turn.address
    connection = turn.books.connection
    known = subscriptions.left(connection, account, sender)
    for template in turn.order.slots["accepted"]:
        if template in known or len(known) < MOST_TEMPLATES:
            known[template] = subscriptions.accepted(connection, account, sender, template, turn.now)
    return turn.tell("api.subscribed", outcome=DONE)
