"""What a proved push becomes: the message, its key and digest, the answer; and every shape that is none of them."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.channels.base import Message
from bot.channels.wechat import blueprint
from bot.channels.wechat_events import Grant
from bot.channels.wechat_xml import Malformed, text_reply, top_level
from tests.channels.stage import APP_ID, NOW, Account, Turns, served
from tests.fakes.wechat_phone import OPENID, ORIGINAL_ID, Push, WeChatPhone


def post(client: FlaskClient, push: Push) -> tuple[int, bytes]:
    response = client.post(push.target, data=push.body)
    return response.status_code, response.data


def test_the_fields_of_a_text(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    assert post(client, phone.text("我还了500", msg_id=7_000_000_000_000_000_001))[0] == 200
    (message,) = turns.messages
    assert (message.channel, message.account, message.sender) == ("wechat", APP_ID, OPENID)
    assert (message.key, message.text, message.kind) == ("7000000000000000001", "我还了500", "text")
    assert len(message.digest) == 64


def test_kinds(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    pushes = [
        (phone.text(""), "text", ""),
        (phone.voice("余额。"), "voice", "余额。"),
        (phone.voice(None), "voice", ""),
        (phone.image(), "image", ""),
        (phone.push("location", "<Location_X>23.1</Location_X><Location_Y>113.3</Location_Y>"), "location", ""),
        (phone.push("video", "<MediaId>1</MediaId>"), "video", ""),
        (phone.push("link", "<Title>x</Title><Url>http://x</Url>"), "link", ""),
        (phone.push("miniprogrampage", "<Title>x</Title>"), "miniprogrampage", ""),
        (phone.push("something_new", "<List><Item><A>1</A></Item></List>"), "something_new", ""),
        (phone.event("subscribe"), "event:subscribe", ""),
        (phone.event("subscribe", "qrscene_23", "<Ticket>t</Ticket>"), "event:subscribe", "qrscene_23"),
        (phone.event("unsubscribe", ""), "event:unsubscribe", ""),
        (phone.event("CLICK", "balance"), "event:CLICK", "balance"),
        (phone.event("VIEW", "http://example.org/" + "x" * 900), "event:VIEW", "http://example.org/" + "x" * 900),
        (phone.event("SCAN", "23"), "event:SCAN", "23"),
        (phone.event("user_authorization_revoke", None, "<OpenID>oAnother</OpenID><RevokeInfo>8</RevokeInfo>"),
         "event:user_authorization_revoke", ""),
        (phone.event("LOCATION", None, "<Latitude>23.1</Latitude>"), "event:LOCATION", ""),
        (phone.event("subscribe_msg_popup_event", None, "<SubscribeMsgPopupEvent><List><A>1</A></List>"
                     "<List><A>2</A></List></SubscribeMsgPopupEvent>"), "event:subscribe_msg_popup_event", ""),
    ]  # fmt: skip
    for push, kind, text in pushes:
        assert post(client, push)[0] == 200, kind
        assert (turns.messages[-1].kind, turns.messages[-1].text) == (kind, text)
        assert len(turns.messages[-1].key) <= 160
    assert len(turns.messages) == len(pushes)
    assert not turns.repeats


def test_events_of_one_second_are_told_apart(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    events = [("subscribe", None), ("unsubscribe", None), ("CLICK", "a"), ("CLICK", "b"), ("VIEW", "a" * 70 + "1"),
              ("VIEW", "a" * 70 + "2")]  # fmt: skip
    for event, key in events * 2:
        assert post(client, phone.event(event, key))[0] == 200
    assert len(turns.messages) == len(events)
    assert turns.repeats == len(events)
    assert turns.messages[2].key == f"{NOW}:CLICK:a"


def test_t04_a_replay_gets_the_same_bytes_and_no_effect(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    push = phone.text("我还了500")
    first = post(client, push)
    turns.answer = "something else"
    assert [post(client, push) for _ in range(3)] == [first] * 3
    assert len(turns.messages) == 1


def test_a_repeat_that_is_sealed_anew_is_the_same_message(
    client: FlaskClient, phone: WeChatPhone, turns: Turns
) -> None:
    answers = {phone.read(post(client, phone.text("我还了500", msg_id=5))[1]) for _ in range(3)}
    assert answers == {"收到"}
    assert (len(turns.messages), turns.repeats) == (1, 2)


def test_the_same_id_with_other_content_is_refused(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    assert post(client, phone.text("我还了500", msg_id=5))[0] == 200
    assert post(client, phone.text("我还了600", msg_id=5)) == (409, b"")
    assert post(client, phone.push("voice", "<Recognition>我还了500</Recognition>", msg_id=5)) == (409, b"")
    assert len(turns.messages) == 1


def test_one_id_from_two_people_is_two_messages(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    assert post(client, phone.text("余额", msg_id=5))[0] == 200
    phone.openid = "oVillage_wang-wu_00000000002"
    assert post(client, phone.text("余额", msg_id=5))[0] == 200
    assert len(turns.messages) == 2


def test_busy_books_ask_for_a_repeat(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    turns.busy = True
    push = phone.text("余额")
    assert post(client, push) == (503, b"")
    assert post(client, phone.seal("<xml></xml>"))[0] == 503
    turns.busy = False
    assert post(client, push)[0] == 200


def test_nothing_to_say_is_the_plain_word(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    for silent in ("", " \n", "\x00\x07"):
        turns.answer = silent
        assert post(client, phone.text("余额")) == (200, b"success")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a]]><Evil>1</Evil><![CDATA[b", "a]]><Evil>1</Evil><![CDATA[b"),
        ("]]>", "]]>"),
        ("]]]]>>", "]]]]>>"),
        ("a]]>b]]>c]]", "a]]>b]]>c]]"),
        ("名字]", "名字]"),
        ("一\x00二\x1b[31m三\x7f\x85", "一二[31m三"),
        ("一\r\n二\r三\t四", "一\n二\n三\t四"),
        ("批准\u202e否\u2069", "批准否"),
        ("x\ud800y\ufffe\uffff\U0001ffff", "xy"),
        ("&amp; <b> &#65; {{7*7}} %s", "&amp; <b> &#65; {{7*7}} %s"),
        ("𠮷·艾力🐷", "𠮷·艾力🐷"),
    ],
)
def test_t30_what_is_said_is_shown(
    client: FlaskClient, phone: WeChatPhone, turns: Turns, said: str, shown: str
) -> None:
    turns.answer = said
    assert phone.read(post(client, phone.text("余额"))[1]) == shown


@pytest.mark.parametrize("char", ["a", "é", "中", "🐷", "]]>"])
def test_long_replies_are_cut_between_characters(
    client: FlaskClient, phone: WeChatPhone, turns: Turns, char: str
) -> None:
    turns.answer = "前" + char * 3000
    shown = phone.read(post(client, phone.text("余额"))[1])
    assert turns.answer.startswith(shown)
    assert 2048 - len(char.encode()) < len(shown.encode()) <= 2048


HEAD = (
    f"<xml><ToUserName>{ORIGINAL_ID}</ToUserName><FromUserName>{OPENID}</FromUserName>"
    f"<CreateTime>{NOW}</CreateTime><MsgType>text</MsgType>"
)
GOOD = f"{HEAD}<Content>1</Content><MsgId>5</MsgId></xml>"
MALFORMED = [
    "",
    "\0",
    "not xml",
    "{}",
    "<xml/>",
    "<root/>",
    GOOD.replace("xml>", "root>"),
    GOOD[:-1],
    GOOD + "<xml/>",
    GOOD.replace("<Content>", "<Content>\0"),
    GOOD.replace("<Content>", "<Content>&unknown;"),
    GOOD.replace("<Content>", "stray<Content>"),
    '<?xml version="1.0" encoding="GBK"?>' + GOOD,
    '<?xml version="1.0" encoding="utf-16"?>' + GOOD,
    '<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x.dtd">' + GOOD,
    "<!DOCTYPE xml>" + GOOD,
    '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + GOOD.replace("<Content>1", "<Content>&a;"),
    '<!DOCTYPE xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + GOOD.replace("<Content>1", "<Content>&b;"),
    '<!DOCTYPE xml [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]>' + GOOD,
    "<a>" * 10_000,
    "<xml>" + "<a>" * 5_000 + "</a>" * 5_000 + GOOD[5:],
    *(GOOD.replace("</xml>", f"<{name}>{value}</{name}></xml>")
      for name, value in (("FromUserName", "oSomebody"), ("MsgId", 5), ("MsgType", "text"), ("Content", "2"),
                          ("ToUserName", "x"), ("CreateTime", NOW))),
    GOOD.replace(OPENID, f"<a>{OPENID}</a>"),
    GOOD.replace("<Content>1", "<Content><a>1</a>"),
    GOOD.replace("<MsgId>5", "<MsgId><a>5</a>"),
    GOOD.replace("MsgType>", "Kind>"),
    GOOD.replace("Content>", "Words>"),
    GOOD.replace("FromUserName>", "Sender>"),
    GOOD.replace("ToUserName>", "Target>"),
    GOOD.replace("CreateTime>", "Time>"),
    GOOD.replace(OPENID, ""),
    GOOD.replace(OPENID, "o" * 65),
    GOOD.replace(OPENID, "陈桂花"),
    GOOD.replace(OPENID, "a b"),
    GOOD.replace("<MsgType>text", "<MsgType>te xt"),
    GOOD.replace("<MsgType>text", "<MsgType>"),
    *(GOOD.replace("<MsgId>5", f"<MsgId>{bad}") for bad in ("", "0", "-1", "abc", "1" * 30, "５", "1_0", " 5", "5.0")),
    GOOD.replace("<MsgId>5</MsgId>", ""),
    *(GOOD.replace(f"<CreateTime>{NOW}", f"<CreateTime>{bad}") for bad in ("", "0", "-1", "abc", "9" * 30, "١٢")),
    GOOD.replace("<MsgType>text", "<MsgType>event"),
    GOOD.replace("<MsgType>text", "<MsgType>event<!-- --></MsgType><Event>a b</Event><X>").replace("<X></MsgType>", ""),
    GOOD.replace("<MsgType>text", "<MsgType>event").replace("</xml>", "<Event>a</Event><Event>b</Event></xml>"),
]  # fmt: skip


@pytest.mark.parametrize("content", MALFORMED, ids=range(len(MALFORMED)))
def test_signed_but_malformed_is_refused_and_kept(
    client: FlaskClient, phone: WeChatPhone, turns: Turns, content: str
) -> None:
    raw = content.encode()
    assert post(client, phone.seal(raw)) == (400, b"")
    assert not turns.messages
    assert turns.malformed == [("wechat", APP_ID, hashlib.sha256(raw).hexdigest(), raw)]


@pytest.mark.parametrize("raw", [b"\xff\xfe", GOOD.encode("utf-16"), GOOD.replace("1", "余额", 1).encode("gbk"),
                                 GOOD.encode().replace(b"<Content>1", b"<Content>\xed\xa0\x80")])  # fmt: skip
def test_not_utf8(client: FlaskClient, phone: WeChatPhone, turns: Turns, raw: bytes) -> None:
    assert post(client, phone.seal(raw)) == (400, b"")
    assert len(turns.malformed) == 1


def test_the_good_one_of_these_is_good(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    assert post(client, phone.seal('<?xml version="1.0" encoding="UTF-8"?>\n' + GOOD))[0] == 200
    assert turns.messages[0].text == "1"


def test_t07_too_many_siblings_cost_nothing_but_their_bytes() -> None:
    raw = b"<xml>" + b"<a/>" * 2_000_000 + b"<Content>1</Content></xml>"
    assert top_level(raw, {"Content"}) == {"Content": "1"}
    with pytest.raises(Malformed):
        top_level(b"<xml>" + b"<a>" * 2_000_000, {"Content"})


def test_an_empty_reply_is_no_xml() -> None:
    assert text_reply("a", "b", "1", "\x01 \n") == ""


def test_receipts_of_template_messages(
    client: FlaskClient, phone: WeChatPhone, turns: Turns, receipts: list[tuple[str, str, str]]
) -> None:
    for status in ("success", "failed:user block", "failed: system failed"):
        inner = f"<MsgID>200163836</MsgID><Status><![CDATA[{status}]]></Status>"
        assert post(client, phone.event("TEMPLATESENDJOBFINISH", None, inner)) == (200, b"success")
    assert receipts == [
        ("200163836", "delivered", "success"),
        ("200163836", "failed", "failed:user block"),
        ("200163836", "failed", "failed: system failed"),
    ]
    assert post(client, phone.event("TEMPLATESENDJOBFINISH"))[0] == 400
    assert not turns.messages


def test_the_body_is_bounded_before_it_is_parsed(client: FlaskClient, phone: WeChatPhone, turns: Turns) -> None:
    push = phone.text("借" * 14_000)
    assert client.post(push.target, data=push.body).status_code == 200
    push = phone.text("借" * 17_000)
    assert client.post(push.target, data=push.body).status_code == 413
    assert client.post(push.target, data=b"x" * 10_000_000).status_code == 413
    packed = client.post(push.target, data=b"x", headers={"Content-Encoding": "gzip"})
    assert packed.status_code == 415
    assert len(turns.messages) == 1


def raw_request(base_url: str, head: str, body: bytes) -> bytes:
    where = urlsplit(base_url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + body)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(4096)


def test_bodies_without_a_good_length(app: Flask, phone: WeChatPhone, turns: Turns) -> None:
    push = phone.text("余额")
    start = f"POST {push.target} HTTP/1.1\r\nHost: x\r\nConnection: close"
    with served(app) as url:
        assert b" 411 " in raw_request(url, start, push.body)
        assert b" 400 " in raw_request(url, f"{start}\r\nContent-Length: {len(push.body) + 9}", push.body)
        endless = b"".join(b"4000\r\n" + b"x" * 0x4000 + b"\r\n" for _ in range(8))
        assert b" 413 " in raw_request(url, f"{start}\r\nTransfer-Encoding: chunked", endless)
        chunked = f"{len(push.body):x}\r\n".encode() + push.body + b"\r\n0\r\n\r\n"
        assert b" 200 " in raw_request(url, f"{start}\r\nTransfer-Encoding: chunked", chunked)
    assert len(turns.messages) == 1


def test_a_phone_over_real_http(app: Flask, phone: WeChatPhone, turns: Turns) -> None:
    """WeChat's own way: several at once, each up to three times, every person sees the one answer."""
    pushes = [phone.text(f"我还了{number}") for number in range(1, 9)]
    together = threading.Barrier(4)

    def deliver(url: str, push: Push) -> str:
        together.wait(10)
        return phone.deliver(push, url)

    with served(app) as url, ThreadPoolExecutor(4) as pool:
        for push in pushes:
            assert {f.result() for f in [pool.submit(deliver, url, push) for _ in range(4)]} == {"收到"}
        turns.busy = True
        with pytest.raises(TimeoutError):
            phone.deliver(phone.text("余额"), url)
    assert (len(turns.messages), turns.repeats) == (8, 24)


