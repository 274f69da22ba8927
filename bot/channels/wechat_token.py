"""The access token of one account, shared by all processes: one of them fetches, the others wait for it.

It lies in Redis; while Redis is away every process keeps its own, which `stable_token` allows (all get the same one).
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

Fetch = Callable[[], tuple[str, int]]
"""Asks WeChat for the token and the seconds it lives."""

_SPARE_SECONDS = 300
_LOCK_SECONDS = 15
_WAIT_SECONDS = 6.0
_RENEWAL_PAUSE_SECONDS = 30
_AWAY_SECONDS = 30.0
# The lock may have run out and belong to somebody else by now, so only its own value is deleted.
_UNLOCK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class NoToken(Exception):
    """No token that could work is to be had now; the message was not sent."""


class TokenShelf:
    """Where the token is kept. `token(dead)` says that `dead` was refused, and gives another one or `NoToken`."""

    def __init__(self, app_id: str, fetch: Fetch, redis: Redis | None) -> None:
        self._fetch = fetch
        self._redis = redis
        self._away_until = 0.0
        self._key = f"wechat:{app_id}:token"
        self._own = ""
        self._own_until = 0.0
        self._own_renewed_at = float("-inf")
        self._own_lock = threading.Lock()

    def token(self, dead: str = "") -> str:
        if self._redis is not None and time.monotonic() >= self._away_until:
            try:
                return self._shared_token(self._redis, dead)
            except RedisError as failure:
                # A Redis that hangs costs its time-out once in a while, not at every message.
                self._away_until = time.monotonic() + _AWAY_SECONDS
                log.warning("token is kept per process, Redis is away: %s", type(failure).__name__)
        return self._own_token(dead)

    def _shared_token(self, redis: Redis, dead: str) -> str:
        end = time.monotonic() + _WAIT_SECONDS
        mine = secrets.token_hex(16)
        while True:
            if held := self._held(redis, dead):
                return held
            if redis.set(f"{self._key}:lock", mine, nx=True, px=_LOCK_SECONDS * 1000):
                try:
                    # The owner before us may have put it there between our look and our lock.
                    return self._held(redis, dead) or self._fetch_shared(redis, dead)
                finally:
                    redis.eval(_UNLOCK, 1, f"{self._key}:lock", mine)
            if time.monotonic() > end:
                raise NoToken("waited for another process")
            time.sleep(0.05)

    def _held(self, redis: Redis, dead: str) -> str:
        value = redis.get(self._key)
        held = value.decode("utf-8") if isinstance(value, bytes) else str(value or "")
        return "" if held == dead else held

    def _fetch_shared(self, redis: Redis, dead: str) -> str:
        # A server that calls every new token dead would otherwise be asked once for every waiting message.
        if dead and not redis.set(f"{self._key}:renewed", "1", nx=True, ex=_RENEWAL_PAUSE_SECONDS):
            raise NoToken("renewed a moment ago")
        fresh, seconds = self._fetch_other_than(dead)
        redis.set(self._key, fresh, ex=_life(seconds))
        return fresh

    def _own_token(self, dead: str) -> str:
        with self._own_lock:
            now = time.monotonic()
            if self._own and self._own != dead and now < self._own_until:
                return self._own
            if dead and now - self._own_renewed_at < _RENEWAL_PAUSE_SECONDS:
                raise NoToken("renewed a moment ago")
            if dead:
                self._own_renewed_at = now
            self._own, seconds = self._fetch_other_than(dead)
            self._own_until = now + _life(seconds)
            return self._own

    def _fetch_other_than(self, dead: str) -> tuple[str, int]:
        fresh, seconds = self._fetch()
        if fresh == dead:
            raise NoToken("the refused token was given again")
        return fresh, seconds


def _life(seconds: int) -> int:
    # WeChat keeps the old token alive five minutes beside a new one; ours is let go before.
    return max(60, seconds - _SPARE_SECONDS)
