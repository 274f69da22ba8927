"""What the mini-program's backend asks of WeChat: whose login code this is, and which phone a person let us know.

The session key that comes with a login is dropped where it arrives: nothing here needs it, so nothing can give it away.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from redis import Redis

from bot.channels.line import Line, Lost, NotSent
from bot.channels.wechat_api import Account, ApiError, HttpStatus, WeChatApi
from bot.channels.wechat_token import NoToken

log = logging.getLogger(__name__)

_OFFICIAL = "https://api.weixin.qq.com/"
_OPENID = re.compile(r"[0-9A-Za-z_-]{6,64}", re.ASCII)
_PHONE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
AT_ONCE = 3
"""So many calls at a time: of a web server's eight threads most stay for those who wait for nobody."""
FRESH_SECONDS = 600
CODE_DEAD = frozenset({40029, 40163, 41008, 40226})
"""The code is wrong, used up or blocked: the client asks WeChat for another one. Everything else is not its fault."""


class CodeRefused(Exception):
    """WeChat does not take this code; another one may do."""


class Unreachable(Exception):
    """WeChat cannot be asked now; the reason names the kind of failure and nothing of the request."""


class MiniProgramApi:
    """One mini-program's calls; threads may share it. `close()` ends it."""

    def __init__(
        self, account: Account, redis: Redis | None = None, line: Line | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._account, self._now = account, now
        self._api = WeChatApi(account, redis, line)
        self._places = BoundedSemaphore(AT_ONCE)

    def close(self) -> None:
        self._api.close()

    def openid(self, code: str) -> str:
        """Whose login code this is. No access token is needed for that, so none is asked for (channels.md 1.3, 9).

        developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session. Raises CodeRefused, Unreachable.
        """
        asked = {"appid": self._account.app_id, "secret": self._account.app_secret, "js_code": code,
                 "grant_type": "authorization_code"}
        try:
            with self._place():
                answer = self._api.without_token("/sns/jscode2session", asked)
        except (ApiError, HttpStatus, Lost, NotSent) as failure:
            raise _sorted(failure, "login") from None
        openid = answer.get("openid")
        if not isinstance(openid, str) or not _OPENID.fullmatch(openid):
            raise Unreachable("strange answer")
        return openid

    def phone(self, code: str) -> str:
        """The mobile number a person let us know with this code; empty where it is none of the mainland.

        developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber
        """
        try:
            with self._place():
                answer = self._api.post("wxa/business/getuserphonenumber", api_base_url=_OFFICIAL, data={"code": code})
        except (ApiError, HttpStatus, Lost, NotSent, NoToken) as failure:
            raise _sorted(failure, "phone") from None
        info: Any = answer.get("phone_info")
        mark = info.get("watermark") if isinstance(info, dict) else None
        if not isinstance(mark, dict) or mark.get("appid") != self._account.app_id:
            # The number of another mini-program's user would bind somebody else's phone.
            raise Unreachable("strange answer")
        told_at = mark.get("timestamp")
        if not isinstance(told_at, int) or abs(self._now() - told_at) > FRESH_SECONDS:
            raise CodeRefused("stale")  # an old answer proves nothing about whose phone it is now
        number = info.get("purePhoneNumber")
        known = info.get("countryCode") == "86" and isinstance(number, str) and _PHONE.fullmatch(number)
        return str(number) if known else ""

    @contextmanager
    def _place(self) -> Iterator[None]:
        """One of the few calls at a time. A WeChat that hangs must not take every thread with it: no place, no call."""
        if not self._places.acquire(blocking=False):
            raise NotSent("too many at once")
        try:
            yield
        finally:
            self._places.release()


def _sorted(failure: Exception, what: str) -> Exception:
    if isinstance(failure, ApiError) and failure.code in CODE_DEAD:
        return CodeRefused(str(failure))
    log.error("mini-program %s: WeChat cannot be asked: %s", what, failure)
    return Unreachable(str(failure))
