"""Every patch still fits and names a test that is there; a quick few are tried here, all of them by `run.py`."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.planted.run import HERE, caught, copy, names

QUICK = ("no-fencing", "sent-before-send", "pickled-jobs")


def test_there_are_enough() -> None:
    assert len(names()) >= 12


def test_every_patch_fits_and_names_a_test(tmp_path: Path) -> None:
    copy(tmp_path)
    for name in names():
        text = (HERE / f"{name}.patch").read_text("utf-8")
        found = re.search(r"^Caught by: ([^\s:]+)(?:::(\w+))?$", text, re.MULTILINE)
        assert found and (not found[2] or f"def {found[2]}(" in (tmp_path / found[1]).read_text("utf-8")), name
        fits = subprocess.run(
            ["patch", "-p1", "-s", "--dry-run", "-i", str(HERE / f"{name}.patch")], cwd=tmp_path, capture_output=True,
            text=True, check=False,
        )
        assert fits.returncode == 0, f"{name}: {fits.stdout}"


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
@pytest.mark.parametrize("name", QUICK)
def test_a_planted_bug_is_caught(name: str) -> None:
    good, last = caught(name)
    assert good, f"{name}: {last}"
