"""The daily round: everything owed by a day, each part safe to miss, to repeat and to run twice at once."""

from __future__ import annotations

from datetime import date

from bot.config import Keep
from ledger.store import mastery
from ledger.store.store import Store

from .assembly import count_votes
from .audit import audit
from .cards import tell_cards
from .cash import tell_cash
from .complaints import tell_complaints
from .disclose import close_due
from .forget import forget_old
from .orders import tell_orders
from .overdue import tell_overdue
from .people import tell_leaving
from .remind import remind_due
from .sheets import publish_sheets

DEFAULT = Keep()


def run_day(store: Store, today: date, now: int, keep: Keep = DEFAULT) -> dict[str, int]:
    """Do all that is owed up to `today`, whatever ran before; counts for the log. A copy raises Unavailable."""
    with store.read() as books:
        mastery.demand(books.connection)
    counts = {
        "disclosures_closed": close_due(store, today, now),
        "sheets": publish_sheets(store, today, now),
        "reminders": remind_due(store, today, now),
        "cash": tell_cash(store, today, now),
        "overdue": tell_overdue(store, today, now),
        "cards": tell_cards(store, today, now),
        "complaints": tell_complaints(store, today, now),
        "orders": tell_orders(store, today, now),
        "votes": count_votes(store, today, now),
        "leaving": tell_leaving(store, today, now),
        "forgotten": forget_old(store, today, now, keep),
    }
    faults = [one for one in audit(store) if one.fault]
    return counts | {"faults": len(faults)}
