"""A book as an Excel file an accountant would accept: real dates and numbers, frozen headers, print areas, no formulas.

The columns of every book stand in one table here; what a person once typed is only ever a text cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from bot.workbook.write import replace_file, stopped, write_text
from ledger.money import to_yuan
from ledger.terms import ACCOUNT_WORDS, ENTRY_WORDS, STATUS_WORDS

TITLES = {
    "journal": "记账凭证序时簿", "cash": "现金日记账", "bank": "银行存款日记账", "ledger": "总账", "loans": "借款台账",
    "trial": "试算平衡表", "balance": "资产负债表", "income": "收支表", "passbook": "社员证",
}
PARTS = {"assets": "资产", "liabilities": "负债", "net": "净资产", "income": "收入", "costs": "支出"}
SURPLUS = "本期结余"
GRAND = "合计"


@dataclass(frozen=True)
class Column:
    """One column: header, the row's field, how it is written, how wide."""

    header: str
    name: str
    kind: str = "text"  # text, day, money, number, rate, account, what, part, status
    width: int = 12


DAY, BOOKED = Column("日期", "on", "day"), Column("记账日", "booked_on", "day")
SEQ = Column("凭证号", "seq", "number", 8)
WHAT, ACCOUNT, SUB = Column("摘要", "memo", "what", 24), Column("科目", "account", "account", 16), Column("明细", "sub")
DEBIT, CREDIT = Column("借方", "debit_fen", "money", 15), Column("贷方", "credit_fen", "money", 15)
LEFT, CODE = Column("余额", "balance_fen", "money", 15), Column("收据码", "code", "text", 9)
AMOUNT = Column("金额", "amount_fen", "money", 16)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "journal": (SEQ, DAY, BOOKED, WHAT, ACCOUNT, SUB, DEBIT, CREDIT, Column("经办", "by"), CODE),
    "cash": (DAY, SEQ, WHAT, DEBIT, CREDIT, LEFT, CODE),
    "bank": (DAY, SEQ, WHAT, DEBIT, CREDIT, LEFT, CODE),
    "ledger": (ACCOUNT, DAY, SEQ, WHAT, SUB, DEBIT, CREDIT, LEFT),
    "loans": (
        Column("编号", "loan", "number", 7), Column("户号", "household"), Column("姓名", "name"),
        Column("用途", "purpose", "text", 18), Column("放款日", "paid_out_on", "day"), AMOUNT,
        Column("期数", "months", "number", 7), Column("还款方式", "plan"),
        Column("月费率‰", "fee_ppm_month", "rate", 9), Column("未还本金", "left_fen", "money", 15),
        Column("最近到期", "due_on", "day"),
        Column("逾期天数", "days_late", "number", 9), Column("代偿人一", "payer_one"), Column("代偿人二", "payer_two"),
        Column("状态", "status", "status"),
    ),
    "trial": (
        ACCOUNT,
        Column("期初借方", "opening_debit_fen", "money", 15), Column("期初贷方", "opening_credit_fen", "money", 15),
        Column("本期借方", "debit_fen", "money", 15), Column("本期贷方", "credit_fen", "money", 15),
        Column("期末借方", "closing_debit_fen", "money", 15), Column("期末贷方", "closing_credit_fen", "money", 15),
    ),
    "balance": (Column("类别", "part", "part"), ACCOUNT, AMOUNT),
    "income": (Column("类别", "part", "part"), ACCOUNT, AMOUNT),
    "passbook": (ACCOUNT, SUB, DAY, SEQ, WHAT, DEBIT, CREDIT, LEFT, CODE),
}
GRANDS = {
    "balance": (("资产合计", "assets_fen"), ("负债合计", "liabilities_fen"), ("净资产合计", "net_fen")),
    "income": (("收入合计", "income_fen"), ("支出合计", "costs_fen"), ("结余", "surplus_fen")),
}
HEADER_ROW = 4
FORMATS = {"money": "#,##0.00", "day": "yyyy-mm-dd", "rate": "0.###", "number": "0"}
_THIN = Side(style="thin", color="999999")


