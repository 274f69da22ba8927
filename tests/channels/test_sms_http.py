"""The generic gateway's way in: secrets, JSON and forms in every broken shape, numbers, repeats, receipts."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.channels import sms_http
from bot.channels.base import Busy
from tests.channels.stage import Gateway, Turns, served
from tests.fakes.sms_gateway import Inbound

SECRET = Gateway().secret
PATH = f"/sms/http/{SECRET}"
GOOD = {"from": "13800138000", "to": "10690001", "text": "借3000买化肥6个月", "id": "m-1"}
FORM = "application/x-www-form-urlencoded"


def post(client: FlaskClient, body: bytes | str, kind: str = "application/json", path: str = PATH) -> tuple[int, bytes]:
    response = client.post(path, data=body, content_type=kind)
    if response.status_code >= 400 and response.data:
        assert response.content_type == "text/plain; charset=utf-8"
        assert response.data.count(b"\n") == 1
        for value in ("13800138000", "化肥", SECRET):
            assert value.encode() not in response.data
    return response.status_code, response.data


def changed(**fields: object) -> str:
    return json.dumps({k: v for k, v in {**GOOD, **fields}.items() if v is not None})


def test_json_and_form_are_the_same(client: FlaskClient, turns: Turns) -> None:
    form = "&".join(f"{k}={quote(v)}" for k, v in GOOD.items())
    assert post(client, json.dumps(GOOD)) == (200, b"")
    assert post(client, json.dumps(GOOD, ensure_ascii=False), "application/json; charset=utf-8") == (200, b"")
    assert post(client, form, FORM) == (200, b"")
    assert post(client, form.replace("%20", "+"), FORM + "; charset=UTF-8") == (200, b"")
    (message,) = turns.messages
    assert (message.channel, message.account, message.sender) == ("sms", "http", "13800138000")
    assert (message.key, message.text, message.kind) == ("m-1", GOOD["text"], "text")
    assert turns.repeats == 3


@pytest.mark.parametrize("at", ["2026-04-07T08:00:00+08:00", "2026-04-07 08:00:00", "1790000000", "", 1790000000,
                                1790000000.25, None])
def test_received_at_may_be_there(client: FlaskClient, turns: Turns, at: object) -> None:
    assert post(client, changed(received_at=at)) == (200, b"")
    assert len(turns.messages) == 1


@pytest.mark.parametrize(
    "path",
    ["/sms/http/wrong", f"/sms/http/{SECRET}x", f"/sms/http/{SECRET[:-1]}", f"/sms/http/{SECRET.upper()}",
     "/sms/http/%E4%B8%AD", "/sms/http/%FF%00", "/sms/http/" + "x" * 5000],
)  # fmt: skip
def test_a_wrong_secret(client: FlaskClient, turns: Turns, path: str) -> None:
    assert post(client, json.dumps(GOOD), path=path) == (403, b"")
    assert post(client, b"\xff" * 100_000, path=path) == (403, b"")
    assert post(client, '{"id":"1","status":"delivered"}', path=path + "/receipts") == (403, b"")
    assert not turns.messages


def test_an_empty_secret_opens_nothing(turns: Turns) -> None:
    app = Flask(__name__)
    app.register_blueprint(sms_http.blueprint(turns.take, lambda *_: None, Gateway(secret="")))
    for path in ("/sms/http/", "/sms/http//", "/sms/http/x", "/sms/http//receipts"):
        assert app.test_client().post(path, json=GOOD).status_code in (308, 403, 404)
    assert not turns.messages


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "TRACE", "HEAD", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", [PATH, PATH + "/receipts"])
def test_other_methods(client: FlaskClient, turns: Turns, method: str, path: str) -> None:
    assert client.open(path, method=method, json=GOOD).status_code == 405
    assert not turns.messages


BROKEN_JSON: list[bytes | str] = [
    "", " ", "null", "1", '"text"', "[]", "[" + json.dumps(GOOD) + "]", "{", "{}", json.dumps(GOOD)[:-1],
    json.dumps(GOOD) + "x", json.dumps(GOOD) * 2, "\ufeff" + json.dumps(GOOD),
    json.dumps(GOOD).replace('"id"', '"text"'), json.dumps(GOOD)[:-1] + ', "from": "13900139000"}',
    changed(text=float("nan")), changed(text=float("inf")), changed(text=1.5), changed(text=True), changed(text=[]),
    changed(text={}), changed(id=True), changed(id=None), changed(text=None), changed(**{"from": None}),
    changed(to=None), changed(id=""), changed(id="a b"), changed(id="x" * 129), changed(id="号"), changed(id="a\nb"),
    changed(id="\ud800"), changed(**{"from": ""}), changed(**{"from": "1" * 33}), changed(**{"from": "陈桂花"}),
    changed(**{"from": "138<b>"}), changed(**{"from": "\x00"}), changed(to="1" * 65), changed(extra="1"),
    changed(__proto__={"a": 1}), changed(text=None, Text="1"), '{"text": null}',
    json.dumps(GOOD).replace('"m-1"', "1" * 5000), json.dumps(GOOD).replace('"m-1"', "1e999"),
    json.dumps(GOOD).replace('"m-1"', "[" * 10_000 + "]" * 10_000), "[" * 60_000, '{"a":' * 10_000,
    json.dumps(GOOD).encode("utf-16"), json.dumps(GOOD, ensure_ascii=False).encode("gbk"), b"\xff\xfe", b"\x00" * 100,
    json.dumps(GOOD).replace("m-1", "m\\u0000"), json.dumps(GOOD).replace('"m-1"', "'m-1'"),
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN_JSON, ids=range(len(BROKEN_JSON)))
def test_broken_json(client: FlaskClient, turns: Turns, body: bytes | str) -> None:
    status, line = post(client, body or " ")
    assert status == 400
    assert line
    assert not turns.messages


FORM_START = "from=13800138000&to=1&id=5&text="
BROKEN_FORMS: list[bytes | str] = [
    " ", "from", "from=13800138000", FORM_START + "%B4%FB", FORM_START + "%", "&".join([FORM_START + "1"] * 2),
    FORM_START + "1&text=2", FORM_START + "1&extra=2", FORM_START + "1&", FORM_START + "1&&", "&" * 60_000,
    FORM_START + "1&" + "&".join(f"a{n}=1" for n in range(100)), json.dumps(GOOD), b"\xff=1",
    FORM_START.encode() + "还款".encode("gbk"),
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN_FORMS, ids=range(len(BROKEN_FORMS)))
def test_broken_forms(client: FlaskClient, turns: Turns, body: bytes | str) -> None:
    status, _ = post(client, body, FORM)
    assert status == 400 or body == FORM_START + "%"
    assert len(turns.messages) == (body == FORM_START + "%"), "a lone percent sign is a text to every form reader"


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json; charset=gbk",
     "application/json; charset=utf-16", FORM + "; charset=gb2312", "中"],
)  # fmt: skip
def test_other_kinds_of_body(client: FlaskClient, turns: Turns, kind: str) -> None:
    response = client.post(PATH, data=json.dumps(GOOD), headers={"Content-Type": kind.encode("utf-8").decode("latin1")})
    assert response.status_code == 400
    assert not turns.messages


def test_size(client: FlaskClient, turns: Turns) -> None:
    assert post(client, json.dumps({**GOOD, "text": "借" * 20_000}, ensure_ascii=False))[0] == 200
    assert len(turns.messages[0].text) == 20_000
    assert post(client, json.dumps({**GOOD, "text": "x" * 65_536}))[0] == 413
    assert post(client, b"[" * 10_000_000)[0] == 413
    assert client.post(PATH).status_code == 411
    assert client.post(PATH, data=b"x", headers={"Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("13800138000", "13800138000"), ("+8613800138000", "13800138000"), ("8613800138000", "13800138000"),
        ("008613800138000", "13800138000"), ("+86 138 0013 8000", "13800138000"), ("138-0013-8000", "13800138000"),
        (" 13800138000 ", "13800138000"), ("＋８６１３８００１３８０００", "13800138000"), (13800138000, "13800138000"),
        ("+86\u00a013800138000", "13800138000"), ("(+86)13800138000", "13800138000"), (8619912345678, "19912345678"),
        ("10086", "10086"), ("1069012345678901", "1069012345678901"), ("+12025550123", "+12025550123"),
        ("02066668888", "02066668888"), ("12800138000", "12800138000"), ("86138001380001", "86138001380001"),
        ("CMCC", "CMCC"), ("+86", "+86"),
    ],
)  # fmt: skip
def test_numbers(client: FlaskClient, turns: Turns, written: object, kept: str) -> None:
    assert post(client, changed(**{"from": written})) == (200, b"")
    assert turns.messages[0].sender == kept
    assert sms_http.is_mobile(kept) == (len(kept) == 11 and kept[:2] in ("13", "19"))


def test_texts_are_kept_as_sent_but_storable(client: FlaskClient, turns: Turns) -> None:
    texts = [
        "",
        " \u3000",
        "\u200b同意\u200b",
        "a\nb\t\x1b[31m\u202e",
        "=HYPERLINK(1)",
        "'; DROP TABLE entry;--",
        "𠮷🐷",
    ]
    for number, text in enumerate(texts):
        assert post(client, changed(text=text, id=f"k{number}"))[0] == 200
    assert [message.text for message in turns.messages] == texts
    assert post(client, changed(text="a\ud800\x00b", id="k"))[0] == 200
    assert turns.messages[-1].text == "a\ufffd\ufffdb"
    assert post(client, changed(text=5, id=6))[0] == 200
    assert (turns.messages[-1].text, turns.messages[-1].key) == ("5", "6")


def test_repeats_conflicts_and_busy_books(client: FlaskClient, turns: Turns) -> None:
    turns.busy = True
    assert post(client, changed()) == (503, b"")
    turns.busy = False
    assert post(client, changed()) == (200, b"")
    assert post(client, changed(**{"from": "+86 13800138000"}, received_at="later", to="another")) == (200, b"")
    assert post(client, changed(text="借5000")) == (409, b"this id was used for another message\n")
    assert post(client, changed(text="借5000", **{"from": "13900139000"})) == (200, b"")
    assert (len(turns.messages), turns.repeats) == (2, 1)


RECEIPT = {"id": "n-7", "status": "delivered", "reason": "DELIVRD"}


def test_receipts(client: FlaskClient, receipts: list[tuple[str, str, str]]) -> None:
    path = PATH + "/receipts"
    assert post(client, json.dumps(RECEIPT), path=path) == (200, b"")
    assert post(client, "id=n-7&status=failed&reason=UNDELIV", FORM, path) == (200, b"")
    assert post(client, '{"id": 5, "status": "unknown"}', path=path) == (200, b"")
    assert post(client, json.dumps({**RECEIPT, "id": "never-heard-of"}), path=path) == (200, b"")
    assert post(client, json.dumps({**RECEIPT, "id": "never-heard-of", "reason": None}), path=path) == (200, b"")
    assert post(client, json.dumps({**RECEIPT, "reason": "a\x00\n" + "x" * 500}), path=path) == (200, b"")
    assert receipts[:4] == [
        ("n-7", "delivered", "DELIVRD"), ("n-7", "failed", "UNDELIV"), ("5", "unknown", ""),
        ("never-heard-of", "delivered", "DELIVRD"),
    ]  # fmt: skip
    assert receipts[4][2] == "" and len(receipts[5][2]) == 200


@pytest.mark.parametrize(
    "change",
    [{"status": "DELIVERED"}, {"status": ""}, {"status": "sent"}, {"status": None}, {"id": None}, {"id": ""},
     {"id": "a b"}, {"id": []}, {"extra": "1"}, {"reason": 1.5}, {"status": ["delivered"]}],
)  # fmt: skip
def test_malformed_receipts(client: FlaskClient, receipts: list[tuple[str, str, str]], change: dict[str, Any]) -> None:
    fields = {k: v for k, v in {**RECEIPT, **change}.items() if v is not None}
    assert post(client, json.dumps(fields), path=PATH + "/receipts")[0] == 400
    assert not receipts


def test_receipts_wait_for_the_books_too(turns: Turns) -> None:
    def busy(*_: str) -> None:
        raise Busy

    app = Flask(__name__)
    app.register_blueprint(sms_http.blueprint(turns.take, busy, Gateway()))
    assert app.test_client().post(PATH + "/receipts", json=RECEIPT).status_code == 503


def test_a_gateway_over_real_http(app: Flask, turns: Turns, receipts: list[tuple[str, str, str]]) -> None:
    """Four deliveries of each message at once, half as forms: each is taken once."""
    together = threading.Barrier(4)

    def deliver(gateway: Inbound, number: int, copy: int) -> int:
        together.wait(10)
        return gateway.say("+8613800138000", f"我还了{number}", f"m{number}", form=copy % 2 == 0)

    with served(app) as url, ThreadPoolExecutor(4) as pool:
        gateway = Inbound(url, SECRET)
        for number in range(10):
            statuses = [pool.submit(deliver, gateway, number, copy) for copy in range(4)]
            assert [status.result() for status in statuses] == [200] * 4
        assert gateway.receipt("n-1", "failed", "UNDELIV", form=True) == 200
        assert Inbound(url, "wrong").say("13800138000", "x", "y") == 403
    assert (len(turns.messages), turns.repeats) == (10, 30)
    assert receipts == [("n-1", "failed", "UNDELIV")]
