"""Fixtures of the API tests: a village with the mini-program, on both databases or on SQLite alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.stage import Stage, staged
from tests.village import Village


@pytest.fixture
def stage(village: Village, tmp_path: Path) -> Iterator[Stage]:
    with staged(village, tmp_path) as made:
        yield made


@pytest.fixture
def quick_stage(quick_village: Village, tmp_path: Path) -> Iterator[Stage]:
    with staged(quick_village, tmp_path) as made:
        yield made
