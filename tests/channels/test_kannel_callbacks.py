"""Kannel's formats without Kannel: what its callbacks may carry, and how each of its answers ends an attempt."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.channels import kannel
from bot.channels.base import Fate, Parcel
from bot.channels.gate import FAILURES, Gate, Plain
from bot.channels.line import Line
from tests.channels.conftest import Receipts
from tests.channels.stage import Turns
from tests.fakes.http_fake import Answer, Call, HttpFake

SECRET, TO = "a-long-secret-path-part", "13800138000"
BASE = f"/sms/kannel/{SECRET}"


class Sendsms(HttpFake):
    """smsbox's side of a push."""

    status, body = 202, b"0: Accepted for delivery"

    def answer(self, _call: Call) -> Answer:
        return self.status, self.body


@pytest.fixture
def web(turns: Turns, receipts: Receipts) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(kannel.blueprint(turns.take, receipts.take, settings("")))
    return app.test_client()


def settings(send_url: str) -> SimpleNamespace:
    return SimpleNamespace(secret=SECRET, username="u", password="p&w %d", sender="10690001", smsc="line",
                           send_url=send_url, callback_url="http://127.0.0.1:8000")


@pytest.fixture
def smsbox() -> Iterator[tuple[Sendsms, kannel.Sender]]:
    with Sendsms() as fake:
        sender = kannel.Sender(settings(f"{fake.url}/cgi-bin/sendsms"), Line(read=1))
        yield fake, sender
        sender.close()


@pytest.mark.parametrize(("charset", "encoding"), [
    ("UTF-8", "utf-8"), ("", "utf-8"), ("UTF-16BE", "utf-16-be"), ("ucs-2", "utf-16-be"), ("ISO-8859-1", "latin-1"),
    ("GBK", "gb18030"), ("%00", "utf-8"), ("idna", "utf-8"), ("hex", "utf-8"), ("unicode_escape", "utf-8"),
])  # fmt: skip
def test_texts_in_every_character_set(web: FlaskClient, turns: Turns, charset: str, encoding: str) -> None:
    words = "Yu'e é" if encoding == "latin-1" else "借三千五🐷\\x"
    text = quote(words.encode(encoding))
    answer = web.get(f"{BASE}?from=%2B86{TO}&to=1069&coding=2&charset={charset}&id=k-1&smsc=x&t=2026&text={text}")
    assert (answer.status_code, answer.data) == (200, b"")
    assert [(one.sender, one.text, one.key) for one in turns.messages] == [(TO, words, "k-1")]


@pytest.mark.parametrize("query", [
    "", "from=%2B8613800138000", "from=&id=k&text=x", "id=k&text=x", "from=1&id=k&id=l&text=x",
    "from=a%3Bb&id=k&text=x", "from=1&id=%00&text=x", "&".join(f"a{n}=1" for n in range(40)),
])  # fmt: skip
def test_what_can_never_succeed_is_not_asked_again(web: FlaskClient, turns: Turns, query: str) -> None:
    assert web.get(f"{BASE}?{query}").status_code == 200
    assert not turns.messages


def test_the_same_message_again_and_a_busy_store(web: FlaskClient, turns: Turns) -> None:
    one = f"{BASE}?from={TO}&id=k-1&text=x"
    turns.busy = True
    assert web.get(one).status_code == 503
    turns.busy = False
    assert [web.get(one).status_code for _ in range(2)] == [200, 200]
    assert len(turns.messages) == 1 and turns.repeats == 1
    assert web.get(one.replace("text=x", "text=y")).status_code == 200 and len(turns.messages) == 1
    assert web.get(f"/sms/kannel/wrong?from={TO}&id=k-2&text=x").status_code == 403


def test_reports(web: FlaskClient, receipts: Receipts) -> None:
    for kind in ("1", "2", "4", "8", "16", "99", "x", ""):
        web.get(f"{BASE}/receipts?id=h-7&type={kind}&reply={quote('id:1 stat:EXPIRED err:34 text:借款')}&fid=1")
    assert receipts == [
        ("h-7", "delivered", ""), ("h-7", "failed", "kannel EXPIRED 34"), ("h-7", "sent", ""),
        ("h-7", "failed", "kannel EXPIRED 34"),
    ]


@pytest.mark.parametrize(("status", "body", "fate"), [
    (202, b"0: Accepted for delivery", Fate.ACCEPTED), (202, b"3: Queued for later delivery", Fate.ACCEPTED),
    (202, b"strange", Fate.UNKNOWN), (200, b"", Fate.UNKNOWN), (400, b"", Fate.REFUSED), (403, b"", Fate.RETRY),
    (404, b"", Fate.RETRY), (503, b"Temporal failure, try again later.", Fate.RETRY), (500, b"", Fate.UNKNOWN),
])  # fmt: skip
def test_every_answer(smsbox: tuple[Sendsms, kannel.Sender], status: int, body: bytes, fate: Fate) -> None:
    fake, sender = smsbox
    fake.status, fake.body = status, body
    assert sender.send("h-1", TO, "借3000元").fate is fate
    (call,) = fake.calls
    assert call.headers["x-kannel-to"] == f"+86{TO}" and call.headers["x-kannel-coding"] == "2"
    assert call.headers["x-kannel-dlr-url"].endswith("receipts?id=h-1&type=%d&reply=%A&fid=%F")
    assert call.body == "借3000元".encode() and not call.query, "nothing secret or personal in the address"


@pytest.mark.parametrize("fault", ["close", "half", "hold"])
def test_a_lost_answer_is_final_for_kannel_cannot_tell_repeats(
    smsbox: tuple[Sendsms, kannel.Sender], fault: str
) -> None:
    fake, sender = smsbox
    fake.misbehave(fault)
    outcome = Gate(Plain(sender), 1000).send_parcel(Parcel("h-1", TO, "x"))
    assert outcome.fate is Fate.UNKNOWN and outcome.final


def test_a_gateway_that_fails_is_left_alone_for_a_while(smsbox: tuple[Sendsms, kannel.Sender]) -> None:
    fake, sender = smsbox
    now = [1000.0]
    gate = Gate(Plain(sender), 1000, lambda: now[0], lambda _: None)
    fake.status = 503
    for _ in range(100):
        outcome = gate.send_parcel(Parcel("h-1", TO, "x"))
    assert len(fake.calls) == FAILURES
    assert (outcome.fate is Fate.RETRY and outcome.wait_s == 31) or outcome.wait_s == 30
    now[0] += 31
    for _ in range(10):
        outcome = gate.send_parcel(Parcel("h-1", TO, "x"))
    assert len(fake.calls) == FAILURES + 1 and outcome.wait_s > 31, "one looks, and the rest grows"
    now[0] += 301
    fake.status = 202
    assert [gate.send_parcel(Parcel("h-1", TO, "x")).fate for _ in range(3)] == [Fate.ACCEPTED] * 3


def test_a_gateway_is_asked_no_faster_than_it_wants(smsbox: tuple[Sendsms, kannel.Sender]) -> None:
    _, sender = smsbox
    waited: list[float] = []
    gate = Gate(Plain(sender), 10, lambda: 5.0, waited.append)
    for _ in range(4):
        gate.send_parcel(Parcel("h-1", TO, "x"))
    assert [round(one, 3) for one in waited] == [0.1, 0.2, 0.3]
