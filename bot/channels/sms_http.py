"""The generic SMS gateway over HTTP: messages and receipts come in at a secret path, ours go out with a key.

It speaks the project's own small format (contract.md section 3), which any modem box or operator's hub can be taught.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Protocol

from flask import Blueprint, Response, request

from bot.channels.base import Fate, Message, Outcome, Turn
from bot.channels.body import BadBody, read_fields
from bot.channels.callback import STATUSES, OnReceipt, digest_of, guarded
from bot.channels.line import Line, Lost, NotSent
from bot.channels.plain_text import sayable, storable

CHANNEL = "sms"
ACCOUNT = "http"

_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_ID = re.compile(r"[!-~]{1,128}", re.ASCII)
_NUMBER = re.compile(r"[0-9A-Za-z+*#._-]{1,32}", re.ASCII)
_LONGEST_REASON = 200
_AGAIN_UNKNOWN = (408, 429)


class Gateway(Protocol):
    """What this file needs of the section `[sms.http]`."""

    @property
    def secret(self) -> str: ...
    @property
    def send_url(self) -> str: ...
    @property
    def key(self) -> str: ...


def blueprint(take_turn: Turn, on_receipt: OnReceipt, config: Gateway) -> Blueprint:
    """Serves `POST /sms/http/<secret>` and `POST /sms/http/<secret>/receipts`."""
    pages = Blueprint("sms_http", __name__)

    def receive(secret: str) -> Response:
        return guarded(secret, config.secret, lambda: _take(take_turn), _done)

    def receipt(secret: str) -> Response:
        return guarded(secret, config.secret, lambda: _report(on_receipt), _done)

    for path, view in (("/sms/http/<secret>", receive), ("/sms/http/<secret>/receipts", receipt)):
        pages.add_url_rule(path, view.__name__, view, methods=["POST"], provide_automatic_options=False)
    return pages


def phone(number: str) -> str:
    """A number as we keep it: mobile numbers as 11 digits, whatever prefix or spacing they came with."""
    number = unicodedata.normalize("NFKC", number)
    number = "".join(char for char in number if not char.isspace() and char not in "-()")
    for prefix in ("+86", "0086", "86", ""):
        if number.startswith(prefix) and _MOBILE.fullmatch(number.removeprefix(prefix)):
            return number.removeprefix(prefix)
    return number


def is_mobile(number: str) -> bool:
    """Only these are ever sent to: mainland mobile numbers (reliability.md, T9)."""
    return _MOBILE.fullmatch(number) is not None


def _take(take_turn: Turn) -> None:
    fields = read_fields(request, ("from", "to", "text", "id"), ("received_at",))
    sender = phone(fields["from"])
    # Numbers of services and landlines are kept too; what they are answered is the turn's business.
    if not _NUMBER.fullmatch(sender):
        raise BadBody(400, "the field from is not a number")
    if len(fields["to"]) > 64:
        raise BadBody(400, "the field to is not a number")
    if not _ID.fullmatch(fields["id"]):
        raise BadBody(400, "the field id must have 1 to 128 printable ASCII characters")
    # A reply goes out as a message of its own, so what the turn says is not needed here.
    digest = digest_of(fields["text"])
    take_turn(Message(CHANNEL, ACCOUNT, sender, fields["id"], storable(fields["text"]), "text", digest))


def _report(on_receipt: OnReceipt) -> None:
    fields = read_fields(request, ("id", "status"), ("reason",))
    if fields["status"] not in STATUSES:
        raise BadBody(400, f"the field status must be one of {', '.join(STATUSES)}")
    if not _ID.fullmatch(fields["id"]):
        raise BadBody(400, "the field id must have 1 to 128 printable ASCII characters")
    on_receipt(fields["id"], fields["status"], sayable(fields.get("reason", ""))[:_LONGEST_REASON])


def _done() -> Response:
    return Response(status=200)


class Sender:
    """Hands messages to the gateway. Threads may share one; `close()` ends its connections."""

    tells_repeats = True

    def __init__(self, config: Gateway, line: Line | None = None) -> None:
        self._url = config.send_url
        self._headers = {
            "Authorization": f"Bearer {config.key}",
            "Content-Type": "application/json; charset=utf-8",
        }
        self._line = line or Line()

    def send(self, reference: str, to: str, text: str) -> Outcome:
        """One attempt. `reference` is our own id and the same at every attempt, so that the gateway can tell repeats.

        Only a refused connection is `RETRY`; whatever may have arrived and was not plainly refused is `UNKNOWN`.
        """
        if not is_mobile(to):
            return Outcome(Fate.REFUSED, "not a mainland mobile number")
        words = sayable(text)
        if not words.strip():
            return Outcome(Fate.REFUSED, "empty text")
        body = json.dumps({"id": reference, "to": to, "text": words}, ensure_ascii=False).encode("utf-8")
        try:
            status = self._line.call("POST", self._url, body, self._headers).status
        except NotSent as failure:
            return Outcome(Fate.RETRY, f"not sent: {failure}")
        except Lost as failure:
            return Outcome(Fate.UNKNOWN, str(failure))
        if 200 <= status < 300:
            return Outcome(Fate.ACCEPTED)
        refused = 400 <= status < 500 and status not in _AGAIN_UNKNOWN
        return Outcome(Fate.REFUSED if refused else Fate.UNKNOWN, f"http {status}")

    def close(self) -> None:
        self._line.close()
