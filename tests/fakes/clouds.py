"""Aliyun's and Tencent's SMS services as strict doubles: signature, template and fields are checked, errors told.

The signatures are recomputed here from what came over the wire, not with our own functions.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from urllib.parse import quote

from tests.fakes.http_fake import Answer, Call, HttpFake

TEMPLATES = {"SMS_NOTICE1": {"no"}, "SMS_CODE1": {"code"}}
COUNTS = {"1001": 1, "1002": 1}


@dataclass(frozen=True)
class Sent:
    to: str
    template: str
    words: tuple[str, ...]
    reference: str


class Cloud(HttpFake):
    """`code` is what the service says of the next messages instead of doing them."""

    def __init__(self, key_id: str, key_secret: str, sign_name: str) -> None:
        self.key_id, self.key_secret, self.sign_name = key_id, key_secret, sign_name
        self.sent: list[Sent] = []
        self.code, self.message = "", ""
        self.nonces: set[str] = set()
        super().__init__()


class Aliyun(Cloud):
    def answer(self, call: Call) -> Answer:
        fields = {name: value[0] for name, value in call.query.items()}
        if why := self._unsigned(call, fields):
            return 400, {"Code": "SignatureDoesNotMatch", "Message": why}
        if (call.headers.get("x-acs-action"), call.headers.get("x-acs-version")) != ("SendSms", "2017-05-25"):
            return 404, {"Code": "InvalidAction.NotFound", "Message": ""}
        if set(fields) != {"PhoneNumbers", "SignName", "TemplateCode", "TemplateParam", "OutId"}:
            return 400, {"Code": "MissingParameter", "Message": ""}
        words = json.loads(fields["TemplateParam"])
        if self.code:
            return 200, {"Code": self.code, "Message": self.message}
        if fields["SignName"] != self.sign_name:
            return 200, {"Code": "isv.SMS_SIGNATURE_ILLEGAL", "Message": ""}
        if TEMPLATES.get(fields["TemplateCode"]) != set(words):
            return 200, {"Code": "isv.TEMPLATE_MISSING_PARAMETERS", "Message": ""}
        self.sent.append(Sent(
            fields["PhoneNumbers"], fields["TemplateCode"], tuple(words.values()), fields["OutId"]))
        return 200, {"Code": "OK", "Message": "OK", "BizId": f"b{len(self.sent)}^0", "RequestId": "r"}

    def _unsigned(self, call: Call, fields: dict[str, str]) -> str:
        found = re.fullmatch(
            r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})",
            call.headers.get("authorization", ""))
        if not found or found[1] != self.key_id:
            return "credential"
        names = found[2].split(";")
        wanted = {"host", *(name for name in call.headers if name.startswith("x-acs-"))}
        if set(names) != wanted or names != sorted(names):
            return "signed headers"
        if call.headers["x-acs-signature-nonce"] in self.nonces:
            return "nonce used"
        self.nonces.add(call.headers["x-acs-signature-nonce"])
        if call.headers["x-acs-content-sha256"] != hashlib.sha256(call.body).hexdigest():
            return "content"
        query = "&".join(f"{quote(name, safe='~')}={quote(fields[name], safe='~')}" for name in sorted(fields))
        lines = [call.method, call.path, query, *(f"{name}:{call.headers[name]}" for name in names), "", found[2],
                 call.headers["x-acs-content-sha256"]]
        told = "ACS3-HMAC-SHA256\n" + hashlib.sha256("\n".join(lines).encode()).hexdigest()
        right = hmac.new(self.key_secret.encode(), told.encode(), hashlib.sha256).hexdigest()
        return "" if right == found[3] else "signature"


class Tencent(Cloud):
    def answer(self, call: Call) -> Answer:
        if why := self._unsigned(call):
            return 200, {"Response": {"Error": {"Code": f"AuthFailure.{why}", "Message": ""}, "RequestId": "r"}}
        if (call.headers.get("x-tc-action"), call.headers.get("x-tc-version")) != ("SendSms", "2021-01-11"):
            return 200, {"Response": {"Error": {"Code": "InvalidAction", "Message": ""}, "RequestId": "r"}}
        asked = json.loads(call.body)
        if set(asked) != {"PhoneNumberSet", "SmsSdkAppId", "SignName", "TemplateId", "TemplateParamSet",
                          "SessionContext"}:
            return 200, {"Response": {"Error": {"Code": "UnknownParameter", "Message": ""}, "RequestId": "r"}}
        code = self.code or self._refused(asked)
        if code and "/" in code:
            return 200, {"Response": {"Error": {"Code": code.partition("/")[2], "Message": ""}, "RequestId": "r"}}
        if not code:
            self.sent.append(Sent(asked["PhoneNumberSet"][0], asked["TemplateId"], tuple(asked["TemplateParamSet"]),
                                  asked["SessionContext"]))
        state = {"SerialNo": f"2640:{len(self.sent)}", "PhoneNumber": asked["PhoneNumberSet"][0], "Fee": 1,
                 "SessionContext": asked["SessionContext"], "Code": code or "Ok", "Message": ""}
        return 200, {"Response": {"SendStatusSet": [state], "RequestId": "r"}}

    def _refused(self, asked: dict[str, object]) -> str:
        if asked["SignName"] != self.sign_name:
            return "FailedOperation.SignatureIncorrectOrUnapproved"
        words = asked["TemplateParamSet"]
        if not isinstance(words, list) or COUNTS.get(str(asked["TemplateId"])) != len(words):
            return "FailedOperation.TemplateIncorrectOrUnapproved"
        return ""

    def _unsigned(self, call: Call) -> str:
        found = re.fullmatch(
            r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, "
            r"SignedHeaders=content-type;host;x-tc-action, Signature=([0-9a-f]{64})",
            call.headers.get("authorization", ""))
        if not found or found[1] != self.key_id:
            return "SecretIdNotFound"
        head = call.headers
        canonical = (f"POST\n/\n\ncontent-type:{head['content-type']}\nhost:{head['host']}\n"
                     f"x-tc-action:{head['x-tc-action'].lower()}\n\ncontent-type;host;x-tc-action\n"
                     + hashlib.sha256(call.body).hexdigest())
        told = (f"TC3-HMAC-SHA256\n{head['x-tc-timestamp']}\n{found[2]}/sms/tc3_request\n"
                + hashlib.sha256(canonical.encode()).hexdigest())
        key = ("TC3" + self.key_secret).encode()
        for part in (found[2], "sms", "tc3_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        right = hmac.new(key, told.encode(), hashlib.sha256).hexdigest()
        return "" if right == found[3] else "SignatureFailure"
