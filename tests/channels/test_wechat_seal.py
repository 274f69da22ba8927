"""Only WeChat gets in: signature, age, parameters and encryption of `/wechat` (reliability.md, rows 45 to 56)."""

from __future__ import annotations

import base64
import dataclasses
import os

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from bot.channels import wechat
from bot.channels.wechat_crypto import Refused, Seal
from tests.channels.stage import AES_KEY, APP_ID, NOW, TOKEN, Account, Turns
from tests.fakes.wechat_phone import Push, WeChatPhone


def post(client: FlaskClient, push: Push, **query: str | None) -> int:
    changed = {**push.query, **query}
    response = client.post("/wechat", query_string={k: v for k, v in changed.items() if v is not None}, data=push.body)
    if response.status_code == 403:
        assert response.data == b""
    return response.status_code


def test_official_signature_vector() -> None:
    """The worked example of WeChat's own page on message pushes."""
    query = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "echostr": "4375120948345356249",
        "timestamp": "1714036504",
        "nonce": "1514711492",
    }
    seal = Seal("AAAAA", AES_KEY, APP_ID, clock=lambda: 1714036504)
    assert seal.check_url(MultiDict(query)) == "4375120948345356249"
    with pytest.raises(Refused):
        seal.check_url(MultiDict({**query, "signature": "f" + query["signature"][1:][::-1]}))


def test_a_good_push_is_answered_and_the_seal_agrees_with_an_independent_one(
    client: FlaskClient, phone: WeChatPhone, turns: Turns
) -> None:
    for text in ("余额", "借3000买化肥6个月", "🐷" * 500, "x"):
        turns.answer = f"您说：{text}"
        push = phone.text(text)
        response = client.post(push.target, data=push.body)
        assert response.status_code == 200
        assert phone.read(response.data) == turns.answer
        assert turns.messages[-1].text == text


@pytest.mark.parametrize("name", ["signature", "timestamp", "nonce", "encrypt_type", "msg_signature"])
def test_every_parameter_is_needed_once_and_plain(
    client: FlaskClient, phone: WeChatPhone, turns: Turns, name: str
) -> None:
    push = phone.text("余额")
    assert post(client, push, **{name: None}) == 403
    assert post(client, push, **{name: ""}) == 403
    assert post(client, push, **{name: "中"}) == 403
    assert post(client, push, **{name: push.query[name] + "0"}) == 403
    twice = [*push.query.items(), (name, push.query[name])]
    assert client.post("/wechat", query_string=MultiDict(twice), data=push.body).status_code == 403
    assert not turns.messages


@pytest.mark.parametrize("offset", [-NOW + 1, -30 * 86400, -660, -601, 601, 660, 10**9])
def test_t04_stale_and_future_pushes_are_refused(client: FlaskClient, turns: Turns, offset: int) -> None:
    then = WeChatPhone(TOKEN, AES_KEY, APP_ID, clock=lambda: NOW + offset)
    assert post(client, then.text("余额")) == 403
    assert client.get(then.url_check("1")).status_code == 403
    assert not turns.messages


@pytest.mark.parametrize("offset", [-600, -15, 0, 600])
def test_a_clock_that_is_a_little_off_does_no_harm(client: FlaskClient, offset: int) -> None:
    assert post(client, WeChatPhone(TOKEN, AES_KEY, APP_ID, clock=lambda: NOW + offset).text("余额")) == 200


@pytest.mark.parametrize(
    "stamp", ["0", "-5", "1e9", "1_790_000_000", "１７９００００００００", " 1790000000", "9" * 30]
)
def test_strange_timestamps(client: FlaskClient, phone: WeChatPhone, stamp: str) -> None:
    push = phone.text("余额")
    encrypted = push.body.decode().split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    nonce = push.query["nonce"]
    signed = {"signature": phone.sign(stamp, nonce), "msg_signature": phone.sign(stamp, nonce, encrypted)}
    assert post(client, push, timestamp=stamp, **signed) == 403


def test_the_boundary_between_timestamp_and_nonce_cannot_be_moved(client: FlaskClient, phone: WeChatPhone) -> None:
    """(1, 23) and (12, 3) are signed alike, but only one of the two is fresh."""
    target = phone.url_check("1")
    nonce = target.split("nonce=")[1]
    moved = target.replace(f"timestamp={NOW}&nonce={nonce}", f"timestamp={NOW}{nonce[0]}&nonce={nonce[1:]}")
    assert moved != target
    assert client.get(target).status_code == 200
    assert client.get(moved).status_code == 403


