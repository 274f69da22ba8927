"""The books: they agree with each other and with the entries, as known now and then, in JSON and as Excel files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bot.workbook.books import COLUMNS, HEADER_ROW, write_book
from jobs import books
from ledger import journal
from ledger.store.statements import Statements
from ledger.terms import Account
from tests.books.scene import CODE, OPENED, Scene

LAST = date(2026, 4, 30)


def book(scene: Scene, name: str, first: date | None = None, last: date = LAST, known: date = LAST,
         member: str | None = None) -> books.Book:
    with scene.store.read() as reading:
        return books.make(reading, name, CODE, first, last, known, member)


def test_books_agree_with_each_other(scene: Scene) -> None:
    totals = scene.totals()
    trial, sheet = book(scene, "trial"), book(scene, "balance")
    assert trial.sums["agrees"] and sheet.sums["agrees"]
    assert trial.sums["debit_fen"] == trial.sums["credit_fen"] == book(scene, "journal").sums["debit_fen"]
    for account in (Account.CASH, Account.BANK):
        assert book(scene, account.value).sums["balance_fen"] == totals[account]
    assert book(scene, "loans").sums["left_fen"] == totals[Account.LOANS]
    income = book(scene, "income").sums
    surplus = next(row["amount_fen"] for row in sheet.rows if row["account"] == "surplus")
    assert income["surplus_fen"] == surplus
    closing = {row["account"]: row["balance_fen"] for row in book(scene, "ledger").rows}
    assert closing == {name: closing[name] for name in closing} and all(
        fen == totals[account] for account, fen in closing.items()
    )


def test_a_part_of_the_year_begins_where_the_one_before_ends(scene: Scene) -> None:
    january = book(scene, "bank", None, date(2026, 1, 31))
    later = book(scene, "bank", date(2026, 2, 1))
    assert later.rows[0]["balance_fen"] == january.sums["balance_fen"]
    trials = [book(scene, "trial", None, date(2026, 1, 31)), book(scene, "trial", date(2026, 2, 1))]
    assert trials[0].sums["closing_debit_fen"] == trials[1].sums["opening_debit_fen"]
    assert all(one.sums["agrees"] for one in trials)


def test_passbook_shows_the_household_alone(scene: Scene) -> None:
    rows = book(scene, "passbook", member=f"{CODE}-002").rows
    assert {row["sub"] for row in rows} == {f"{CODE}-002", "2"}
    assert rows[-1]["balance_fen"] == scene.totals()[Account.LOANS]
    for wrong in (None, f"{CODE}-099"):
        with pytest.raises(books.NoBook):
            book(scene, "passbook", member=wrong)


def test_as_known_then_and_now(scene: Scene) -> None:
    """Money of April 30 that was booked on May 2 counts for April 30 now, and was not known on that day."""
    with scene.store.write() as writing:
        from ledger.records import Act

        late = journal.fund_in(Account.DONATION, 7700, date(2026, 4, 30), "补记", scene.key(), 7)
        writing.save(CODE, Act(entries=(late,)), date(2026, 5, 2), 0)
    may = date(2026, 5, 31)

    def donation(day: date, known: date) -> int:
        with scene.store.read() as reading:
            read = Statements(reading, CODE, known)
            assert read.balance(Account.DONATION, "", day) == read.totals(day)[Account.DONATION]
            return -read.totals(day)[Account.DONATION]

    assert donation(LAST, may) == 57700 and donation(LAST, LAST) == 50000
    assert donation(date(2026, 4, 29), may) == 50000 and donation(may, date(2026, 5, 1)) == 50000
    assert donation(may, may) == 57700 and donation(OPENED, may) == 0
    kinds = [row["memo"] for row in book(scene, "bank", date(2026, 4, 1), LAST, may).rows]
    assert "补记" in kinds and "补记" not in [row["memo"] for row in book(scene, "bank", date(2026, 4, 1)).rows]
    assert "补记" not in [row["memo"] for row in book(scene, "bank", date(2026, 5, 1), may, may).rows]
    assert book(scene, "trial", date(2026, 5, 1), may, may).sums["agrees"]
    april, after = book(scene, "bank", None, LAST, may), book(scene, "bank", date(2026, 5, 1), may, may)
    assert april.sums["balance_fen"] == after.rows[0]["balance_fen"]


@pytest.mark.parametrize("name", list(COLUMNS))
def test_excel_files_an_accountant_accepts(scene: Scene, tmp_path: Path, name: str) -> None:
    scene.book(date(2026, 4, 29), journal.spend(
        100, date(2026, 4, 29), Account.BANK, '=HYPERLINK("http://x","y")', scene.key(), 7))
    made = book(scene, name, member=f"{CODE}-002" if name == "passbook" else None)
    path = tmp_path / "book.xlsx"
    head = (made.head_seq, made.head_hash)
    write_book(path, name, made.village, (made.first, made.last, made.known), head, made.rows, made.sums, made.subject)
    sheet: Any = openpyxl.load_workbook(path).active
    assert sheet.freeze_panes == f"A{HEADER_ROW + 1}"
    assert sheet.print_title_rows == f"${HEADER_ROW}:${HEADER_ROW}" and sheet.print_area
    assert made.head_hash in sheet["A3"].value
    assert [cell.value for cell in sheet[HEADER_ROW]] == [column.header for column in COLUMNS[name]]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    for place, column in enumerate(COLUMNS[name], 1):
        for number, row in enumerate(made.rows, HEADER_ROW + 1):
            cell, value = sheet.cell(number, place), row.get(column.name)
            if column.kind == "money" and value is not None:
                assert cell.data_type == "n" and round(cell.value * 100) == value
            if column.kind == "day" and value is not None:
                assert cell.is_date and cell.value.date() == value
    if name == "journal":
        assert any("=HYPERLINK" in str(cell.value) for cell in cells)


def test_json_is_plain(scene: Scene) -> None:
    import json

    shown = json.loads(json.dumps(books.as_json(book(scene, "journal"))))
    assert shown["rows"][0]["on"] == str(OPENED) and shown["head"]["seq"] >= 15


def test_what_is_not_there_is_refused(scene: Scene) -> None:
    with scene.store.read() as reading:
        for society, name, last in (("XX001", "bank", LAST), (CODE, "novel", LAST), (CODE, "bank", date(2025, 1, 1))):
            with pytest.raises(books.NoBook):
                books.make(reading, name, society, None, last, LAST)
