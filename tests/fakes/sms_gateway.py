"""A gateway that speaks the project's generic SMS format: strict about what it takes, one delivery for each id.

It also plays the phones behind it: it posts incoming messages and receipts to our endpoints.
"""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.fakes.http_fake import Answer, Call, HttpFake

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)


@dataclass(frozen=True)
class Delivery:
    """A message that reached a phone."""

    id: str
    to: str
    text: str


class SmsGateway(HttpFake):
    """`delivered` is what reached phones, once for each id; `attempts` counts what we handed over for each id."""

    def __init__(self, key: str, host: str = "127.0.0.1") -> None:
        self.key = key
        self.delivered: dict[str, Delivery] = {}
        self.attempts: dict[str, int] = {}
        super().__init__(host)
        self.send_url = f"{self.url}/send"

    def answer(self, call: Call) -> Answer:
        if (call.method, call.path) != ("POST", "/send"):
            return 404, {"error": "no such address"}
        if call.headers.get("authorization") != f"Bearer {self.key}":
            return 401, {"error": "wrong key"}
        if call.headers.get("content-type", "").split(";")[0] != "application/json":
            return 415, {"error": "JSON only"}
        try:
            asked: Any = json.loads(call.body.decode("utf-8"))
        except ValueError:
            return 400, {"error": "not JSON"}
        if not isinstance(asked, dict) or set(asked) != {"id", "to", "text"}:
            return 400, {"error": "exactly id, to, text"}
        if not all(isinstance(value, str) and value for value in asked.values()):
            return 400, {"error": "texts only"}
        if not _MOBILE.fullmatch(asked["to"]) or len(asked["text"]) > 500 or len(asked["id"]) > 128:
            return 422, {"error": "number, length or id"}
        return self._accept(Delivery(**asked))

    def _accept(self, delivery: Delivery) -> Answer:
        self.attempts[delivery.id] = self.attempts.get(delivery.id, 0) + 1
        known = self.delivered.setdefault(delivery.id, delivery)
        if known != delivery:
            return 409, {"error": "this id was another message"}
        return 202, {"accepted": delivery.id}

    def texts_to(self, number: str) -> list[str]:
        """What this phone shows, oldest first."""
        with self.lock:
            return [delivery.text for delivery in self.delivered.values() if delivery.to == number]


@dataclass(frozen=True)
class Inbound:
    """Our own endpoints as the gateway was told them."""

    base_url: str
    secret: str

    def say(self, sender: str, text: str, message_id: str, form: bool = False) -> int:
        """One message from a phone; the status that our side answers."""
        fields = {"from": sender, "to": "10690001", "text": text, "id": message_id}
        return self._post("", fields, form)

    def receipt(self, message_id: str, status: str, reason: str = "", form: bool = False) -> int:
        return self._post("/receipts", {"id": message_id, "status": status, "reason": reason}, form)

    def _post(self, path: str, fields: dict[str, str], form: bool) -> int:
        where = urlsplit(self.base_url)
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        body = urlencode(fields) if form else json.dumps(fields, ensure_ascii=False)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
        try:
            headers = {"Content-Type": kind}
            connection.request("POST", f"/sms/http/{self.secret}{path}", body.encode(), headers)
            return connection.getresponse().status
        finally:
            connection.close()
