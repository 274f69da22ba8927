"""The development cases: the clean village and the ten bad ones, fault by fault.

They come from outside the project, so they are the nearest thing here to what a county will really send.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.workbook import read_village, write_village
from ledger.village import VillageHousehold, VillageLoan, VillageOffice
from tests.workbook.build import CASES, GOOD, good

EXPECTED: dict[str, list[dict[str, Any]]] = json.loads((CASES / "bad/expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_bad_file_is_refused_for_its_faults_only(name: str) -> None:
    village, faults, flags = read_village(CASES / "bad" / name)
    assert village is None and flags == []
    wanted = [{(want["row"], want["column"]), *map(tuple, want.get("or", []))} for want in EXPECTED[name]]
    for want, cells in zip(EXPECTED[name], wanted, strict=True):
        named = [fault for fault in faults if fault.sheet == want["sheet"] and (fault.row, fault.column) in cells]
        assert named, want
        if "difference_fen" in want:
            assert named[0].difference_fen == want["difference_fen"]
    assert len(faults) == len(wanted), faults


def test_all_ten_bad_files_are_expected() -> None:
    assert sorted(path.name for path in (CASES / "bad").glob("*.xlsx")) == sorted(EXPECTED)


def test_the_clean_village_is_read_without_fault_or_flag() -> None:
    village, faults, flags = read_village(GOOD)
    assert village is not None and faults == [] and flags == []
    assert village.society.code == "QS001" and village.society.charter == "示范章程"
    assert (village.society.founded_on, village.society.opened_on) == (date(2018, 5, 18), date(2026, 1, 1))
    assert (len(village.households), len(village.offices), len(village.loans)) == (62, 10, 14)
    assert village.opening["银行存款"] == 20278616 and village.opening["累计结余"] == 138652
    assert village.households[0] == VillageHousehold(
        *("QS001-001", "周大福", "周大福", "男", "999999196206120776", "19900000001", "一般户"),
        *(date(2018, 5, 18), 100000, 0, 0, "第一组", True),
    )
    assert village.offices[0] == VillageOffice("王建国", "19900000007", "理事长", date(2024, 5, 18), date(2027, 5, 17))
    assert village.loans[4] == VillageLoan(
        *(11, "QS001-009", 360000, date(2025, 6, 16), 12, "flat", 4000, "种天麻", 240000, 11520),
        *("QS001-008", "QS001-010"),
    )
    assert sum(loan.principal_fen - loan.repaid_principal_fen for loan in village.loans) == 3883098


def test_the_clean_village_survives_writing(tmp_path: Path) -> None:
    write_village(good(), tmp_path / "again.xlsx")
    village, faults, flags = read_village(tmp_path / "again.xlsx")
    assert (village, faults, flags) == (good(), [], [])
