"""What every gateway's callback shares: the secret in its path, and the four ways in which a request can be answered.

A gateway that repeats what it gets no 200 for (Kannel, the clouds) must never be told to repeat what can never succeed;
`guarded` therefore lets each say how a refusal is answered.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Iterable

from flask import Response

from bot.channels.base import Busy, Conflict, NotYet
from bot.channels.body import BadBody

log = logging.getLogger(__name__)

OnReceipt = Callable[[str, str, str], object]
"""Told what a gateway reports: our reference, one of `STATUSES`, the reason. An unknown reference is ignored."""

STATUSES = ("delivered", "failed", "unknown")
EARLY_S = 0.5
"""A report may overtake the mark of its own sending, which is written every 0.2 s (bot/dispatch.py)."""


def patiently(acts: Iterable[Callable[[], object]]) -> None:
    """Runs each; reports that came too early once more after one wait for all. What is unknown then is not ours, and is
    let be: asked to repeat it, a service would hold back the reports that came with it."""
    early = [act for act in acts if _too_early(act)]
    if early:
        time.sleep(EARLY_S)
        for act in early:
            _too_early(act)


def _too_early(act: Callable[[], object]) -> bool:
    try:
        act()
    except NotYet:
        return True
    return False


def guarded(
    secret: str, right: str, accept: Callable[[], None], done: Callable[[], Response], *, repeats: bool = False
) -> Response:
    """Runs `accept` for who knows the secret. With `repeats`, what can never succeed is logged and answered as done."""
    # Compared as bytes and always to the end; the path never matches an empty secret.
    if not hmac.compare_digest(secret.encode("utf-8", "surrogateescape"), right.encode("utf-8")):
        log.warning("sms gateway request with a wrong secret")
        return Response(status=403)
    try:
        patiently([accept])
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
