"""The ratios as a chart for docs/performance.md: a bar for each median, a dash where it should reach, its three runs as
dots. Plain SVG, so that no library is needed to draw it: `python -m jobs.bench.chart RUN.json … > chart.svg`.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

LEFT, WIDE, ROW, MOST = 330, 420, 24, 1.6
GOOD, MISSED = "#2f7d4f", "#b5533c"
Bar = tuple[str, Sequence[float], float]
"""A name, the ratios of its runs, and what it should be at least."""


def svg(bars: Sequence[Bar]) -> str:
    """The drawing; ratios above 1.6 are cut at the edge, their number stands beside them."""
    height = ROW * len(bars) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDE + 70}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<line x1="{_at(1)}" y1="8" x2="{_at(1)}" y2="{height - 24}" stroke="#999"/>',
        f'<text x="{_at(1)}" y="{height - 8}" text-anchor="middle" fill="#666">1 = as fast as the base</text>',
    ]
    for number, (name, runs, least) in enumerate(bars):
        top, median = 10 + number * ROW, statistics.median(runs)
        colour = GOOD if median >= least else MISSED
        parts += [
            f'<text x="{LEFT - 8}" y="{top + 13}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{top + 2}" width="{_at(median) - LEFT:.1f}" height="14" fill="{colour}"/>',
            f'<text x="{_at(median) + 8:.1f}" y="{top + 13}">{median:.2f}</text>',
            *(f'<circle cx="{_at(one):.1f}" cy="{top + 9}" r="2.5" fill="#222"/>' for one in runs),
        ]
        if least:
            parts.append(f'<line x1="{_at(least):.1f}" y1="{top - 1}" x2="{_at(least):.1f}" y2="{top + 19}" '
                         'stroke="#222" stroke-width="2"/>')
    return "\n".join([*parts, "</svg>\n"])


def _at(ratio: float) -> float:
    return LEFT + WIDE * min(ratio, MOST) / MOST


def ratios(told: dict[str, Any]) -> Iterator[tuple[str, float, float]]:
    """Every ratio that has a limit in what one benchmark said: name, ratio, least."""
    for name, value in told.items():
        if isinstance(value, dict) and {"ratio", "at_least"} <= value.keys():
            if value["at_least"] and value["at_least"] < 1:
                yield name.partition(" / ")[0], value["ratio"], value["at_least"]
        elif isinstance(value, dict):
            yield from ratios(value)


def main(files: Sequence[str]) -> None:
    """Several runs of several benchmarks into one drawing."""
    found: dict[str, tuple[list[float], float]] = {}
    for file in files:
        told = json.loads(Path(file).read_text("utf-8"))
        for name, ratio, least in ratios(told):
            found.setdefault(f"{told['bench']}: {name}", ([], least))[0].append(ratio)
    sys.stdout.write(svg([(name, runs, least) for name, (runs, least) in found.items()]))


if __name__ == "__main__":
    main(sys.argv[1:])
