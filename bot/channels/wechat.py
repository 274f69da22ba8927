"""The official account's webhook `/wechat`: proves a push, reads it as a `Message`, answers within the request.

Nothing is decided here; the turn is given, and what it says is sealed and sent back.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from flask import Blueprint, Response, request

from bot.channels.base import Busy, Conflict, Message, Turn
from bot.channels.body import BadBody, read_body
from bot.channels.plain_text import storable
from bot.channels.wechat_crypto import Refused, Seal
from bot.channels.wechat_events import WITHDRAWN, Grant, Report, grants, reports
from bot.channels.wechat_xml import Malformed, text_reply, top_level

log = logging.getLogger(__name__)

CHANNEL = "wechat"
KeepMalformed = Callable[[str, str, str, bytes], object]
"""Keeps a signed but unreadable push: channel, account, SHA-256 of the bytes, the bytes."""
OnReceipt = Callable[[str, str, str], object]
"""Told what became of one of our template messages: its `msgid`, `delivered` or `failed`, the reason."""
OnGrants = Callable[[Message, Sequence[Grant]], object]
"""Told what a follower said about subscription messages; the message says who and makes it count once."""

_CONTENT = frozenset(
    {"Content", "Recognition", "MediaId", "Event", "EventKey", "Title", "Url", "Location_X", "Location_Y", "Status"}
)
NAMES = _CONTENT | {"ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "MsgID", "OpenID"}
_PERSON = re.compile(r"[!-~]{1,64}", re.ASCII)
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_CREATED = re.compile(r"[1-9][0-9]{0,10}", re.ASCII)
_MSG_ID = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
_LONGEST_EVENT_KEY = 64


class Account(Protocol):
    """What this file needs of the section `[wechat]`."""

    @property
    def app_id(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def aes_key(self) -> str: ...


@dataclass(frozen=True)
class Push:
    """A push as read: the message, and what its answer has to repeat."""

    message: Message
    account_name: str
    created_at: str
    reports: tuple[Report, ...] = ()
    grants: tuple[Grant, ...] = ()


def blueprint(
    take_turn: Turn,
    config: Account,
    keep_malformed: KeepMalformed,
    *,
    original_id: str = "",
    on_receipt: OnReceipt | None = None,
    on_grants: OnGrants | None = None,
    clock: Callable[[], float] = time.time,
) -> Blueprint:
    """Serves `GET/POST /wechat`. With `original_id` (`gh_…`) a push that names another account is refused."""
    pages = Blueprint("wechat", __name__)
    seal = Seal(config.token, config.aes_key, config.app_id, clock)

    def handle() -> Response:
        try:
            if request.method == "GET":
                return Response(seal.check_url(request.args), content_type="text/plain; charset=utf-8")
            if request.method == "POST":
                return answer_push()
            return Response(status=405, headers={"Allow": "GET, POST"})
        except Refused as why:
            log.warning("wechat push refused: %s", why)
            return Response(status=403)
        except BadBody as bad:
            return Response(status=bad.status)
        except Conflict:
            log.error("wechat push refused: a known message id came with other content")
            return Response(status=409)
        except Busy:
            return Response(status=503)

    def answer_push() -> Response:
        seal.check_query(request.args)
        opened = seal.open_xml(request.args, read_body(request))
        try:
            push = read(opened.content, config.app_id)
        except Malformed as wrong:
            log.error("wechat push is signed but malformed: %s", wrong)
            digest = hashlib.sha256(opened.content).hexdigest()
            keep_malformed(CHANNEL, config.app_id, digest, opened.content)
            return Response(status=400)
        if original_id and push.account_name != original_id:
            raise Refused("meant for another account's original id")
        if on_receipt and push.reports:
            for one in push.reports:
                on_receipt(one.msg_id, one.status, one.reason)
            return done()
        if on_grants and push.grants:
            on_grants(push.message, push.grants)
            return done()
        words = take_turn(push.message).text
        reply = text_reply(push.message.sender, push.account_name, push.created_at, words)
        if not reply:
            # An encrypted empty reply is an error to WeChat; the plain word stops its repeats.
            return done()
        return Response(seal.close(reply, opened), content_type="text/xml; charset=utf-8")

    def done() -> Response:
        return Response("success", content_type="text/plain; charset=utf-8")

    pages.add_url_rule("/wechat", "push", handle, methods=["GET", "POST"], provide_automatic_options=False)
    return pages


def read(content: bytes, app_id: str) -> Push:
    """Reads a decrypted push; `Malformed` where a field is missing, doubled, nested or of the wrong shape.

    developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages and Receiving_event_pushes.
    The account is the app id, which the ciphertext proves and outgoing calls know, not the readable name `gh_…`.
    """
    fields = top_level(content, NAMES)
    message = message_of(fields, CHANNEL, app_id)
    return Push(message, fields["ToUserName"], fields["CreateTime"], reports(message.kind, fields, content),
                grants(message.kind, content))


def message_of(fields: dict[str, str], channel: str, app_id: str) -> Message:
    """The message in the fields of a push, of the official account or the mini-program."""
    _shaped(fields, "ToUserName", _PERSON)
    sender = _shaped(fields, "FromUserName", _PERSON)
    created_at = _shaped(fields, "CreateTime", _CREATED)
    kind = _shaped(fields, "MsgType", _TYPE).lower()
    if kind == "event":
        event, text = _shaped(fields, "Event", _TYPE), fields.get("EventKey", "")
        if event in WITHDRAWN:
            sender = _shaped(fields, "OpenID", _PERSON)
        kind, key = f"event:{event}", _event_key(created_at, event, text)
    else:
        key = _shaped(fields, "MsgId", _MSG_ID)
        text = _words(kind, fields)
    return Message(channel, app_id, sender, key, storable(text), kind, _digest(kind, fields))


def _words(kind: str, fields: dict[str, str]) -> str:
    if kind == "text":
        if "Content" not in fields:
            raise Malformed("Content is missing")
        return fields["Content"]
    return fields.get("Recognition", "") if kind == "voice" else ""


def _event_key(created_at: str, event: str, event_key: str) -> str:
    # Events have no id; two of them in one second differ in what happened, and a long key would not fit a column.
    if len(event_key) > _LONGEST_EVENT_KEY:
        event_key = hashlib.sha256(event_key.encode("utf-8")).hexdigest()
    return f"{created_at}:{event}:{event_key}"


def _digest(kind: str, fields: dict[str, str]) -> str:
    # The key already tells who and when; a repeat that was put together again may carry another second.
    content = {name: fields[name] for name in _CONTENT & fields.keys()}
    return hashlib.sha256(json.dumps([kind, content], sort_keys=True).encode("ascii")).hexdigest()


def _shaped(fields: dict[str, str], name: str, shape: re.Pattern[str]) -> str:
    if not shape.fullmatch(fields.get(name, "")):
        raise Malformed(f"{name} is missing or of a strange shape")
    return fields[name]
