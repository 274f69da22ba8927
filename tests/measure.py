"""How much of the pure core the tests reach, branch by branch: `make test` asks for all of it.

Only tests that can tell are traced (those of the core, the worked tables and the conversations on SQLite), for tracing
costs time; every process keeps its own figures and `coverage combine` puts them together. Off unless HUZHU_COVER is
set. It is imported before the core is, so that lines which only an import runs are counted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import coverage

TRACED = (
    "tests/ledger/", "tests/worked/", "tests/books/", "tests/test_talks.py", "tests/test_charter.py",
    "tests/test_export.py", "tests/test_overdue.py", "tests/test_reports.py",
)
METER = coverage.Coverage(data_suffix=True) if os.environ.get("HUZHU_COVER") else None
if METER is not None:
    METER.start()


def collected() -> None:
    """Everything has been imported: from now on only chosen tests are traced."""
    if METER is not None:
        METER.stop()


@contextmanager
def tracing(test: str) -> Iterator[None]:
    """Traces while a test of this name runs, where it is one that counts."""
    if METER is None or not test.startswith(TRACED) or "postgresql" in test:
        yield
        return
    METER.start()
    try:
        yield
    finally:
        METER.stop()


def ended() -> None:
    if METER is not None:
        METER.save()
