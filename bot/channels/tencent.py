"""Tencent Cloud SMS (短信): SendSms with a registered template, signed by hand; messages and reports by callback.

After cloud.tencent.com "签名方法 v3" (TC3-HMAC-SHA256), "SendSms" (2021-01-11), documents 5807 (reports) and 5809
(messages). Reports name the service's own serial number, which is therefore kept as the reference of the notice.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Blueprint

from bot.channels import cloud
from bot.channels.base import Fate, Outcome, Parcel, Turn
from bot.channels.callback import OnReceipt
from bot.channels.line import Line
from bot.config_sms import Tencent

ACCOUNT = "tencent"
PREFIX = "tencent:"
VERSION = "2021-01-11"
_LATER = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": cloud.MINUTE_S,
    "LimitExceeded.PhoneNumberOneHourLimit": cloud.HOUR_S,
    "LimitExceeded.PhoneNumberDailyLimit": cloud.REST_OF_DAY_S,
    "LimitExceeded.PhoneNumberSameContentDailyLimit": cloud.REST_OF_DAY_S,
    "LimitExceeded.DeliveryFrequencyLimit": cloud.MINUTE_S,
    "LimitExceeded.AppDailyLimit": cloud.REST_OF_DAY_S,
}
_OURS = ("AuthFailure", "UnauthorizedOperation", "FailedOperation.InsufficientBalanceInSmsPackage",
         "UnsupportedOperation")


def authorization(
    key_id: str, key_secret: str, host: str, action: str, service: str, body: bytes, now: int, content_type: str
) -> str:
    """The header Authorization of one POST to `/`."""
    day = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")
    names = "content-type;host;x-tc-action"
    heads = f"content-type:{content_type}\nhost:{host}\nx-tc-action:{action.lower()}\n"
    canonical = "\n".join(("POST", "/", "", heads, names, hashlib.sha256(body).hexdigest()))
    scope = f"{day}/{service}/tc3_request"
    to_sign = f"TC3-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{key_secret}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"TC3-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}"


class Sender:
    """Sends by templates. Threads may share one."""

    tells_repeats = False

    def __init__(self, config: Tencent, line: Line | None = None, clock: Callable[[], float] = time.time) -> None:
        self._config, self._clock = config, clock
        self._line = line or Line()

    def send_parcel(self, parcel: Parcel) -> Outcome:
        """One attempt, as code or as neutral notice."""
        if why := cloud.refused(parcel):
            return Outcome(Fate.REFUSED, why)
        config, now = self._config, int(self._clock())
        body = json.dumps({
            "PhoneNumberSet": [f"+86{parcel.to}"],
            "SmsSdkAppId": config.app_id,
            "SignName": config.sign_name,
            "TemplateId": config.code_template if parcel.code else config.notice_template,
            "TemplateParamSet": [parcel.code or str(parcel.loan)],
            "SessionContext": parcel.reference,
        }, ensure_ascii=False).encode()
        host, content_type = urlsplit(config.api_base).netloc, "application/json; charset=utf-8"
        headers = {
            "Authorization": authorization(
                config.key_id, config.key_secret, host, "SendSms", "sms", body, now, content_type),
            "Content-Type": content_type,
            "Host": host,
            "X-TC-Action": "SendSms",
            "X-TC-Region": config.region,
            "X-TC-Timestamp": str(now),
            "X-TC-Version": VERSION,
        }
        answer = cloud.call(self._line, f"{config.api_base}/", body, headers)
        if isinstance(answer, Outcome):
            return answer
        return _read(cloud.answered(answer), answer.status)

    def close(self) -> None:
        self._line.close()


def _read(told: cloud.Item | None, status: int) -> Outcome:
    """The error of the whole call, else the code of the one number in it."""
    response = told.get("Response") if told else None
    if not isinstance(response, dict):
        return Outcome(Fate.UNKNOWN, f"http {status} without a code")
    error, states = response.get("Error"), response.get("SendStatusSet")
    if isinstance(error, dict):
        return outcome(str(error.get("Code", "")), "")
    if not isinstance(states, list) or len(states) != 1 or not isinstance(states[0], dict):
        return Outcome(Fate.UNKNOWN, f"http {status} without a code")
    return outcome(str(states[0].get("Code", "")), str(states[0].get("SerialNo", "")))


def outcome(code: str, serial: str) -> Outcome:
    """What a code of SendSms means for the message (cloud.tencent.com document 382/55981, error codes)."""
    if code == "Ok":
        return Outcome(Fate.ACCEPTED, "", f"{PREFIX}{serial}" if serial else "")
    if code in _LATER:
        return Outcome(Fate.RETRY, f"tencent: {code}", wait_s=_LATER[code])
    if code.startswith(("InternalError", "RequestLimitExceeded")):
        return Outcome(Fate.RETRY, f"tencent: {code}")
    if code.startswith(_OURS):
        return Outcome(Fate.RETRY, f"tencent: {code}: put the account, key or its rights right", wait_s=cloud.HOUR_S)
    return Outcome(Fate.REFUSED, f"tencent: {code[:80]}")


def blueprint(take_turn: Turn, on_receipt: OnReceipt, config: Tencent) -> Blueprint:
    """Serves messages and reports at secret paths: the service signs neither."""

    def take(item: cloud.Item) -> None:
        if item.get("sign", config.sign_name) == config.sign_name:
            cloud.take(take_turn, ACCOUNT, item.get("mobile"), item.get("text"), "", item.get("time"))

    def report(item: cloud.Item) -> None:
        if sid := cloud.word(item.get("sid"), 100):
            good = item.get("report_status") == "SUCCESS"
            why = "" if good else f"tencent {cloud.word(item.get('errmsg'), 40)}".strip()
            on_receipt(f"{PREFIX}{sid}", "delivered" if good else "failed", why)

    return cloud.blueprint(ACCOUNT, config.secret, take, report, {"result": 0, "errmsg": "OK"})
