"""Aliyun SMS (短信服务): SendSms with a registered template, signed by hand; messages and reports by callback.

After help.aliyun.com "V3版本请求体&签名机制" (ACS3-HMAC-SHA256), "SendSms" (2017-05-25) and the callbacks SmsUp and
SmsReport ("HTTP批量推送"). No SDK: it brings 29 packages for one signed request.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from flask import Blueprint

from bot.channels import cloud
from bot.channels.base import Fate, Outcome, Parcel, Turn
from bot.channels.callback import OnReceipt
from bot.channels.line import Line
from bot.config_sms import Aliyun

ACCOUNT = "aliyun"
VERSION = "2017-05-25"
_EMPTY = hashlib.sha256(b"").hexdigest()
_NEVER = ("isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.BLACK_KEY_CONTROL_LIMIT")
_OURS = ("isv.OUT_OF_SERVICE", "isp.RAM_PERMISSION_DENY", "isv.DENY_IP_RANGE", "isv.ACCOUNT_ABNORMAL",
         "isv.ACCOUNT_NOT_EXISTS", "isv.AMOUNT_NOT_ENOUGH", "InvalidAccessKeyId.NotFound", "SignatureDoesNotMatch")


def authorization(
    key_id: str, key_secret: str, method: str, path: str, query: str, headers: Mapping[str, str], body_hash: str
) -> str:
    """The header Authorization; `query` is canonical already, all of `headers` are signed."""
    given = sorted((name.lower(), value.strip()) for name, value in headers.items())
    names = ";".join(name for name, _ in given)
    lines = "".join(f"{name}:{value}\n" for name, value in given)
    canonical = "\n".join((method, path, query, lines, names, body_hash))
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}"


def canonical_query(fields: Mapping[str, str]) -> str:
    """Names in order, RFC 3986 throughout."""
    return "&".join(f"{quote(name, safe='~')}={quote(fields[name], safe='~')}" for name in sorted(fields))


class Sender:
    """Sends by templates. Threads may share one."""

    # "请您做好幂等控制": the service sends what it is told, as often as it is told.
    tells_repeats = False

    def __init__(self, config: Aliyun, line: Line | None = None, clock: Callable[[], float] = time.time) -> None:
        self._config, self._clock = config, clock
        self._line = line or Line()

    def send_parcel(self, parcel: Parcel) -> Outcome:
        """One attempt, as code or as neutral notice; our reference comes back as out_id."""
        if why := cloud.refused(parcel):
            return Outcome(Fate.REFUSED, why)
        config = self._config
        words = {"code": parcel.code} if parcel.code else {"no": str(parcel.loan)}
        query = canonical_query({
            "PhoneNumbers": parcel.to,
            "SignName": config.sign_name,
            "TemplateCode": config.code_template if parcel.code else config.notice_template,
            "TemplateParam": json.dumps(words),
            "OutId": parcel.reference,
        })
        headers = {
            "host": urlsplit(config.api_base).netloc,
            "x-acs-action": "SendSms",
            "x-acs-content-sha256": _EMPTY,
            "x-acs-date": datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": VERSION,
        }
        headers["Authorization"] = authorization(
            config.key_id, config.key_secret, "POST", "/", query, headers, _EMPTY)
        answer = cloud.call(self._line, f"{config.api_base}/?{query}", None, headers)
        if isinstance(answer, Outcome):
            return answer
        told = cloud.answered(answer)
        if told is None or not isinstance(told.get("Code"), str):
            return Outcome(Fate.UNKNOWN, f"http {answer.status} without a code")
        return outcome(told["Code"], str(told.get("Message", "")))

    def close(self) -> None:
        self._line.close()


def outcome(code: str, message: str) -> Outcome:
    """What a code of SendSms means for the message (help.aliyun.com "API错误码")."""
    if code == "OK":
        return Outcome(Fate.ACCEPTED)
    if code == "isv.BUSINESS_LIMIT_CONTROL":
        wait = cloud.REST_OF_DAY_S if "天级" in message else cloud.HOUR_S if "小时级" in message else cloud.MINUTE_S
        return Outcome(Fate.RETRY, "aliyun: too many to this phone", wait_s=wait)
    if code in ("isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL"):
        return Outcome(Fate.RETRY, f"aliyun: {code}: raise the account's limit", wait_s=cloud.REST_OF_DAY_S)
    if code in ("isp.SYSTEM_ERROR", "ServiceUnavailable", "InternalError") or code.startswith("Throttling"):
        return Outcome(Fate.RETRY, f"aliyun: {code}")
    if code in _OURS:
        return Outcome(Fate.RETRY, f"aliyun: {code}: put the account, key or its rights right", wait_s=cloud.HOUR_S)
    if code in _NEVER or any(part in code for part in ("SIGN", "TEMPLATE", "CONTENT", "PARAM", "ILLEGAL")):
        return Outcome(Fate.REFUSED, f"aliyun: {code}")
    return Outcome(Fate.REFUSED, f"aliyun: {code[:60]}")


def blueprint(take_turn: Turn, on_receipt: OnReceipt, config: Aliyun) -> Blueprint:
    """Serves SmsUp and SmsReport at secret paths: the service signs neither, so only the text is believed."""

    def take(item: cloud.Item) -> None:
        if item.get("sign_name", config.sign_name) == config.sign_name:
            cloud.take(take_turn, ACCOUNT, item.get("phone_number"), item.get("content"), item.get("sequence_id"),
                       item.get("send_time"))

    def report(item: cloud.Item) -> None:
        if reference := cloud.word(item.get("out_id"), 128):
            good = item.get("success") is True
            why = "" if good else f"aliyun {cloud.word(item.get('err_code'), 40)}".strip()
            on_receipt(reference, "delivered" if good else "failed", why)

    return cloud.blueprint(ACCOUNT, config.secret, take, report, {"code": 0, "msg": "接收成功"})
