"""Disclosure sheets: which are owed, each posted once however many timetables run, true to the entries, readable."""

from __future__ import annotations

import re
import threading
from datetime import date

import pytest
from flask import Flask

from bot.pages import notices
from jobs.sheets import publish_sheets
from ledger import sheets
from ledger.records import Disclosure
from ledger.sheets import MONTH, QUARTER, Period
from ledger.store import sheet_reads
from tests.village import CODE, Village

OPENED = date(2026, 1, 10)


@pytest.mark.parametrize(("today", "until"), [
    (date(2026, 3, 31), date(2026, 2, 28)), (date(2026, 4, 1), date(2026, 3, 31)),
    (date(2026, 1, 1), date(2025, 12, 31)),
])
def test_a_month_is_over_on_the_first_of_the_next(today: date, until: date) -> None:
    assert sheets.ended(MONTH, today).until == until


@pytest.mark.parametrize(("today", "name"), [
    (date(2026, 3, 31), "2025Q4"), (date(2026, 4, 1), "2026Q1"), (date(2026, 12, 31), "2026Q3"),
    (date(2027, 1, 1), "2026Q4"),
])
def test_a_quarter_is_over_on_the_first_of_the_next(today: date, name: str) -> None:
    assert sheets.ended(QUARTER, today).name == name


def test_missed_months_are_all_owed_from_the_first_with_something_in_it() -> None:
    owed = sheets.owed(MONTH, OPENED, date(2026, 2, 5), None, date(2026, 5, 2))
    assert [one.name for one in owed] == ["2026-02", "2026-03", "2026-04"]
    owed = sheets.owed(MONTH, OPENED, OPENED, date(2026, 3, 31), date(2026, 5, 2))
    assert owed == [Period(MONTH, date(2026, 4, 1), date(2026, 4, 30))]
    assert sheets.owed(MONTH, OPENED, OPENED, None, date(2026, 2, 1))[0].first == OPENED
    assert not sheets.owed(QUARTER, OPENED, OPENED, date(2026, 3, 31), date(2026, 6, 30))
    assert len(sheets.owed(MONTH, OPENED, OPENED, None, date(2030, 1, 1))) == sheets.MOST_AT_ONCE


def posted(village: Village) -> list[Disclosure]:
    with village.store.read() as books:
        return [one for one in reversed(books.disclosures(CODE)) if one.kind in sheets.KINDS]


def test_books_that_hold_only_what_was_taken_over_post_nothing(village: Village) -> None:
    village.day(date(2026, 5, 3))
    assert posted(village) == []


def test_a_sheet_says_what_the_entries_say_and_a_reversal_undoes_it(village: Village) -> None:
    village.confirm("出纳", "收 王五 300")
    village.confirm("会计", "支出 50 打印纸")
    village.confirm("会计", "入账 捐赠 500")
    with village.store.read() as books:
        before = sheet_reads.facts(books, CODE, Period(MONTH, date(2026, 3, 1), date(2026, 3, 31)), date(2026, 3, 1))
        last = books.head(CODE)[0]
    assert (before["costs_fen"], before["donation_fen"], before["lent_fen"]) == (5000, 50_000, 0)
    assert before["recovered_fen"] + before["fee_fen"] == 30_000
    village.confirm("会计", f"冲正 {last} 记错了")
    village.day(date(2026, 4, 1))
    month, quarter = posted(village)
    assert (month.kind, quarter.kind) == (MONTH, QUARTER)
    assert month.facts["donation_fen"] == 0 and month.facts["costs_fen"] == 5000
    assert month.facts["cash_fen"] == village.total_fen("库存现金")
    assert month.facts["bank_fen"] == village.total_fen("银行存款")
    assert month.facts["out_fen"] == village.total_fen("借出互助金") and month.head_seq == village.entries()


def test_two_timetables_at_once_and_many_days_late_post_each_sheet_once(village: Village) -> None:
    village.confirm("出纳", "收 王五 300")
    today = date(2026, 7, 9)
    village.set_day(today)
    barrier, faults = threading.Barrier(2), []

    def run() -> None:
        barrier.wait()
        try:
            publish_sheets(village.store, today, village.clock.now())
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    names = [one.facts["period"] for one in posted(village)]
    assert sorted(names) == ["2026-03", "2026-04", "2026-05", "2026-06", "2026Q1", "2026Q2"]
    assert publish_sheets(village.store, today, village.clock.now()) == 0
    village.deliver()
    county = village.phones.heard[village.phone("县主管")]
    assert len([text for text in county if "季度表" in text]) == 1 and "4月1日到6月30日" in "".join(county)
    # After its days on the board a sheet is over.
    village.day(date(2026, 7, 17))
    assert all(one.closed_on == date(2026, 7, 17) for one in posted(village))


def test_the_board_and_the_poster_show_it(quick_village: Village) -> None:
    village = quick_village
    village.confirm("出纳", "收 王五 300")
    village.confirm("会计", "支出 50 打印纸")
    village.day(date(2026, 4, 1))
    app = Flask(__name__)
    app.register_blueprint(notices.blueprint(village.store))
    client, number = app.test_client(), posted(village)[0].no
    board = client.get(f"/notices/{CODE}").get_data(as_text=True)
    assert "2026年3月1日到3月31日月收支" in board and f"/notices/{CODE}/{number}" in board
    for query in ("", "?print=1"):
        page = client.get(f"/notices/{CODE}/{number}{query}").get_data(as_text=True)
        assert re.search(r"<dt>运行费用</dt><dd>50元</dd>", page)
        assert "号借款" not in page and "None" not in page


def test_everybody_is_told_of_a_month_where_the_charter_says_so(found_village) -> None:  # type: ignore[no-untyped-def]
    def change(told, body):  # type: ignore[no-untyped-def]
        body["sheets"] = {**body["sheets"], "to_members": True}
        return told

    village = found_village(change)
    village.confirm("出纳", "收 王五 300")
    village.confirm("会计", "支出 50 打印纸")
    village.day(date(2026, 5, 1))
    heard = [text for text in village.phones.heard[village.phone("李四")] if "收支公示" in text]
    assert len(heard) == 1 and "开支" in heard[0]
