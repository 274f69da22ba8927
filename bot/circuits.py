"""Which of WeChat's calls are left alone, and until when: after a used-up quota until tomorrow, after a fault in the
configuration until it may have been mended. Meanwhile messages go by SMS, and the operator is told (jobs/alarm.py).

It is kept in the settings, so all workers know it and an emptied Redis forgets nothing (channels.md 2.1).
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.channels.base import Outcome
from bot.clock import ZONE
from ledger.store.mailbox import Mailbox
from ledger.store.store import Store, Unavailable

log = logging.getLogger(__name__)

CLOSED = "closed/"
QUOTA, CONFIG = "quota", "config"
CONFIG_REST_S = 15 * 60
"""After that one message tries again, for nobody tells us when the account was put right."""


@dataclass
class Circuits:
    """What one process knows; `look` reads it again with every batch."""

    _until: dict[str, int] = field(default_factory=dict)

    def look(self, mailbox: Mailbox) -> None:
        self._until = {name.removeprefix(CLOSED): int(json.loads(value)["until"])
                       for name, value in mailbox.settings(CLOSED)}

    def closed(self, call: str, now: int) -> bool:
        return self._until.get(call, 0) > now

    def note(self, store: Store, call: str, outcome: Outcome, now: int) -> None:
        """Close a call whose answer says that asking again is no use. The first word of the reason is the class."""
        kind = outcome.reason.partition(" ")[0]
        if kind not in (QUOTA, CONFIG) or self.closed(call, now):
            return
        until = _tomorrow(now) if kind == QUOTA else now + CONFIG_REST_S
        self._until[call] = until
        log.error("%s is left alone until %s: %s", call, until, outcome.reason)
        try:
            with store.write() as books:
                Mailbox(books.connection).set_setting(
                    CLOSED + call, json.dumps({"until": until, "why": outcome.reason}))
        except Unavailable:
            log.warning("that %s is left alone could not be written down", call)


def closed_now(mailbox: Mailbox, now: int) -> list[tuple[str, str, int]]:
    """(call, why, until) of what is left alone at this moment."""
    found = [(name.removeprefix(CLOSED), json.loads(value)) for name, value in mailbox.settings(CLOSED)]
    return [(call, str(told["why"]), int(told["until"])) for call, told in found if int(told["until"]) > now]


def _tomorrow(now: int) -> int:
    """Midnight in Beijing, when WeChat counts anew."""
    here = datetime.fromtimestamp(now, ZONE) + timedelta(days=1)
    return int(here.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
