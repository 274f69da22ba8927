"""The operator hears when delivery stands still or WeChat refuses our account: in the log, and by SMS past the outbox.

Once an hour at most, and from the timetable's process, for it is the worker that may be dead.
"""

from __future__ import annotations

import logging

from bot.circuits import closed_now
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
        closed = [why for _, why, _ in closed_now(mailbox, now)]
    if (waiting_s <= STUCK_S and not closed) or now - told < REST_S:
        return False
    with services.store.write() as books:
        Mailbox(books.connection).set_setting(TOLD, str(now))
    words = ""
    if waiting_s > STUCK_S:
        log.error("delivery stands still: the oldest notice has waited %s s; see huzhu doctor", waiting_s)
        words = f"互助社系统：通知已有{waiting_s // 60}分钟发不出去，请运行 huzhu doctor 查看。"
    if closed:
        log.error("wechat refuses our calls: %s; see huzhu doctor", ", ".join(closed))
        words += f"互助社系统：微信接口停用（{'，'.join(closed)}），已改发短信，请运行 huzhu doctor 查看。"
    phone = services.config.server.operator_phone
    if phone and services.sms is not None:
        outcome = services.sms.send(f"alarm-{now}", phone, words)
        log.error("the operator was told: %s", outcome.fate)
    return True
