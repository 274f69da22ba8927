"""One outgoing HTTP call with its three endings: an answer, surely not sent, or unknown what became of it.

All calls share a kept-alive pool, bounded times and sizes, no redirects and no repeats; secrets stay out of the logs.
"""

from __future__ import annotations

import http.client
import logging
import re
import ssl
import time
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    EmptyPoolError,
    HTTPError,
    LocationParseError,
    LocationValueError,
    NewConnectionError,
    SSLError,
)
from urllib3.response import BaseHTTPResponse, HTTPResponse

CONNECT_SECONDS = 2.0
READ_SECONDS = 4.0
TOTAL_SECONDS = 8.0
LONGEST_ANSWER = 256 * 1024
_CONNECTIONS = 8
_BEFORE_SENDING = (ConnectTimeoutError, EmptyPoolError, LocationParseError, LocationValueError, NewConnectionError)
_SECRET = re.compile(r"((?:access_token|secret|js_code)=)[^&\s\"']+")


class NotSent(Exception):
    """Nothing of the request can have reached the other side: it may be tried again."""


class Lost(Exception):
    """The request may have arrived: only the other side knows, so it is never repeated blindly."""


@dataclass(frozen=True)
class Answer:
    """What the other side said. Any status, also an error, is an answer."""

    status: int
    body: bytes


class Line:
    """A pool of connections that threads may share; `connections` bounds how many calls run at once to one host."""

    def __init__(
        self,
        connect: float = CONNECT_SECONDS,
        read: float = READ_SECONDS,
        total: float = TOTAL_SECONDS,
        connections: int = _CONNECTIONS,
    ) -> None:
        self._connect = connect
        self._total = total
        self._timeout = urllib3.Timeout(connect=connect, read=read)
        # Environment proxies are not consulted: keys and tokens go where the configuration says, nowhere else.
        self._pool = urllib3.PoolManager(num_pools=4, maxsize=connections, block=True, retries=False)
        _mask_secrets()

    def call(self, method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        """Sends one request once. The reasons in `NotSent` and `Lost` name the kind of failure, never the address."""
        if not url.startswith(("http://", "https://")):
            raise NotSent("not a web address")
        headers = {"Accept-Encoding": "identity", "User-Agent": "huzhu", **(headers or {})}
        end = time.monotonic() + self._total
        try:
            response = self._pool.urlopen(
                method,
                url,
                body=body,
                headers=headers,
                redirect=False,
                preload_content=False,
                timeout=self._timeout,
                pool_timeout=self._connect,
            )
            return _read(response, end)
        except _BEFORE_SENDING as failure:
            raise NotSent(type(failure).__name__) from None
        except SSLError as failure:
            if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in failure.args):
                raise NotSent("certificate is not trusted") from None
            raise Lost("SSLError") from None
        except (HTTPError, http.client.HTTPException, OSError) as failure:
            raise Lost(type(failure).__name__) from None

    def close(self) -> None:
        self._pool.clear()


def _read(response: BaseHTTPResponse, end: float) -> Answer:
    """Reads what arrives until it ends; an answer that drips or swells is cut off, and its connection with it."""
    assert isinstance(response, HTTPResponse)
    parts: list[bytes] = []
    size = 0
    try:
        while part := response.read1(65536, decode_content=False):
            parts.append(part)
            size += len(part)
            if size > LONGEST_ANSWER:
                raise Lost("answer is too long")
            if time.monotonic() > end:
                raise Lost("answer is too slow")
    except BaseException:
        response.close()
        raise
    response.release_conn()
    return Answer(response.status, b"".join(parts))


class _Mask(logging.Filter):
    """WeChat wants its access token in the query, and urllib3 writes every query into its debug log."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if _SECRET.search(text):
            record.msg, record.args = _SECRET.sub(r"\1***", text), ()
        return True


_MASK = _Mask()


def _mask_secrets() -> None:
    # Adding the same filter again does nothing, so every line may do it.
    for name in ("urllib3.connectionpool", "urllib3.util.retry", "urllib3.connection", "urllib3.poolmanager"):
        logging.getLogger(name).addFilter(_MASK)
