"""A waiting notice to its delivery: choose the channel, fill the words, send, and write how it really ended.

Rows are leased in short transactions and no transaction is open while anything is sent. An attempt whose end is not
known is never sent again under another id; where the gateway tells repeats by our id it is tried again under the same.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bot import cards, dispatch, merged, speaking, texts
from bot.by_template import IN_MINIPROGRAM, SUBSCRIBED, TEMPLATE, ByTemplate
from bot.channels.base import Fate, NotYet, Outcome, Parcel
from bot.channels.gateways import Exchange
from bot.channels.segments import segments
from bot.circuits import Circuits
from bot.routing import AT_ONCE, WINDOW_S, Lately, Policy, Reach, Route, is_secret, within_window
from bot.routing import not_before as held_until
from bot.routing import routes as routes
from ledger.store import mastery, merging, sending
from ledger.store.books import Books
from ledger.store.mailbox import Mailbox, Waiting
from ledger.store.store import Store, is_passing

log = logging.getLogger(__name__)

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
    lease_s: int = dispatch.LEASE_S
    policy: Policy = field(default_factory=Policy)
    by_template: ByTemplate = field(default_factory=ByTemplate)
    miniprogram: WeChatText | None = None
    in_miniprogram: ByTemplate = field(default_factory=lambda: ByTemplate(way=IN_MINIPROGRAM))
    _circuits: Circuits = field(default_factory=Circuits, init=False)
    _prefix: str = field(default="", init=False)

    def deliver(self, stop: Callable[[], bool] = lambda: False, *, urgent: bool = False) -> Counter[str]:
        """Send everything that is due (`urgent`: only replies, codes, receipts); counts by `channel/outcome`."""
        return dispatch.run(
            self.store, self.now, self._lease, self._send_one, stop=stop, concurrency=self.concurrency,
            lease_s=self.lease_s, urgent=urgent,
        )

    def _lease(self, limit: int, lowest: int) -> tuple[int, list[_Ready]]:
        while True:
            with self.store.write() as books:
                mailbox = Mailbox(books.connection)
                if not self._prefix:
                    self._prefix = mailbox.setting(INSTALLATION)
                # A restored copy answers, but reminds and tells nobody.
                lowest = lowest if mastery.is_master(books.connection) else 0
                self._circuits.look(mailbox)
                # One step of making a broadcast between two batches: what is made leaves while the rest is made.
                stepped = lowest > dispatch.URGENT and speaking.step(books, self.policy, self.now())
                waiting = mailbox.lease(self.now(), self.lease_s, limit, lowest)
                settled = self._settled(mailbox, speaking.spoken(books, waiting, self.now()))
                if self.policy.cards:
                    settled = [self._by_card(books, one) for one in settled]
                ready = self._with_templates(books, self._routed(mailbox, settled))
            if waiting or not stepped:
                return len(waiting), ready

    def _with_templates(self, books: Books, batch: list[_Ready]) -> list[_Ready]:
        for ways, at in ((self.by_template, "wechat"), (self.in_miniprogram, "miniprogram")):
            offered = ways.offer(books, [(one.notice, one.reached.get(at), one.routes) for one in batch])
            batch = [replace(one, routes=routes, society=one.society or society)
                     for one, (routes, society) in zip(batch, offered, strict=True)]
        return batch

    def _by_card(self, books: Books, notice: Waiting) -> Waiting:
        """The same notice, naming a cell of the person's printed card where there is one and a code is due."""
        code_for = notice.facts.get("code_for")
        if not code_for or not is_secret(notice):
            return notice
        cell = cards.ask(books, notice.society, notice.person, code_for, self.now())
        return replace(notice, facts=notice.facts | {"cell": cell.no}) if cell else notice

    def _settled(self, mailbox: Mailbox, waiting: list[Waiting]) -> list[Waiting]:
        """Reminders merged and the paid ones gone; a bug there must not keep everything else from leaving."""
        savepoint = mailbox.connection.begin_nested()
        try:
            left = merging.settle(mailbox.connection, waiting, self.now())
            savepoint.commit()
        except Exception as error:
            savepoint.rollback()
            if is_passing(error):
                raise
            log.exception("reminders cannot be merged")
            return waiting
        return left

    def _routed(self, mailbox: Mailbox, waiting: list[Waiting]) -> list[_Ready]:
        """Where each goes; what has to wait for the morning is put back (bot/routing.py)."""
        now, policy = self.now(), self.policy
        people = {(one.society, one.person) for one in waiting if one.person}
        reach = mailbox.reachable(people)
        tongues = sending.tongues(mailbox.connection, people)
        watchwords = Books(mailbox.connection).watchwords(people)
        lately = _lately(mailbox, people, reach, now) if policy != Policy() else {}
        ready, later = [], []
        for one in waiting:
            its = lately.get((one.society, one.person), Lately())
            if wait := held_until(one, its, policy, now):
                later.append((one.id, one.attempt, wait))
                continue
            options = routes(one, reach, policy)
            reached = {route[0]: route for route in reversed(options)}
            if policy.windows:
                options = within_window(options, its, now)
            if options and lately:
                # The others of this batch count as well.
                got = (*its.got, sending.Got(options[0][0], one.priority, now))
                lately[one.society, one.person] = replace(its, got=got)
            ready.append(_Ready(one, options, tongues.get((one.society, one.person), ""), reached,
                                watchwords.get((one.society, one.person), "")))
        sending.postpone(mailbox.connection, later)
        return ready

    def _send_one(self, ready: _Ready) -> tuple[dict[str, Any], str]:
        """One notice over its routes in order; the next only where the one before surely did not reach the person."""
        notice = ready.notice
        reference = f"{self._prefix}-{notice.id}"
        if not ready.routes and notice.broadcast:  # opted out since it was made
            return self._mark(notice, "cancelled", "opted out", reference, ""), "none/cancelled"
        if not ready.routes:
            return self._mark(notice, "failed", "no address", reference, ""), "none/failed"
        try:
            with texts.tongue(ready.tongue):
                words = say(notice, self.make_code)
                if notice.say != "raw":  # a reply got it where it was put into words
                    words = texts.marked(words, ready.watchword)
        except Exception:  # words that cannot be filled are our bug: the notice stays visible, others go on
            log.exception("notice %s cannot be worded", notice.say)
            return self._mark(notice, "failed", "cannot be worded", reference, ""), "none/failed"
        outcome, channel = Outcome(Fate.REFUSED, "no channel is configured"), ready.routes[0][0]
        for route in ready.routes:
            channel = route[0]
            outcome = self._send(route, reference, words, ready)
            if outcome.fate is not Fate.REFUSED:
                break
        mark, label = self._ended(notice, outcome, reference, channel)
        if channel == "sms" and outcome.fate is not Fate.REFUSED:
            mark["segments"] = segments(words)
        return mark, label

    def _send(self, route: Route, reference: str, words: str, ready: _Ready) -> Outcome:
        (channel, _, recipient), notice = route, ready.notice
        if channel == "sms" and isinstance(self.sms, Exchange):
            code_for = notice.facts.get("code_for") if "cell" not in notice.facts else None
            return self.sms.send_parcel(Parcel(
                reference, recipient, words, notice.priority <= AT_ONCE, is_secret(notice),
                self.make_code(code_for) if code_for else "", int(notice.facts.get("loan") or 0),
            ))
        if channel == "sms" and self.sms is not None:
            return self.sms.send(reference, recipient, words)
        if self._circuits.closed(channel, self.now()):
            return Outcome(Fate.REFUSED, f"{channel} is left alone for now")
        outcome = Outcome(Fate.REFUSED, f"channel {channel} is off")
        if channel == "wechat" and self.wechat is not None:
            outcome = self.wechat.send_text(recipient, words)
        elif channel == "miniprogram" and self.miniprogram is not None:
            outcome = self.miniprogram.send_text(recipient, words)
        elif channel in (SUBSCRIBED, TEMPLATE):
            outcome = self.by_template.send(self.store, route, reference, words, notice, ready.society)
        elif channel == IN_MINIPROGRAM:
            outcome = self.in_miniprogram.send(self.store, route, reference, words, notice, ready.society)
        self._circuits.note(self.store, channel, outcome, self.now())
        return outcome

    def _ended(self, notice: Waiting, outcome: Outcome, reference: str, channel: str) -> tuple[dict[str, Any], str]:
        fate = outcome.fate
        label = f"{channel}/{fate}"
        if fate is Fate.ACCEPTED:
            # A gateway that reports under an id of its own is known by that one (ledger/store/sending.py).
            known_by = outcome.reference if channel == "sms" and outcome.reference else reference
            if channel in (SUBSCRIBED, TEMPLATE) and outcome.reference:
                known_by = f"wechat:{outcome.reference}"
            elif channel == IN_MINIPROGRAM and outcome.reference:
                known_by = f"wechat:m{outcome.reference}"  # two accounts may give one id
            return self._mark(notice, "sent", "", known_by, channel), label
        if fate is Fate.REFUSED:
            return self._mark(notice, "failed", outcome.reason, reference, channel), label
        # Some gateways tell repeats by our id; WeChat and others do not, so an unknown end there is final.
        if fate is Fate.UNKNOWN and (channel != "sms" or outcome.final):
            return self._mark(notice, "unknown", outcome.reason, reference, channel), label
        if notice.tries >= len(BACK_OFF_S):
            state = "unknown" if fate is Fate.UNKNOWN else "failed"
            return self._mark(notice, state, outcome.reason, reference, channel), label
        again = self.now() + max(outcome.wait_s, BACK_OFF_S[notice.tries])
        return self._mark(notice, "waiting", outcome.reason, reference, channel, again), label

    def _mark(
        self, notice: Waiting, state: str, reason: str, reference: str, channel: str, again_at: int = 0
    ) -> dict[str, Any]:
        return {
            "id": notice.id, "attempt": notice.attempt, "state": state, "reason": reason[:200],
            "reference": reference, "not_before": again_at, "done_at": 0 if state == "waiting" else self.now(),
            "sent_channel": channel, "segments": 0,
        }


