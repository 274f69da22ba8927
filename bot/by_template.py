"""WeChat's ways outside its window: what a follower or a mini-program's user subscribed to, one message an acceptance,
and the account's template messages. All hold a few short fields; a notice that does not fit goes by SMS as if they were
not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot import texts
from bot.channels.base import Fate, Outcome
from bot.channels.wechat_templates import Template, kind_of, values
from bot.routing import Route
from ledger.store import subscriptions
from ledger.store.books import Books
from ledger.store.mailbox import Waiting
from ledger.store.store import Store

SUBSCRIBED, TEMPLATE, IN_MINIPROGRAM = "subscribed", "template", "subscribed_mini"
"""As routes and as `sent_channel`."""
WAYS = frozenset({"wechat", SUBSCRIBED, TEMPLATE})
NOTHING_LEFT = " 43101"


class WeChatTemplates(Protocol):
    def send_template(
        self, openid: str, template_id: str, data: Mapping[str, str], url: str = "", client_msg_id: str = ""
    ) -> Outcome: ...
    def send_subscribe(self, openid: str, template_id: str, data: Mapping[str, str], page: str = "") -> Outcome: ...


@dataclass(frozen=True)
class ByTemplate:
    """The account's templates by kind of notice (bot/channels/wechat_templates.py); an empty one offers nothing."""

    sender: WeChatTemplates | None = None
    templates: Mapping[str, Template] = field(default_factory=dict)
    subscribed: Mapping[str, Template] = field(default_factory=dict)
    way: str = SUBSCRIBED

    def offer(
        self, books: Books, asked: Sequence[tuple[Waiting, Route | None, list[Route]]]
    ) -> list[tuple[list[Route], str]]:
        """For each (notice, the person's address there if any, routes): the routes with these ways among them, before
        SMS, and the society's name for their fields."""
        followed = {one[1] for one in asked if one[1] is not None}
        left: dict[tuple[str, str], dict[str, int]] = {}
        if self.sender is not None and self.subscribed:
            for account in {one[1] for one in followed}:
                openids = {one[2] for one in followed if one[1] == account}
                for openid, counts in subscriptions.left_of(books.connection, account, openids).items():
                    left[account, openid] = counts
        return [self._offer(books, *one, left) for one in asked]

    def _offer(
        self, books: Books, notice: Waiting, followed: Route | None, routes: list[Route],
        left: dict[tuple[str, str], dict[str, int]],
    ) -> tuple[list[Route], str]:
        kind = kind_of(notice)
        if self.sender is None or followed is None or kind not in {*self.templates, *self.subscribed}:
            return routes, ""
        _, account, openid = followed
        options = [one for one in routes if one[0] in WAYS]
        wanted, counts = self.subscribed.get(kind), left.get((account, openid), {})
        if not options and wanted is not None and counts.get(wanted.id, 0) > 0:
            # Counted before it is sent: one too few is a message by another way, one too many a refusal.
            counts[wanted.id] -= 1
            subscriptions.sent(books.connection, account, openid, wanted.id)
            options.append((self.way, account, openid))
        if kind in self.templates:
            options.append((TEMPLATE, account, openid))
        society = books.society(notice.society)
        return [*options, *(one for one in routes if one[0] not in WAYS)], society.name if society else ""

    def send(
        self, store: Store, route: Route, reference: str, words: str, notice: Waiting, society: str
    ) -> Outcome:
        """One attempt. WeChat's word that nothing is left of a subscription is kept."""
        channel, account, openid = route
        kind = kind_of(notice)
        template = (self.templates if channel == TEMPLATE else self.subscribed)[kind]
        filled = values(template, notice, texts.fill(f"template.{kind}", {}), words, society)
        if filled is None or self.sender is None:
            return Outcome(Fate.REFUSED, f"template {kind} cannot hold this")
        if channel == TEMPLATE:
            return self.sender.send_template(openid, template.id, filled, client_msg_id=reference)
        outcome = self.sender.send_subscribe(openid, template.id, filled)
        if outcome.reason.endswith(NOTHING_LEFT):
            with store.write() as books:
                subscriptions.refused(books.connection, account, openid, template.id)
        return outcome
