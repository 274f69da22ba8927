"""Fixtures of the gateway tests: a small application with the real callbacks, and the real programs in front of it."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(true: Callable[[], object], why: str, seconds: float = 20) -> None:
    """Look again and again until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, why
        time.sleep(0.02)
