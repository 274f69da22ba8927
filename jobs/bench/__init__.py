"""The project's own benchmarks (`huzhu bench NAME`): each prints what it measured and says whether it is good enough.

A benchmark is a module with `run(folder, **options) -> Result`; the table below is all there is to register.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    """What was measured: figures for people and machines, and the worst of them against its limit."""

    figures: dict[str, Any]
    good: bool
    lines: list[str] = field(default_factory=list)


def growth(folder: Path, size: int) -> Result:
    from .growth import run

    return run(folder, size)


def rotate(folder: Path, size: int) -> Result:
    from .rotate import run

    return run(folder, size)


BENCHES: dict[str, tuple[Callable[[Path, int], Result], int]] = {
    "growth": (growth, 1_000_000), "rotate": (rotate, 100_000),
}
"""Name → (function of a scratch folder and a size, the size it is meant for)."""
