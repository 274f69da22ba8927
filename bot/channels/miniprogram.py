"""The mini-program's message push `/miniprogram/push`: what people write in its customer service, and its events.

Sealed as the official account's pushes are, in JSON or in XML. WeChat takes no words back in the answer here, so a
reply leaves as a customer service message of its own.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, request

from bot.channels.base import Busy, Conflict, Message, Turn
from bot.channels.body import BadBody, no_repeats, read_body
from bot.channels.wechat import NAMES, Account, KeepMalformed, message_of
from bot.channels.wechat_crypto import PLAIN_NAMES, Opened, Refused, Seal
from bot.channels.wechat_events import CHANGED, SENT, Grant, Report, granted, grants, reported, reports
from bot.channels.wechat_xml import Malformed, top_level

log = logging.getLogger(__name__)

CHANNEL = "miniprogram"
OnReceipt = Callable[[str, str, str], object]
"""Told what became of one of our subscription messages: its `msgid`, `delivered` or `failed`, the reason."""
OnEvent = Callable[[Message, Sequence[Grant]], object]
"""Keeps an event once, with what a person took back of subscription messages."""


def blueprint(
    take_turn: Turn, config: Account, keep_malformed: KeepMalformed, on_event: OnEvent, on_receipt: OnReceipt,
    clock: Callable[[], float] = time.time,
) -> Blueprint:
    """Serves `GET/POST /miniprogram/push`."""
    pages = Blueprint("miniprogram", __name__)
    seal = Seal(config.token, config.aes_key, config.app_id, clock)

    def handle() -> Response:
        try:
            if request.method == "GET":
                return _plain(seal.check_url(request.args))
            if request.method == "POST":
                return hear()
            return Response(status=405, headers={"Allow": "GET, POST"})
        except Refused as why:
            log.warning("mini-program push refused: %s", why)
            return Response(status=403)
        except BadBody as bad:
            return Response(status=bad.status)
        except Conflict:
            log.error("mini-program push refused: a known message id came with other content")
            return Response(status=409)
        except Busy:
            return Response(status=503)

    def hear() -> Response:
        seal.check_query(request.args)
        opened = _open(seal, read_body(request))
        try:
            message, taken_back, ends = read(opened.content, config.app_id)
        except Malformed as wrong:
            log.error("mini-program push is signed but malformed: %s", wrong)
            keep_malformed(CHANNEL, config.app_id, hashlib.sha256(opened.content).hexdigest(), opened.content)
            return Response(status=400)
        for one in ends:
            on_receipt(one.msg_id, one.status, one.reason)
        if message.kind.startswith("event:"):
            on_event(message, taken_back)
        else:
            take_turn(message)
        return _plain("success")

    pages.add_url_rule("/miniprogram/push", "push", handle, methods=["GET", "POST"], provide_automatic_options=False)
    return pages


def read(content: bytes, app_id: str) -> tuple[Message, tuple[Grant, ...], tuple[Report, ...]]:
    """Reads a decrypted push in either form: the message, what was taken back, how ours ended.

    `Malformed` where a field is missing, doubled, nested or strange.
    developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push and open-ability/subscribe-message.
    What a person accepted in the subscription window is counted by the client's own word (`POST /api/v1/subscriptions`)
    and not here, so that one tap does not count twice; what was taken back in the settings only comes here.
    """
    if _is_json(content):
        told = _object(content)
        message = message_of({name: _text(told[name], name) for name in NAMES & told.keys()}, CHANNEL, app_id)
        listed = told.get("List", ())
        entries = [one for one in (listed if isinstance(listed, list) else [listed]) if isinstance(one, dict)]
        found, ends = granted(message.kind, entries), reported(entries)
    else:
        fields = top_level(content, NAMES)
        message = message_of(fields, CHANNEL, app_id)
        found, ends = grants(message.kind, content), reports(message.kind, fields, content)
    return message, found if message.kind == CHANGED else (), ends if message.kind == SENT else ()


def _open(seal: Seal, body: bytes) -> Opened:
    if not _is_json(body):
        return seal.open_xml(request.args, body)
    try:
        envelope = _object(body)
    except Malformed as wrong:
        raise Refused(f"envelope: {wrong}") from None
    if PLAIN_NAMES & envelope.keys():
        raise Refused("envelope: plain fields, the account is not in secure mode")
    sealed = envelope.get("Encrypt")
    if not isinstance(sealed, str) or not sealed or not sealed.isascii():
        raise Refused("envelope: nothing encrypted")
    return seal.open(request.args, sealed)


def _is_json(raw: bytes) -> bool:
    return raw.lstrip(b" \t\r\n").startswith(b"{")


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=no_repeats)
    except (ValueError, RecursionError):
        raise Malformed("not one JSON object in UTF-8 with every name once") from None
    assert isinstance(value, dict), "it begins with a brace"
    return value


def _text(value: object, name: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise Malformed(f"{name} is not a text")
    return value


def _plain(text: str) -> Response:
    return Response(text, content_type="text/plain; charset=utf-8")
