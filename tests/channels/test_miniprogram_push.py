"""The mini-program's push: proved like the official account's, in JSON and XML; kept once; answered by a message."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from flask import Flask
from flask.testing import FlaskClient

from bot.channels import miniprogram
from bot.channels.base import Busy, Message
from bot.channels.wechat_events import Grant
from tests.channels.stage import AES_KEY, APP_ID, NOW, TOKEN, Account, Turns
from tests.fakes.wechat_phone import OPENID, ORIGINAL_ID, Push, WeChatPhone

URL = "/miniprogram/push"


class Events(list[tuple[Message, Sequence[Grant]]]):
    busy = False

    def hear(self, message: Message, grants: Sequence[Grant]) -> None:
        if self.busy:
            raise Busy
        self.append((message, grants))


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def client(turns: Turns, events: Events, receipts: list[tuple[str, str, str]]) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(miniprogram.blueprint(
        turns.take, Account(), turns.keep, events.hear, lambda *told: receipts.append(told), clock=lambda: NOW
    ))
    return app.test_client()


def sealed(phone: WeChatPhone, content: bytes | str | dict[str, Any], app_id: str = APP_ID) -> str:
    raw = json.dumps(content, ensure_ascii=False).encode() if isinstance(content, dict) else content
    raw = raw if isinstance(raw, bytes) else raw.encode()
    framed = os.urandom(16) + len(raw).to_bytes(4, "big") + raw + app_id.encode()
    framed += bytes([32 - len(framed) % 32]) * (32 - len(framed) % 32)
    key = base64.b64decode(AES_KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(framed) + encryptor.finalize()).decode()


def in_json(phone: WeChatPhone, content: bytes | str | dict[str, Any], app_id: str = APP_ID) -> Push:
    """WeChat's envelope where the mini-program chose JSON."""
    encrypted = sealed(phone, content, app_id)
    return Push(phone.query(encrypted), json.dumps({"ToUserName": ORIGINAL_ID, "Encrypt": encrypted}).encode())


def told(**more: Any) -> dict[str, Any]:
    return {"ToUserName": ORIGINAL_ID, "FromUserName": OPENID, "CreateTime": NOW, "MsgType": "text",
            "Content": "余额", "MsgId": 5} | more


def event(name: str, **more: Any) -> dict[str, Any]:
    found = told(MsgType="event", Event=name, **more)
    del found["Content"], found["MsgId"]
    return found


def post(client: FlaskClient, push: Push) -> tuple[int, bytes]:
    answer = client.post(URL, query_string=push.query, data=push.body)
    return answer.status_code, answer.data


def test_the_url_check(client: FlaskClient, phone: WeChatPhone) -> None:
    good = phone.url_check("echo-1").replace("/wechat?", f"{URL}?")
    assert client.get(good).data == b"echo-1"
    assert client.get(good.replace("signature=", "signature=0")).status_code == 403
    assert client.get(URL).status_code == 403
    assert client.put(URL).status_code == 405 and client.options(URL).status_code == 405


