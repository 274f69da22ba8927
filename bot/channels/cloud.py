"""What the two cloud services share: registered neutral templates out, JSON callbacks in.

Their rules forbid words of lending and bind every text to a template that was approved before, so a message is either
a code, or the neutral notice that a numbered business has news; anything else is refused and takes another way.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Request, Response, jsonify, request

from bot.channels.base import Conflict, Fate, Message, Outcome, Parcel, Turn
from bot.channels.body import BadBody, read_body
from bot.channels.callback import digest_of, guarded, patiently
from bot.channels.line import Answer, Line, Lost, NotSent
from bot.channels.plain_text import storable
from bot.channels.sms_http import CHANNEL, is_mobile, phone

log = logging.getLogger(__name__)

BODY_LIMIT = 256 * 1024
REST_OF_DAY_S = 12 * 3600
HOUR_S, MINUTE_S = 3600, 60
Item = Mapping[str, Any]


def refused(parcel: Parcel) -> str:
    """Why a parcel cannot go by a registered template; empty when it can."""
    if not is_mobile(parcel.to):
        return "not a mainland mobile number"
    if not parcel.code and not parcel.loan:
        return "no registered template says this"
    return ""


def call(line: Line, url: str, body: bytes | None, headers: dict[str, str]) -> Answer | Outcome:
    """One POST, or how it failed. Neither service tells repeats, so a lost answer stays unknown."""
    try:
        return line.call("POST", url, body, headers)
    except NotSent as failure:
        return Outcome(Fate.RETRY, f"not sent: {failure}")
    except Lost as failure:
        return Outcome(Fate.UNKNOWN, str(failure))


def answered(answer: Answer) -> Mapping[str, Any] | None:
    """The JSON object of an answer; None for anything else."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def blueprint(
    name: str, secret: str, take: Callable[[Item], None], report: Callable[[Item], None], done: Item
) -> Blueprint:
    """Serves `POST /sms/<name>/<secret>` and its `/receipts`; `done` is the answer that stops the service's repeats."""
    pages = Blueprint(f"sms_{name}", __name__)

    def each(act: Callable[[Item], None]) -> None:
        patiently(partial(_one, act, item) for item in _items(request))

    def receive(secret_given: str) -> Response:
        return guarded(secret_given, secret, lambda: each(take), lambda: jsonify(done), repeats=True)

    def receipt(secret_given: str) -> Response:
        return guarded(secret_given, secret, lambda: each(report), lambda: jsonify(done), repeats=True)

    for path, view in ((f"/sms/{name}/<secret_given>", receive), (f"/sms/{name}/<secret_given>/receipts", receipt)):
        pages.add_url_rule(path, view.__name__, view, methods=["POST"], provide_automatic_options=False)
    return pages


def _one(act: Callable[[Item], None], item: Item) -> None:
    """One of several: what can never be taken holds back nothing that came with it."""
    try:
        act(item)
    except BadBody as bad:
        log.error("sms gateway item dropped: %s", bad.line)
    except Conflict:
        log.error("sms refused: a known id came with other content")


def take(take_turn: Turn, account: str, sender: object, text: object, key: object, time: object) -> None:
    """One message of a villager. Without an id of its own it is known by who, when and what."""
    if not isinstance(text, str) or not isinstance(sender, str):
        raise BadBody(400, "a message without number or text")
    number = phone(sender)
    if not is_mobile(number):
        raise BadBody(400, "a message from no mobile number")
    words, own = storable(text), word(key, 120)
    known = f"id/{own}" if own else hashlib.sha256(storable(f"{number}\n{time}\n{text}").encode()).hexdigest()
    take_turn(Message(CHANNEL, account, number, known, words, "text", digest_of(words)))


def word(value: object, most: int) -> str:
    """An id or code of the service as it may be kept: a number or visible ASCII, not too long; else empty."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not value:
        return ""
    text = str(value)
    return text if len(text) <= most and re.fullmatch(r"[!-~]+", text, re.ASCII) else ""


def _items(incoming: Request) -> list[Item]:
    try:
        found = json.loads(read_body(incoming, BODY_LIMIT))
    except (ValueError, RecursionError):
        raise BadBody(400, "the body is not JSON") from None
    items = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) for one in items):
        raise BadBody(400, "the body is not a list of objects")
    return items