def test_t05_another_body_under_a_captured_query(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    captured, wanted = phone.text("余额"), phone.text("批 23 482913")
    assert post(client, dataclasses.replace(captured, body=wanted.body)) == 403
    assert post(client, dataclasses.replace(captured, body=captured.body.replace(b"A", b"B"))) == 403
    assert not turns.messages


def test_t05_plain_and_compatible_mode_are_refused(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    plain = phone.head("text") + "<Content>余额</Content><MsgId>1</MsgId></xml>"
    push = phone.text("余额")
    only_signed = {name: push.query[name] for name in ("signature", "timestamp", "nonce")}
    assert client.post("/wechat", query_string=only_signed, data=plain.encode()).status_code == 403
    assert client.post("/wechat", query_string=push.query, data=plain.encode()).status_code == 403
    both = plain.encode().replace(b"</xml>", b"") + push.body.split(b"<xml>")[1]
    assert client.post("/wechat", query_string=push.query, data=both).status_code == 403
    assert post(client, push, encrypt_type="raw") == 403
    assert not turns.messages


def frame(content: bytes, length: int, app_id: str = APP_ID, padding: bytes = b"") -> bytes:
    raw = os.urandom(16) + length.to_bytes(4, "big") + content + app_id.encode()
    missing = 32 - len(raw) % 32
    return raw + (padding or bytes([missing]) * missing)[:missing].ljust(missing, b"\0")


def test_signed_but_wrongly_encrypted(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    content = phone.head("text").encode() + b"<Content>1</Content><MsgId>1</MsgId></xml>"
    size = len(content)
    good = phone.seal_frame(frame(content, size)).body.decode().split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    assert frame(content, size)[-1] > 1, "there is padding to break"
    wrong = [
        phone.seal_frame(frame(content, size, app_id="wxffffffffffffffff")),
        phone.seal_frame(frame(content, size, app_id="")),
        phone.seal_frame(frame(content, 0xFFFFFFFF)),
        phone.seal_frame(frame(content, size + 1)),
        phone.seal_frame(frame(content, size - 1)),
        phone.seal_frame(frame(content, size, padding=b"\0")),
        phone.seal_frame(frame(content, size, padding=b"\xff" * 32)),
        phone.seal_frame(frame(content, size)[:-1] + b"\x21"),
        phone.seal_frame(frame(content, size)[:-2] + b"\x00" + frame(content, size)[-1:]),
        phone.envelope(good[:20] + "!" + good[20:]),
        phone.envelope(good[:20] + "\n" + good[20:]),
        phone.seal_frame(b"\x10" * 16),
        phone.seal_frame(bytes([32]) * 32),
        phone.seal_frame(b""),
        phone.envelope("AAAA"),
        phone.envelope("!!!!"),
        phone.envelope("中文"),
        phone.envelope(base64.b64encode(os.urandom(33)).decode()),
        phone.envelope(base64.b64encode(os.urandom(4096)).decode()),
        phone.envelope(base64.b64encode(os.urandom(64)).decode()[:-3]),
    ]
    assert [post(client, push) for push in wrong] == [403] * len(wrong)
    assert not turns.messages
    assert not turns.malformed
    assert post(client, phone.seal_frame(frame(content, size))) == 200


def test_envelopes_that_are_no_envelopes(client: FlaskClient, phone: WeChatPhone) -> None:
    push = phone.text("余额")
    bodies = [
        b"\0", b"{}", b"<xml></xml>", b"<xml><Encrypt/></xml>", b"<xml><Encrypt><a>1</a></Encrypt></xml>",
        b"<x>" * 1000, push.body + b"x", push.body.replace(b"xml", b"root"), push.body[:-20],
        push.body.replace(b"</xml>", b"<Encrypt>x</Encrypt></xml>"),
        b"<!DOCTYPE xml [<!ENTITY a 'b'>]>" + push.body,
    ]  # fmt: skip
    for body in bodies:
        assert post(client, dataclasses.replace(push, body=body)) == 403, body[:60]


def test_url_check_echoes_only_what_is_signed_and_as_plain_text(client: FlaskClient, phone: WeChatPhone) -> None:
    response = client.get(phone.url_check("<script>alert(1)</script>"))
    assert response.status_code == 200
    assert response.data == b"<script>alert(1)</script>"
    assert response.content_type == "text/plain; charset=utf-8"
    stranger = WeChatPhone("another-token-012345", AES_KEY, APP_ID, clock=lambda: NOW)
    refused = client.get(stranger.url_check("<script>"))
    assert (refused.status_code, refused.data) == (403, b"")
    assert client.get("/wechat").status_code == 403
    assert client.get(phone.url_check("1") + "&echostr=2").status_code == 403


def test_a_stranger_learns_nothing_from_his_body(client: FlaskClient, phone: WeChatPhone) -> None:
    stranger = WeChatPhone("another-token-012345", AES_KEY, APP_ID, clock=lambda: NOW)
    for body in (b"", b"\0", b"x" * 1_000_000, stranger.text("余额").body, phone.text("余额").body):
        assert post(client, dataclasses.replace(stranger.text("余额"), body=body)) == 403
    assert client.post("/wechat").status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "HEAD", "OPTIONS", "PATCH"])
def test_other_methods(client: FlaskClient, phone: WeChatPhone, turns: Turns, method: str) -> None:
    push = phone.text("余额")
    assert client.open(push.target, method=method, data=push.body).status_code == 405
    assert client.open(phone.url_check("1"), method=method).status_code == 405
    assert not turns.messages


@pytest.mark.parametrize("weak", [Account(token=""), Account(aes_key=""), Account(aes_key="short")])
def test_t06_without_a_token_or_a_key_nothing_gets_in(weak: Account, turns: Turns) -> None:
    app = Flask(__name__)
    app.register_blueprint(wechat.blueprint(turns.take, weak, turns.keep, clock=lambda: NOW))
    forged = WeChatPhone(weak.token, AES_KEY, APP_ID, clock=lambda: NOW)
    assert post(app.test_client(), forged.text("余额")) == 403
    assert app.test_client().get(forged.url_check("1")).status_code == 403


def test_an_original_id_can_be_demanded(turns: Turns, phone: WeChatPhone) -> None:
    app = Flask(__name__)
    app.register_blueprint(
        wechat.blueprint(turns.take, Account(), turns.keep, original_id=phone.original_id, clock=lambda: NOW)
    )
    assert post(app.test_client(), phone.text("余额")) == 200
    other = WeChatPhone(TOKEN, AES_KEY, APP_ID, original_id="gh_somebody_else", clock=lambda: NOW)
    assert post(app.test_client(), other.text("余额")) == 403
    assert len(turns.messages) == 1
