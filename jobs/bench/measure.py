"""How the benchmarks compare: contenders in alternating rounds, medians, ratios to a base; and the machine it was."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sqlite3
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VERSIONS = ("sqlalchemy", "psycopg", "granian", "flask", "wechatpy", "redis", "rq")


@dataclass(frozen=True)
class Line:
    """One ratio that has to hold: ours to the base, each as the median rate per second of the rounds."""

    name: str
    ours: Sequence[float]
    base: Sequence[float]
    base_name: str
    least: float
    """0: the ratio is only told."""

    @property
    def ratio(self) -> float:
        base = statistics.median(self.base)
        return statistics.median(self.ours) / base if base else 0.0

    @property
    def good(self) -> bool:
        return self.ratio >= self.least

    def words(self) -> str:
        wanted = f"  (at least {self.least:g}: {'holds' if self.good else 'MISSED'})" if self.least else ""
        return (f"{self.name:34} {statistics.median(self.ours):10.1f}/s  {self.base_name:30}"
                f" {statistics.median(self.base):10.1f}/s  ratio {self.ratio:.3f}{wanted}")

    def figures(self) -> dict[str, Any]:
        return {
            "ours_per_s": [round(one, 2) for one in self.ours], "base_per_s": [round(one, 2) for one in self.base],
            "base": self.base_name, "ratio": round(self.ratio, 3), "at_least": self.least, "good": self.good,
        }


def alternate(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each contender gave in each round; one round more than asked for is run first and forgotten.

    Every second round goes the other way round, so that nobody always runs after the same one.
    """
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        order = list(contenders.items())
        for name, contender in order if number % 2 else reversed(order):
            rate = contender()
            if number:
                found[name].append(rate)
    return found


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.machine(), "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2), "kernel": platform.release(), "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "versions": {name: importlib.metadata.version(name) for name in VERSIONS},
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
