"""What people write in the mini-program's customer service takes the same turn, and is answered by a message there."""

from __future__ import annotations

from sqlalchemy import text

from bot.outbox import Outbox
from tests.api.stage import AES_KEY, APP_ID, TOKEN, Stage
from tests.channels.test_miniprogram_push import event, in_json, told
from tests.fakes.wechat_phone import WeChatPhone

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
