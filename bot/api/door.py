"""The door of the API: whose token this is, that the body can be believed, and what every fault is answered with.

Nothing behind it runs for somebody who has not logged in, but the login and the schema.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from flask import Request, Response, g, request
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header

from bot import texts
from bot.api import problems
from bot.api.problems import Trouble
from bot.channels.base import Busy, Conflict
from bot.channels.body import BadBody, no_repeats, read_body
from bot.services import Services
from bot.turn import speaker_of
from handlers.request import Speaker
from ledger.store import sessions
from ledger.store.books import Books
from ledger.store.mailbox import Mailbox
from ledger.store.reads import Known
from ledger.store.sessions import Session
from ledger.store.store import Unavailable

log = logging.getLogger(__name__)

CHANNEL = "miniprogram"
OPEN = frozenset({"login", "schema"})
"""What is answered without a token."""


@dataclass(frozen=True)
class Caller:
    """Who asks: a living session and everybody its openid stands for today."""

    session: Session
    known: Sequence[Known]

    @property
    def address(self) -> tuple[str, str, str]:
        return CHANNEL, self.session.account, self.session.sender

    @property
    def people(self) -> frozenset[tuple[str, int]]:
        return people_of(self.known)

    def bound(self) -> Caller:
        """This caller, who must be somebody in the books."""
        if not self.known:
            raise Trouble("not_bound")
        return self

    def speakers(self, books: Books, services: Services) -> list[Speaker]:
        today = services.clock.today(Mailbox(books.connection))
        return [speaker_of(books, one, today) for one in self.known]


def people_of(known: Sequence[Known]) -> frozenset[tuple[str, int]]:
    return frozenset((one.address.society, one.person.no) for one in known)


def caller() -> Caller:
    """Who asks in this request; the door has let them in."""
    found = g.caller
    assert isinstance(found, Caller)
    return found


def guard(api: APIBlueprint, services: Services) -> None:
    """Puts the door before every address of `api`."""

    @api.before_request
    def enter() -> None:
        _speak(_asked_tongue(request))
        if request.endpoint not in {f"{api.name}.{name}" for name in OPEN}:
            g.caller = _let_in(services, _token(request))
            if g.caller.known:
                _speak(g.caller.known[0].address.tongue)
        if request.method == "POST":
            _check_body(request)

    @api.after_request
    def leave(response: Response) -> Response:
        # Answers are a person's own; nothing between keeps them.
        response.headers["Cache-Control"] = "no-store"
        return response

    @api.teardown_request
    def fall_silent(_error: BaseException | None) -> None:
        # The thread serves others next.
        if "speaking" in g:
            g.speaking.close()

    for kind, name in ((BadBody, ""), (Conflict, "key_reused"), (Busy, "busy"), (Unavailable, "busy")):
        api.register_error_handler(kind, _as_problem(name))
    api.register_error_handler(Trouble, lambda one: problems.answer(one.kind, one.words, one.more))
    api.register_error_handler(Exception, _failed)


def _as_problem(name: str) -> Any:
    def handle(error: Exception) -> Response:
        kind = name
        if isinstance(error, BadBody):
            kind = {411: "length", 413: "too_large", 415: "media_type"}.get(error.status, "malformed")
        return problems.answer(kind)

    return handle


def _failed(error: Exception) -> Response | HTTPException:
    if isinstance(error, HTTPException):
        return error
    log.error("the API failed at %s: %s", request.endpoint, type(error).__name__, exc_info=error)
    return problems.answer("failed")


def _speak(tongue: str) -> None:
    """All words of this request are said in this language from now on."""
    if "speaking" not in g:
        g.speaking = ExitStack()
    g.speaking.enter_context(texts.tongue(tongue))


def spoken_in(asked: Request, kind: str) -> Response:
    """A problem of a request that reached no address, in the language it asks for."""
    with texts.tongue(_asked_tongue(asked)):
        return problems.answer(kind)


def _asked_tongue(asked: Request) -> str:
    return texts.ENGLISH if asked.accept_languages.best_match(["zh", "en"], "zh") == "en" else ""


def _token(asked: Request) -> str:
    kind, _, token = asked.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not 20 <= len(token) <= 128 or not token.isascii():
        raise Trouble("login")
    return token


def _let_in(services: Services, token: str) -> Caller:
    token_hash, now = sessions.hashed(token), services.clock.now()
    with services.store.read() as books:
        session = sessions.find(books.connection, token_hash, now)
        if session is None:
            raise Trouble("login")
        known = books.known(CHANNEL, session.account, session.sender)
    account = services.config.miniprogram
    if account is None or session.account != account.app_id:
        raise Trouble("login")
    if not session.people <= people_of(known):
        # Somebody it spoke for is not reached there any more: lost phone, new number, gone from the society.
        with services.store.write() as books:
            sessions.end_all(books.connection, session.account, session.sender, now)
        raise Trouble("login")
    return Caller(session, known)


def _check_body(asked: Request) -> None:
    """Bounded, and one JSON object with every name once, before anything looks into it."""
    if asked.content_length is None and "Transfer-Encoding" not in asked.headers:
        return  # neither named: there is no body (RFC 9112, 6.3)
    raw = read_body(asked, keep=True)
    if not raw:
        return
    kind, options = parse_options_header(asked.headers.get("Content-Type", ""))
    if kind != "application/json" or options.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise BadBody(415, "the body must be application/json")
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=no_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadBody(400, "the body is not one JSON object with every name once") from None
    if not isinstance(value, dict):
        raise BadBody(400, "the body is not a JSON object")


def _no_constant(_word: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")
