"""An earlier day in a question after a balance: how it was said, and which day of the calendar that is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from borax.calendars.lunardate import LunarDate

from bot.almanac import placed
from bot.understand import read

TODAY = date(2026, 11, 26)

DAYS = [
    ("我去年春节欠多少", "2025-01-29"), ("今年正月十五我还欠多少", "2026-03-03"),
    ("过年的时候我欠社里好多", "2026-02-17"),
    ("上个月底我欠多少", "2026-10-31"), ("上个月15号还剩多少没还", "2026-10-15"), ("3月1号欠多少钱", "2026-03-01"),
    ("2026年2月我欠多少", "2026-02-28"), ("我前年中秋的余额", "2024-09-17"), ("去年底余额", "2025-12-31"),
    ("余额 去年春节", "2025-01-29"), ("2025年12月31日余额", "2025-12-31"), ("2026-03-01余额", "2026-03-01"),
    ("去年腊月二十三我欠多少", "2026-02-10"), ("大年三十我欠多少", "2026-02-16"), ("我昨天欠多少", "2026-11-25"),
    ("半年前我欠多少", "2026-05-26"), ("去年闰六月初三余额", "2025-07-27"), ("端午节我欠多少", "2026-06-19"),
    ("我八月十五欠多少", "2026-09-25"), ("8月15号我欠多少", "2026-08-15"), ("12月我欠多少", "2025-12-31"),
    ("去年清明我欠多少", "2025-04-04"), ("二〇二五年十月一号欠多少", "2025-10-01"), ("十一月十一欠多少", "2026-11-11"),
    ("这个月底之前11月我欠多少", "2026-11-26"), ("去年國慶我欠多少", "2025-10-01"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "day"), DAYS)
def test_the_day_that_is_meant(text: str, day: str) -> None:
    reading = read(text)
    assert (reading.command, reading.slots, reading.ambiguous) == ("balance", {}, [])
    assert placed(reading.extras, TODAY) == {"day": day}


@pytest.mark.parametrize("text", [
    "去年我欠多少", "去年秋天我欠多少", "今年2月30号我欠多少",
    "2025年的余额", "闰正月初一我欠多少",
])
def test_no_one_day(text: str) -> None:
    reading = read(text)
    assert reading.command == "balance" and set(placed(reading.extras, TODAY)) == {"day_unclear"}


@pytest.mark.parametrize("text", ["明年春节我欠多少", "今年12月1号我欠多少", "今年除夕我欠多少"])
def test_a_day_to_come(text: str) -> None:
    reading = read(text)
    assert reading.command == "balance" and set(placed(reading.extras, TODAY)) == {"day_ahead"}


@pytest.mark.parametrize("text", [
    "我欠多少", "余额", "今年欠多少", "去年借的3000还欠多少", "3月1号借的还剩多少", "上个月还了500还剩多少",
    "23号还欠多少",
])
def test_today_where_the_day_belongs_to_something_else(text: str) -> None:
    assert "day" not in read(text).extras


@pytest.mark.parametrize(("text", "command"), [
    ("昨天收 王五 300", "collect"), ("我3月1号还了500", "repay"),
    ("借3000买化肥到年底还", "borrow"), ("下个月5号要还多少", "schedule"),
])
def test_other_commands_keep_their_days(text: str, command: str) -> None:
    reading = read(text, "cashier" if command == "collect" else "member")
    assert reading.command == command and "day" not in reading.extras


def test_a_named_member() -> None:
    reading = read("查 陈桂花 去年春节", "treasurer", ["陈桂花"])
    assert (reading.command, reading.slots) == ("find", {"person": "陈桂花"})
    assert placed(reading.extras, TODAY) == {"day": "2025-01-29"}


def test_the_new_year_of_a_hundred_years() -> None:
    """春节 lies between 21 January and 21 February, on the day after the last of the old year."""
    for year in range(1990, 2090):
        eve = LunarDate(year - 1, 12, 29).to_solar_date()
        found = placed({"day": {"year": year, "month": 1, "day": 1, "lunar": True}}, date(2090, 6, 1))["day"]
        day = date.fromisoformat(found)
        assert date(year, 1, 21) <= day <= date(year, 2, 21)
        assert day - eve in (timedelta(days=1), timedelta(days=2))


@pytest.mark.parametrize("today", [date(2027, 1, 15), date(2027, 2, 20)])
def test_last_year_of_the_moon(today: date) -> None:
    """Between the two new years 去年春节 is that of the last year of the sun, 去年腊月 that of the last of the moon."""
    spring = placed(read("去年春节我欠多少").extras, today)
    winter = placed(read("去年腊月初八我欠多少").extras, today)
    assert spring == {"day": "2026-02-17"}
    assert winter == {"day": "2026-01-26" if today.month == 1 else "2027-01-15"}


@pytest.mark.parametrize("text", [
    "9999年余额", "20年前我欠多少", "99年前余额",
    "2099年1月1日余额", "0月0号欠多少", "13月40号欠多少",
])
def test_odd_days_never_fail(text: str) -> None:
    assert set(placed(read(text).extras, TODAY)) <= {"day", "day_unclear", "day_ahead"}
