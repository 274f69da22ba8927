"""What the command line says to those who call it from outside: shapes, statuses, and one line for what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from huzhu import main
from jobs.intake import journal_rows
from tests.village import BOOK, CODE, Village

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with the village in it, made once."""
    place = tmp_path_factory.mktemp("place")
    (place / "config.toml").write_text('[server]\ndemo = true\ndata_dir = "."\n', "utf-8")
    config = str(place / "config.toml")
    assert CliRunner().invoke(main, ["import", str(BOOK), "--config", config]).exit_code == 0
    assert CliRunner().invoke(main, ["today", "2026-03-01", "--config", config]).exit_code == 0
    return place


@pytest.fixture
def run(imported: Path, tmp_path: Path) -> Run:
    """Commands in a copy of that place."""
    shutil.copytree(imported, tmp_path / "place")

    def call(*words: str, text: str | None = None) -> Result:
        return CliRunner().invoke(main, [*words, "--config", str(tmp_path / "place/config.toml")], input=text)

    return call


def shown(result: Result) -> Any:
    return json.loads(result.stdout)


def test_a_byte_that_is_no_text_is_answered_and_counts_once(run: Run) -> None:
    """A terminal hands over what is not UTF-8 as half a sign, which no database takes."""
    first = run("say", "19900000012", "\udcff余额", "--id", "a\udcff", "--json")
    assert (first.exit_code, shown(first)["command"]) == (0, "balance")
    assert run("say", "19900000012", "\udcff余额", "--id", "a\udcff", "--json").stdout == first.stdout
    assert run("say", "1\udcff", "余额").exit_code == 0


def test_a_file_as_a_whole_has_neither_sheet_nor_row(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("no workbook", "utf-8")
    found = run("import", str(tmp_path / "a.xlsx"), "--json")
    assert found.exit_code == 1
    assert [(one["sheet"], one["row"], one["column"]) for one in shown(found)["faults"]] == [(None, None, None)]
    assert run("import", str(tmp_path / "a.xlsx")).stderr.startswith("a.xlsx：")


def test_an_export_names_the_folder_that_is_not_there(run: Run, tmp_path: Path) -> None:
    found = run("export", "QS001", "-o", str(tmp_path / "none/x.xlsx"))
    assert (found.exit_code, found.stderr) == (1, f"{tmp_path / 'none'}: no such folder\n")


@pytest.mark.parametrize("line", ["[1]", '"5000"', "5", "null"])
def test_a_line_that_is_no_object(run: Run, line: str) -> None:
    found = run("schedule", "-", "--json", text=line)
    assert (found.exit_code, found.stderr) == (1, "line 1 is not a JSON object\n")


def test_the_county_that_asks_how_to_join_is_no_member(run: Run) -> None:
    assert "一户一人" in shown(run("say", "19900000902", "入社", "--json"))["reply"]
    assert "已经是社员" in shown(run("say", "19900000012", "入社", "--json"))["reply"]


def test_a_member_without_a_loan_is_told_without_a_blank_at_the_end(run: Run) -> None:
    assert shown(run("say", "19900000024", "查 陈桂花", "--json"))["reply"].endswith("借款还剩0元")


def test_the_journal_says_in_words_what_an_entry_is(quick_village: Village) -> None:
    quick_village.collect()
    quick_village.confirm("会计", "冲正 3 记错人")
    said = {row["凭证号"]: row["摘要"] for row in journal_rows(quick_village.store, CODE)}
    assert said == {1: "期初", 2: "放款", 3: "还款", 4: "冲正 记错人"}
