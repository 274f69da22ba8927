"""From the cells of a workbook to a draft of the village: headers matched, every cell read on its own.

What concerns two cells is left to the checks; a cell that could not be read keeps its place in the draft, marked, so
that all faults can be told at once and none of them twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from openpyxl.utils import get_column_letter

from bot.workbook.columns import (
    COLUMNS,
    EXTENSIONS,
    HOUSEHOLDS,
    JOURNAL,
    LOANS,
    OFFICES,
    OPENING,
    OPTIONAL,
    RECORDS,
    SOCIETY,
    Balance,
    Column,
    Kind,
)
from bot.workbook.safe import MAX_LAST_ROW, MAX_ROWS, Extent, Opened, Refused, opened
from bot.workbook.values import Cell, Unreadable, empty, narrow, read_value
from bot.workbook.words import say
from ledger.village import Fault, VillageExtension, VillageHousehold, VillageLoan, VillageOffice, VillageSociety

T = TypeVar("T")


@dataclass(frozen=True)
class Line(Generic[T]):
    """One filled row. `unread` are the headers whose cells could not be read; their fields hold the empty value."""

    row: int
    record: T
    unread: frozenset[str]

    def knows(self, *headers: str) -> bool:
        return self.unread.isdisjoint(headers)


@dataclass(frozen=True)
class Sheet(Generic[T]):
    """All filled rows of one sheet; `found` is False where the file has no such sheet."""

    found: bool
    lines: tuple[Line[T], ...]

    def knows(self, *headers: str) -> bool:
        """Whether these columns were read in every row: only then may they be added up or searched."""
        return self.found and all(line.knows(*headers) for line in self.lines)


@dataclass(frozen=True)
class Draft:
    """A workbook as far as it could be read."""

    society: Sheet[VillageSociety]
    households: Sheet[VillageHousehold]
    offices: Sheet[VillageOffice]
    opening: Sheet[Balance]
    loans: Sheet[VillageLoan]
    extensions: Sheet[VillageExtension]


def read_draft(path: Path) -> tuple[Draft, list[Fault]]:
    """Read all sheets. Raises Refused where the file as a whole is not taken."""
    faults: list[Fault] = []
    with opened(path) as file:
        sheets = _find_sheets(file, faults)
        read = {name: _read_sheet(name, sheets.get(name), file, faults) for name in COLUMNS}
    draft = Draft(
        society=cast(Sheet[VillageSociety], read[SOCIETY]),
        households=cast(Sheet[VillageHousehold], read[HOUSEHOLDS]),
        offices=cast(Sheet[VillageOffice], read[OFFICES]),
        opening=cast(Sheet[Balance], read[OPENING]),
        loans=cast(Sheet[VillageLoan], read[LOANS]),
        extensions=cast(Sheet[VillageExtension], read[EXTENSIONS]),
    )
    return draft, faults


def _find_sheets(file: Opened, faults: list[Fault]) -> dict[str, Any]:
    """The sheets by name; unknown, doubled and missing ones are faults. 凭证 is an export's own and is read over."""
    found: dict[str, Any] = {}
    for title in file.book.sheetnames:
        name = narrow(title)
        if name in found:
            faults.append(Fault(name, None, None, say("sheet_twice", sheet=name)))
        elif name in COLUMNS:
            found[name] = file.book[title]
        elif name != JOURNAL:
            faults.append(Fault(title, None, None, say("sheet_unknown", sheet=title, sheets=" ".join(COLUMNS))))
    for name in COLUMNS:
        if name not in found and name not in OPTIONAL:
            faults.append(Fault(name, None, None, say("sheet_missing", sheet=name)))
    return found


def _read_sheet(name: str, sheet: Any, file: Opened, faults: list[Fault]) -> Sheet[Any]:
    if sheet is None:
        return Sheet(False, ())
    extent = file.extent(sheet)
    if extent.rows > MAX_ROWS + 1 or extent.last_row > MAX_LAST_ROW:
        raise Refused(say("too_many_rows", sheet=name, limit=MAX_ROWS))
    rows = _rows(sheet, extent, file)
    _, head = next(rows, (1, ()))
    table = _Table(name, _match_headers(name, head, faults), extent.merged, faults)
    return Sheet(True, tuple(table.read_line(row, cells) for row, cells in rows if not all(c.blank for c in cells)))


