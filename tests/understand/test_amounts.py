"""Amounts as people write and say them, to the fen; what is not exact is vague with the amounts it may mean.

The rows of reliability.md 4.1 stand here too, as the contract settled them.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understand import amounts, periods
from bot.understand.normal import normalise, tight
from bot.understand.numerals import number

EXACT = {
    "3000": 300000, "3千5": 350000, "1千八": 180000, "一千8，": 180000, "3千零五十": 305000, "1万2千五": 1250000,
    "5000，10个月": 500000,
    "借六千，12期": 600000, "借三千一年": 300000, "两千八个月": 200000, "三千五种辣椒": 350000,
    "三千5": 350000, "三千五": 350000, "1.5万": 1500000, "一万二": 1200000,
    "3k": 300000,
    "5w": 5000000, "3百5": 35000, "两百五": 25000, "两百": 20000, "叁仟伍佰元整": 350000, "貳佰圓整": 20000,
    "512块5": 51250,
    "512块5毛": 51250, "512元5角2分": 51252, "三十二块五": 3250, "三千二百四十六块五": 324650, "1,200": 120000,
    "1，200": 120000,
    "３０００": 300000, "１００．５０元": 10050, "一千零五十": 105000, "一千零五块": 100500, "十五万": 15000000,
    "4,815.5": 481550,
    "450.5元": 45050, "1万2千": 1200000, "1万2": 1200000, "两万五": 2500000, "一百二": 12000, "十块": 1000, "五块": 500,
    "3000块钱": 300000, "￥300": 30000, "0.5万": 500000, "1.2345万": 1234500, "五百块零五毛": 50050, "廿块": 2000,
    "俩千块": 200000,
}  # fmt: skip
VAGUE = {
    "三五百": (30000, 50000), "两三千块": (200000, 300000), "500到800": (50000, 80000), "三到五百": (30000, 50000),
    "千八百": (), "五百多": (), "五百多块": (), "一百来块": (), "几百块": (), "三千左右": (), "大概三千": (),
    "12.345": (), "10,00": (),
    "1.000,00": (), "-5": (), "+5": (), "0": (), "0.00": (), "1_000": (), "500000000000000": (),
    "110101199001011234": (), "3 000": (),
}  # fmt: skip
NONE = [
    "七十岁",
    "500斤",
    "23号",
    "4月7日",
    "2026年",
    "一下",
    "三组",
    "两亩地",
    "六个月",
    "第3",
    "①",
    "½",
    "三²",
    "一块地",
    "第一次",
    "NaN",
    "Infinity",
]


@pytest.mark.parametrize(("text", "fen"), EXACT.items())
def test_exact(text: str, fen: int) -> None:
    assert amounts.parse(text) == fen


@pytest.mark.parametrize(("text", "choices"), VAGUE.items())
def test_vague(text: str, choices: tuple[int, ...]) -> None:
    with pytest.raises(amounts.Vague) as caught:
        amounts.parse(text)
    if choices:
        assert caught.value.choices == choices


@pytest.mark.parametrize("text", [*NONE, "1e9", "0x10"])
def test_no_amount(text: str) -> None:
    assert [a for a in amounts.find(normalise(text).s) if a.fen is not None] == []


@given(st.integers(1, 99_999_999))
def test_digits_come_back(fen: int) -> None:
    yuan, rest = divmod(fen, 100)
    assert amounts.parse(f"{yuan}.{rest:02d}元") == fen
    if rest == 0:
        assert amounts.parse(f"{yuan:,}") == fen


@given(st.integers(1, 99_999_999))
def test_numerals_come_back(value: int) -> None:
    assert number(_spell(value)) == value


def _spell(value: int) -> str:
    """A number in full Chinese numerals, by the book."""
    if value >= 10000:
        high, low = divmod(value, 10000)
        return _spell(high) + "万" + (("零" if low < 1000 else "") + _spell(low) if low else "")
    out, zero = "", False
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            out += ("零" if zero and out else "") + "零一二三四五六七八九"[digit] + sign
            zero = False
        else:
            zero = True
    return out


MONTHS = {
    "6个月": [6], "半年": [6], "一年半": [18], "两个季度": [6], "俩月": [2], "12期": [12], "十个月还清": [10],
    "三四个月": [None],
    "到年底": [None], "半个月": [None], "秋收后还": [None], "卖了猪就还": [None], "2026年3月": [], "3月5号": [],
}  # fmt: skip


@pytest.mark.parametrize(("text", "months"), MONTHS.items())
def test_months(text: str, months: list[int | None]) -> None:
    assert [p.months for p in periods.months(tight(normalise(text)).s)] == months