def write_book(
    path: Path, name: str, village: str, period: tuple[date, date, date], head: tuple[int, str],
    rows: Sequence[Mapping[str, Any]], sums: Mapping[str, Any], subject: str = "",
) -> None:
    """Write one book; `period` is first day, last day, as known on. An existing file is replaced whole."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = TITLES[name]
    columns = COLUMNS[name]
    first, last, known = period
    told = (
        f"{village} {TITLES[name]}{f' {subject}' if subject else ''}",
        f"{first} 至 {last}　按 {known} 已记账　单位：元",
        f"凭证到第 {head[0]} 号，校验码 {head[1]}",
    )
    for row, words in enumerate(told, 1):
        write_text(sheet.cell(row, 1), words)
        sheet.cell(row, 1).font = Font(bold=row == 1, size=14 if row == 1 else 10)
    for place, column in enumerate(columns, 1):
        cell = sheet.cell(HEADER_ROW, place)
        write_text(cell, column.header)
        cell.font, cell.alignment = Font(bold=True), Alignment(horizontal="center")
        cell.fill, cell.border = PatternFill("solid", fgColor="DDEBF7"), Border(bottom=_THIN, top=_THIN)
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    for number, one in enumerate(rows, HEADER_ROW + 1):
        for place, column in enumerate(columns, 1):
            _write(sheet.cell(number, place), one, column)
    end = _write_sums(sheet, name, columns, sums, HEADER_ROW + 1 + len(rows))
    _page(sheet, len(columns), end)
    replace_file(path, stopped(book))


def _write(cell: Any, row: Mapping[str, Any], column: Column) -> None:
    value = row.get(column.name)
    if (value is None or value == "") and column.kind != "what":
        return
    if column.kind == "money":
        cell.value = Decimal(value or 0) / 100
    elif column.kind == "rate":
        cell.value = Decimal(value or 0) / 1000
    elif column.kind in {"day", "number"}:
        cell.value = value
    else:
        write_text(cell, _word(row, column, value))
    if column.kind in FORMATS:
        cell.number_format = FORMATS[column.kind]


def plain(row: Mapping[str, Any], column: Column) -> str:
    """A field as plain text, for a terminal."""
    value = row.get(column.name)
    if value is None:
        return "-"
    if column.kind == "money":
        return to_yuan(int(value))
    if column.kind in {"day", "number"}:
        return str(value)
    return f"{int(value) / 1000:g}" if column.kind == "rate" else _word(row, column, value)


def _word(row: Mapping[str, Any], column: Column, value: Any) -> str:
    """The Chinese word of a field that holds a key; anything else as it was written."""
    if column.kind == "what":
        kind = ENTRY_WORDS.get(str(row.get("kind", "")), str(row.get("kind", "")))
        return f"{kind} {value}" if value and value != kind else kind
    if column.kind == "account":
        return SURPLUS if value == "surplus" else ACCOUNT_WORDS.get(str(value), str(value))
    if column.kind == "part":
        return PARTS[str(value)]
    return STATUS_WORDS.get(str(value), str(value)) if column.kind == "status" else str(value)


def _write_sums(sheet: Any, name: str, columns: Sequence[Column], sums: Mapping[str, Any], row: int) -> int:
    """The sums under the rows as numbers, never as formulas; gives the last row used."""
    if name in GRANDS:
        for number, (words, key) in enumerate(GRANDS[name], row):
            _sum_cell(sheet.cell(number, 1), words)
            _sum_cell(sheet.cell(number, len(columns)), sums[key])
        return row + len(GRANDS[name]) - 1
    _sum_cell(sheet.cell(row, 1), GRAND)
    for place, column in enumerate(columns, 1):
        if column.name in sums and column.kind == "money":
            _sum_cell(sheet.cell(row, place), sums[column.name])
    return row


def _sum_cell(cell: Any, value: str | int) -> None:
    if isinstance(value, str):
        write_text(cell, value)
    else:
        cell.value, cell.number_format = Decimal(value) / 100, FORMATS["money"]
    cell.font, cell.border = Font(bold=True), Border(top=_THIN)


def _page(sheet: Any, width: int, height: int) -> None:
    """Frozen headers, A4 across, as wide as the paper, headers on every page."""
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.print_area = f"A1:{get_column_letter(width)}{height}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", "9"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "&P / &N"