def _rows(sheet: Any, extent: Extent, file: Opened) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """All rows from the header on, hidden ones too, each as wide as the sheet."""
    if extent.last_row == 0:
        return
    rows = sheet.iter_rows(min_row=1, max_row=extent.last_row, min_col=1, max_col=extent.last_column)
    for number, cells in enumerate(rows, start=1):
        yield number, tuple(_cell(cell, file) for cell in cells)


def _cell(cell: Any, file: Opened) -> Cell:
    number = isinstance(cell.value, int | float)
    return Cell(
        value=cell.value,
        formula=cell.data_type == "f",
        error=cell.data_type == "e",
        percent=number and "%" in (cell.number_format or ""),
        epoch=file.book.epoch,
    )


def _match_headers(name: str, head: tuple[Cell, ...], faults: list[Fault]) -> dict[int, Column]:
    """Column positions to columns. The star of a required column and spaces in a header do not matter."""
    known = {column.header: column for column in COLUMNS[name]}
    matched: dict[int, Column] = {}
    for position, cell in enumerate(head):
        if cell.blank:
            continue
        title = get_column_letter(position + 1) if cell.formula or cell.error else narrow(str(cell.value))
        header = re.sub(r"\s", "", title).strip("*")
        column = known.get(header)
        if cell.formula or cell.error:
            faults.append(Fault(name, 1, title, say("header_formula")))
        elif column is None:
            faults.append(Fault(name, 1, title, say("column_unknown", column=title, columns=" ".join(known))))
        elif column in matched.values():
            faults.append(Fault(name, 1, header, say("column_twice", column=header)))
            column = None
        # A column that is not ours keeps its place, so that what stands below it is not told again.
        matched[position] = column or Column(title, "", Kind.TEXT)
    for column in known.values():
        if column.required and column not in matched.values():
            faults.append(Fault(name, 1, column.header, say("column_missing", column=column.header)))
    return matched


class _Table:
    """Reads the rows below matched headers; holds what has to be told only once for the whole sheet."""

    def __init__(
        self,
        name: str,
        headers: dict[int, Column],
        merged: list[tuple[int, int, int, int]],
        faults: list[Fault],
    ) -> None:
        self._name, self._headers, self._faults = name, headers, faults
        self._merged, self._told = merged, set[object]()
        self._positions = {column.name: position for position, column in headers.items()}

    def read_line(self, row: int, cells: tuple[Cell, ...]) -> Line[Any]:
        self._look_beside(row, cells)
        covered = self._look_merged(row, len(cells))
        values: dict[str, Any] = {}
        unread: set[str] = set()
        for column in COLUMNS[self._name]:
            position = self._positions.get(column.name)
            values[column.name] = empty(column)
            if position in covered or (position is None and column.required):
                unread.add(column.header)
            elif position is not None:
                try:
                    values[column.name] = read_value(cells[position], column)
                except Unreadable as error:
                    unread.add(column.header)
                    self._faults.append(Fault(self._name, row, column.header, str(error)))
        record: Any = RECORDS[self._name]
        return Line(row, record(**values), frozenset(unread))

    def _look_beside(self, row: int, cells: tuple[Cell, ...]) -> None:
        """Content in a column without a header belongs nowhere; it is told where it first stands."""
        for position, cell in enumerate(cells):
            if position not in self._headers and position not in self._told and not cell.blank:
                self._told.add(position)
                self._faults.append(Fault(self._name, row, get_column_letter(position + 1), say("column_untitled")))

    def _look_merged(self, row: int, width: int) -> set[int]:
        """Positions of this row under a merged range; each range is told in the first filled row it touches."""
        covered: set[int] = set()
        for area in self._merged:
            top, left, bottom, right = area
            touched = {place for place in range(left - 1, min(right, width)) if place in self._headers}
            if top <= row <= bottom and touched:
                covered |= touched
                if area not in self._told:
                    self._told.add(area)
                    header = self._headers[min(touched)].header
                    self._faults.append(Fault(self._name, row, header, say("merged")))
        return covered
