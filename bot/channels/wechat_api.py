"""Calls to WeChat's servers: wechatpy's client with its HTTP replaced by a bounded one.

wechatpy repeats a call with a dead token for ever, asks for tokens without a time-out, knows no `stable_token` and has
its address written in fifteen places; all of that passes through `_request`, which is replaced here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from redis import Redis
from wechatpy.client import WeChatClient
from wechatpy.exceptions import WeChatClientException

from bot.channels.line import Line, Lost
from bot.channels.wechat_token import NoToken, TokenShelf

_OFFICIAL = "https://api.weixin.qq.com"
_TOKEN_DEAD = frozenset({40001, 40014, 42001})
T = TypeVar("T")
_JSON = {"Content-Type": "application/json; charset=utf-8"}


class Account(Protocol):
    """What this file needs of `[wechat]` or `[miniprogram]`."""

    @property
    def app_id(self) -> str: ...
    @property
    def app_secret(self) -> str: ...
    @property
    def api_base(self) -> str: ...


class ApiError(WeChatClientException):  # type: ignore[misc]  # wechatpy has no types
    """WeChat's own answer that it did not do it. The class is wechatpy's, because its API objects catch that."""

    def __init__(self, code: int) -> None:
        super().__init__(code, "")
        self.code = code

    def __str__(self) -> str:
        return f"errcode {self.code}"


class HttpStatus(Exception):
    """An answer with a status other than 200: it comes from something between us and WeChat."""

    def __init__(self, status: int) -> None:
        super().__init__(f"http {status}")
        self.status = status


class WeChatApi(WeChatClient):  # type: ignore[misc]  # wechatpy has no types
    """All of wechatpy's API objects (`message`, `menu`, `wxa` …) on one bounded line.

    Raises `ApiError`, `HttpStatus`, `NotSent`, `Lost` or `NoToken`. Made for threads; `close()` ends it.
    """

    def __init__(self, account: Account, redis: Redis | None = None, line: Line | None = None) -> None:
        super().__init__(account.app_id, account.app_secret, auto_retry=False)
        self._http.close()
        self._base = account.api_base.rstrip("/")
        self._line = line or Line()
        self._shelf = TokenShelf(account.app_id, self._fetch_token, redis)

    @property
    def access_token(self) -> str:
        return self._shelf.token()

    def close(self) -> None:
        self._line.close()

    def without_token(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """A GET that proves itself by the app secret in `params`, as `/sns/jscode2session` does."""
        return _good(self._call("GET", f"{self._base}{path}?{urlencode(params)}", None))

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        if "files" in kwargs:
            raise NotImplementedError("uploads are not used")
        url = self._address(url_or_endpoint, str(kwargs.get("api_base_url") or self.API_BASE_URL))
        data = kwargs.get("data", kwargs.get("json"))
        # Raw UTF-8: WeChat shows \uXXXX escapes in some messages as they stand (40033).
        body = None if data is None else data if isinstance(data, bytes) else _json_bytes(data)
        result = self._with_token(method.upper(), url, kwargs.get("params") or {}, body)
        processor = kwargs.get("result_processor")
        return processor(result) if processor else result

    def _address(self, url_or_endpoint: str, api_base_url: str) -> str:
        url = url_or_endpoint if url_or_endpoint.startswith("https://") else api_base_url + url_or_endpoint
        if not url.startswith(f"{_OFFICIAL}/"):
            raise ValueError("not an address of WeChat's API")
        return self._base + url.removeprefix(_OFFICIAL)

    def picture(self, path: str, body: bytes) -> bytes:
        """A POST that is answered with a picture; a refusal comes as JSON all the same."""

        def call(url: str) -> bytes:
            raw = self._raw("POST", url, body)
            if raw[:1] == b"{":
                _good(_object(raw))
            if not raw.startswith((b"\x89PNG", b"\xff\xd8")):
                raise Lost("answer is not a picture")
            return raw

        return self._renewing(f"{self._base}{path}", {}, call)

    def _with_token(self, method: str, url: str, params: Mapping[str, str], body: bytes | None) -> dict[str, Any]:
        return self._renewing(url, params, lambda whole: _good(self._call(method, whole, body)))

    def _renewing(self, url: str, params: Mapping[str, str], call: Callable[[str], T]) -> T:
        """The call, and once more with another token where WeChat says that this one is dead."""
        token = self._shelf.token()
        try:
            return call(f"{url}?{urlencode({**params, 'access_token': token})}")
        except ApiError as refused:
            if refused.code not in _TOKEN_DEAD:
                raise
        token = self._shelf.token(dead=token)
        return call(f"{url}?{urlencode({**params, 'access_token': token})}")

    def _call(self, method: str, url: str, body: bytes | None) -> dict[str, Any]:
        return _object(self._raw(method, url, body))

    def _raw(self, method: str, url: str, body: bytes | None) -> bytes:
        answer = self._line.call(method, url, body, _JSON if body is not None else None)
        if answer.status != 200:
            raise HttpStatus(answer.status)
        return answer.body

    def _fetch_token(self) -> tuple[str, int]:
        """developers.weixin.qq.com/doc/offiaccount/Basic_Information/getStableAccessToken"""
        asked = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": False,
        }
        try:
            result = _good(self._call("POST", f"{self._base}/cgi-bin/stable_token", _json_bytes(asked)))
        except (Lost, HttpStatus) as failure:
            # The token call changes nothing, so an unknown end of it is simply no token.
            raise NoToken(str(failure)) from None
        token, seconds = result.get("access_token"), result.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise NoToken("strange answer")
        return token, seconds


def _object(raw: bytes) -> dict[str, Any]:
    try:
        result = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Lost("answer is not JSON") from None
    if not isinstance(result, dict):
        raise Lost("answer is not a JSON object")
    return result


def _json_bytes(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode("utf-8")


def _good(result: dict[str, Any]) -> dict[str, Any]:
    code = result.get("errcode", 0)
    if not isinstance(code, int):
        raise Lost("answer has a strange errcode")
    if code:
        raise ApiError(code)
    return result
