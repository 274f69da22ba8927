"""What we send through WeChat's servers: every ending an attempt can have, and that tokens stay out of the logs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.channels.base import Fate, Outcome
from bot.channels.wechat_api import ApiError, WeChatApi
from bot.channels.wechat_client import WeChatSender
from tests.channels.conftest import line_for
from tests.channels.stage import NOW, Account
from tests.fakes.wechat_phone import OPENID
from tests.fakes.wechat_server import Sent, WeChatServer

SEND = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"


@dataclass
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[WeChatServer]:
    account = Account()
    with WeChatServer(account.app_id, account.app_secret, clock) as server:
        server.user_wrote(OPENID)
        server.templates["T1"] = {"thing1", "amount2", "date3"}
        yield server


@pytest.fixture
def sender(server: WeChatServer, request: pytest.FixtureRequest) -> Iterator[WeChatSender]:
    sender = WeChatSender(Account(api_base=server.url + "/"), line=line_for(request))
    yield sender
    sender.close()


GOOD = {"thing1": "还款提醒", "amount2": "512.50元", "date3": "2026年4月7日"}


def test_a_text_arrives_as_it_was_written(server: WeChatServer, sender: WeChatSender) -> None:
    assert sender.send_text(OPENID, "陈桂花，您 4月7日 应还 512.50元。🐷") == Outcome(Fate.ACCEPTED)
    assert server.sent == [Sent("text", OPENID, "陈桂花，您 4月7日 应还 512.50元。🐷")]
    assert "陈桂花".encode() in server.calls[-1].body
    assert server.count(TOKEN) == 1


def test_long_and_dirty_texts_are_made_to_fit(server: WeChatServer, sender: WeChatSender) -> None:
    assert sender.send_text(OPENID, "\x00" + "汉" * 1000).fate is Fate.ACCEPTED
    assert server.sent[0].content == "汉" * 682
    assert sender.send_text(OPENID, "\x00 ") == Outcome(Fate.REFUSED, "ours empty text")
    assert server.count(SEND) == 1


def test_five_messages_in_48_hours(server: WeChatServer, sender: WeChatSender, clock: Clock) -> None:
    fates = [sender.send_text(OPENID, str(number)) for number in range(6)]
    assert [outcome.fate for outcome in fates] == [Fate.ACCEPTED] * 5 + [Fate.REFUSED]
    assert fates[-1].reason == "recipient 45047"
    server.user_wrote(OPENID)
    clock.now += 48 * 3600 + 1
    assert sender.send_text(OPENID, "x") == Outcome(Fate.REFUSED, "recipient 45015")
    assert sender.send_text("oStranger", "x") == Outcome(Fate.REFUSED, "recipient 40003")
    assert len(server.sent) == 5


@pytest.mark.parametrize(
    ("code", "fate", "kind"),
    [
        (-1, Fate.RETRY, "transient"), (45011, Fate.RETRY, "transient"), (45009, Fate.REFUSED, "quota"),
        (43004, Fate.REFUSED, "recipient"), (43019, Fate.REFUSED, "recipient"), (48002, Fate.REFUSED, "recipient"),
        (50005, Fate.REFUSED, "recipient"), (47001, Fate.REFUSED, "ours"), (45002, Fate.REFUSED, "ours"),
        (40164, Fate.REFUSED, "config"), (48001, Fate.REFUSED, "config"), (50002, Fate.REFUSED, "config"),
        (99999, Fate.REFUSED, "other"),
    ],
)  # fmt: skip
def test_every_class_of_error_code(
    server: WeChatServer, sender: WeChatSender, code: int, fate: Fate, kind: str
) -> None:
    server.say_always = code
    assert sender.send_text(OPENID, "x") == Outcome(fate, f"{kind} {code}")
    assert (server.count(SEND), server.count(TOKEN)) == (1, 1)
    server.say_always, server.say_at_token = 0, code
    server.kill_token()
    fresh = WeChatSender(Account(api_base=server.url))
    assert fresh.send_text(OPENID, "x") == Outcome(fate, f"{kind} {code}")
    fresh.close()
    assert not server.sent


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_that_is_called_dead_for_ever_costs_two_calls(
    server: WeChatServer, sender: WeChatSender, code: int
) -> None:
    server.say_always = code
    assert sender.send_text(OPENID, "x").fate is Fate.RETRY
    assert (server.count(SEND), server.count(TOKEN)) == (1, 2), "the same token came again, so no second try"
    for _ in range(50):
        assert sender.send_text(OPENID, "x").reason.startswith("token")
    assert (server.count(SEND), server.count(TOKEN)) == (51, 2)


def test_new_tokens_that_are_dead_too_are_not_chased(server: WeChatServer, sender: WeChatSender) -> None:
    server.say_always, server.fickle_token = 40001, True
    assert sender.send_text(OPENID, "x") == Outcome(Fate.RETRY, "token 40001")
    assert (server.count(SEND), server.count(TOKEN)) == (2, 2)
    assert sender.send_text(OPENID, "x") == Outcome(Fate.RETRY, "token renewed a moment ago")
    assert (server.count(SEND), server.count(TOKEN)) == (3, 2)


def test_a_killed_token_is_renewed_once(server: WeChatServer, sender: WeChatSender) -> None:
    assert sender.send_text(OPENID, "1").fate is Fate.ACCEPTED
    server.kill_token()
    assert sender.send_text(OPENID, "2").fate is Fate.ACCEPTED
    assert sender.send_text(OPENID, "3").fate is Fate.ACCEPTED
    assert (server.count(SEND), server.count(TOKEN)) == (4, 2)
    server.kill_token()
    server.stuck_token = True
    assert sender.send_text(OPENID, "4") == Outcome(Fate.RETRY, "token renewed a moment ago")
    assert len(server.sent) == 3


@pytest.mark.parametrize(
    ("fault", "fate", "arrived"),
    [
        ("hold", Fate.UNKNOWN, 1), ("close", Fate.UNKNOWN, 1), ("half", Fate.UNKNOWN, 1), ("html", Fate.UNKNOWN, 1),
        ("huge", Fate.UNKNOWN, 1), ("redirect", Fate.UNKNOWN, 1), ("refuse", Fate.UNKNOWN, 0), (500, Fate.UNKNOWN, 0),
        (502, Fate.UNKNOWN, 0), (504, Fate.UNKNOWN, 0), (503, Fate.RETRY, 0), (429, Fate.RETRY, 0),
        (404, Fate.REFUSED, 0), (413, Fate.REFUSED, 0), (408, Fate.UNKNOWN, 0),
    ],
)  # fmt: skip
def test_every_way_an_attempt_can_break(
    server: WeChatServer, sender: WeChatSender, fault: str | int, fate: Fate, arrived: int
) -> None:
    assert sender.send_text(OPENID, "first").fate is Fate.ACCEPTED
    server.misbehave(fault)
    assert sender.send_text(OPENID, "x").fate is fate
    assert (len(server.sent) - 1, server.count(SEND)) == (arrived, 2), "never sent twice by itself"
    assert server.count("/elsewhere") == 0
    assert sender.send_text(OPENID, "afterwards").fate is Fate.ACCEPTED


@pytest.mark.parametrize("fault", ["hold", "close", "half", "html", "huge", "refuse", 500, 503])
def test_without_a_token_nothing_was_sent(server: WeChatServer, sender: WeChatSender, fault: str | int) -> None:
    server.misbehave(fault)
    assert sender.send_text(OPENID, "x").fate is Fate.RETRY
    assert server.count(SEND) == 0
    assert sender.send_text(OPENID, "x").fate is Fate.ACCEPTED


def test_a_server_that_is_away(server: WeChatServer, sender: WeChatSender) -> None:
    assert sender.send_text(OPENID, "1").fate is Fate.ACCEPTED
    server.close()
    assert sender.send_text(OPENID, "2").fate in (Fate.RETRY, Fate.UNKNOWN), "an idle connection may have been cut"
    assert sender.send_text(OPENID, "3") == Outcome(Fate.RETRY, "transient not sent: NewConnectionError")


def test_templates(server: WeChatServer, sender: WeChatSender) -> None:
    first = sender.send_template(OPENID, "T1", GOOD, url="https://example.org/n", client_msg_id="notice-7")
    again = sender.send_template(OPENID, "T1", GOOD, url="https://example.org/n", client_msg_id="notice-7")
    other = sender.send_template(OPENID, "T1", GOOD)
    assert first == again == Outcome(Fate.ACCEPTED, "", first.reference)
    assert first.reference.isdigit()
    assert other.reference != first.reference
    assert [sent.content for sent in server.sent] == [{k: {"value": v} for k, v in GOOD.items()}] * 2
    assert sender.send_template(OPENID, "T2", GOOD) == Outcome(Fate.REFUSED, "ours 40037")
    assert sender.send_template(OPENID, "T1", {"thing1": "x"}) == Outcome(Fate.REFUSED, "ours 47003")


def test_subscriptions_are_used_up(server: WeChatServer, sender: WeChatSender) -> None:
    server.accept(OPENID, "T1")
    assert sender.send_subscribe(OPENID, "T1", GOOD, page="pages/index").fate is Fate.ACCEPTED
    assert sender.send_subscribe(OPENID, "T1", GOOD) == Outcome(Fate.REFUSED, "recipient 43101")
    assert json.loads(server.calls[-1].body) == {
        "touser": OPENID, "template_id": "T1", "data": {k: {"value": v} for k, v in GOOD.items()},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("thing1", ["还", "汉" * 20], ["", " ", "汉" * 21, "\x00"]),
        ("number1", ["5", "-5", "12.50", "1" * 32], ["1" * 33, "５", "五", "1,000", "1.", "NaN"]),
        ("letter1", ["ABc"], ["A1", "字", "a" * 33]),
        ("symbol1", ["%", "+++"], ["a", "++++++", "字"]),
        ("character_string1", ["L0423-7", "x" * 32], ["中", "x" * 33, "a\tb\n" * 9]),
        ("time1", ["15:01", "2019年10月1日 15:01", "15:01~16:02"], ["明天", "15点", "2019"]),
        ("date1", ["2019年10月1日", "2019-10-01", "2019年10月1日~2019年11月1日"], ["10月1日", "yesterday"]),
        ("amount1", ["100元", "¥100.50", "￥1", "1234567890"], ["12345678901", "一百", "100.505", "1,000元", "100块"]),
        ("phone_number1", ["13800138000", "+86-10-66888888"], ["1" * 18, "138 0013"]),
        ("car_number1", ["粤A8Z888挂"], ["粤A8Z8888挂x"]),
        ("name1", ["陈桂花", "买买提·艾力", "𠮷野", "John Smith"], ["汉" * 11, "陈1", "x" * 21]),
        ("phrase1", ["已还清"], ["已还清本期款项", "ok", "还1"]),
        ("keyword1", ["anything 任意"], ["", "x" * 201]),
    ],
)
def test_field_limits_are_kept_before_anything_is_sent(
    server: WeChatServer, sender: WeChatSender, name: str, good: list[str], bad: list[str]
) -> None:
    for value in bad:
        for send in (sender.send_template, sender.send_subscribe):
            assert send(OPENID, "T9", {name: value}) == Outcome(Fate.REFUSED, f"ours field {name}"), value
    assert not server.calls
    for value in good:
        assert sender.send_template(OPENID, "T9", {name: value}).reason == "ours 40037", value
    assert sender.send_template(OPENID, "T9", {}).reason == "ours field (none)"
    assert sender.send_template(OPENID, "T9", {"Thing 1": "x"}).reason == "ours field Thing 1"


def test_t37_nothing_secret_reaches_the_logs(
    server: WeChatServer, sender: WeChatSender, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sender.send_text(OPENID, "秘密的话")
    server.misbehave("close", "html", 500)
    outcomes = [sender.send_text(OPENID, "秘密的话") for _ in range(3)]
    server.login_codes["code-1"] = OPENID
    account = Account()
    asked = {"appid": account.app_id, "secret": account.app_secret, "js_code": "code-1"}
    asked["grant_type"] = "authorization_code"
    sender.api.without_token("/sns/jscode2session", asked)
    assert "access_token=***" in caplog.text, "urllib3 did log the call"
    for secret in ("ttttt", account.app_secret, "秘密", "code-1"):
        assert secret not in caplog.text
        assert secret not in repr(outcomes)


def test_the_other_calls_of_the_api(server: WeChatServer) -> None:
    """wechatpy's own objects and the mini-program's calls run over the same line."""
    account = Account(api_base=server.url)
    api = WeChatApi(account)
    api.menu.create({"button": [{"type": "click", "name": "余额", "key": "balance"}]})
    assert server.menu[0]["name"] == "余额"
    with pytest.raises(ApiError) as refused:
        api.menu.create({"button": []})
    assert (refused.value.code, refused.value.errcode) == (40017, 40017)
    server.login_codes["c"], server.phone_codes["p"] = OPENID, "13800138000"
    asked = {"appid": account.app_id, "secret": account.app_secret, "js_code": "c", "grant_type": "authorization_code"}
    assert api.without_token("/sns/jscode2session", asked)["openid"] == OPENID
    with pytest.raises(ApiError, match="40163"):
        api.without_token("/sns/jscode2session", asked)
    base = "https://api.weixin.qq.com/"
    found = api.post("wxa/business/getuserphonenumber", data={"code": "p"}, api_base_url=base)
    assert found["phone_info"]["purePhoneNumber"] == "13800138000"
    with pytest.raises(ValueError, match="not an address"):
        api.get("https://example.org/steal")
    with pytest.raises(NotImplementedError):
        api.media.upload("image", b"")
    assert server.count("/cgi-bin/token") == 0
    api.close()
