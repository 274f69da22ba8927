"""The API put together: its addresses, its schema, and Flask's own refusals in the API's own shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, request
from flask_openapi3 import APIBlueprint, Info, OpenAPI
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from bot.api import acts, door, login, looks, problems
from bot.api.asked import Grants, Once
from bot.api.shapes import Outcome, Problem, Subscriptions
from bot.channels.base import Order
from bot.channels.miniprogram_api import MiniProgramApi
from bot.services import Services
from ledger.store import subscriptions

ROOT = "/api/v1"
BEARER = "bearer"
_PROBLEM = {"content": {problems.MIME: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_STATUSES = (400, 401, 403, 404, 405, 409, 411, 413, 415, 500, 503)


def web_app(name: str) -> OpenAPI:
    """The Flask application that can carry the API; it has no pages of documentation of its own."""
    return OpenAPI(
        name, static_folder=None, doc_ui=False,
        info=Info(title="Huzhu mini-program API", version="1.0.0", description=(
            "The mini-program's side of a village mutual-aid fund. Every act takes the turn an SMS takes: what wants a "
            "second step comes back as a question, and answering it does the act. Money is whole fen.")),
        security_schemes={BEARER: {"type": "http", "scheme": "bearer"}},
        validation_error_status=400, validation_error_model=Problem, validation_error_callback=problems.invalid,
    )


def add(app: OpenAPI, services: Services, elsewhere: Callable[[HTTPException], Any]) -> None:
    """Serves `/api/v1` for the configured mini-program; `elsewhere` answers a 404 that is not below it."""
    account = services.config.miniprogram
    assert account is not None, "the API is the mini-program's"
    weixin = MiniProgramApi(account, services.redis)
    api = APIBlueprint(
        "api", __name__, url_prefix=ROOT, abp_security=[{BEARER: []}],
        abp_responses={status: dict(_PROBLEM) for status in _STATUSES},
    )
    door.guard(api, services)
    taking = acts.Acts(services)
    login.add(api, services, weixin, account.app_id, taking)
    looks.add(api, services)
    acts.add(api, taking)
    _subscriptions(api, services, taking)

    @api.get("/openapi.json", doc_ui=False, endpoint="schema")
    def schema() -> Response:
        return jsonify(app.api_doc)

    app.register_api(api)
    # The library adds the blueprint's security to every address; a login needs none.
    app.api_doc["paths"][f"{ROOT}/login"]["post"]["security"] = []
    _refusals(app, elsewhere)


def _subscriptions(api: APIBlueprint, services: Services, taking: acts.Acts) -> None:
    @api.post("/subscriptions", responses={200: Outcome}, operation_id="subscribe")
    def subscribe(header: Once, body: Grants) -> Response:
        """Count what `wx.requestSubscribeMessage` called accepted: one message more of each template."""
        return taking.take(header, Order("", {"accepted": body.accepted}), body, anyone=True, kind="grants")

    @api.get("/subscriptions", responses={200: Subscriptions}, operation_id="subscriptions")
    def left() -> Response:
        """How many messages of each template are still wanted."""
        with services.store.read() as books:
            found = subscriptions.left(books.connection, *door.caller().address[1:])
        return Response(Subscriptions(left=found).model_dump_json(), content_type="application/json")


def _refusals(app: Flask, elsewhere: Callable[[HTTPException], Any]) -> None:
    """Addresses and methods that are not there answer as the API does, below its root only."""

    def refuse(error: HTTPException) -> Any:
        if not request.path.startswith(f"{ROOT}/"):
            return elsewhere(error) if error.code == 404 else error
        kind = {404: "not_found", 405: "method", 413: "too_large"}.get(error.code or 0, "malformed")
        response = door.spoken_in(request, kind)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return response

    for status in (400, 404, 405, 413):
        app.register_error_handler(status, refuse)