def test_a_text_in_either_form_is_the_same_message(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    xml = phone.text("余额", msg_id=5)
    for push in (in_json(phone, told()), xml, in_json(phone, phone.head("text") + "<Content>余额</Content>"
                                                      "<MsgId>5</MsgId></xml>"), in_json(phone, told(MsgId="5"))):
        assert post(client, push) == (200, b"success")
    (message,) = turns.messages
    assert turns.repeats == 3
    assert (message.channel, message.account, message.sender) == ("miniprogram", APP_ID, OPENID)
    assert (message.key, message.text, message.kind, message.order) == ("5", "余额", "text", None)


def test_the_same_id_with_other_content_is_refused(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    assert post(client, in_json(phone, told()))[0] == 200
    assert post(client, in_json(phone, told(Content="借3000")))[0] == 409
    assert len(turns.messages) == 1


def test_events_are_kept_and_take_no_turn(
    client: FlaskClient, phone: WeChatPhone, turns: Turns, events: Events
) -> None:
    one = {"TemplateId": "T1", "SubscribeStatusString": "reject"}
    pushes = [
        (event("user_enter_tempsession", SessionFrom="x"), ()),
        (event("user_authorization_revoke", OpenID="o1", RevokeInfo="8", PluginID="", OpenPID=""), ()),
        (event("subscribe_msg_popup_event", List=[{"TemplateId": "T1", "SubscribeStatusString": "accept"}]), ()),
        (event("subscribe_msg_change_event", List=[one]), (Grant("T1", False),)),
        (event("subscribe_msg_change_event", List=one), (Grant("T1", False),)),
        (event("subscribe_msg_change_event", List=[{"TemplateId": "陈", "SubscribeStatusString": "reject"}, 5]), ()),
        (event("subscribe_msg_sent_event", List={"TemplateId": "T1", "MsgID": "1", "ErrorCode": "0"}), ()),
    ]  # fmt: skip
    for content, wanted in pushes:
        assert post(client, in_json(phone, content)) == (200, b"success")
        assert events[-1][1] == wanted
    changed = phone.event("subscribe_msg_change_event", None, "<SubscribeMsgChangeEvent><List><TemplateId>T1"
                          "</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List>"
                          "</SubscribeMsgChangeEvent>")  # fmt: skip
    assert post(client, changed)[0] == 200 and events[-1][1] == (Grant("T1", False),)
    assert not turns.messages


def test_how_our_messages_ended_is_reported(
    client: FlaskClient, phone: WeChatPhone, receipts: list[tuple[str, str, str]]
) -> None:
    one = {"TemplateId": "T1", "MsgID": "1700", "ErrorCode": "0", "ErrorStatus": "success"}
    two = {"TemplateId": "T1", "MsgID": 1701, "ErrorCode": 1, "ErrorStatus": "user refuse"}
    for content in (one, [two, {"MsgID": "x"}, "y"]):
        assert post(client, in_json(phone, event("subscribe_msg_sent_event", List=content)))[0] == 200
    assert receipts == [("1700", "delivered", "success"), ("1701", "failed", "user refuse")]


def test_plain_bodies_are_refused(client: FlaskClient, phone: WeChatPhone, turns: Turns, events: Events) -> None:
    push = in_json(phone, told())
    only_signed = {name: push.query[name] for name in ("signature", "timestamp", "nonce")}
    plain = json.dumps(told()).encode()
    assert client.post(URL, query_string=only_signed, data=plain).status_code == 403
    both = json.dumps(told() | json.loads(push.body)).encode()
    for body in (plain, both, b"{}", b'{"Encrypt":5}', b'{"Encrypt":""}', '{"Encrypt":"陈"}'.encode(), b"{", b"[]",
                 b'{"Encrypt":"a","Encrypt":"b"}', b"{" * 60_000, b'{"Encrypt":' + b"[" * 60_000):  # fmt: skip
        assert client.post(URL, query_string=push.query, data=body).status_code == 403, body[:40]
    assert client.post(URL, query_string=push.query, data=b"").status_code == 411
    assert not turns.messages and not events and not turns.malformed


def test_what_is_not_proved_is_refused(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    good = in_json(phone, told())
    other = in_json(phone, told(Content="批 23 482913"))
    assert post(client, Push(good.query, other.body))[0] == 403
    for name in ("signature", "msg_signature", "timestamp", "nonce", "encrypt_type"):
        assert post(client, Push({**good.query, name: "0"}, good.body))[0] == 403, name
        assert post(client, Push({k: v for k, v in good.query.items() if k != name}, good.body))[0] == 403, name
    assert post(client, in_json(phone, told(), app_id="wx9999999999999999"))[0] == 403
    stranger = WeChatPhone(TOKEN[::-1], AES_KEY, APP_ID, clock=lambda: NOW)
    assert post(client, in_json(stranger, told()))[0] == 403
    old = WeChatPhone(TOKEN, AES_KEY, APP_ID, clock=lambda: NOW - 601)
    assert post(client, in_json(old, told()))[0] == 403
    assert not turns.messages


MALFORMED: list[Any] = [
    b"", b"{", b"{}", b"[]", b"null", b'"x"', b"\xff", b'{"a":1,"a":2}', b"{" * 5_000,
    b'{"MsgId":' + b"9" * 5_000 + b"}",
    *({name: value for name, value in told().items() if name != gone}
      for gone in ("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Content")),
    *(told(**{name: bad}) for name in ("FromUserName", "MsgType", "Content") for bad in (None, True, 1.5, [], {})),
    told(FromUserName="陈桂花"), told(FromUserName="o" * 65), told(MsgId=0), told(MsgId=-1), told(MsgId="1_0"),
    told(CreateTime=1.5), told(CreateTime=0), told(MsgType="te xt"), event(""), event("a b"),
]  # fmt: skip


@pytest.mark.parametrize("content", MALFORMED, ids=range(len(MALFORMED)))
def test_signed_but_malformed_is_refused_and_kept(
    client: FlaskClient, phone: WeChatPhone, turns: Turns, events: Events, content: Any
) -> None:
    raw = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    assert post(client, in_json(phone, raw)) == (400, b"")
    assert not turns.messages and not events
    assert turns.malformed == [("miniprogram", APP_ID, hashlib.sha256(raw).hexdigest(), raw)]


def test_words_that_no_database_takes(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    assert post(client, in_json(phone, b'{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1,"MsgType":"text",'
                                b'"Content":"a\\u0000b\\ud800","MsgId":7}'))[0] == 200  # fmt: skip
    assert turns.messages[0].text == "a\ufffdb\ufffd"


def test_busy_books_ask_for_a_repeat(client: FlaskClient, phone: WeChatPhone, turns: Turns, events: Events) -> None:
    turns.busy = events.busy = True
    assert post(client, in_json(phone, told())) == (503, b"")
    assert post(client, in_json(phone, event("user_enter_tempsession"))) == (503, b"")
    assert post(client, in_json(phone, b"{}")) == (503, b"")


def test_the_body_is_bounded(client: FlaskClient, phone: WeChatPhone) -> None:
    push = in_json(phone, told())
    assert client.post(URL, query_string=push.query, data=b"x" * 10_000_000).status_code == 413
