"""What a process is made of, built once from its configuration: the store, the turns, the outbox, the bell.

Web, worker, timetable and command line each build it at their start; there is no global.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot import county_texts
from bot.bell import Bell
from bot.by_template import IN_MINIPROGRAM, ByTemplate
from bot.channels.gateways import Exchange, exchange
from bot.channels.wechat_client import MiniProgramSender, WeChatSender
from bot.clock import Clock
from bot.config import Config
from bot.keys import keyring
from bot.metrics import Meter
from bot.outbox import Outbox
from bot.redis_address import shared
from bot.routing import Policy
from bot.turn import Turns
from ledger.store.smsd import Smsd
from ledger.store.store import SHORT_PATIENCE_S, Store


@dataclass
class Services:
    """Everything a process needs; each part is made when it is first asked for."""

    config: Config
    patience_s: float = SHORT_PATIENCE_S

    def __post_init__(self) -> None:
        if self.config.server.texts:
            county_texts.use(self.config.server.texts)

    @cached_property
    def store(self) -> Store:
        return Store(self.config.database.url, self.patience_s, keys=keyring(self.config.keys))

    @property
    def secret(self) -> bytes:
        return self.config.server.secret_key.encode()

    @cached_property
    def clock(self) -> Clock:
        return Clock(self.config.server.demo)

    @cached_property
    def redis(self) -> Redis | None:
        """Redis with short time-outs, or None while there is none: every use must do without it."""
        url = self.config.redis_url()
        if url is None:
            return None
        return shared(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))

    @cached_property
    def meter(self) -> Meter:
        return Meter()

    @cached_property
    def bell(self) -> Bell:
        return Bell(self.config.redis_url, self.meter)

    @cached_property
    def turns(self) -> Turns:
        sms = self.config.sms
        return Turns(
            self.store, self.clock, self.secret, self.bell.ring, meter=self.meter, cards=self.policy.cards,
            segment_fen=sms.segment_fen if sms else 0, limits=not self.config.server.demo,
            messages_a_day=sms.messages_a_day if sms else 0)

    @cached_property
    def sms(self) -> Exchange | None:
        return exchange(self.config, self.smsd)

    @cached_property
    def smsd(self) -> Smsd | None:
        """gammu-smsd's database, where a dongle is configured."""
        gammu = self.config.sms.gammu if self.config.sms else None
        return Smsd(gammu.database) if gammu else None

    @cached_property
    def outbox(self) -> Outbox:
        wechat, mini = self.config.wechat, self.config.miniprogram
        sender = WeChatSender(wechat, self.redis) if wechat else None
        mini_sender = MiniProgramSender(mini, self.redis) if mini else None
        return Outbox(
            self.store,
            self.turns.make_code,
            self.clock.now,
            self.sms,
            sender,
            policy=self.policy,
            by_template=ByTemplate(sender, wechat.templates, wechat.subscriptions) if wechat else ByTemplate(),
            miniprogram=mini_sender,
            in_miniprogram=ByTemplate(mini_sender, {}, mini.subscriptions if mini else {}, IN_MINIPROGRAM),
        )

    @property
    def policy(self) -> Policy:
        """Night, limits and windows hold where messages are real; where codes may not go holds everywhere."""
        sms, real = self.config.sms, not self.config.server.demo
        return Policy(
            quiet=real,
            reminders_a_day=sms.reminders_a_day if sms and real else 0,
            windows=real,
            secrets_by_wechat_only=sms is not None and sms.codes in ("wechat", "card"),
            cards=sms is not None and sms.codes == "card",
        )
