"""Messages of our own to a follower: customer service, template and subscription, each ending in an `Outcome`.

WeChat's error codes are sorted here by what can be done about them; a time-out after sending is always `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from redis import Redis

from bot.channels.base import Fate, Outcome
from bot.channels.line import Line, Lost, NotSent
from bot.channels.plain_text import clip, sayable
from bot.channels.wechat_api import Account, ApiError, HttpStatus, WeChatApi
from bot.channels.wechat_fields import first_fault
from bot.channels.wechat_token import NoToken
from bot.channels.wechat_xml import TEXT_LIMIT

_CLASSES = {
    "transient": (-1, 45011),
    "token": (40001, 40014, 42001),
    "quota": (45009,),
    "recipient": (40003, 43004, 43019, 43101, 45015, 45047, 48002, 50005),
    "ours": (40037, 41030, 44004, 45002, 47001, 47003),
    "config": (40013, 40125, 40164, 40243, 48001, 48004, 50002),
}
_CLASS_OF = {code: name for name, codes in _CLASSES.items() for code in codes}
_AGAIN = ("transient", "token")
_AGAIN_STATUSES = (429, 503)


class WeChatSender:
    """Sends to one openid at a time. The first word of an outcome's reason is its class:

    `transient` and `token` may be tried again; `quota` (this API until tomorrow), `recipient` (this person),
    `ours` (a bug), `config` (the whole channel, tell the operator) and `other` are refusals.
    """

    def __init__(self, account: Account, redis: Redis | None = None, line: Line | None = None) -> None:
        self.api = WeChatApi(account, redis, line)

    def send_text(self, openid: str, text: str) -> Outcome:
        """A customer service message, possible for 48 hours after the follower wrote.

        developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages
        """
        content = clip(sayable(text), TEXT_LIMIT)
        if not content.strip():
            return Outcome(Fate.REFUSED, "ours empty text")
        return _outcome(lambda: self.api.message.send_text(openid, content))

    def send_template(
        self, openid: str, template_id: str, data: Mapping[str, str], url: str = "", client_msg_id: str = ""
    ) -> Outcome:
        """A template message. WeChat drops a second one with the same `client_msg_id` for about ten minutes.

        developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface
        """
        values, fault = _values(data)
        if fault:
            return Outcome(Fate.REFUSED, f"ours field {fault}")
        # Posted raw, because wechatpy's own method knows no `client_msg_id`.
        asked = {
            "touser": openid,
            "template_id": template_id,
            **({"url": url} if url else {}),
            **({"client_msg_id": client_msg_id} if client_msg_id else {}),
            "data": values,
        }
        return _outcome(lambda: self.api.post("message/template/send", data=asked))

    def send_subscribe(self, openid: str, template_id: str, data: Mapping[str, str], page: str = "") -> Outcome:
        """A message the follower has subscribed to; each acceptance of his is worth one.

        developers.weixin.qq.com/doc/offiaccount/Subscription_Messages/api
        """
        values, fault = _values(data)
        if fault:
            return Outcome(Fate.REFUSED, f"ours field {fault}")
        return _outcome(lambda: self.api.message.send_subscribe_message(openid, template_id, values, page=page or None))

    def close(self) -> None:
        self.api.close()


class MiniProgramSender(WeChatSender):
    """The same for a mini-program, whose subscription messages go by another call."""

    def send_subscribe(self, openid: str, template_id: str, data: Mapping[str, str], page: str = "") -> Outcome:
        """A message the person has subscribed to; each acceptance is worth one.

        developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage
        """
        values, fault = _values(data)
        if fault:
            return Outcome(Fate.REFUSED, f"ours field {fault}")
        asked = {"touser": openid, "template_id": template_id, "data": values, **({"page": page} if page else {})}
        return _outcome(lambda: self.api.post("message/subscribe/send", data=asked))


def _values(data: Mapping[str, str]) -> tuple[dict[str, dict[str, str]], str]:
    """The fields as WeChat wants them, and the name of the first one that it would refuse."""
    clean = {name: sayable(value) for name, value in data.items()}
    return {name: {"value": value} for name, value in clean.items()}, first_fault(clean)


def _outcome(send: Callable[[], dict[str, Any]]) -> Outcome:
    try:
        result = send()
    except ApiError as refused:
        kind = _CLASS_OF.get(refused.code, "other")
        return Outcome(Fate.RETRY if kind in _AGAIN else Fate.REFUSED, f"{kind} {refused.code}")
    except NoToken as failure:
        return Outcome(Fate.RETRY, f"token {failure}")
    except NotSent as failure:
        return Outcome(Fate.RETRY, f"transient not sent: {failure}")
    except HttpStatus as answer:
        return Outcome(_fate_of_status(answer.status), f"other http {answer.status}")
    except Lost as failure:
        return Outcome(Fate.UNKNOWN, f"transient {failure}")
    return Outcome(Fate.ACCEPTED, "", str(result.get("msgid", "")))


def _fate_of_status(status: int) -> Fate:
    if status in _AGAIN_STATUSES:
        return Fate.RETRY
    return Fate.REFUSED if 400 <= status < 500 and status != 408 else Fate.UNKNOWN
