"""Every benchmark runs, small and short, and says what it measured; no time is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.bench import BENCHES, Setting, chart, runner
from jobs.bench.measure import Line, alternate

PROGRAM = Path(__file__).resolve().parents[1] / "huzhu.py"


@pytest.mark.parametrize("name", sorted(BENCHES))
def test_a_benchmark_runs(name: str, tmp_path: Path) -> None:
    argv = [sys.executable, str(PROGRAM), "bench", name, "--quick", "--json", "--folder", str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["bench"] == name and len(told) > 2
    assert not list(tmp_path.iterdir()), "nothing is left behind"


def test_contenders_take_turns_and_the_first_round_is_forgotten() -> None:
    order: list[str] = []

    def contender(name: str, rates: list[float]) -> float:
        order.append(name)
        return rates.pop(0)

    ours, base = [1000.0, 2.0, 4.0, 3.0], [1.0, 4.0, 6.0, 5.0]
    found = alternate({"ours": lambda: contender("ours", ours), "base": lambda: contender("base", base)}, 3)
    assert found == {"ours": [2.0, 4.0, 3.0], "base": [4.0, 6.0, 5.0]}
    assert order == ["base", "ours", "ours", "base", "base", "ours", "ours", "base"]
    line = Line("a turn", found["ours"], found["base"], "the base", 0.7)
    assert (line.ratio, line.good) == (0.6, False) and "MISSED" in line.words()


def test_a_limit_that_is_missed_is_a_failure(tmp_path: Path) -> None:
    """`--quick` only shows that it runs; without it a missed ratio ends with exit status 1."""
    result = runner("growth")(Setting(tmp_path, 2_000, 3, quick=True))
    assert result.good and set(result.figures["ratios"])


def test_the_chart_shows_every_ratio_beside_its_limit() -> None:
    drawn = chart.svg([("turn", [0.5, 0.7, 0.6], 0.6), ("ledger <raw>", [0.4, 0.4, 0.4], 0.5)])
    assert drawn.startswith("<svg") and "ledger &lt;raw&gt;" in drawn and "0.60" in drawn and drawn.count("<rect") >= 2