def test_what_followers_say_about_subscription_messages(turns: Turns, phone: WeChatPhone) -> None:
    told: list[tuple[str, list[tuple[str, bool]]]] = []
    ended: list[tuple[str, str, str]] = []

    def hear(message: Message, grants: Sequence[Grant]) -> None:
        told.append((message.sender, [(one.template, one.wanted) for one in grants]))

    app = Flask(__name__)
    app.register_blueprint(blueprint(
        turns.take, Account(), turns.keep, on_receipt=lambda *one: ended.append(one), on_grants=hear,
        clock=lambda: NOW))
    client = app.test_client()

    def item(template: str, status: str) -> str:
        return (f"<List><TemplateId><![CDATA[{template}]]></TemplateId><SubscribeStatusString>{status}"
                "</SubscribeStatusString><PopupScene>2</PopupScene></List>")

    both = item("T-1", "accept") + item("T-2", "reject")
    popup = f"<SubscribeMsgPopupEvent>{both}</SubscribeMsgPopupEvent>"
    changed = f"<SubscribeMsgChangeEvent>{both}</SubscribeMsgChangeEvent>"
    sent = ("<SubscribeMsgSentEvent><List><TemplateId>T-1</TemplateId><MsgID>7</MsgID><ErrorCode>0</ErrorCode>"
            "<ErrorStatus>success</ErrorStatus></List><List><MsgID>8</MsgID><ErrorCode>1</ErrorCode>"
            "<ErrorStatus>user refused</ErrorStatus></List><List><MsgID>x</MsgID></List></SubscribeMsgSentEvent>")
    assert post(client, phone.event("subscribe_msg_popup_event", None, popup)) == (200, b"success")
    assert post(client, phone.event("subscribe_msg_change_event", None, changed)) == (200, b"success")
    assert post(client, phone.event("subscribe_msg_sent_event", None, sent)) == (200, b"success")
    assert told == [(OPENID, [("T-1", True), ("T-2", False)]), (OPENID, [("T-2", False)])]
    assert ended == [("7", "delivered", "success"), ("8", "failed", "user refused")]
    assert not turns.messages
    other = "<Other><List><TemplateId>T-1</TemplateId></List></Other><SubscribeMsgPopupEvent></SubscribeMsgPopupEvent>"
    assert post(client, phone.event("subscribe_msg_popup_event", None, other))[0] == 200
    assert len(told) == 2, "a list that stands elsewhere grants nothing"
