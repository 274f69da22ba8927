"""The simulated phones against the running fund: SMS with receipts, WeChat from following to notices, the outage."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.wechat_xml import Malformed
from bot.pages.demo.phones import Phones
from bot.pages.demo.relay import Relay
from bot.pages.demo.stage import Stage, found
from bot.pages.demo.world import SMS_FAILED, WECHAT_FAILED, World, openid_of, phone_of
from ledger.store.mailbox import Mailbox
from tests.fakes.wechat_phone import WeChatPhone
from tests.pages.conftest import Demo

GUIHUA, XIUYING = "19900000012", "19900000024"


def post(demo: Demo, path: str, **asked: str) -> Any:
    request = urllib.request.Request(
        demo.base_url + path, json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def say(demo: Demo, phone: str, text: str, channel: str = "wechat") -> None:
    post(demo, "/demo/send", phone=phone, channel=channel, text=text)


def until(check: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not check():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def bind(demo: Demo, phone: str, stage: Stage, name: str) -> None:
    post(demo, "/demo/follow", phone=phone)
    stage.hear(name, "绑定 您的手机号")
    say(demo, phone, f"绑定 {phone}")
    code = found(r"验证码([0-9]{6})", stage.hear(name, "绑定微信的验证码"))
    say(demo, phone, code)
    stage.hear(name, "绑定好了")


def test_what_reaches_a_phone_is_reported_delivered(demo: Demo) -> None:
    stage = Stage(demo.base_url, lambda _: None)
    stage.send("陈桂花", "余额")
    stage.hear("陈桂花", "没有借款")

    def delivered() -> bool:
        with demo.services.store.read() as books:
            # What was merged into another message or could reach nobody is an end of its own, and no delivery.
            counts = Mailbox(books.connection).counts()
            return counts.get("delivered", 0) > 0 and not counts.keys() & {"waiting", "leased", "sent", "unknown"}

    until(delivered)


def test_a_wechat_binds_itself_and_then_gets_the_notices(demo: Demo) -> None:
    stage = Stage(demo.base_url, lambda _: None)
    bind(demo, XIUYING, stage, "李秀英")
    say(demo, XIUYING, "余额 <b>&]]>")
    say(demo, XIUYING, "余额")
    stage.hear("李秀英", "李秀英：互助金600元")
    stage.send("陈桂花", "借3000买化肥10个月")
    stage.hear("陈桂花", "回1确认")
    stage.send("陈桂花", "1")
    for name in ("刘大山", "孙二妹"):
        stage.hear(name, "请您联保")
        stage.send(name, "同意联保 23")
    stage.hear("李秀英", "批 23 ")
    shown = json.load(urllib.request.urlopen(f"{demo.base_url}/demo/messages?after=0", timeout=10))["messages"]
    key = next(one for one in shown if "同意请发：批 23 " in one["text"] and one["phone"] == XIUYING)
    assert key["channel"] == "wechat", "a bound person is told over WeChat"
    assert [hint["text"] for hint in key["hints"]][1] == "驳回 23 "


def test_when_the_fund_is_away_the_phone_says_so(demo: Demo) -> None:
    config = demo.services.config
    phones = Phones(config.server.data_dir / "other.db")
    world = World(config, phones, lambda: "2026-03-01")
    world._base = "http://127.0.0.1:9"
    world.say(GUIHUA, "sms", "余额")
    world.say(GUIHUA, "wechat", "余额")
    assert [one.text for one in phones.after(0)] == ["余额", SMS_FAILED, "余额", WECHAT_FAILED]


def test_the_seal_agrees_with_an_independent_phone(demo: Demo) -> None:
    account = demo.services.config.wechat
    assert account is not None
    push = Relay(account).text(openid_of(GUIHUA), "余额")
    phone = WeChatPhone(account.token, account.aes_key, account.app_id, openid_of(GUIHUA))
    request = urllib.request.Request(demo.base_url + push.target, push.body, {"Content-Type": "text/xml"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        raw = answer.read()
    phone.original_id = "gh_demo00000001"
    assert phone.read(raw) == Relay(account).open(raw)
    with pytest.raises(Malformed, match="signed by somebody else"):
        Relay(account).open(raw.replace(b"<TimeStamp>", b"<TimeStamp>1"))


def test_an_openid_is_only_ours() -> None:
    assert phone_of(openid_of(GUIHUA)) == GUIHUA
    assert phone_of("oSomebodyElse") == ""
    assert phone_of("oDemoVillage_<b>") == ""
