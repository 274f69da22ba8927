"""The web application: channels, pages and health, put together from one configuration."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

from flask import Flask, Response, jsonify

from bot import binding, logs, metrics
from bot.channels import gateways, miniprogram, wechat
from bot.channels.base import Busy, Message
from bot.channels.callback import OnReceipt, patiently
from bot.channels.wechat_events import WITHDRAWN, Grant
from bot.config import Config, load
from bot.outbox import on_receipt
from bot.pages import demo, desk, notices
from bot.services import Services
from ledger.store import subscriptions
from ledger.store.mailbox import Mailbox
from ledger.store.migrations import NEWEST, current
from ledger.store.store import Unavailable

BODY_LIMIT = 256 * 1024
STUCK_S = 120
"""A due notice that waits longer than this means delivery stands still."""


def create_app_from_env() -> Flask:
    """The application of `$HUZHU_CONFIG`; what the production server loads."""
    return create_app(load())


def create_app(config: Config, services: Services | None = None) -> Flask:
    """The application of a configuration. A channel whose section is absent has no route."""
    logs.set_up()
    services = services or Services(config)
    app = _with_api(services) if config.miniprogram is not None else Flask("huzhu", static_folder=None)
    if config.miniprogram is None:
        app.register_error_handler(404, notices.missing)
    app.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT, SECRET_KEY=config.server.secret_key)
    if config.wechat is not None:
        app.register_blueprint(wechat.blueprint(
            services.turns.take, config.wechat, _keeper(services),
            on_receipt=_reports(services, "wechat:"),
            on_grants=_grants(services),
        ))
    for page in gateways.blueprints(config, services.turns.take, _receipts(services)):
        app.register_blueprint(page)
    if config.miniprogram is not None:
        app.register_blueprint(miniprogram.blueprint(
            services.turns.take, config.miniprogram, _keeper(services), _grants(services),
            _reports(services, "wechat:m"),
        ))
    app.register_blueprint(notices.blueprint(services.store))
    app.register_blueprint(desk.blueprint(services))
    if config.server.demo:
        app.register_blueprint(demo.blueprint(services))
    _health(app, services)
    return app


def _with_api(services: Services) -> Flask:
    """Flask with the mini-program's API, loaded only where there is one: its shapes cost ten megabytes a process."""
    from bot.api import app as api

    app = api.web_app("huzhu")
    api.add(app, services, notices.missing)
    return app


def _keeper(services: Services) -> wechat.KeepMalformed:
    """Keeps a signed but unreadable push in the inbox, marked as such, for the operator."""

    def keep(channel: str, account: str, digest: str, raw: bytes) -> None:
        words = raw[:4000].decode("utf-8", "replace").replace("\0", "")
        message = Message(channel, account, "?", digest[:40], words, "malformed", digest)
        with services.store.write() as books:
            mailbox = Mailbox(books.connection)
            origin = (message.channel, message.account, message.sender)
            if mailbox.claim(origin, message.key, digest, message.kind, message.text, int(time.time())) is None:
                mailbox.finish(origin, message.key, command="", society="", person=0, reply="", state="malformed")

    return keep


def _reports(services: Services, prefix: str) -> OnReceipt:
    """How a message ended, by WeChat's id for it. The account may send others that are not ours."""
    receipts = _receipts(services)

    def report(msg_id: str, status: str, reason: str) -> None:
        patiently([lambda: receipts(f"{prefix}{msg_id}", status, reason)])

    return report


def _grants(services: Services) -> wechat.OnGrants:
    """Counts what a follower wants of subscription messages; a repeated event counts once, by the inbox."""

    def hear(message: Message, grants: Sequence[Grant]) -> None:
        origin = (message.channel, message.account, message.sender)
        now = services.clock.now()
        try:
            with services.store.write() as books:
                mailbox = Mailbox(books.connection)
                if mailbox.claim(origin, message.key, message.digest, message.kind, "", now) is not None:
                    return
                if message.kind.removeprefix("event:") in WITHDRAWN:
                    binding.let_go(books, origin, services.clock.today(mailbox), now)
                for one in grants:
                    if one.wanted:
                        subscriptions.accepted(books.connection, message.account, message.sender, one.template, now)
                    else:
                        subscriptions.refused(books.connection, message.account, message.sender, one.template)
                mailbox.finish(origin, message.key, command="", society="", person=0, reply="")
        except Unavailable as error:
            raise Busy(str(error)) from error

    return hear


def _receipts(services: Services) -> OnReceipt:
    def receipt(reference: str, status: str, reason: str) -> None:
        try:
            on_receipt(services.store, reference, status, reason)
        except Unavailable as error:
            raise Busy(str(error)) from error

    return receipt


def _health(app: Flask, services: Services) -> None:
    """Liveness says that the process answers; readiness that books and schema are there and delivery moves."""

    @app.get("/health/live")
    def live() -> Response:
        return Response("ok\n", content_type="text/plain")

    @app.get("/health/ready")
    def ready() -> tuple[Response, int]:
        try:
            with services.store.read() as books:
                schema = current(books.connection)
                waiting_s = Mailbox(books.connection).oldest_due(services.clock.now())
        except Unavailable as error:
            return jsonify(ready=False, database=str(error)), 503
        good = schema == NEWEST
        said = jsonify(ready=good, schema=schema, oldest_waiting_s=waiting_s, stuck=waiting_s > STUCK_S)
        return said, 200 if good else 503

    @app.get("/metrics")
    def figures() -> Response:
        try:
            with services.store.read() as books:
                said = metrics.exposition(Mailbox(books.connection), services.meter, services.clock.now())
        except Unavailable:
            return Response("the database cannot be used now\n", 503, content_type="text/plain")
        return Response(said, content_type="text/plain; version=0.0.4")


def digest_of(text: str) -> str:
    """The digest of a plain text message, as the channels make it."""
    return hashlib.sha256(text.encode()).hexdigest()
