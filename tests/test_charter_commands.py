"""`huzhu charter show`, `adopt`, `rules` as an operator meets them; an import outside the county's rules is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from huzhu import main
from ledger import charter as charters
from tests.ledger.charters import EXAMPLE_RULES
from tests.village import BOOK


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('[server]\ndemo = true\ndata_dir = "."\n', "utf-8")
    return path


def run(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--config", str(config)])


def rules_for(config: Path, fee_max: int) -> Path:
    text = EXAMPLE_RULES.read_text("utf-8").replace("示范省", "云南省").replace("示范县", "云岭县")
    from bot.workbook import read_village

    village, _, _ = read_village(BOOK, charters.names())
    assert village is not None
    lines = []
    for line in text.splitlines():
        if line.startswith("province"):
            line = f'province = "{village.society.province}"'
        if line.startswith("county"):
            line = f'county = "{village.society.county}"'
        lines.append(line.replace("max = 7500", f"max = {fee_max}"))
    path = config.parent / "rules.toml"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_charter_is_shown_adopted_and_bounded(config: Path) -> None:
    assert run(config, "import", str(BOOK)).exit_code == 0
    shown = run(config, "charter", "show", "QS001")
    assert shown.exit_code == 0 and "loan.first_max_fen = 500000" in shown.output
    assert run(config, "charter", "rules", str(rules_for(config, 7500)), "--since", "2026-01-01").exit_code == 0
    file = config.parent / "new.toml"
    body = (charters.FOLDER / "示范章程.toml").read_text("utf-8")
    file.write_text(body.replace("months_max = 12 ", "months_max = 24 ", 1), "utf-8")
    adopt = ("charter", "adopt", "QS001", str(file), "--resolution", "2026-2", "--on", "2026-03-05")
    refused = run(config, *adopt)
    assert refused.exit_code == 1 and "第十条 allows at most 12" in refused.output
    file.write_text(body.replace("first_max_fen = 500000", "first_max_fen = 400000"), "utf-8")
    assert run(config, *adopt).exit_code == 0
    found = json.loads(run(config, "charter", "show", "QS001", "--version", "2", "--json").output)
    assert (found["resolution"], found["body"]["loan"]["first_max_fen"]) == ("2026-2", 400000)


def test_faults_are_named_one_a_line(config: Path) -> None:
    assert run(config, "import", str(BOOK)).exit_code == 0
    file = config.parent / "bad.toml"
    file.write_text('name = "坏章程"\n[loan]\nmonths_max = "a"\n', "utf-8")
    refused = run(config, "charter", "adopt", "QS001", str(file), "--resolution", "1", "--on", "2026-03-05")
    assert refused.exit_code == 1
    assert "loan.months_max: a whole number from 0 is needed" in refused.output
    assert "fee: missing" in refused.output and "Traceback" not in refused.output


def test_an_import_outside_the_county_rules_is_refused_by_clause(config: Path) -> None:
    assert run(config, "charter", "rules", str(rules_for(config, 4000)), "--since", "2025-01-01").exit_code == 0
    refused = run(config, "import", str(BOOK))
    assert refused.exit_code == 1 and "第十二条 allows at most 4000" in refused.output
