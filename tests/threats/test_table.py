"""The tables of docs/threats.md: every row of the threat model and every defect of the library leads to tests.

A row that is about who is speaking, or about what strangers send, has a test that bears its number.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/threats.md", "docs/threats.zh-CN.md")
ELSEWHERE = frozenset({16, 18, 19, 23, 33, 34, 36, 38})
"""Rows about collusion, the operator, backups, Redis as memory, packages, imports, clocks, locks: others' work."""
DEFECTS = 14


def rows(page: str) -> dict[str, list[str]]:
    """The tests of each row, by its number."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / page).read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(r"[TWP][0-9]+", cells[0]):
            assert cells[0] not in found, f"{cells[0]} stands twice in {page}"
            found[cells[0]] = re.findall(r"`(tests/[^`]+)`", cells[-1])
    return found


ROWS = rows(PAGES[0])


@cache
def functions(path: str) -> frozenset[str]:
    found = ast.walk(ast.parse((ROOT / path).read_text("utf-8")))
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef))


def test_every_row_is_there_in_both_languages() -> None:
    wanted = [f"T{n}" for n in range(1, 39)] + [f"P{n}" for n in range(1, 9)] + [f"W{n}" for n in range(1, DEFECTS + 1)]
    assert sorted(ROWS) == sorted(wanted)
    assert rows(PAGES[1]) == ROWS
    assert all(ROWS.values())


@pytest.mark.parametrize("place", sorted({place for found in ROWS.values() for place in found}))
def test_each_test_is_there(place: str) -> None:
    path, _, name = place.partition("::")
    assert (ROOT / path).is_file()
    assert name in functions(path) if name else path.endswith(".talk")


@pytest.mark.parametrize("number", [n for n in range(1, 39) if n not in ELSEWHERE])
def test_who_speaks_is_tested_by_number(number: int) -> None:
    mark = f"t{number:02d}_"
    assert any(mark in place.partition("::")[2] for place in ROWS[f"T{number}"]), f"no test is named after T{number}"
