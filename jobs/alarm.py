"""The operator hears when delivery stands still: in the log, and by SMS past the outbox that does not move.

Once an hour at most, and from the timetable's process, for it is the worker that may be dead.
"""

from __future__ import annotations

import logging

from bot.services import Services
from ledger.store.mailbox import Mailbox

log = logging.getLogger(__name__)

STUCK_S = 300
REST_S = 3600
TOLD = "alarm/delivery"


def watch(services: Services) -> bool:
    """Look whether delivery moves; True when the operator was told that it does not."""
    now = services.clock.now()
    with services.store.read() as books:
        mailbox = Mailbox(books.connection)
        waiting_s, told = mailbox.oldest_due(now), int(mailbox.setting(TOLD) or 0)
    if waiting_s <= STUCK_S or now - told < REST_S:
        return False
    with services.store.write() as books:
        Mailbox(books.connection).set_setting(TOLD, str(now))
    log.error("delivery stands still: the oldest notice has waited %s s; see huzhu doctor", waiting_s)
    phone = services.config.server.operator_phone
    if phone and services.sms is not None:
        words = f"互助社系统：通知已有{waiting_s // 60}分钟发不出去，请运行 huzhu doctor 查看。"
        outcome = services.sms.send(f"alarm-{now}", phone, words)
        log.error("the operator was told: %s", outcome.fate)
    return True
