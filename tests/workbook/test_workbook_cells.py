"""Single cells of a workbook: what is forgiven, what is refused, and that the refusal names exactly that cell.

Each case changes the clean village in one place, so any further fault would be a wrong alarm.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from bot.workbook import read_village
from tests.workbook.build import accepted, book_of, cell_of, edited, good, places, refused

BAD_CELLS: list[tuple[str, int, str, object]] = [
    ("互助社", 2, "代码", "QS 001/2"),
    ("互助社", 2, "代码", None),
    ("互助社", 2, "名称", True),
    ("互助社", 2, "名称", "长" * 201),
    ("互助社", 2, "县", "  \u3000 "),
    ("互助社", 2, "成立日期", "2018年"),
    ("互助社", 2, "成立日期", "18-05-18"),
    ("互助社", 2, "成立日期", "05/18/2018"),
    ("互助社", 2, "成立日期", 20180518),
    ("互助社", 2, "成立日期", 0.5),
    ("互助社", 2, "成立日期", -5),
    ("互助社", 2, "成立日期", "1018-05-18"),
    ("互助社", 2, "章程", "别的章程"),
    ("互助社", 2, "村监督电话", "找村长"),
    ("农户", 12, "户号", "QS002-011"),
    ("农户", 12, "户号", "QS0011-011"),
    ("农户", 12, "户号", "QS001-"),
    ("农户", 12, "户号", None),
    ("农户", 3, "户主", None),
    ("农户", 3, "社员", date(2020, 1, 1)),
    ("农户", 3, "性别", "未知"),
    ("农户", 3, "身份证号", "999999196811230788"),
    ("农户", 3, "身份证号", "999999196802300786"),
    ("农户", 3, "身份证号", "999999680230078"),
    ("农户", 3, "身份证号", "99999919681123078"),
    ("农户", 3, "身份证号", "9999991968112307AB"),
    ("农户", 3, "身份证号", 999999196811230789),
    ("农户", 3, "身份证号", "999999196206120776"),
    ("农户", 3, "手机号", "1990000000"),
    ("农户", 3, "手机号", "29900000002"),
    ("农户", 3, "手机号", "12900000002"),
    ("农户", 3, "手机号", "1.99E+10"),
    ("农户", 3, "手机号", "0912-1234567"),
    ("农户", 3, "手机号", 199000000020),
    ("农户", 3, "类别", "五保户"),
    ("农户", 3, "类别", None),
    ("农户", 3, "入社日期", "2026-02-30"),
    ("农户", 3, "入社日期", "2026-02-3O"),
    ("农户", 3, "互助金", -200),
    ("农户", 3, "互助金", "-200"),
    ("农户", 3, "互助金", None),
    ("农户", 3, "互助金", 200.005),
    ("农户", 3, "互助金", "200.005"),
    ("农户", 3, "互助金", "1,200"),
    ("农户", 3, "互助金", "¥200"),
    ("农户", 3, "互助金", "(200)"),
    ("农户", 3, "互助金", "200元"),
    ("农户", 3, "互助金", "2e2"),
    ("农户", 3, "互助金", "٢٠٠"),
    ("农户", 3, "互助金", True),
    ("农户", 3, "互助金", 1e20),
    ("农户", 3, "互助金", 1e300),
    ("农户", 3, "互助金", date(2020, 1, 1)),
    ("农户", 3, "配股", -1),
    ("农户", 3, "小组", False),
    ("农户", 3, "组长", "否"),
    ("农户", 3, "组长", 1),
    ("农户", 3, "组长", "是"),
    ("职务", 2, "姓名", None),
    ("职务", 2, "手机号", None),
    ("职务", 2, "职务", "村长"),
    ("职务", 2, "任期起", None),
    ("职务", 2, "任期起", "2027-05-18x"),
    ("职务", 2, "任期止", "2024-05-17"),
    ("职务", 2, "任期止", "2027-02-29"),
    ("期初余额", 2, "科目", "现金"),
    ("期初余额", 2, "金额", None),
    ("期初余额", 2, "金额", 0.001),
    ("借款", 2, "编号", None),
    ("借款", 2, "编号", 0),
    ("借款", 2, "编号", 5.5),
    ("借款", 2, "编号", "五"),
    ("借款", 2, "编号", 6),
    ("借款", 2, "本金", -4000),
    ("借款", 2, "放款日", "2026-01-02"),
    ("借款", 2, "放款日", "2018-05-17"),
    ("借款", 2, "放款日", None),
    ("借款", 2, "期数", 0),
    ("借款", 2, "期数", -1),
    ("借款", 2, "期数", 1.5),
    ("借款", 2, "期数", 601),
    ("借款", 2, "还款方式", "按季付息"),
    ("借款", 2, "月费率", -1),
    ("借款", 2, "月费率", 4.5001),
    ("借款", 2, "月费率", "4.5%"),
    ("借款", 2, "月费率", 1001),
    ("借款", 2, "月费率", None),
    ("借款", 2, "已还占用费", -100),
    ("借款", 2, "代偿人一", "QS001-099"),
    ("借款", 2, "代偿人一", "QS001-054"),
    ("借款", 2, "代偿人一", "QS001-001"),
    ("借款", 2, "代偿人二", "QS001-053"),
]


@pytest.mark.parametrize(("sheet", "row", "header", "value"), BAD_CELLS, ids=str)
def test_bad_cell_is_the_only_fault(sheet: str, row: int, header: str, value: object, tmp_path: Path) -> None:
    # The second of two rows that repeat each other is the one named.
    named = 3 if (header, value) == ("编号", 6) else row
    assert refused(edited(tmp_path / "bad.xlsx", {(sheet, row, header): value})) == [(sheet, named, header)]


GOOD_CELLS: list[tuple[str, int, str, object]] = [
    ("互助社", 2, "代码", " ＱＳ００１ "),
    ("互助社", 2, "成立日期", "2018/5/18"),
    ("互助社", 2, "成立日期", "２０１８－０５－１８"),
    ("互助社", 2, "成立日期", "2018年5月18日"),
    ("互助社", 2, "成立日期", "2018.5.18"),
    ("互助社", 2, "成立日期", 43238),
    ("互助社", 2, "成立日期", 43238.75),
    ("互助社", 2, "成立日期", datetime(2018, 5, 18, 12, 30)),  # noqa: DTZ001  (Excel knows no time zones)
    ("农户", 2, "户号", "\u3000QS001—001\u00a0"),
    ("农户", 2, "户主", " 周大福\n"),
    ("农户", 2, "社员", "\u200b周大福\ufeff"),
    ("农户", 2, "手机号", 19900000001),
    ("农户", 2, "手机号", 19900000001.0),
    ("农户", 2, "手机号", "１９９０００００００１"),
    ("农户", 2, "手机号", "+86 199 0000 0001"),
    ("农户", 2, "互助金", "１０００．００"),
    ("农户", 2, "互助金", " 1000 "),
    ("农户", 2, "互助金", 1000.0000000000001),
    ("农户", 2, "赠股", "0.00"),
    ("农户", 2, "赠股", -0.0),
    ("农户", 2, "组长", " 是 "),
    ("农户", 10, "身份证号", "99999919581016093x"),
    ("农户", 10, "身份证号", "９９９９９９１９５８１０１６０９３Ｘ"),
    ("职务", 2, "任期止", date(2027, 5, 17)),
    ("期初余额", 3, "金额", 202786.16000000003),
    ("期初余额", 3, "金额", "202786.16"),
    ("借款", 2, "编号", "5"),
    ("借款", 2, "期数", 12.0),
    ("借款", 2, "月费率", "4.5‰"),
    ("借款", 2, "月费率", "4.500"),
]


@pytest.mark.parametrize(("sheet", "row", "header", "value"), GOOD_CELLS, ids=str)
def test_other_ways_of_writing_mean_the_same(sheet: str, row: int, header: str, value: object, tmp_path: Path) -> None:
    book = book_of()
    assert cell_of(book, sheet, row, header).value != value or isinstance(value, float)

    def plain(book: Any) -> None:
        cell_of(book, sheet, row, header).number_format = "General" if isinstance(value, int | float) else "@"

    path = edited(tmp_path / "same.xlsx", {(sheet, row, header): value}, None if isinstance(value, date) else plain)
    assert accepted(path) == good()


def test_every_amount_of_two_decimals_is_read_exactly(tmp_path: Path) -> None:
    """Floats of Excel: one to a thousand fen in steps that no binary fraction hits."""
    fen = [7 * number + 1 for number in range(62)]
    edits: dict[tuple[str, int, str], object] = {("农户", row, "赠股"): fen[row - 2] / 100 for row in range(2, 64)}
    village = accepted(edited(tmp_path / "floats.xlsx", edits))
    assert [household.gifted_fen for household in village.households] == fen


def test_formula_like_text_is_kept_as_text(tmp_path: Path) -> None:
    edits = {("农户", 2, "户主"): "=1+1", ("借款", 2, "用途"): "@SUM(A1)", ("借款", 3, "用途"): "-买牛"}
    village = accepted(edited(tmp_path / "text.xlsx", edits))
    assert village.households[0].head == "=1+1"
    assert [loan.purpose for loan in village.loans[:2]] == ["@SUM(A1)", "-买牛"]


@pytest.mark.parametrize("formula", ["=1000", "=SUM(A1:A2)", '=HYPERLINK("http://127.0.0.1")'])
def test_formula_is_refused_even_with_a_right_value(formula: str, tmp_path: Path) -> None:
    def change(book: Any) -> None:
        cell_of(book, "农户", 2, "互助金").value = formula

    assert refused(edited(tmp_path / "formula.xlsx", {}, change)) == [("农户", 2, "互助金")]


def test_error_value_is_refused(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        cell_of(book, "农户", 2, "小组").value = "#REF!"

    assert refused(edited(tmp_path / "error.xlsx", {}, change)) == [("农户", 2, "小组")]


def test_percent_is_not_permille(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        cell_of(book, "借款", 2, "月费率").number_format = "0.00%"

    assert refused(edited(tmp_path / "percent.xlsx", {("借款", 2, "月费率"): 0.005}, change)) == [("借款", 2, "月费率")]


def test_dates_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book.epoch = CALENDAR_MAC_1904
        cell_of(book, "借款", 2, "放款日").number_format = "General"

    serial = (date(2025, 1, 20) - date(1904, 1, 1)).days
    assert accepted(edited(tmp_path / "mac.xlsx", {("借款", 2, "放款日"): serial}, change)) == good()


def test_charter_may_be_empty_or_one_that_is_there(tmp_path: Path) -> None:
    assert accepted(edited(tmp_path / "empty.xlsx", {("互助社", 2, "章程"): None})).society.charter == ""
    path = edited(tmp_path / "own.xlsx", {("互助社", 2, "章程"): "云岭章程"})
    village, faults, _ = read_village(path, charters=["云岭章程"])
    assert village is not None and village.society.charter == "云岭章程" and faults == []
    assert places(read_village(path)[1]) == [("互助社", 2, "章程")]
