"""The phone simulator of demo mode: phones of the village beside each other, and the outside world they live in.

The page speaks only with the addresses below; they reach the fund by the very endpoints that a gateway and WeChat use.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from bot.channels.body import BadBody, read_fields
from bot.services import Services
from ledger.store.store import Unavailable

from . import village
from .outside import add_gateway, add_weixin
from .phones import RECEIVED, Phones, Shown
from .suggest import hints
from .world import Off, World

FILE = "demo-phones.db"
LONGEST = 1000
CHANNELS = {"sms": "短信", "wechat": "微信"}
_PHONE = re.compile(r"1[0-9]{10}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
Answer = Response | tuple[Response, int]


def blueprint(services: Services) -> Blueprint:
    """Serves `/demo` and what stands under it."""
    pages = Blueprint(
        "demo", __name__, template_folder="templates", static_folder="static", static_url_path="/demo/static"
    )
    phones = Phones(services.config.server.data_dir / FILE)

    def day() -> str:
        return village.today(services).isoformat()

    world = World(services.config, phones, day)
    add_gateway(pages, services.config, phones, world, day)
    add_weixin(pages, services.config, phones, day)
    _add_page(pages, services, phones)
    _add_day(pages, services)
    _add_sending(pages, world)
    pages.register_error_handler(BadBody, lambda bad: (jsonify(error=bad.line), bad.status))
    pages.register_error_handler(village.Refused, lambda why: (jsonify(error=str(why)), 400))
    pages.register_error_handler(Off, lambda off: (jsonify(error=f"{CHANNELS[str(off)]}没有开通"), 400))
    pages.register_error_handler(Unavailable, lambda _: (jsonify(error="账本正忙，请稍后再试"), 503))
    return pages


def _add_page(pages: Blueprint, services: Services, phones: Phones) -> None:
    @pages.get("/demo")
    def page() -> Response:
        answer = Response(render_template("demo.html"))
        # Everything the page needs is its own, so whatever a text might smuggle in has nowhere to come from.
        answer.headers["Content-Security-Policy"] = "default-src 'self'; base-uri 'none'; form-action 'none'"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    @pages.get("/demo/people")
    def people() -> Response:
        return jsonify(village.people(services))

    @pages.get("/demo/messages")
    def messages() -> Answer:
        after = request.args.get("after", "0")
        if not _NUMBER.fullmatch(after):
            return jsonify(error="after 是一个数"), 400
        found = [_message(one) for one in phones.after(int(after))]
        return jsonify(messages=found, today=village.shown_day(services))


def _message(one: Shown) -> dict[str, Any]:
    offered = hints(one.text, one.phone) if one.way == RECEIVED else []
    return asdict(one) | {"hints": [asdict(hint) for hint in offered]}


def _add_day(pages: Blueprint, services: Services) -> None:
    @pages.get("/demo/today")
    def today() -> Response:
        return jsonify(village.shown_day(services))

    @pages.post("/demo/today")
    def move() -> Response:
        village.set_day(services, _asked("day")["day"])
        return jsonify(village.shown_day(services))

    @pages.get("/demo/next")
    def coming() -> Response:
        return jsonify(next=village.next_event(services))


def _add_sending(pages: Blueprint, world: World) -> None:
    @pages.post("/demo/send")
    def send() -> Response:
        asked = _asked("phone", "channel", "text")
        text = asked["text"]
        if asked["channel"] not in CHANNELS:
            raise BadBody(400, "channel 是 sms 或 wechat")
        if not text.strip() or len(text) > LONGEST or any(_unwritable(sign) for sign in text):
            raise BadBody(400, f"短信要有字，最多{LONGEST}字")
        world.say(_phone(asked), asked["channel"], text)
        return jsonify(sent=True)

    @pages.post("/demo/follow")
    def follow() -> Response:
        world.follow(_phone(_asked("phone")))
        return jsonify(followed=True)


def _asked(*names: str) -> dict[str, str]:
    # A page of another site could post a form here, but JSON only with a permission that it does not get.
    if request.mimetype != "application/json":
        raise BadBody(415, "JSON only")
    return read_fields(request, names)


def _phone(asked: dict[str, str]) -> str:
    if not _PHONE.fullmatch(asked["phone"]):
        raise BadBody(400, "手机号是11位数字")
    return asked["phone"]


def _unwritable(sign: str) -> bool:
    return "\ud800" <= sign <= "\udfff" or (sign < " " and sign not in "\n\t")