@dataclass(frozen=True)
class _Ready:
    notice: Waiting
    routes: list[Route]
    tongue: str = ""
    reached: Mapping[str, Route] = field(default_factory=dict)
    watchword: str = ""
    society: str = ""


def _lately(
    mailbox: Mailbox, people: set[tuple[str, int]], reach: Reach, now: int
) -> dict[tuple[str, int], Lately]:
    """When these people last wrote over WeChat, and what they got since two days."""
    openids = {who: {one[2] for one in found if one[0] == "wechat"} for who, found in reach.items()}
    heard = sending.last_heard(mailbox.connection, "wechat", set().union(*openids.values()), now - WINDOW_S)
    got = sending.got_since(mailbox.connection, people, now - WINDOW_S)
    found = {}
    for who in people:
        times = [heard[openid] for openid in openids.get(who, ()) if openid in heard]
        wrote, tapped = (max(column) for column in zip(*times, strict=True)) if times else (0, 0)
        found[who] = Lately(wrote, got.get(who, ()), tapped)
    return found


def say(notice: Waiting, make_code: texts.MakeCode) -> str:
    """The words of a notice."""
    if notice.say == "raw":
        return str(notice.facts["text"])
    if "cell" in notice.facts:
        return texts.fill(notice.say, notice.facts, lambda _parts: cards.words(notice.facts["cell"]))
    if notice.say == merging.MERGED:
        return merged.words(notice.facts)
    return texts.fill(notice.say, notice.facts, make_code)


def on_receipt(store: Store, reference: str, status: str, reason: str) -> bool:
    """A gateway reports how a message ended; a reference that is not ours is ignored."""
    prefix, _, number = reference.rpartition("-")
    if ":" in reference:
        with store.write() as books:
            found = sending.notice_of(books.connection, reference)
            if not found:
                raise NotYet("no such message yet")  # its batch may still be on its way: asked again, it will be there
            if status == "failed" and reference.startswith("wechat:"):
                return sending.by_another_way(books.connection, found, "wechat", reason, int(time.time()))
            return Mailbox(books.connection).delivery(found, status, reason, int(time.time()))
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return False
    with store.write() as books:
        mailbox = Mailbox(books.connection)
        if prefix != mailbox.setting(INSTALLATION):
            return False
        return mailbox.delivery(int(number), status, reason, int(time.time()))
