"""What is kept no longer than it is needed: old messages lose their words, those who left long ago their numbers.

The rows stay, for a message that comes again must stay once and a notice must stay counted; the books are not touched.
"""

from __future__ import annotations

from datetime import date

from bot.config import Keep
from ledger.store import retention
from ledger.store.store import Store

DAY_S = 24 * 60 * 60


def forget_old(store: Store, today: date, now: int, keep: Keep) -> int:
    """Wipe what is past its term, batch by batch; how many rows lost something."""
    before = now - keep.messages_days * DAY_S
    # The 29th of February counts as the 28th elsewhere.
    left_by = today.replace(year=today.year - keep.left_years, day=min(today.day, 28))
    wiped = 0
    while True:
        with store.write() as books:
            done = retention.words(books.connection, before) + retention.spent(books.connection, now)
            done += retention.numbers(books.connection, left_by)
        wiped += done
        if done < retention.BATCH:
            return wiped
