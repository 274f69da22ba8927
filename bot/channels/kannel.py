"""Kannel, the open SMPP gateway: its smsbox calls us for each message and receipt, and takes ours at /cgi-bin/sendsms.

Names and numbers follow the Kannel 1.4.5 user guide (chapters 6, 8 and 9). Its incoming side is not durable: a message
that smsbox holds is gone when smsbox dies, so the callback only stores, and a full or busy store is asked again.
"""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import parse_qsl, quote, urlencode

from flask import Blueprint, Request, Response, request

from bot.channels.base import Fate, Message, Outcome, Turn
from bot.channels.body import BadBody, read_body
from bot.channels.callback import OnReceipt, digest_of, guarded
from bot.channels.line import Line, Lost, NotSent
from bot.channels.plain_text import sayable, storable
from bot.channels.sms_http import CHANNEL, is_mobile, phone

ACCOUNT = "kannel"
FIELDS = ("from", "to", "text", "coding", "charset", "id", "smsc", "t")
RECEIPT_FIELDS = ("id", "type", "reply", "fid")
REPORTS = {1: "delivered", 2: "failed", 8: "sent", 16: "failed"}
"""dlr-mask bits: 1 reached the phone, 2 did not, 8 taken and 16 refused by the operator; 4, it waits, says nothing."""
DLR_MASK = 1 + 2 + 8 + 16

_CHARSETS = {
    "utf-16be": "utf-16-be", "ucs-2": "utf-16-be", "ucs2": "utf-16-be", "iso-10646-ucs-2": "utf-16-be",
    "utf-16": "utf-16", "utf-16le": "utf-16-le", "iso-8859-1": "latin-1", "latin1": "latin-1", "us-ascii": "latin-1",
    "windows-1252": "cp1252", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030",
}
"""What a line may name; anything else is read as UTF-8, for not every name that Python knows is harmless."""
_ID = re.compile(r"[!-~]{1,128}", re.ASCII)
_NUMBER = re.compile(r"[0-9A-Za-z+*#._-]{1,32}", re.ASCII)
_MOST_FIELDS = 32
_LONGEST = 16 * 1024


