"""The gateway tests run where their programs are; where they are not, the end of the run says so in capitals."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import needs

HERE = Path(__file__).parent


def _lacking() -> list[str]:
    return [name for name in needs.missing() if name not in needs.USED_BY]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    lacking = _lacking()
    if lacking:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=f"not installed: {', '.join(lacking)}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if lacking := _lacking():
        terminalreporter.section("DID NOT RUN", red=True, bold=True)
        terminalreporter.line(f"tests/gateways, for want of: {' '.join(lacking)} (as root: python -m tests.needs)")


def until(true: Callable[[], object], why: str, seconds: float = 20) -> None:
    """Look again and again until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, why
        time.sleep(0.02)
