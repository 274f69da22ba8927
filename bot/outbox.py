"""A waiting notice to its delivery: choose the channel, fill the words, send, and write how it really ended.

Rows are leased in short transactions and no transaction is open while anything is sent. An attempt whose end is not
known is never sent again under another id; where the gateway tells repeats by our id it is tried again under the same.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot import texts
from bot.channels.base import Fate, Outcome
from ledger.store import mastery
from ledger.store.mailbox import Mailbox, Waiting
from ledger.store.store import Store

log = logging.getLogger(__name__)

BATCH = 200
LEASE_S = 60
CONCURRENCY = 8
BACK_OFF_S = (5, 30, 120, 600, 1800, 3600, 7200, 14400)
"""Waits after each failed attempt; after the last the notice is given up visibly (reliability.md B7)."""

INSTALLATION = "installation"


class SmsSender(Protocol):
    def send(self, reference: str, to: str, text: str) -> Outcome: ...


class WeChatText(Protocol):
    def send_text(self, openid: str, text: str) -> Outcome: ...


@dataclass
class Outbox:
    """Sends over what is configured; a channel that is None is off."""

    store: Store
    make_code: texts.MakeCode
    now: Callable[[], int]
    sms: SmsSender | None = None
    wechat: WeChatText | None = None
    concurrency: int = CONCURRENCY
    lease_s: int = LEASE_S
    _prefix: str = field(default="", init=False)

    def deliver(self, stop: Callable[[], bool] = lambda: False) -> Counter[str]:
        """Send everything that is due, batch by batch; counts by `channel/outcome`."""
        counts: Counter[str] = Counter()
        with ThreadPoolExecutor(self.concurrency) as pool:
            while not stop():
                batch = self._lease()
                if not batch:
                    return counts
                ends = list(pool.map(self._send_one, batch))
                with self.store.write() as books:
                    Mailbox(books.connection).mark([mark for mark, _ in ends])
                counts.update(label for _, label in ends)
        return counts

    def _lease(self) -> list[_Ready]:
        with self.store.write() as books:
            mailbox = Mailbox(books.connection)
            if not self._prefix:
                self._prefix = mailbox.setting(INSTALLATION)
            # A restored copy answers, but reminds and tells nobody.
            only_replies = not mastery.is_master(books.connection)
            waiting = mailbox.lease(self.now(), self.lease_s, BATCH, only_replies=only_replies)
            people = {(one.society, one.person) for one in waiting if not one.channel}
            reach = mailbox.reachable(people)
        return [_Ready(one, routes(one, reach)) for one in waiting]

    def _send_one(self, ready: _Ready) -> tuple[dict[str, Any], str]:
        """One notice over its routes in order; the next only where the one before surely did not reach the person."""
        notice = ready.notice
        reference = f"{self._prefix}-{notice.id}"
        if not ready.routes:
            return self._mark(notice, "failed", "no address", reference, ""), "none/failed"
        try:
            words = say(notice, self.make_code)
        except Exception:  # words that cannot be filled are our bug: the notice stays visible, others go on
            log.exception("notice %s cannot be worded", notice.say)
            return self._mark(notice, "failed", "cannot be worded", reference, ""), "none/failed"
        outcome, channel = Outcome(Fate.REFUSED, "no channel is configured"), ready.routes[0][0]
        for channel, _, recipient in ready.routes:
            outcome = self._send(channel, reference, recipient, words)
            if outcome.fate is not Fate.REFUSED:
                break
        return self._ended(notice, outcome, reference, channel)

    def _send(self, channel: str, reference: str, recipient: str, words: str) -> Outcome:
        if channel == "sms" and self.sms is not None:
            return self.sms.send(reference, recipient, words)
        if channel == "wechat" and self.wechat is not None:
            return self.wechat.send_text(recipient, words)
        return Outcome(Fate.REFUSED, f"channel {channel} is off")

    def _ended(self, notice: Waiting, outcome: Outcome, reference: str, channel: str) -> tuple[dict[str, Any], str]:
        fate = outcome.fate
        label = f"{channel}/{fate}"
        if fate is Fate.ACCEPTED:
            return self._mark(notice, "sent", "", reference, channel), label
        if fate is Fate.REFUSED:
            return self._mark(notice, "failed", outcome.reason, reference, channel), label
        # The generic gateway tells repeats by our id; WeChat does not, so an unknown end there is final.
        if fate is Fate.UNKNOWN and channel == "wechat":
            return self._mark(notice, "unknown", outcome.reason, reference, channel), label
        if notice.attempt > len(BACK_OFF_S):
            state = "unknown" if fate is Fate.UNKNOWN else "failed"
            return self._mark(notice, state, outcome.reason, reference, channel), label
        again = self.now() + BACK_OFF_S[notice.attempt - 1]
        return self._mark(notice, "waiting", outcome.reason, reference, channel, again), label

    def _mark(
        self, notice: Waiting, state: str, reason: str, reference: str, channel: str, not_before: int = 0
    ) -> dict[str, Any]:
        return {
            "id": notice.id, "attempt": notice.attempt, "state": state, "reason": reason[:200],
            "reference": reference, "not_before": not_before, "done_at": 0 if state == "waiting" else self.now(),
            "sent_channel": channel,
        }


@dataclass(frozen=True)
class _Ready:
    notice: Waiting
    routes: list[tuple[str, str, str]]


Reach = Mapping[tuple[str, int], Sequence[tuple[str, str, str, bool]]]


def routes(notice: Waiting, reach: Reach) -> list[tuple[str, str, str]]:
    """Where a notice may go, the best first: a bare address, else WeChat if bound, else the phone.

    Who opted out still gets what is about the own money and one-time codes (priority up to 2).
    """
    if notice.channel:
        return [(notice.channel, notice.account, notice.recipient)]
    found = reach.get((notice.society, notice.person), ())
    order = {"wechat": 0, "sms": 1}
    open_ones = [one for one in found if not one[3] or notice.priority <= 2]
    ordered = sorted(open_ones, key=lambda one: order.get(one[0], 2))
    return [(channel, account, sender) for channel, account, sender, _ in ordered]


def say(notice: Waiting, make_code: texts.MakeCode) -> str:
    """The words of a notice."""
    if notice.say == "raw":
        return str(notice.facts["text"])
    return texts.fill(notice.say, notice.facts, make_code)


def on_receipt(store: Store, reference: str, status: str, reason: str) -> bool:
    """A gateway reports how a message ended; a reference that is not ours is ignored."""
    prefix, _, number = reference.rpartition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return False
    with store.write() as books:
        mailbox = Mailbox(books.connection)
        if prefix != mailbox.setting(INSTALLATION):
            return False
        return mailbox.delivery(int(number), status, reason, int(time.time()))
