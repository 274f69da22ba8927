"""The table of rules in docs/rules.md leads to what is there: each charter key, each function, each test and talk."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from ledger import charter as charters

ROOT = Path(__file__).parent.parent
PAGES = ("docs/rules.md", "docs/rules.zh-CN.md")
COVERED = frozenset({
    "membership", "contribution", "group", "loan", "fee", "overdue", "approval", "disclosure", "remind", "cash",
    "collect", "early", "extension", "write_off", "window", "priority", "subsidy", "relief", "society", "roles",
    "board", "cost", "alert", "assembly",
})
"""The tables of a charter that are about people and loans: each of their keys stands in the table."""


def rows(page: str) -> list[list[list[str]]]:
    """Of each row its keys, functions and tests."""
    lines = (ROOT / page).read_text("utf-8").splitlines()
    cells = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    found = [[re.findall(r"`([^`]+)`", cell) for cell in row[2:]] for row in cells if len(row) == 5]
    return [row for row in found if row[1]]


ROWS = rows(PAGES[0])


@cache
def functions(path: str) -> frozenset[str]:
    found = ast.walk(ast.parse((ROOT / path).read_text("utf-8")))
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef))


def keys_of_the_charter() -> set[str]:
    body = charters.body_of("")
    return {f"{table}.{key}" for table, held in body.items() if isinstance(held, dict) for key in held}


def test_both_languages_lead_to_the_same() -> None:
    assert len(ROWS) > 50
    assert rows(PAGES[1]) == ROWS


def test_each_key_about_people_and_loans_stands_in_the_table_and_no_other() -> None:
    named = {key for row in ROWS for key in row[0]}
    assert named <= keys_of_the_charter()
    assert {key for key in keys_of_the_charter() if key.split(".")[0] in COVERED} - named == set()


@pytest.mark.parametrize("place", sorted({place for row in ROWS for place in row[1]}))
def test_each_function_is_there(place: str) -> None:
    path, _, name = place.partition(":")
    assert name in functions(path)


@pytest.mark.parametrize("place", sorted({place for row in ROWS for place in row[2]}))
def test_each_test_is_there(place: str) -> None:
    path, _, name = place.partition("::")
    assert (ROOT / path).is_file()
    assert path.endswith(".talk") or name in functions(path)


def test_each_rule_is_held_by_a_test() -> None:
    assert all(row[2] for row in ROWS)
