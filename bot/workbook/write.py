"""A village as a workbook that Excel and WPS open and `read_village` takes back unchanged.

Cells carry real types, text can never turn into a formula, and the same village gives the same bytes, so that two
exports can be compared.
"""

from __future__ import annotations

import errno
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.xml.constants import ARC_CORE
from openpyxl.xml.functions import tostring

from bot.workbook.columns import (
    ACCOUNTS,
    COLUMNS,
    EXTENSIONS,
    HOUSEHOLDS,
    JOURNAL,
    LOANS,
    OFFICES,
    OPENING,
    OPTIONAL,
    SOCIETY,
    Balance,
    Column,
    Kind,
)
from bot.workbook.values import tidy
from ledger.village import Village

# The beginning of time in a zip; a real time would make every export differ.
EPOCH = datetime(1980, 1, 1)  # noqa: DTZ001  (a zip and Excel know no time zones)
WIDTH, WIDE = 14, 22
# Zeros that people leave empty, as in the workbooks they fill in.
_LEFT_EMPTY = {"赠股", "配股", "已还本金", "已还占用费"}
_AS_TEXT = (Kind.CODE, Kind.MOBILE, Kind.PHONE, Kind.ID_CARD)


def write_village(village: Village, path: Path, journal: Sequence[Mapping[str, object]] | None = None) -> None:
    """Write the five sheets, 展期 where a loan was extended, and `journal` as sheet 凭证 (its keys are the headers).

    An existing file is replaced.
    """
    book = Workbook()
    book.remove(book.active)
    rows: dict[str, Sequence[object]] = {
        SOCIETY: [village.society],
        HOUSEHOLDS: village.households,
        OFFICES: village.offices,
        OPENING: [Balance(account, village.opening.get(account, 0)) for account in ACCOUNTS],
        LOANS: village.loans,
        EXTENSIONS: village.extensions,
    }
    for name, columns in COLUMNS.items():
        if name in OPTIONAL and not rows[name]:
            continue
        sheet = _add_sheet(book, name, [column.header for column in columns], {c.header for c in columns if c.wide})
        for row, record in enumerate(rows[name], start=2):
            for position, column in enumerate(columns, start=1):
                _write_value(sheet.cell(row, position), getattr(record, column.name), column)
    if journal is not None:
        _write_journal(book, journal)
    replace_file(path, stopped(book))


def _add_sheet(book: Any, name: str, headers: Sequence[str], wide: set[str]) -> Any:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for position, header in enumerate(headers, start=1):
        cell = sheet.cell(1, position)
        write_text(cell, header)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDEBF7")
        cell.alignment = Alignment(horizontal="center")
        sheet.column_dimensions[get_column_letter(position)].width = WIDE if header in wide else WIDTH
    return sheet


def _write_value(cell: Any, value: Any, column: Column) -> None:
    """One field in the type of its column; what means nothing stays an empty cell."""
    if column.kind is Kind.DATE:
        _write_date(cell, value)
    elif column.kind is Kind.TICK:
        write_text(cell, "是" if value else "")
    elif column.kind in (Kind.AMOUNT, Kind.SIGNED):
        if value or column.header not in _LEFT_EMPTY:
            cell.value = Decimal(value) / 100
            cell.number_format = "0.00"
    elif column.kind is Kind.RATE:
        cell.value = Decimal(value) / 1000
    elif column.kind is Kind.NUMBER:
        cell.value = value or None
    else:
        words = {meaning: word for word, meaning in column.choices.items()}
        write_text(cell, words.get(value, value))
        if column.kind in _AS_TEXT and value:
            cell.number_format = "@"


def _write_date(cell: Any, value: date | None) -> None:
    if value is not None:
        cell.value = value
        cell.number_format = "yyyy-mm-dd"


def write_text(cell: Any, text: str) -> None:
    """Text as text: openpyxl takes a leading = for a formula and `#N/A` for an error unless the type is said."""
    text = tidy(text)
    if not text:
        return
    cell.value = text
    cell.data_type = "s"
    if text[0] in "=+-@":
        # Excel keeps it as text even when someone edits the cell.
        cell.quotePrefix = True


def _write_journal(book: Any, journal: Sequence[Mapping[str, object]]) -> None:
    headers = list(dict.fromkeys(key for entry in journal for key in entry))
    sheet = _add_sheet(book, JOURNAL, headers, set())
    for row, entry in enumerate(journal, start=2):
        for position, header in enumerate(headers, start=1):
            value, cell = entry.get(header), sheet.cell(row, position)
            if isinstance(value, date):
                _write_date(cell, value)
            elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                cell.value = value
            elif value is not None:
                write_text(cell, str(value))


def stopped(book: Any) -> bytes:
    """The bytes of the workbook with every clock in it stopped."""
    drafted, final = BytesIO(), BytesIO()
    book.save(drafted)
    properties = DocumentProperties(creator="互助社", created=EPOCH, modified=EPOCH)
    with zipfile.ZipFile(drafted) as source, zipfile.ZipFile(final, "w") as target:
        for name in source.namelist():
            part = zipfile.ZipInfo(name, EPOCH.timetuple()[:6])
            part.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(part, tostring(properties.to_tree()) if name == ARC_CORE else source.read(name))
    return final.getvalue()


def replace_file(path: Path, data: bytes) -> None:
    """Put the file in place whole or not at all; it holds identity numbers, so only its owner may read it."""
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
