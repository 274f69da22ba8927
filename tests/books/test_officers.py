"""The officers' money by message: the blind count, the month that is closed, money from its sources, the full box."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from jobs.cash import flags
from ledger import journal
from ledger.calendar import working_days_after
from ledger.fund_records import Deed
from ledger.records import Act
from ledger.store.fund_reads import Funds
from ledger.terms import Account
from tests.store.test_running import unguarded
from tests.village import CODE, FIRST_DAY, Village

BOX = 20_000


@pytest.fixture
def boxed(village: Village) -> Village:
    """Qingshan with 200 yuan in the cash box."""
    village.confirm("出纳", "取款 200")
    return village


def places(village: Village) -> dict[tuple[str, str], int]:
    with village.store.read() as books:
        return Funds(books, CODE).places()


def test_two_equal_counts_that_agree_with_the_book_book_nothing(boxed: Village) -> None:
    before = boxed.entries()
    assert "等另一方" in boxed.say("出纳", "点 200")
    asked = boxed.phones.unread[boxed.phone("监事长")][-1]
    assert "点" in asked and "200" not in asked
    assert "相符" in boxed.say("监事长", "点 200")
    assert boxed.entries() == before and boxed.fault() == ""
    with boxed.store.read() as books:
        counted = Funds(books, CODE).last_agreed_count()
    assert counted is not None and (counted.first_fen, counted.second_fen, counted.entry) == (BOX, BOX, 0)


def test_a_difference_to_the_book_stands_on_its_own_account(boxed: Village) -> None:
    boxed.say("监事长", "点 195.5")
    said = boxed.say("出纳", "点 195.5")
    assert "短4.50元" in said and "长短款" in said
    assert places(boxed)[Account.CASH_DIFFERENCE, ""] == 450
    assert places(boxed)[Account.CASH, ""] == 19_550
    assert "195.50元" in boxed.phones.unread[boxed.phone("会计")][-1]
    assert boxed.fault() == ""


def test_figures_that_differ_from_each_other_are_shown_to_nobody(boxed: Village) -> None:
    boxed.say("出纳", "点 200")
    said = boxed.say("监事长", "点 150")
    assert "不一样" in said and "200" not in said
    assert all("150" not in text for text in boxed.phones.unread[boxed.phone("出纳")])
    before = boxed.entries()
    assert "等另一方" in boxed.say("监事长", "点 200")
    assert "相符" in boxed.say("出纳", "点 200") and boxed.entries() == before


def test_money_that_moves_between_the_counts_voids_the_first(boxed: Village) -> None:
    boxed.say("出纳", "点 200")
    boxed.confirm("出纳", "存银行 50")
    assert "等另一方" in boxed.say("监事长", "点 150")
    assert "相符" in boxed.say("出纳", "点 150")


def test_one_person_cannot_count_twice_nor_a_member_at_all(boxed: Village) -> None:
    boxed.say("出纳", "点 100")
    assert "等另一方" in boxed.say("出纳", "点 200")
    assert "相符" in boxed.say("监事长", "点 200")
    assert "相符" not in boxed.say("陈桂花", "点 200")


def test_a_receipt_is_looked_up_in_the_sealed_book(village: Village) -> None:
    """验: it stands, it was reversed, no such code; and a row written over past the books is told to whoever asks."""
    village.confirm("出纳", "收 王五 300")
    with village.store.read() as books:
        code = next(one.code for one in books.repayments(CODE, f"{CODE}-029"))
    assert "真的" in village.say("王五", f"验 {code}") and "300元" in village.say("陈桂花", f"验{code.lower()}")
    assert "查无此码" in village.say("王五", "验 AAAAA")
    village.confirm("会计", "冲正 2 记错人")
    assert "后来已冲正" in village.say("王五", f"验 {code}")
    with village.store.write() as books:
        for line in unguarded(village.store, "posting"):
            books.connection.execute(text(line))
        books.connection.execute(text("UPDATE posting SET sub = '15' WHERE seq = 2 AND account = 'loans'"))
    assert "对不上" in village.say("王五", f"验 {code}") and village.fault()


def test_a_closed_month_takes_no_entry_and_is_put_right_by_reversal(village: Village) -> None:
    assert "还没过完" not in village.say("会计", "结账")  # January is over
    assert "已结账" in village.say("会计", village.code("会计"))
    assert "已结账" in village.confirm("会计", "结账")
    assert "还没过完" in village.say("会计", "结账")
    sheet = village.phones.unread[village.phone("监事长")][-1]
    with village.store.read() as books:
        assert books.head(CODE)[1][:8] in sheet and "2026-02" in sheet
    late = journal.spend(100, date(2026, 2, 27), Account.BANK, "补记", "late", 1)
    with pytest.raises(DBAPIError, match="month is closed"), village.store.write() as books:
        books.save(CODE, Act(entries=(late,)), FIRST_DAY, 0)
    village.confirm("会计", "支出 50 转账 打印纸")
    assert village.fault() == ""


def test_money_paid_in_a_closed_month_cannot_be_booked_late(village: Village) -> None:
    village.collect()
    village.day(date(2026, 5, 1))
    for _ in range(4):
        village.confirm("会计", "结账")
    assert "已经结账" in village.say("出纳", "收 陈桂花 300 昨天")


def test_each_source_has_its_own_line(village: Village) -> None:
    for words, place, fen in (
        ("入账 财政 150000 中央专项", (Account.FISCAL, "centre"), 15_000_000),
        ("入账 财政 50000 县配套", (Account.FISCAL, "county"), 5_000_000),
        ("入账 捐赠 500 张老板", (Account.DONATION, ""), 50_000),
        ("入账 其他 23.45 银行利息", (Account.BANK_INTEREST, ""), 2_345),
    ):
        before = places(village).get(place, 0)
        assert "已入账" in village.confirm("会计", words)
        assert places(village)[place] == before - fen
    village.confirm("会计", "支出 50 转账 培训 讲课资料")
    assert [fen for (account, _), fen in places(village).items() if account == Account.RUNNING_COSTS] == [5_000]


def test_fiscal_money_waits_for_the_bank_account(village: Village) -> None:
    with village.store.write() as books:
        books.save(CODE, Act((Deed(CODE, "bank_account", date(2026, 6, 1), "卡"),)), FIRST_DAY, 0)
    assert "还没有开银行专户" in village.say("会计", "入账 财政 150000")
    assert "已入账" in village.confirm("会计", "入账 捐赠 500")


def test_a_full_box_is_told_to_the_cashier_and_later_to_all(village: Village) -> None:
    village.confirm("出纳", "取款 800")
    village.day(FIRST_DAY)
    assert village.day(date(2026, 3, 2))["cash"] == 1
    told = village.phones.unread[village.phone("出纳")][-1]
    assert "800元" in told and "3月4日" in told  # three working days after Sunday the 1st
    assert village.day(date(2026, 3, 3))["cash"] == 0
    assert village.day(date(2026, 3, 5))["cash"] >= 3
    with village.store.read() as books:
        assert [one["rule"] for one in flags(books, CODE, date(2026, 3, 5))] == ["cash_over_limit", "cash_not_counted"]
    village.confirm("出纳", "存银行 400")
    assert village.day(date(2026, 3, 6))["cash"] == 0


def test_working_days() -> None:
    assert working_days_after(date(2026, 3, 6), 3) == date(2026, 3, 11)
    assert working_days_after(date(2026, 3, 7), 1) == date(2026, 3, 9)
