"""Cloud services: signatures against the vendors' own examples, templates only, every class of error, callbacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.channels import aliyun, callback, tencent
from bot.channels.base import Fate, Outcome, Parcel
from bot.channels.line import Line
from bot.config_sms import Aliyun, Tencent
from tests.channels.conftest import Receipts
from tests.channels.stage import Turns
from tests.fakes import clouds

TO, SIGN = "13800138000", "青山互助社"
SECRET = "a-long-secret-path-part"
CODE = Parcel("i-1", TO, "批 23 482913", code="482913")
NOTICE = Parcel("i-2", TO, "23号借款已批准", loan=23)


def aliyun_config(api_base: str) -> Aliyun:
    return Aliyun(SECRET, "LTAI-test", "key-of-aliyun-0001", SIGN, "SMS_NOTICE1", "SMS_CODE1", api_base, 20)


def tencent_config(api_base: str) -> Tencent:
    return Tencent(
        SECRET, "AKID-test", "key-of-tencent-001", "1400000001", "ap-guangzhou", SIGN, "1001", "1002", api_base, 20)


@pytest.fixture
def ali() -> Iterator[tuple[clouds.Aliyun, aliyun.Sender]]:
    with clouds.Aliyun("LTAI-test", "key-of-aliyun-0001", SIGN) as fake:
        sender = aliyun.Sender(aliyun_config(fake.url), Line(read=1))
        yield fake, sender
        sender.close()


@pytest.fixture
def ten() -> Iterator[tuple[clouds.Tencent, tencent.Sender]]:
    with clouds.Tencent("AKID-test", "key-of-tencent-001", SIGN) as fake:
        sender = tencent.Sender(tencent_config(fake.url), Line(read=1))
        yield fake, sender
        sender.close()


def test_the_vendors_own_examples() -> None:
    """help.aliyun.com, "固定参数示例"; cloud.tencent.com, "签名方法 v3", with the key as it is printed there."""
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-content-sha256": empty,
        "x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = aliyun.canonical_query({
        "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"})
    signed = aliyun.authorization("YourAccessKeyId", "YourAccessKeySecret", "POST", "/", query, headers, empty)
    assert signed.endswith("Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    signed = tencent.authorization(
        "AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******", "Gu5t9xGARNpq86cd98joQYCN3*******", "cvm.tencentcloudapi.com",
        "DescribeInstances", "cvm", body, 1551113065, "application/json; charset=utf-8")
    assert signed.endswith("Signature=be4f67d323c78ab9acb7395e43c0dbcf822a9cfac32fea2449a7bc7726b770a3")


def test_codes_and_neutral_notices_go_by_template(ali: Any, ten: Any) -> None:
    fake, sender = ali
    assert sender.send_parcel(CODE) == Outcome(Fate.ACCEPTED)
    assert sender.send_parcel(NOTICE) == Outcome(Fate.ACCEPTED)
    assert fake.sent == [
        clouds.Sent(TO, "SMS_CODE1", ("482913",), "i-1"), clouds.Sent(TO, "SMS_NOTICE1", ("23",), "i-2")]
    fake, sender = ten
    assert sender.send_parcel(CODE) == Outcome(Fate.ACCEPTED, "", "tencent:2640:1")
    assert sender.send_parcel(NOTICE).fate is Fate.ACCEPTED
    assert fake.sent == [
        clouds.Sent(f"+86{TO}", "1002", ("482913",), "i-1"), clouds.Sent(f"+86{TO}", "1001", ("23",), "i-2")]


def test_words_of_our_own_never_leave(ali: Any, ten: Any) -> None:
    for fake, sender in (ali, ten):
        assert sender.send_parcel(Parcel("i-3", TO, "余额")) == Outcome(
            Fate.REFUSED, "no registered template says this")
        assert sender.send_parcel(Parcel("i-4", "10086", "x", loan=1)).fate is Fate.REFUSED
        assert not fake.calls


@pytest.mark.parametrize(("code", "message", "fate", "wait_s"), [
    ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", Fate.RETRY, 60),
    ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", Fate.RETRY, 3600),
    ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", Fate.RETRY, 43200),
    ("isv.DAY_LIMIT_CONTROL", "", Fate.RETRY, 43200), ("isp.SYSTEM_ERROR", "", Fate.RETRY, 0),
    ("Throttling.User", "", Fate.RETRY, 0), ("isv.OUT_OF_SERVICE", "", Fate.RETRY, 3600),
    ("isp.RAM_PERMISSION_DENY", "", Fate.RETRY, 3600), ("isv.MOBILE_NUMBER_ILLEGAL", "", Fate.REFUSED, 0),
    ("isv.SMS_CONTENT_ILLEGAL", "", Fate.REFUSED, 0), ("isv.SMS_TEMPLATE_ILLEGAL", "", Fate.REFUSED, 0),
])  # fmt: skip
def test_aliyuns_errors(ali: Any, code: str, message: str, fate: Fate, wait_s: int) -> None:
    fake, sender = ali
    fake.code, fake.message = code, message
    outcome = sender.send_parcel(NOTICE)
    assert (outcome.fate, outcome.wait_s) == (fate, wait_s)
    assert TO not in outcome.reason


@pytest.mark.parametrize(("code", "fate", "wait_s"), [
    ("LimitExceeded.PhoneNumberThirtySecondLimit", Fate.RETRY, 60),
    ("LimitExceeded.PhoneNumberDailyLimit", Fate.RETRY, 43200),
    ("call/InternalError.Timeout", Fate.RETRY, 0), ("call/AuthFailure.SecretIdNotFound", Fate.RETRY, 3600),
    ("FailedOperation.PhoneNumberInBlacklist", Fate.REFUSED, 0),
    ("FailedOperation.ContainSensitiveWord", Fate.REFUSED, 0),
    ("FailedOperation.InsufficientBalanceInSmsPackage", Fate.RETRY, 3600),
    ("call/InvalidParameterValue.IncorrectPhoneNumber", Fate.REFUSED, 0),
])  # fmt: skip
def test_tencents_errors(ten: Any, code: str, fate: Fate, wait_s: int) -> None:
    fake, sender = ten
    fake.code = code
    outcome = sender.send_parcel(NOTICE)
    assert (outcome.fate, outcome.wait_s) == (fate, wait_s)


@pytest.mark.parametrize("fault", ["close", "half", "html", "huge", "hold"])
def test_an_answer_that_is_lost_stays_unknown(ali: Any, ten: Any, fault: str) -> None:
    for fake, sender in (ali, ten):
        fake.misbehave(fault)
        assert sender.send_parcel(NOTICE).fate is Fate.UNKNOWN
        assert len(fake.sent) == 1 and not sender.tells_repeats


def test_a_wrong_key_is_our_fault(ali: Any, ten: Any) -> None:
    for fake, sender in (ali, ten):
        fake.key_secret = "another"
        assert sender.send_parcel(NOTICE).fate is Fate.RETRY and not fake.sent


@pytest.fixture
def web(turns: Turns, receipts: Receipts) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(aliyun.blueprint(turns.take, receipts.take, aliyun_config("")))
    app.register_blueprint(tencent.blueprint(turns.take, receipts.take, tencent_config("")))
    return app.test_client()


def test_aliyuns_callbacks(web: FlaskClient, turns: Turns, receipts: Receipts) -> None:
    said = {"phone_number": TO, "content": "余额", "send_time": "2026-03-01 09:00:00", "sign_name": SIGN,
            "dest_code": "1", "sequence_id": 1234567890}
    for _ in range(2):
        answer = web.post(f"/sms/aliyun/{SECRET}", json=[said, said | {"sign_name": "别人", "sequence_id": 2}])
        assert (answer.status_code, answer.json) == (200, {"code": 0, "msg": "接收成功"})
    assert [(one.sender, one.text, one.account) for one in turns.messages] == [(TO, "余额", "aliyun")]
    ended = {"phone_number": TO, "success": True, "err_code": "DELIVERED", "out_id": "i-1", "biz_id": "b"}
    web.post(f"/sms/aliyun/{SECRET}/receipts", json=[ended, ended | {"success": False, "err_code": "NOROUTE"}])
    assert receipts == [("i-1", "delivered", ""), ("i-1", "failed", "aliyun NOROUTE")]


def test_tencents_callbacks(web: FlaskClient, turns: Turns, receipts: Receipts) -> None:
    said = {"extend": "", "mobile": TO, "nationcode": "86", "sign": SIGN, "text": "余额", "time": 1772326800}
    for _ in range(2):
        answer = web.post(f"/sms/tencent/{SECRET}", json=said)
        assert (answer.status_code, answer.json) == (200, {"result": 0, "errmsg": "OK"})
    web.post(f"/sms/tencent/{SECRET}", json=said | {"time": 1772326801})
    assert [one.text for one in turns.messages] == ["余额", "余额"] and turns.repeats == 1
    ended = {"mobile": TO, "report_status": "FAIL", "errmsg": "MK:0001", "sid": "2640:1"}
    web.post(f"/sms/tencent/{SECRET}/receipts", json=[ended, ended | {"report_status": "SUCCESS", "sid": "2640:2"}])
    assert receipts == [("tencent:2640:1", "failed", "tencent MK:0001"), ("tencent:2640:2", "delivered", "")]


def test_t31_one_bad_item_and_one_unknown_report_hold_back_nothing(
    web: FlaskClient, turns: Turns, receipts: Receipts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch with a service's number, a conflict, a stranger's report: what came with them is taken all the same."""
    monkeypatch.setattr(callback, "EARLY_S", 0)
    said = {"phone_number": TO, "content": "余额", "sign_name": SIGN, "sequence_id": 1}
    assert web.post(f"/sms/aliyun/{SECRET}", json=[said]).status_code == 200
    batch = [{"phone_number": "95588", "content": "x", "sequence_id": 2}, said | {"content": "还款"}, {},
             said | {"sequence_id": 3, "content": "公示"}]
    assert web.post(f"/sms/aliyun/{SECRET}", json=batch).status_code == 200
    assert [one.text for one in turns.messages] == ["余额", "公示"]
    receipts.unknown, receipts.early = {"tencent:9:9"}, {"tencent:1:1"}
    reports = [{"report_status": "SUCCESS", "sid": sid} for sid in ("9:9", "1:1", "2:2")]
    answer = web.post(f"/sms/tencent/{SECRET}/receipts", json=reports)
    assert (answer.status_code, answer.json) == (200, {"result": 0, "errmsg": "OK"})
    assert sorted(one[0] for one in receipts) == ["tencent:1:1", "tencent:2:2"]


def test_what_is_not_theirs_is_turned_away(web: FlaskClient, turns: Turns) -> None:
    assert web.post("/sms/aliyun/wrong", json=[]).status_code == 403
    for body in (b"", b"[[", b"[1]", b'[{"content": 5}]', b'[{"phone_number": "95588", "content": "x"}]'):
        # Answered as done, for it would only be pushed again.
        assert web.post(f"/sms/aliyun/{SECRET}", data=body).status_code == 200
    turns.busy = True
    said = {"phone_number": TO, "content": "余额", "sequence_id": 1}
    assert web.post(f"/sms/aliyun/{SECRET}", json=[said]).status_code == 503
    assert not turns.messages
