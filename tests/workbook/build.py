"""Bad workbooks made from the good one, so that each differs from it in exactly what its test is about.

Cells are edited through openpyxl as a treasurer would in Excel; parts of the zip are edited as an attacker would.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl

from bot.workbook import read_village
from bot.workbook.words import SENTENCES
from ledger.village import Fault, Village

CASES = Path(__file__).parent.parent / "cases"
GOOD = CASES / "qingshan.xlsx"
SHEET = "xl/worksheets/sheet2.xml"  # 农户

Place = tuple[str, int | None, str | None]
Edits = Mapping[tuple[str, int, str], object]


def good() -> Village:
    village, faults, _ = read_village(GOOD)
    assert village is not None, faults
    return village


def book_of(path: Path = GOOD) -> Any:
    return openpyxl.load_workbook(path)


def cell_of(book: Any, sheet: str, row: int, header: str) -> Any:
    headers = [cell.value for cell in book[sheet][1]]
    return book[sheet].cell(row, headers.index(header) + 1)


def edited(path: Path, edits: Edits, change: Callable[[Any], object] | None = None) -> Path:
    """The good workbook with these cells replaced; strings stay text whatever they look like."""
    book = book_of()
    for (sheet, row, header), value in edits.items():
        cell = cell_of(book, sheet, row, header)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
    if change is not None:
        change(book)
    book.save(path)
    return path


def rezipped(
    path: Path, change: Callable[[str, bytes], bytes | None], extra: Mapping[str, bytes] | None = None
) -> Path:
    """The good workbook with parts changed (None drops a part) and parts added."""
    with zipfile.ZipFile(GOOD) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = change(name, source.read(name))
            if data is not None:
                target.writestr(name, data)
        for name, data in (extra or {}).items():
            target.writestr(name, data)
    return path


def places(faults: list[Fault]) -> list[Place]:
    return [(fault.sheet, fault.row, fault.column) for fault in faults]


def refused(path: Path) -> list[Place]:
    """Where the faults of a workbook are; each must say something a treasurer can read."""
    village, faults, flags = read_village(path)
    assert village is None and faults and not flags
    for fault in faults:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in fault.why), fault
        assert "{" not in fault.why and "None" not in fault.why, fault
    return places(faults)


def accepted(path: Path) -> Village:
    village, faults, _ = read_village(path)
    assert village is not None, faults
    return village


def refusal(path: Path) -> str:
    """The key of the sentence that refuses the file; fixed parts of a sentence tell which one it is."""
    assert refused(path) == [("", None, None)]
    said = read_village(path)[1][0].why
    return next(key for key, sentence in SENTENCES.items() if said.startswith(sentence.partition("{")[0][:12]))


def in_part(part: str, old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    def change(name: str, data: bytes) -> bytes:
        if name != part:
            return data
        assert old in data, part
        return data.replace(old, new, 1)

    return change


def same(name: str, data: bytes) -> bytes:
    return data
