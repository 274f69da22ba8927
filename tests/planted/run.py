"""Plants each bug in a copy of the tree and runs the test that must fail on it.

`python -m tests.planted.run [NAME …]` tries all or the named ones and ends with 1 if any slipped through.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TREES = ("ledger", "handlers", "bot", "jobs", "tests", "huzhu.py", "pyproject.toml", "config.example.toml")
SECONDS = 180


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.patch"))


def copy(target: Path) -> None:
    for name in TREES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", "var"))
        else:
            shutil.copy(source, target / name)


def caught(name: str) -> tuple[bool, str]:
    """Whether the named test fails on the planted bug, and the last line it said."""
    patch = HERE / f"{name}.patch"
    found = re.search(r"^Caught by: (\S+)$", patch.read_text("utf-8"), re.MULTILINE)
    assert found, f"{patch.name} names no test"
    with tempfile.TemporaryDirectory(prefix="huzhu-planted-") as folder:
        copy(Path(folder))
        # A context that has moved a little is still the same place; one that is gone must be looked at by a person.
        planted = subprocess.run(["patch", "-p1", "-s", "-i", str(patch)], cwd=folder, capture_output=True, text=True)
        if planted.returncode:
            return False, f"the patch does not fit any more: {planted.stdout.strip()}"
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", found[1]], cwd=folder,
            capture_output=True, text=True, timeout=SECONDS,
        )
    last = (ran.stdout.strip().splitlines() or ["nothing"])[-1]
    return ran.returncode == 1 and "failed" in ran.stdout.lower(), last


def main(wanted: list[str]) -> int:
    chosen = wanted or names()
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(caught, chosen))
    for name, (good, last) in zip(chosen, ends, strict=True):
        print(f"{'caught ' if good else 'SLIPPED'}  {name}: {last}")
    slipped = sum(not good for good, _ in ends)
    print(f"{len(chosen)} planted, {slipped} slipped through")
    return 1 if slipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
