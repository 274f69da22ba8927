"""WeChat's seal around every push: signature, freshness and encryption, checked before a byte is believed.

wechatpy computes the two primitives (sorted SHA-1, AES-CBC); its own checks compare with `!=`, know no age, trust the
padding byte and fail in a dozen ways, so framing and checking are here and fail in one way: `Refused`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from wechatpy.crypto.cryptography import WeChatCipher
from wechatpy.utils import WeChatSigner
from werkzeug.datastructures import MultiDict

from bot.channels.wechat_xml import Malformed, top_level

FRESH_SECONDS = 600
_BLOCK = 32
_NONCE = re.compile(r"[0-9A-Za-z._~-]{1,64}", re.ASCII)
_TIMESTAMP = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
_AES_KEY = re.compile(r"[0-9A-Za-z+/]{43}", re.ASCII)
# In compatible mode these stand readable and unsigned beside the ciphertext (reliability.md, T5).
PLAIN_NAMES = frozenset({"FromUserName", "CreateTime", "MsgType", "MsgId", "Content", "Event"})


class Refused(Exception):
    """Not proved to come from WeChat for this account; the message is for our log and holds nothing of the request."""


@dataclass(frozen=True)
class Opened:
    """A push that is proved: its decrypted content, and the stamp and nonce that its answer repeats."""

    content: bytes
    timestamp: str
    nonce: str


class Seal:
    """The shared secrets of one account. With an empty token or a broken key it refuses everything."""

    def __init__(self, token: str, aes_key: str, app_id: str, clock: Callable[[], float] = time.time) -> None:
        self._token = token
        self._app_id = app_id.encode("utf-8")
        self._clock = clock
        self._key = base64.b64decode(aes_key + "=") if _AES_KEY.fullmatch(aes_key) else b""

    def check_query(self, query: MultiDict[str, str]) -> None:
        """What can be known before the body is read: fresh, in secure mode, and made by somebody with the token."""
        timestamp, nonce = self._stamp(query)
        if _only(query, "encrypt_type") != "aes":
            raise Refused("not in secure mode")
        self._compare(_only(query, "signature"), self._sign(timestamp, nonce))

    def check_url(self, query: MultiDict[str, str]) -> str:
        """The `echostr` of WeChat's check of our address, once it is proved.

        developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview
        """
        timestamp, nonce = self._stamp(query)
        echo = _only(query, "echostr")
        self._compare(_only(query, "signature"), self._sign(timestamp, nonce))
        return echo

    def open_xml(self, query: MultiDict[str, str], body: bytes) -> Opened:
        """Opens a push whose envelope is XML, in secure mode only.

        developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions
        """
        try:
            envelope = top_level(body, {"Encrypt", *PLAIN_NAMES})
        except Malformed as wrong:
            raise Refused(f"envelope: {wrong}") from None
        if PLAIN_NAMES & envelope.keys():
            raise Refused("envelope: plain fields, the account is not in secure mode")
        if not envelope.get("Encrypt"):
            raise Refused("envelope: nothing encrypted")
        return self.open(query, envelope["Encrypt"])

    def open(self, query: MultiDict[str, str], sealed: str) -> Opened:
        """Opens one ciphertext that came with these parameters. The signature is checked before it is decrypted."""
        self.check_query(query)
        timestamp, nonce = query["timestamp"], query["nonce"]
        self._compare(_only(query, "msg_signature"), self._sign(timestamp, nonce, sealed))
        return Opened(self._decrypt(sealed), timestamp, nonce)

    def close(self, content: str, answered: Opened) -> str:
        """Seals an answer. Everything in it follows from the push, so that a repeat gets the same bytes."""
        raw = content.encode("utf-8")
        salt = hmac.new(self._key, f"{answered.timestamp}.{answered.nonce}.".encode() + raw, hashlib.sha256)
        plain = salt.hexdigest()[:16].encode() + len(raw).to_bytes(4, "big") + raw + self._app_id
        padding = _BLOCK - len(plain) % _BLOCK
        sealed = base64.b64encode(WeChatCipher(self._key).encrypt(plain + bytes([padding]) * padding)).decode("ascii")
        signature = self._sign(answered.timestamp, answered.nonce, sealed)
        return (
            f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{answered.timestamp}</TimeStamp><Nonce><![CDATA[{answered.nonce}]]></Nonce></xml>"
        )

    def _stamp(self, query: MultiDict[str, str]) -> tuple[str, str]:
        if not self._token or not self._key:
            raise Refused("no token or key is configured")
        timestamp, nonce = _only(query, "timestamp"), _only(query, "nonce")
        # Digits only on the left: (1, 23) and (12, 3) have one signature, but not both of them are fresh.
        if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
            raise Refused("strange timestamp or nonce")
        # WeChat repeats a push with the first timestamp within seconds, so ten minutes leave room for our clock.
        if abs(self._clock() - int(timestamp)) > FRESH_SECONDS:
            raise Refused("stale or from the future: is our clock right?")
        return timestamp, nonce

    def _sign(self, *parts: str) -> str:
        signer = WeChatSigner()
        signer.add_data(self._token, *parts)
        return str(signer.signature)

    @staticmethod
    def _compare(given: str, right: str) -> None:
        if not hmac.compare_digest(given.encode("utf-8"), right.encode("utf-8")):
            raise Refused("wrong signature")

    def _decrypt(self, sealed: str) -> bytes:
        try:
            raw = base64.b64decode(sealed, validate=True)
        except ValueError:
            raise Refused("ciphertext is not Base64") from None
        if not raw or len(raw) % _BLOCK:
            raise Refused("ciphertext has a strange length")
        plain = bytes(WeChatCipher(self._key).decrypt(raw))
        padding = plain[-1]
        if not 1 <= padding <= _BLOCK or plain[-padding:] != bytes([padding]) * padding:
            raise Refused("wrong padding")
        length = int.from_bytes(plain[16:20], "big")
        content, app_id = plain[20:-padding][:length], plain[20:-padding][length:]
        # A length beyond the end leaves no app id, so this one comparison covers both.
        if not hmac.compare_digest(app_id, self._app_id):
            raise Refused("sealed for another account")
        return content


def _only(query: MultiDict[str, str], name: str) -> str:
    """The parameter, given exactly once and in ASCII."""
    values = query.getlist(name)
    if len(values) != 1 or not values[0] or not values[0].isascii():
        raise Refused(f"parameter {name} is missing, repeated or strange")
    return values[0]