class Gateway(Protocol):
    """What this file needs of the section `[sms.kannel]`."""

    @property
    def secret(self) -> str: ...
    @property
    def send_url(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def smsc(self) -> str: ...
    @property
    def callback_url(self) -> str: ...


def blueprint(take_turn: Turn, on_receipt: OnReceipt, config: Gateway) -> Blueprint:
    """Serves `GET|POST /sms/kannel/<secret>` (get-url, post-url) and `GET /sms/kannel/<secret>/receipts` (dlr-url)."""
    pages = Blueprint("sms_kannel", __name__)

    # Every answer other than 200 makes smsbox ask again, a million times if so configured: only "busy" may say so.
    def receive(secret: str) -> Response:
        return guarded(secret, config.secret, lambda: _take(take_turn), _empty, repeats=True)

    def receipt(secret: str) -> Response:
        return guarded(secret, config.secret, lambda: _report(on_receipt), _empty, repeats=True)

    for path, view in (("/sms/kannel/<secret>", receive), ("/sms/kannel/<secret>/receipts", receipt)):
        pages.add_url_rule(path, view.__name__, view, methods=["GET", "POST"], provide_automatic_options=False)
    return pages


def _empty() -> Response:
    # With omit-empty an empty body is no reply; ours goes out as a message of its own.
    return Response(status=200, content_type="text/plain; charset=utf-8")


def _take(take_turn: Turn) -> None:
    fields = _query(request, FIELDS)
    sender = phone(fields.get("from", ""))
    if not _NUMBER.fullmatch(sender):
        raise BadBody(400, "the field from is not a number")
    if not _ID.fullmatch(fields.get("id", "")):
        raise BadBody(400, "the field id is missing: write &id=%I into the get-url")
    text = storable(fields["text"]) if "text" in fields else _posted(request)
    take_turn(Message(CHANNEL, ACCOUNT, sender, fields["id"], text, "text", digest_of(text)))


def _report(on_receipt: OnReceipt) -> None:
    fields = _query(request, RECEIPT_FIELDS)
    if not _ID.fullmatch(fields.get("id", "")) or not re.fullmatch(r"[0-9]{1,3}", fields.get("type", "")):
        raise BadBody(400, "a report needs our id and Kannel's type")
    status = REPORTS.get(int(fields["type"]))
    if status is not None:
        on_receipt(fields["id"], status, _why(fields.get("reply", "")) if status == "failed" else "")


def _why(reply: str) -> str:
    """The state and error of an SMPP receipt (`stat:UNDELIV err:001`); its text, which people wrote, is left out."""
    found = dict(re.findall(r"\b(stat|err):\s*([A-Za-z0-9]{1,10})", reply))
    return " ".join(["kannel", *found.values()])


def _query(incoming: Request, known: tuple[str, ...]) -> dict[str, str]:
    """The fields of the query, each in the character set that `charset` names; without mo-recode that is UTF-16BE."""
    if len(incoming.query_string) > _LONGEST:
        raise BadBody(414, "the query is too long")
    try:
        # Latin-1 keeps every byte what it is, until its own character set is known.
        pairs = parse_qsl(
            incoming.query_string.decode("latin-1"), True, encoding="latin-1", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise BadBody(400, "the query has too many fields") from None
    raw = {name: value.encode("latin-1") for name, value in pairs}
    if len(raw) != len(pairs):
        raise BadBody(400, "a field is given twice")
    fields = {name: value.decode("utf-8", "replace") for name, value in raw.items() if name in known and name != "text"}
    if "text" in raw and "text" in known:
        fields["text"] = _decoded(raw["text"], fields.get("charset", ""))
    return fields


def _posted(incoming: Request) -> str:
    return storable(_decoded(read_body(incoming), incoming.mimetype_params.get("charset", "")))


def _decoded(raw: bytes, charset: str) -> str:
    return raw.decode(_CHARSETS.get(charset.lower(), "utf-8"), "replace")


class Sender:
    """Hands messages to smsbox. Threads may share one; `close()` ends its connections."""

    # Kannel gives every request an id of its own, so the same message handed over twice arrives twice.
    tells_repeats = False

    def __init__(self, config: Gateway, line: Line | None = None) -> None:
        self._config = config
        self._line = line or Line()

    def send(self, reference: str, to: str, text: str) -> Outcome:
        """One attempt: a POST with X-Kannel headers, so that neither the password nor the text stands in an address."""
        if not is_mobile(to):
            return Outcome(Fate.REFUSED, "not a mainland mobile number")
        words = sayable(text)
        if not words.strip():
            return Outcome(Fate.REFUSED, "empty text")
        try:
            answer = self._line.call(
                "POST", self._config.send_url, words.encode("utf-8"), self._headers(reference, to)
            )
        except NotSent as failure:
            return Outcome(Fate.RETRY, f"not sent: {failure}")
        except Lost as failure:
            return Outcome(Fate.UNKNOWN, str(failure))
        return _outcome(answer.status, answer.body.decode("ascii", "replace").strip())

    def _headers(self, reference: str, to: str) -> dict[str, str]:
        config = self._config
        # Only %d, %A and %F are Kannel's; our own parts are quoted, so nothing else can look like one of its signs.
        own = urlencode({"id": reference})
        report = f"{config.callback_url}/sms/kannel/{quote(config.secret, safe='')}/receipts?{own}"
        headers = {
            "X-Kannel-Username": config.username,
            "X-Kannel-Password": config.password,
            "X-Kannel-To": f"+86{to}",
            # Without coding 2 Kannel sends question marks for Chinese and says nothing.
            "X-Kannel-Coding": "2",
            "X-Kannel-DLR-Mask": str(DLR_MASK),
            "X-Kannel-DLR-Url": f"{report}&type=%d&reply=%A&fid=%F",
            "Content-Type": "text/plain; charset=UTF-8",
        }
        if config.sender:
            headers["X-Kannel-From"] = config.sender
        if config.smsc:
            headers["X-Kannel-SMSC"] = config.smsc
        return headers

    def close(self) -> None:
        self._line.close()


def _outcome(status: int, body: str) -> Outcome:
    """Kannel's answers (user guide, "SMS push reply codes"): 202 `0: Accepted` or `3: Queued`, 4xx, 503."""
    if status == 202 and body[:2] in ("0:", "3:"):
        return Outcome(Fate.ACCEPTED, "queued: the operator's line is down" if body[0] == "3" else "")
    if status == 503:
        return Outcome(Fate.RETRY, "kannel cannot take messages just now")
    if status in (401, 403, 404):
        # Our own set-up is wrong, not the message: it waits until somebody has put it right.
        return Outcome(Fate.RETRY, f"kannel refuses us (http {status}): check username, password and send_url")
    if 400 <= status < 500:
        return Outcome(Fate.REFUSED, f"http {status}")
    return Outcome(Fate.UNKNOWN, f"http {status}")
