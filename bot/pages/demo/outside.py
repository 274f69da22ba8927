"""The servers that the fund sends to in a demo: an SMS gateway in the contract's format, and a small WeChat API.

Both answer as the real ones do, refusals included, and put what they accept on the phones.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Blueprint, Response, jsonify, request

from bot.channels.body import BadBody, read_body
from bot.config import Config, WeChat

from .phones import RECEIVED, Phones
from .world import World, phone_of

LONGEST_SMS = 500
LONGEST_WECHAT_BYTES = 2048
WINDOW_S = 48 * 3600
PER_WINDOW = 5
TOKEN_S = 7200
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_ID = re.compile(r"[!-~]{1,128}", re.ASCII)
Answer = tuple[Response, int]


class _Code(Exception):
    """Ends a call to WeChat's API with this errcode."""


def add_gateway(pages: Blueprint, config: Config, phones: Phones, world: World, day: Callable[[], str]) -> None:
    """`POST /demo/gateway`: takes one message once for each id and reports its delivery afterwards."""
    if config.sms is None or config.sms.http is None:
        return
    right = f"Bearer {config.sms.http.key}".encode()
    reports = ThreadPoolExecutor(2, thread_name_prefix="receipt")

    @pages.post("/demo/gateway")
    def gateway() -> Answer:
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode("utf-8", "replace"), right):
            return jsonify(error="wrong key"), 401
        if request.mimetype != "application/json":
            return jsonify(error="JSON only"), 415
        asked = _json_object()
        if asked is None or set(asked) != {"id", "to", "text"} or not all(_is_text(one) for one in asked.values()):
            return jsonify(error="exactly the texts id, to, text"), 400
        number, text, reference = asked["to"], asked["text"], asked["id"]
        if not _MOBILE.fullmatch(number) or not _ID.fullmatch(reference) or len(text) > LONGEST_SMS:
            return jsonify(error="number, id or length"), 422
        if phones.keep(number, "sms", RECEIVED, text, day(), reference=f"sms:{reference}"):
            # Afterwards, as gateways do: the fund has our answer before it hears of the delivery.
            reports.submit(world.report_delivered, reference)
        else:
            known = phones.of_reference(f"sms:{reference}")
            if known is None or (known.phone, known.text) != (number, text):
                return jsonify(error="this id was another message"), 409
        return jsonify(accepted=reference), 202


def add_weixin(pages: Blueprint, config: Config, phones: Phones, day: Callable[[], str]) -> None:
    """`/demo/weixin/cgi-bin/…`: the token, and customer service messages within 48 hours of the follower's last."""
    account = config.wechat
    if account is None:
        return
    token = hmac.new(account.app_secret.encode(), b"access token", hashlib.sha256).hexdigest()

    def answered(work: Callable[[], dict[str, Any]]) -> Response:
        try:
            return jsonify(work())
        except _Code as code:
            return jsonify(errcode=code.args[0], errmsg="refused")

    @pages.post("/demo/weixin/cgi-bin/stable_token")
    def stable_token() -> Response:
        return answered(lambda: _token(account, token))

    @pages.post("/demo/weixin/cgi-bin/message/custom/send")
    def custom_send() -> Response:
        return answered(lambda: _custom_send(token, phones, day))


def _token(account: WeChat, token: str) -> dict[str, Any]:
    asked = _json_object()
    if asked is None:
        raise _Code(47001)
    if asked.get("grant_type") != "client_credential":
        raise _Code(40002)
    if asked.get("appid") != account.app_id:
        raise _Code(40013)
    if asked.get("secret") != account.app_secret:
        raise _Code(40125)
    return {"access_token": token, "expires_in": TOKEN_S}


def _custom_send(token: str, phones: Phones, day: Callable[[], str]) -> dict[str, Any]:
    given = request.args.get("access_token", "")
    if not given:
        raise _Code(41001)
    if not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        raise _Code(40001)
    asked = _json_object()
    if asked is None or set(asked) != {"touser", "msgtype", "text"}:
        raise _Code(47001)
    body = asked["text"]
    if asked["msgtype"] != "text" or not isinstance(body, dict) or set(body) != {"content"}:
        raise _Code(40008)
    content = body["content"]
    if not _is_text(content):
        raise _Code(44004)
    if len(content.encode()) > LONGEST_WECHAT_BYTES:
        raise _Code(45002)
    phone = phone_of(asked["touser"]) if isinstance(asked["touser"], str) else ""
    if not phone:
        raise _Code(40003)
    window = phones.window(phone)
    if window.wrote_at is None or time.time() - window.wrote_at > WINDOW_S:
        raise _Code(45015)
    if window.pushed >= PER_WINDOW:
        raise _Code(45047)
    phones.keep(phone, "wechat", RECEIVED, content, day(), reference=f"kf:{secrets.token_hex(8)}", pushed=True)
    return {"errcode": 0, "errmsg": "ok"}


def _json_object() -> dict[str, Any] | None:
    try:
        value = json.loads(read_body(request).decode("utf-8"))
    except (BadBody, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _is_text(value: object) -> bool:
    """A text that can be kept: not empty, and without halves of characters that no encoding has."""
    return isinstance(value, str) and bool(value) and not any("\ud800" <= sign <= "\udfff" for sign in value)
