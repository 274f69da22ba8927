"""Faults that lie between cells, sheets and headers: sums, double entries, terms, groups, merged and hidden rows.

All faults of a workbook are told at once, and none that only follows from another.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.workbook import read_village
from tests.workbook.build import Edits, Place, accepted, cell_of, edited, good, places, refused


def _officer(name: str, phone: str, office: str, since: str, until: str | None = None, row: int = 12) -> Edits:
    values = {"姓名": name, "手机号": phone, "职务": office, "任期起": since, "任期止": until}
    return {("职务", row, header): value for header, value in values.items()}


AGREEMENTS: dict[str, tuple[Edits, set[Place]]] = {
    "chair twice at once": (
        _officer("袁大海", "19900000032", "理事长", "2027-05-17"),
        {("职务", 12, "任期起")},
    ),
    "cashier overlaps an open term": (
        {**_officer("袁大海", "19900000032", "出纳", "2030-01-01"), ("职务", 4, "任期止"): None},
        {("职务", 12, "任期起")},
    ),
    "treasurer and cashier by phone": (
        {("职务", 4, "手机号"): "19900000024"},
        {("职务", 4, "职务")},
    ),
    "treasurer and cashier by name": (
        {("职务", 4, "姓名"): "李秀英"},
        {("职务", 4, "职务")},
    ),
    "director and supervisor": (
        {("职务", 8, "姓名"): "范文才", ("职务", 8, "手机号"): "19900000052"},
        {("职务", 8, "职务")},
    ),
    "chair and head supervisor": (
        {("职务", 7, "手机号"): "19900000007"},
        {("职务", 7, "职务")},
    ),
    "account written twice": ({("期初余额", 9, "科目"): "公益金"}, {("期初余额", 10, "科目")}),
    "cash below zero": (
        {("期初余额", 2, "金额"): -100, ("期初余额", 3, "金额"): 202886.16},
        {("期初余额", 2, "金额")},
    ),
    "one fen too much": ({("期初余额", 3, "金额"): 202786.17}, {("期初余额", None, "金额")}),
    "contributions differ": (
        {("农户", 2, "互助金"): 1100},
        {("期初余额", 4, "金额"), ("农户", None, "互助金")},
    ),
    "contributions and balance differ": (
        {("期初余额", 4, "金额"): 24100},
        {("期初余额", None, "金额"), ("期初余额", 4, "金额"), ("农户", None, "互助金")},
    ),
    "shares beyond the grant": ({("农户", 2, "赠股"): 200000}, {("期初余额", 5, "金额")}),
    "nothing lent": (
        {("借款", 2, "本金"): 0, ("期初余额", 3, "金额"): 206786.16},
        {("借款", 2, "本金")},
    ),
    "repaid more than lent": (
        {("借款", 4, "已还本金"): 5000.01, ("期初余额", 3, "金额"): 203786.17},
        {("借款", 4, "已还本金")},
    ),
    "payer owes": (
        {("借款", 4, "代偿人一"): "QS001-021"},
        {("借款", 4, "代偿人一")},
    ),
    "borrower without a group": (
        {("农户", 55, "小组"): None},
        {("借款", 2, "代偿人一"), ("借款", 2, "代偿人二")},
    ),
    "leader without a group": ({("农户", 14, "小组"): None}, {("农户", 14, "组长")}),
    "second leader": ({("农户", 7, "组长"): "是"}, {("农户", 7, "组长")}),
    "household twice": ({("农户", 12, "户号"): "QS001-001"}, {("农户", 12, "户号")}),
    "borrower of another village": ({("借款", 2, "户号"): "QS002-054"}, {("借款", 2, "户号")}),
    "born after the opening": (
        {("农户", 3, "身份证号"): "999999202601020016"},
        {("农户", 3, "身份证号")},
    ),
    "reserved code": ({("互助社", 2, "代码"): "all"}, {("互助社", 2, "代码")}),
    "opened before the founding": (
        {("互助社", 2, "成立日期"): "2026-01-02"},
        {("互助社", 2, "期初日期"), *[("借款", row, "放款日") for row in range(2, 16)]},
    ),
    "several at once": (
        {
            ("农户", 2, "类别"): "富户",
            ("农户", 2, "手机号"): "110",
            ("职务", 3, "职务"): "厂长",
            ("借款", 2, "期数"): 0,
            ("期初余额", 3, "金额"): 202786.17,
        },
        {
            *[("农户", 2, "类别"), ("农户", 2, "手机号"), ("职务", 3, "职务"), ("借款", 2, "期数")],
            ("期初余额", None, "金额"),
        },
    ),
}


@pytest.mark.parametrize("name", AGREEMENTS)
def test_disagreement_is_named(name: str, tmp_path: Path) -> None:
    edits, wanted = AGREEMENTS[name]
    found = refused(edited(tmp_path / "bad.xlsx", edits))
    if name == "reserved code":
        # A wrong code makes every household number foreign; only the code itself is of interest here.
        found = [place for place in found if place[0] == "互助社"]
    if name == "born after the opening":
        assert found[0] == ("农户", 3, "身份证号")
    assert set(found) == wanted and len(found) == len(wanted)


@pytest.mark.parametrize(("bank", "difference"), [(202786.17, 1), (202686.16, -10000)])
def test_unbalanced_opening_says_the_difference(bank: float, difference: int, tmp_path: Path) -> None:
    _, faults, _ = read_village(edited(tmp_path / "bad.xlsx", {("期初余额", 3, "金额"): bank}))
    assert [fault.difference_fen for fault in faults] == [difference]
    assert f"{abs(difference) / 100:.2f}" in faults[0].why


ALLOWED: dict[str, tuple[Edits, set[Place]]] = {
    "a later term of the same post": (_officer("袁大海", "19900000032", "理事长", "2027-05-18"), set()),
    "cashier after treasurer": (_officer("李秀英", "19900000024", "出纳", "2027-05-18"), set()),
    "shared phone": ({("农户", 3, "手机号"): "19900000001"}, {("农户", 3, "手机号")}),
    "no head supervisor": ({("职务", 7, "职务"): "监事"}, {("职务", None, "职务")}),
    "officer who is no member": (
        {("职务", 5, "姓名"): "外来人", ("职务", 5, "手机号"): "19900000999"},
        {("职务", 5, "姓名")},
    ),
    "two officers, one phone": ({("职务", 6, "手机号"): "19900000052"}, {("职务", 6, "手机号")}),
    "joined before the founding": ({("农户", 3, "入社日期"): "2018-05-17"}, {("农户", 3, "入社日期")}),
    "joined after the opening": (
        {("农户", 4, "入社日期"): "2026-01-02"},
        {("农户", 4, "入社日期"), ("借款", 14, "放款日")},
    ),
    "sex against identity card": ({("农户", 3, "性别"): "男"}, {("农户", 3, "性别")}),
    "space inside a name": ({("农户", 7, "社员"): "吴\u3000秀兰"}, {("农户", 7, "社员")}),
    "group without leader": ({("农户", 2, "组长"): None}, {("农户", 2, "组长")}),
    "loan without payers": (
        {("借款", 2, "代偿人一"): None, ("借款", 2, "代偿人二"): None},
        {("借款", 2, "代偿人一")},
    ),
    "losses": (
        {("期初余额", 11, "金额"): -613.48, ("期初余额", 6, "金额"): 8000},
        set(),
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_odd_but_allowed_is_flagged(name: str, tmp_path: Path) -> None:
    edits, wanted = ALLOWED[name]
    village, faults, flags = read_village(edited(tmp_path / "odd.xlsx", edits))
    assert village is not None, faults
    assert set(places(flags)) == wanted


def test_namesakes_may_hold_posts_that_one_person_may_not(tmp_path: Path) -> None:
    """Two members of one name, each known by an own phone in 农户, are two people."""
    names = [household.member for household in good().households]
    twins = [row for row, name in enumerate(names, start=2) if names.count(name) > 1]
    assert len(twins) == 2
    phones = [good().households[row - 2].phone for row in twins]
    edits: dict[tuple[str, int, str], object] = {}
    for row, phone in zip((3, 4), phones, strict=True):
        edits |= {("职务", row, "姓名"): names[twins[0] - 2], ("职务", row, "手机号"): phone}
    accepted(edited(tmp_path / "twins.xlsx", edits))


def test_settled_loan_does_not_bind_its_payer(tmp_path: Path) -> None:
    edits: Edits = {
        ("借款", 4, "代偿人一"): "QS001-021",
        ("借款", 4, "已还本金"): 5000,
        ("期初余额", 3, "金额"): 203786.16,
    }
    accepted(edited(tmp_path / "settled.xlsx", edits))


def test_absent_account_is_zero_or_asked_for(tmp_path: Path) -> None:
    def without(row: int) -> Any:
        return lambda book: book["期初余额"].delete_rows(row)

    village, _, flags = read_village(edited(tmp_path / "zero.xlsx", {}, without(2)))
    assert village is not None and village.opening == good().opening
    assert places(flags) == [("期初余额", None, "科目")]
    assert refused(edited(tmp_path / "asked.xlsx", {}, without(10))) == [
        ("期初余额", None, "金额"),
        ("期初余额", None, "科目"),
    ]


def test_loans_of_a_village_without_households_are_all_named(tmp_path: Path) -> None:
    found = refused(edited(tmp_path / "none.xlsx", {}, lambda book: book["农户"].delete_rows(2, 100)))
    assert {("借款", row, "户号") for row in range(2, 16)} <= set(found)


def _rename(sheet: str, header: str, title: object) -> Any:
    return lambda book: setattr(cell_of(book, sheet, 1, header), "value", title)


STRUCTURES: dict[str, tuple[Any, list[Place]]] = {
    "sheet missing": (lambda book: book.remove(book["职务"]), [("职务", None, None)]),
    "sheet unknown": (lambda book: book.create_sheet("说明"), [("说明", None, None)]),
    "sheet twice": (lambda book: book.create_sheet("农户 "), [("农户", None, None)]),
    "hidden unknown sheet": (
        lambda book: setattr(book.create_sheet("说明"), "sheet_state", "veryHidden"),
        [("说明", None, None)],
    ),
    "column renamed": (_rename("农户", "手机号", "电话"), [("农户", 1, "电话")]),
    "required column renamed": (_rename("农户", "类别", "户别"), [("农户", 1, "户别"), ("农户", 1, "类别")]),
    "column twice": (_rename("农户", "配股", "赠股"), [("农户", 1, "赠股")]),
    "header is a formula": (_rename("农户", "配股", "=A1"), [("农户", 1, "K")]),
    "column without header": (_rename("农户", "配股", None), [("农户", 3, "K")]),
    "value far beside": (lambda book: book["农户"].cell(9, 20, "备注"), [("农户", 9, "T")]),
    "header on line two": (
        lambda book: book["期初余额"].insert_rows(1),
        [("期初余额", 1, "科目"), ("期初余额", 1, "金额"), ("期初余额", 2, "A"), ("期初余额", 2, "B")],
    ),
    "no society": (lambda book: book["互助社"].delete_rows(2), [("互助社", None, None)]),
    "two societies": (lambda book: book["互助社"].cell(4, 1, "QS002"), [("互助社", 4, None)]),
    "merged down": (lambda book: book["农户"].merge_cells("L3:L7"), [("农户", 3, "小组")]),
    "merged across": (lambda book: book["农户"].merge_cells("B5:C5"), [("农户", 5, "户主")]),
    "merged required": (lambda book: book["农户"].merge_cells("G10:G12"), [("农户", 10, "类别")]),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_structure_is_refused_by_name(name: str, tmp_path: Path) -> None:
    change, wanted = STRUCTURES[name]
    found = refused(edited(tmp_path / "bad.xlsx", {}, change))
    if name == "two societies":
        found = [place for place in found if place[2] is None]
    assert found == wanted


def test_stars_spaces_and_order_of_headers_do_not_matter(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        for sheet in book:
            for cell in sheet[1]:
                cell.value = f" {cell.value[:1]} {cell.value[1:]}＊"
            sheet.move_range(f"A1:A{sheet.max_row}", cols=sheet.max_column)
            sheet.delete_cols(1)
        book.move_sheet("借款", -3)

    assert accepted(edited(tmp_path / "stars.xlsx", {}, change)) == good()


def test_hidden_rows_count_and_blank_rows_do_not(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book["农户"].row_dimensions[20].hidden = True
        book["借款"].auto_filter.ref = "A1:L15"
        book["农户"].insert_rows(10, 3)
        book["农户"].cell(11, 4, " \u3000")
        book["农户"].cell(900, 13).number_format = "@"

    assert accepted(edited(tmp_path / "hidden.xlsx", {}, change)) == good()
    edits: Edits = {("农户", 20, "类别"): "富户"}
    hide = lambda book: setattr(book["农户"].row_dimensions[20], "hidden", True)  # noqa: E731
    assert refused(edited(tmp_path / "hidden.xlsx", edits, hide)) == [("农户", 20, "类别")]


def test_five_thousand_rows_and_not_one_more(tmp_path: Path) -> None:
    def fill(last: int) -> Any:
        def change(book: Any) -> None:
            for row in range(64, last + 1):
                number = f"QS001-{row}"
                values = [number, "张三", "张三", None, None, None, "一般户", date(2019, 1, 1), 0]
                for column, value in enumerate(values, start=1):
                    book["农户"].cell(row, column, value)

        return change

    assert len(accepted(edited(tmp_path / "full.xlsx", {}, fill(5001))).households) == 5000
    assert refused(edited(tmp_path / "over.xlsx", {}, fill(5002))) == [("", None, None)]
