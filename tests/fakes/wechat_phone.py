"""A follower's phone together with WeChat's relay: makes the sealed pushes that reach `/wechat`, and reads the answers.

Written from the published scheme with `cryptography` alone, so that a mistake in our own seal cannot cancel out here.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import ElementTree

OPENID = "oVillage_chen-guihua_0000001"
ORIGINAL_ID = "gh_0123456789ab"


@dataclass(frozen=True)
class Push:
    """One HTTP request of WeChat's. Delivering it again is what WeChat does when nobody answers in time."""

    query: dict[str, str]
    body: bytes

    @property
    def target(self) -> str:
        return "/wechat?" + urlencode(self.query)


class WeChatPhone:
    """Holds the account's secrets, as WeChat does, and one follower's openid."""

    def __init__(
        self,
        token: str,
        aes_key: str,
        app_id: str,
        openid: str = OPENID,
        original_id: str = ORIGINAL_ID,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.token, self.app_id, self.openid, self.original_id = token, app_id, openid, original_id
        self.clock = clock
        self._key = base64.b64decode(aes_key + "=")
        self._ids = itertools.count(int.from_bytes(os.urandom(6), "big") << 12)
        self._nonces = itertools.count(int.from_bytes(os.urandom(4), "big"))

    # What a person does.

    def text(self, content: str, msg_id: int | None = None) -> Push:
        return self.push("text", f"<Content>{escape(content)}</Content>", msg_id)

    def voice(self, recognition: str | None) -> Push:
        heard = "" if recognition is None else f"<Recognition><![CDATA[{recognition}]]></Recognition>"
        return self.push("voice", f"<MediaId><![CDATA[m1]]></MediaId><Format><![CDATA[amr]]></Format>{heard}")

    def image(self) -> Push:
        inner = "<PicUrl><![CDATA[http://mmbiz.qpic.cn/1]]></PicUrl><MediaId><![CDATA[m2]]></MediaId>"
        return self.push("image", inner)

    def event(self, event: str, event_key: str | None = None, inner: str = "") -> Push:
        key = "" if event_key is None else f"<EventKey><![CDATA[{event_key}]]></EventKey>"
        return self.seal(self.head("event") + f"<Event><![CDATA[{event}]]></Event>{key}{inner}</xml>")

    # How WeChat packs it.

    def push(self, kind: str, inner: str, msg_id: int | None = None) -> Push:
        return self.seal(f"{self.head(kind)}{inner}<MsgId>{msg_id or next(self._ids)}</MsgId></xml>")

    def head(self, kind: str) -> str:
        return (
            f"<xml><ToUserName><![CDATA[{self.original_id}]]></ToUserName>"
            f"<FromUserName><![CDATA[{self.openid}]]></FromUserName>"
            f"<CreateTime>{int(self.clock())}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>"
        )

    def seal(self, content: str | bytes, app_id: str | None = None) -> Push:
        raw = content if isinstance(content, bytes) else content.encode()
        framed = os.urandom(16) + len(raw).to_bytes(4, "big") + raw + (app_id or self.app_id).encode()
        return self.seal_frame(framed + bytes([32 - len(framed) % 32]) * (32 - len(framed) % 32))

    def seal_frame(self, frame: bytes) -> Push:
        """Encrypts a whole frame, also a wrong one; its length must be a multiple of 16."""
        encryptor = Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16])).encryptor()
        return self.envelope(base64.b64encode(encryptor.update(frame) + encryptor.finalize()).decode())

    def envelope(self, encrypted: str) -> Push:
        body = (
            f"<xml>\n    <ToUserName><![CDATA[{self.original_id}]]></ToUserName>\n"
            f"    <Encrypt><![CDATA[{encrypted}]]></Encrypt>\n</xml>\n"
        )
        return Push(self.query(encrypted), body.encode())

    def query(self, encrypted: str) -> dict[str, str]:
        stamp = self.stamp()
        return {
            "signature": self.sign(*stamp.values()),
            **stamp,
            "openid": self.openid,
            "encrypt_type": "aes",
            "msg_signature": self.sign(*stamp.values(), encrypted),
        }

    def url_check(self, echostr: str) -> str:
        stamp = self.stamp()
        return "/wechat?" + urlencode({"signature": self.sign(*stamp.values()), "echostr": echostr, **stamp})

    def stamp(self) -> dict[str, str]:
        return {"timestamp": str(int(self.clock())), "nonce": str(next(self._nonces))}

    def sign(self, *parts: str) -> str:
        return hashlib.sha1("".join(sorted([self.token, *parts])).encode(), usedforsecurity=False).hexdigest()

    # How WeChat reads the answer.

    def open(self, answer: bytes) -> dict[str, str]:
        """The fields of a passive reply. Fails on anything that WeChat would call a broken service."""
        outer = {child.tag: child.text or "" for child in ElementTree.fromstring(answer)}
        assert set(outer) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}, sorted(outer)
        assert self.sign(outer["TimeStamp"], outer["Nonce"], outer["Encrypt"]) == outer["MsgSignature"]
        decryptor = Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16])).decryptor()
        plain = decryptor.update(base64.b64decode(outer["Encrypt"], validate=True)) + decryptor.finalize()
        assert len(plain) % 32 == 0
        assert 1 <= plain[-1] <= 32
        assert plain.endswith(bytes([plain[-1]]) * plain[-1])
        plain = plain[: -plain[-1]]
        end = 20 + int.from_bytes(plain[16:20], "big")
        assert plain[end:].decode() == self.app_id
        inner = ElementTree.fromstring(plain[20:end])
        assert inner.tag == "xml"
        fields = {child.tag: child.text or "" for child in inner}
        assert len(fields) == len(inner), "a field is there twice"
        assert set(fields) == {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"}, sorted(fields)
        assert (fields["ToUserName"], fields["FromUserName"]) == (self.openid, self.original_id)
        assert fields["MsgType"] == "text"
        assert len(fields["Content"].encode()) <= 2048
        return fields

    def read(self, answer: bytes) -> str:
        """The words that the person sees; empty when WeChat shows nothing."""
        return "" if answer in (b"success", b"") else self.open(answer)["Content"]

    # Over the wire.

    def deliver(self, push: Push, base_url: str, tries: int = 3, seconds: float = 5) -> str:
        """Delivers as WeChat does: five seconds, three tries, then the person sees a failure (`TimeoutError`)."""
        where = urlsplit(base_url)
        for _ in range(tries):
            connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=seconds)
            try:
                connection.request("POST", push.target, push.body, {"Content-Type": "text/xml"})
                answer = connection.getresponse()
                raw = answer.read()
                if answer.status == 200:
                    return self.read(raw)
            except OSError:
                continue
            finally:
                connection.close()
        raise TimeoutError("该公众号提供的服务出现故障")
