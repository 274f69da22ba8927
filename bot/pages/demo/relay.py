"""WeChat's side of the official account's seal: makes the signed and encrypted pushes, opens the sealed replies.

In the world this is done by WeChat's own servers; `bot/channels/wechat_crypto.py` is the side of the fund.
"""

from __future__ import annotations

import base64
import secrets
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from wechatpy.crypto.cryptography import WeChatCipher
from wechatpy.utils import WeChatSigner

from bot.channels.wechat_xml import Malformed, top_level

ORIGINAL_ID = "gh_demo00000001"
_BLOCK = 32


class Account(Protocol):
    """What this file needs of the section `[wechat]`."""

    @property
    def app_id(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def aes_key(self) -> str: ...


@dataclass(frozen=True)
class Push:
    """One request of WeChat's; a repeat sends the very same one."""

    target: str
    body: bytes


class Relay:
    """Holds the account's secrets, as WeChat does."""

    def __init__(self, account: Account) -> None:
        self._token, self._app_id = account.token, account.app_id
        self._key = base64.b64decode(account.aes_key + "=")

    def text(self, openid: str, content: str) -> Push:
        message_id = secrets.randbelow(1 << 62) + 1
        inner = f"<Content>{escape(content)}</Content><MsgId>{message_id}</MsgId>"
        return self._sealed(openid, self._content(openid, "text", inner))

    def subscribed(self, openid: str) -> Push:
        return self._sealed(openid, self._content(openid, "event", "<Event>subscribe</Event><EventKey></EventKey>"))

    def open(self, answer: bytes) -> str:
        """The words of a passive reply, empty where WeChat would show nothing. `Malformed` if it is not one."""
        if answer in (b"success", b""):
            return ""
        outer = top_level(answer, {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"})
        sealed = outer.get("Encrypt", "")
        if self._sign(outer.get("TimeStamp", ""), outer.get("Nonce", ""), sealed) != outer.get("MsgSignature"):
            raise Malformed("the reply is signed by somebody else")
        plain = bytes(WeChatCipher(self._key).decrypt(base64.b64decode(sealed)))
        end = 20 + int.from_bytes(plain[16:20], "big")
        if plain[end : -plain[-1]] != self._app_id.encode():
            raise Malformed("the reply is sealed for another account")
        return top_level(plain[20:end], {"Content"}).get("Content", "")

    def _content(self, openid: str, kind: str, inner: str) -> str:
        return (
            f"<xml><ToUserName>{ORIGINAL_ID}</ToUserName><FromUserName>{openid}</FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime><MsgType>{kind}</MsgType>{inner}</xml>"
        )

    def _sealed(self, openid: str, content: str) -> Push:
        raw = content.encode()
        plain = secrets.token_hex(8).encode() + len(raw).to_bytes(4, "big") + raw + self._app_id.encode()
        padding = _BLOCK - len(plain) % _BLOCK
        sealed = base64.b64encode(WeChatCipher(self._key).encrypt(plain + bytes([padding]) * padding)).decode()
        timestamp, nonce = str(int(time.time())), secrets.token_hex(5)
        query = {
            "signature": self._sign(timestamp, nonce), "timestamp": timestamp, "nonce": nonce, "openid": openid,
            "encrypt_type": "aes", "msg_signature": self._sign(timestamp, nonce, sealed),
        }
        body = f"<xml><ToUserName>{ORIGINAL_ID}</ToUserName><Encrypt>{sealed}</Encrypt></xml>"
        return Push(f"/wechat?{urlencode(query)}", body.encode())

    def _sign(self, *parts: str) -> str:
        signer = WeChatSigner()
        signer.add_data(self._token, *parts)
        return str(signer.signature)
