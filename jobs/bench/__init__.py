"""The project's own benchmarks (`huzhu bench NAME`): each prints what it measured and says whether it is good enough.

A benchmark is a module here with `run(setting) -> Result`; the table below is all there is to register. What is
compared is measured in one run, in alternating rounds, so that a busy machine slows both sides alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Setting:
    """Where a benchmark may put its files, how large it is, and whether it only shows that it runs (`quick`)."""

    folder: Path
    size: int
    rounds: int
    quick: bool = False
    peers: Path | None = None
    """Where other people's programs are kept from one run to the next; None: beside the scratch files."""


@dataclass(frozen=True)
class Result:
    """What was measured: figures for people and machines, and the worst of them against its limit."""

    figures: dict[str, Any]
    good: bool
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Bench:
    """The size a benchmark is meant for and the one that only shows that it runs; `durable` ones need a real disk."""

    size: int
    quick_size: int
    rounds: int
    durable: bool


BENCHES = {
    "broadcast": Bench(4_165, 40, 3, True),
    "growth": Bench(1_000_000, 2_000, 100, False),
    "ledger": Bench(200_000, 500, 3, True),
    "nation": Bench(4_165, 40, 5, False),
    "rotate": Bench(100_000, 500, 1, False),
    "turn": Bench(600, 40, 3, True),
}
"""By name, which is the module's."""


def runner(name: str) -> Callable[[Setting], Result]:
    """The function of a benchmark; its module is only read when it is asked for."""
    run: Callable[[Setting], Result] = import_module(f"{__name__}.{name}").run
    return run
