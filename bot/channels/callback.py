"""What every gateway's callback shares: the secret in its path, and the four ways in which a request can be answered.

A gateway that repeats what it gets no 200 for (Kannel, the clouds) must never be told to repeat what can never succeed;
`guarded` therefore lets each say how a refusal is answered.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable

from flask import Response

from bot.channels.base import Busy, Conflict
from bot.channels.body import BadBody

log = logging.getLogger(__name__)

OnReceipt = Callable[[str, str, str], object]
"""Told what a gateway reports: our reference, one of `STATUSES`, the reason. An unknown reference is ignored."""

STATUSES = ("delivered", "failed", "unknown")


def guarded(
    secret: str, right: str, accept: Callable[[], None], done: Callable[[], Response], *, repeats: bool = False
) -> Response:
    """Runs `accept` for who knows the secret. With `repeats`, what can never succeed is logged and answered as done."""
    # Compared as bytes and always to the end; the path never matches an empty secret.
    if not hmac.compare_digest(secret.encode("utf-8", "surrogateescape"), right.encode("utf-8")):
        log.warning("sms gateway request with a wrong secret")
        return Response(status=403)
    try:
        accept()
    except BadBody as bad:
        if not repeats:
            return line(bad.status, bad.line)
        log.error("sms gateway request dropped: %s", bad.line)
    except Conflict:
        log.error("sms refused: a known id came with other content")
        if not repeats:
            return line(409, "this id was used for another message")
    except Busy:
        return Response(status=503, headers={"Retry-After": "5"})
    return done()


def line(status: int, text: str) -> Response:
    return Response(text + "\n", status, content_type="text/plain; charset=utf-8")


def digest_of(text: str) -> str:
    """What must not differ when a message comes again under its id."""
    return hashlib.sha256(json.dumps(["text", text]).encode("ascii")).hexdigest()
