"""Logging in with a code of `wx.login`, and out; binding the phone by a code over SMS, or as WeChat proves it."""

from __future__ import annotations

import secrets

from flask import Response
from flask_openapi3 import APIBlueprint

from bot.api import asked
from bot.api import shapes as s
from bot.api.acts import Acts
from bot.api.door import CHANNEL, caller, people_of
from bot.api.problems import Trouble
from bot.api.replies import persons, reply
from bot.channels.base import Order
from bot.channels.miniprogram_api import CodeRefused, MiniProgramApi, Unreachable
from bot.services import Services
from bot.turn import speaker_of
from ledger.store import sessions
from ledger.store.mailbox import Mailbox
from ledger.store.sessions import Session

TOKEN_BYTES = 32


def add(api: APIBlueprint, services: Services, weixin: MiniProgramApi, app_id: str, acts: Acts) -> None:
    """Adds the addresses about logging in and binding."""
    _sessions(api, services, weixin, app_id)
    _phones(api, weixin, acts)


def _sessions(api: APIBlueprint, services: Services, weixin: MiniProgramApi, app_id: str) -> None:
    @api.post("/login", responses={200: s.LoggedIn}, operation_id="login")
    def login(body: asked.Login) -> Response:
        """Log in with the code of `wx.login`: a token for the person of this WeChat."""
        try:
            openid = weixin.openid(body.code)
        except CodeRefused:
            raise Trouble("login_code") from None
        except Unreachable:
            raise Trouble("weixin") from None
        token, now = secrets.token_urlsafe(TOKEN_BYTES), services.clock.now()
        account = services.config.miniprogram
        assert account is not None
        # A login lives a day unless the configuration says otherwise: `wx.login` makes another without a word.
        until = now + account.login_hours * 3600
        with services.store.write() as books:
            known = books.known(CHANNEL, app_id, openid)
            session = Session(sessions.hashed(token), app_id, openid, people_of(known), now, until)
            sessions.begin(books.connection, session, now)
            today = services.clock.today(Mailbox(books.connection))
            speakers = [speaker_of(books, one, today) for one in known]
        return reply(s.LoggedIn(token=token, expires_at=session.expires_at, people=persons(speakers)))

    @api.post("/logout", responses={204: None}, operation_id="logout")
    def logout() -> Response:
        """End this login."""
        with services.store.write() as books:
            sessions.end(books.connection, caller().session.token_hash, services.clock.now())
        return Response(status=204)

    @api.post("/logout/all", responses={204: None}, operation_id="logout_all")
    def logout_all() -> Response:
        """End every login of this WeChat, on all devices."""
        session = caller().session
        with services.store.write() as books:
            sessions.end_all(books.connection, session.account, session.sender, services.clock.now())
        return Response(status=204)


def _phones(api: APIBlueprint, weixin: MiniProgramApi, acts: Acts) -> None:
    @api.post("/phone", responses={200: s.Outcome}, operation_id="bind_phone")
    def bind_phone(header: asked.Once, body: asked.PhoneNumber) -> Response:
        """Bind the phone in the books: a code goes there by SMS, and answering the question with it binds.

        Whether the phone is known is not told.
        """
        return acts.take(header, Order("bind", {"phone": body.phone}), body, anyone=True)

    @api.post("/phone/weixin", responses={200: s.Outcome}, operation_id="bind_phone_weixin")
    def bind_phone_weixin(header: asked.Once, body: asked.PhoneCode) -> Response:
        """Bind the phone that WeChat knows: the code of a `getPhoneNumber` button."""
        if stored := acts.stored(header, Order("bind"), body):
            return stored  # WeChat takes a code once, so a repeat must not ask again
        try:
            number = weixin.phone(body.code)
        except CodeRefused:
            raise Trouble("phone_code") from None
        except Unreachable:
            raise Trouble("weixin") from None
        return acts.take(header, Order("bind", phone=number or "-"), body, anyone=True)
