"""The outside world of a demo: what the phone network and WeChat do between a phone and the fund, over real HTTP.

It knows the fund only by its public addresses and the secrets that a gateway and WeChat are given.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from bot.channels.line import Line, Lost, NotSent
from bot.channels.plain_text import sayable
from bot.channels.wechat_xml import Malformed
from bot.config import Config
from bot.config_checks import is_loopback

from .phones import NOTE, RECEIVED, SENT, Phones
from .relay import Push, Relay

log = logging.getLogger(__name__)

TRIES = 3
REST_S = 0.3
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_OPENID = "oDemoVillage_"
SMS_FAILED = "发送失败，请稍后再发"
WECHAT_FAILED = "该公众号提供的服务出现故障，请稍后再试"


class Off(Exception):
    """The channel is not configured."""


class World:
    """Carries messages of phones to the fund and shows on the phones what comes back."""

    def __init__(self, config: Config, phones: Phones, day: Callable[[], str]) -> None:
        self._phones, self._day = phones, day
        self._base = own_address(config)
        self._sms = config.sms.http if config.sms else None
        self._relay = Relay(config.wechat) if config.wechat else None
        # WeChat waits five seconds for an answer; a gateway is not more patient.
        self._line = Line(read=5.0, total=6.0)

    def say(self, phone: str, channel: str, text: str) -> None:
        """A person sends a text. It stands on the phone first, so that no reply can come before it."""
        if (self._sms if channel == "sms" else self._relay) is None:
            raise Off(channel)
        self._phones.keep(phone, channel, SENT, text, self._day())
        if channel == "sms":
            self._by_sms(phone, text)
        else:
            assert self._relay is not None
            self._by_wechat(phone, self._relay.text(openid_of(phone), sayable(text)))

    def follow(self, phone: str) -> None:
        """A person follows the official account."""
        if self._relay is None:
            raise Off("wechat")
        self._phones.keep(phone, "wechat", NOTE, "您已关注公众号", self._day())
        self._by_wechat(phone, self._relay.subscribed(openid_of(phone)))

    def report_delivered(self, reference: str) -> None:
        """The gateway reports that a message has reached its phone."""
        assert self._sms is not None
        body = {"id": reference, "status": "delivered", "reason": ""}
        if self._post(f"/sms/http/{self._sms.secret}/receipts", json.dumps(body).encode(), _JSON) is None:
            log.warning("a delivery receipt was not taken")

    def _by_sms(self, phone: str, text: str) -> None:
        assert self._sms is not None
        fields = {"from": phone, "to": "10690001", "text": text, "id": f"demo-{secrets.token_hex(10)}"}
        body = json.dumps(fields, ensure_ascii=False).encode()
        if self._post(f"/sms/http/{self._sms.secret}", body, _JSON) is None:
            self._phones.keep(phone, "sms", NOTE, SMS_FAILED, self._day())

    def _by_wechat(self, phone: str, push: Push) -> None:
        assert self._relay is not None
        answer = self._post(push.target, push.body, {"Content-Type": "text/xml"})
        try:
            words = None if answer is None else self._relay.open(answer)
        except (Malformed, ValueError, IndexError):
            words = None
        if words is None:
            self._phones.keep(phone, "wechat", NOTE, WECHAT_FAILED, self._day())
        elif words:
            self._phones.keep(phone, "wechat", RECEIVED, words, self._day())

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> bytes | None:
        """The same request until it is taken, a few times; None when it never was."""
        for attempt in range(TRIES):
            if attempt:
                time.sleep(REST_S)
            try:
                answer = self._line.call("POST", self._base + path, body, headers)
            except (NotSent, Lost):
                continue
            if answer.status == 200:
                return answer.body
            if answer.status < 500:
                return None
        return None


def own_address(config: Config) -> str:
    """Where this server answers on this machine; a demo talks to nothing else."""
    base = config.server.base_url
    if is_loopback(urlsplit(base).hostname or ""):
        return base
    return f"http://127.0.0.1:{config.server.port}"


def openid_of(phone: str) -> str:
    return _OPENID + phone


def phone_of(openid: str) -> str:
    """The phone of one of our openids; empty for others."""
    phone = openid.removeprefix(_OPENID)
    return phone if phone != openid and phone.isascii() and phone.isdigit() else ""
