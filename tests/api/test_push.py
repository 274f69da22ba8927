"""What people write in the mini-program's customer service takes the same turn, and is answered by a message there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from bot.channels.wechat_templates import parse
from bot.outbox import Outbox
from ledger.records import Notice
from tests.api.stage import AES_KEY, APP_ID, TOKEN, Stage
from tests.channels.test_miniprogram_push import event, in_json, told
from tests.fakes.wechat_phone import WeChatPhone
from tests.village import CODE, FIRST_DAY, Village

URL = "/miniprogram/push"


def outbox(stage: Stage) -> Outbox:
    found = stage.services.outbox
    found.sms = stage.village.phones
    return found


def test_words_are_answered_in_the_mini_program(stage: Stage) -> None:
    mini = stage.bound("陈桂花")
    stage.weixin.follow(mini.openid)
    stage.weixin.user_wrote(mini.openid)
    stage.village.deliver()
    phone = WeChatPhone(TOKEN, AES_KEY, APP_ID, openid=mini.openid)
    client = stage.app.test_client()
    for _ in range(3):
        push = in_json(phone, told(FromUserName=mini.openid), APP_ID)
        assert client.post(URL, query_string=push.query, data=push.body).data == b"success"
    outbox(stage).deliver()
    sent = [one.content for one in stage.weixin.sent]
    assert len(sent) == 1 and "陈桂花" in sent[0]


def test_what_was_taken_back_in_the_settings_is_not_wanted_any_more(quick_stage: Stage) -> None:
    mini = quick_stage.bound("陈桂花")
    mini.do("/subscriptions", {"accepted": ["T1", "T2"]})
    phone = WeChatPhone(TOKEN, AES_KEY, APP_ID, openid=mini.openid)
    taken_back = event("subscribe_msg_change_event", List=[{"TemplateId": "T1", "SubscribeStatusString": "reject"}])
    push = in_json(phone, taken_back | {"FromUserName": mini.openid}, APP_ID)
    assert quick_stage.app.test_client().post(URL, query_string=push.query, data=push.body).status_code == 200
    assert mini.get("/subscriptions").json == {"left": {"T2": 1}}


@pytest.mark.parametrize("withdrawn", ["user_authorization_revoke", "user_authorization_cancellation"])
def test_what_somebody_let_us_know_is_taken_back(quick_stage: Stage, withdrawn: str) -> None:
    """Its sender is WeChat, the person is named inside: that binding and its logins end, the phone stays."""
    mini, other = quick_stage.bound("陈桂花"), quick_stage.bound("刘大山")
    mini.do("/subscriptions", {"accepted": ["T1"]})
    platform = WeChatPhone(TOKEN, AES_KEY, APP_ID, openid="oWeChatItself")
    for one in (event(withdrawn, OpenID="x-nobody", RevokeInfo="8"),
                 event(withdrawn, OpenID=mini.openid, RevokeInfo="8")) * 2:
        push = in_json(platform, one | {"FromUserName": "oWeChatItself"}, APP_ID)
        assert quick_stage.app.test_client().post(URL, query_string=push.query, data=push.body).status_code == 200
    assert mini.get("/balance").status_code == 401 and other.get("/balance").status_code == 200
    mini.login()
    assert mini.get("/me").json == {"people": [], "question": None, "subscriptions": {}}
    assert quick_stage.village.say("陈桂花", "余额").startswith("陈桂花：")


def test_a_follower_takes_back_what_the_account_knew(quick_village: Village) -> None:
    village = quick_village
    village.say("陈桂花", f"绑定 {village.phone('陈桂花')}", "wechat")
    village.say("陈桂花", village.code("陈桂花"), "wechat")
    assert village.say("陈桂花", "余额", "wechat").startswith("陈桂花：")
    assert village.take("陈桂花", "", "wechat", kind="event:user_authorization_revoke").text == ""
    assert "绑定" in village.say("陈桂花", "余额", "wechat") and village.say("陈桂花", "余额").startswith("陈桂花：")


def test_a_malformed_push_is_kept_in_the_inbox(stage: Stage) -> None:
    phone = WeChatPhone(TOKEN, AES_KEY, APP_ID)
    push = in_json(phone, b'{"FromUserName":"\\u0000"}', APP_ID)
    client = stage.app.test_client()
    for _ in range(2):
        assert client.post(URL, query_string=push.query, data=push.body).status_code == 400
    with stage.village.store.read() as books:
        kept = books.connection.execute(text(
            "SELECT state, kind FROM inbox WHERE channel = 'miniprogram'")).all()
    assert [tuple(row) for row in kept] == [("malformed", "malformed")]


TEMPLATE = "TEMPLATE_0001"


def subscribed(stage: Stage) -> Outbox:
    """The outbox of an account with one template for reminders, and the window rules of real life."""
    found = outbox(stage)
    stage.weixin.templates[TEMPLATE] = {"thing1", "amount2", "date3"}
    wanted = {"reminder": parse(f"{TEMPLATE} thing1=title amount2=amount date3=day")}
    found.in_miniprogram = replace(found.in_miniprogram, subscribed=wanted)
    return found


def tell(stage: Stage, key: str, priority: int = 5) -> None:
    facts = {"name": "刘大山", "amount_fen": 31_500, "on": date(2026, 4, 4)}
    with stage.village.store.write() as books:
        person = books.known("sms", "", stage.village.phone("陈桂花"))[0].person.no
        books.notify(CODE, [Notice(key, person, "notice.repay_said", facts, priority)], FIRST_DAY,
                     stage.village.clock.now())


def how(stage: Stage, key: str) -> tuple[str, str, str]:
    with stage.village.store.read() as books:
        row = books.connection.execute(text(
            "SELECT state, sent_channel, reference FROM notice WHERE key = :key"), {"key": key}).one()
    return str(row[0]), str(row[1]), str(row[2])


def test_each_accept_is_one_message_and_then_sms(stage: Stage) -> None:
    mini = stage.bound("陈桂花")
    out, number = subscribed(stage), stage.village.phone("陈桂花")
    out.deliver()
    stage.weixin.accept(mini.openid, TEMPLATE)
    mini.do("/subscriptions", {"accepted": [TEMPLATE]})
    heard = len(stage.village.phones.heard.get(number, []))
    tell(stage, "t/1")
    out.deliver()
    assert how(stage, "t/1")[:2] == ("sent", "subscribed_mini")
    assert [one.kind for one in stage.weixin.sent] == ["subscribe_mini"]
    assert stage.weixin.sent[0].content["amount2"] == {"value": "315元"}
    assert mini.get("/subscriptions").json == {"left": {}}
    tell(stage, "t/2")
    out.deliver()
    assert how(stage, "t/2")[:2] == ("sent", "sms")
    assert len(stage.village.phones.heard[number]) == heard + 1
    # Its true end comes by the push, under WeChat's own id.
    msg_id = how(stage, "t/1")[2].removeprefix("wechat:m")
    ended = event("subscribe_msg_sent_event", List={"TemplateId": TEMPLATE, "MsgID": msg_id, "ErrorCode": "0"})
    phone = WeChatPhone(TOKEN, AES_KEY, APP_ID, openid=mini.openid)
    push = in_json(phone, ended | {"FromUserName": mini.openid}, APP_ID)
    assert stage.app.test_client().post(URL, query_string=push.query, data=push.body).status_code == 200
    assert how(stage, "t/1")[0] == "delivered"


def test_weixin_is_the_judge_of_what_is_left(quick_stage: Stage) -> None:
    """We counted three, WeChat knows of none: 43101 empties the count, and the notice goes by SMS."""
    mini = quick_stage.bound("陈桂花")
    out = subscribed(quick_stage)
    quick_stage.weixin.follow(mini.openid)
    mini.do("/subscriptions", {"accepted": [TEMPLATE, TEMPLATE, TEMPLATE]})
    tell(quick_stage, "t/1")
    out.deliver()
    assert how(quick_stage, "t/1")[:2] == ("sent", "sms")
    assert mini.get("/subscriptions").json == {"left": {}}
    calls = quick_stage.weixin.count("/cgi-bin/message/subscribe/send")
    tell(quick_stage, "t/2")
    out.deliver()
    assert quick_stage.weixin.count("/cgi-bin/message/subscribe/send") == calls == 1


def test_codes_and_what_needs_no_template_stay_with_sms(quick_stage: Stage) -> None:
    mini = quick_stage.bound("陈桂花")
    out = subscribed(quick_stage)
    quick_stage.weixin.accept(mini.openid, TEMPLATE)
    mini.do("/subscriptions", {"accepted": [TEMPLATE]})
    tell(quick_stage, "t/1", priority=1)  # a receipt: no template of its own is registered
    quick_stage.village.say("陈桂花", "签 5")
    out.deliver()
    assert how(quick_stage, "t/1")[1] == "sms" and quick_stage.weixin.sent == []
