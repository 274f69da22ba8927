"""One officer above several villages: whose figures, which village an order goes to, and the sums of each alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger import charter, founding
from ledger.records import Act
from ledger.store.county import County
from ledger.store.figures import figures
from ledger.terms import OUTSIDE_ROLES, TITLES
from tests.api.neighbours import OTHER, neighbour
from tests.village import CODE, FIRST_DAY, Village, told_village

COUNTY = "县主管"


def neighboured(village: Village) -> Village:
    """青山 and its neighbour, under the same township and county officers; the neighbour has repaid one loan more."""
    outside = {one.office: one for one in told_village().offices if TITLES[one.office] in OUTSIDE_ROLES}
    told = neighbour()
    told = replace(told, offices=tuple(outside.get(one.office, one) for one in told.offices))
    act, history = founding.found(told, charter.body_of(""))
    with village.store.write() as books:
        books.save(OTHER, act, FIRST_DAY, 0)
        books.history(OTHER, history)
    phones = {one.office: one.phone for one in told.offices} | {one.member: one.phone for one in told.households}
    village.numbers |= {f"邻{who}": phone for who, phone in phones.items()}
    village.confirm("邻出纳", "收 云石大柱 4252")
    return village


@pytest.fixture
def both(quick_village: Village) -> Village:
    """The two villages where no database makes a difference."""
    return neighboured(quick_village)


def test_each_village_has_its_own_sums_and_all_together_the_county_s(village: Village) -> None:
    both, day = neighboured(village), date(2026, 4, 20)
    both.set_day(day)
    with both.store.read() as books:
        view = County(books, both.phone(COUNTY), day)
        assert [one.code for one in view.societies()] == [CODE, OTHER]
        single = view.one_by_one()
        for code in (CODE, OTHER):
            whole = figures(books, code, day)
            for name in ("outstanding_fen", "overdue_fen", "bad_fen", "cash_fen", "bank_fen", "instalments_due",
                         "instalments_on_time"):
                assert getattr(single[code], name) == getattr(whole, name), (code, name)
            assert view.figures(code) == whole
        assert single[OTHER].overdue_fen < single[CODE].overdue_fen and single[OTHER].overdue_fen > 0
        assert view.figures() == figures(books, "all", day)
        assert County(books, both.phone("理事长"), day).societies() == []


def test_the_county_asks_for_one_village_or_all_and_is_told_which_alarm(both: Village) -> None:
    assert both.say(COUNTY, "汇总").startswith("2个社：社员124户")
    assert both.say(COUNTY, "查 云川 逾期").startswith("云川村：在借34830.98元，逾期1000元占2.9%")
    assert both.say(COUNTY, "预警") == (
        "2个社预警：云川村（红），按期还款80.0%，借出率14.4%；青山村（红），按期还款80.0%，借出率16.1%。"
        "看一个社发：查 村名")


def test_an_order_goes_to_the_village_it_names_and_nowhere_else(both: Village) -> None:
    assert both.say(COUNTY, "整改 云川 10天 现金超限").startswith("整改云川村，10天到3月11日：现金超限")
    both.phones.unread.clear()
    both.say(COUNTY, "1")
    assert any("现金超限" in text for text in both.phones.unread[both.phone("邻理事长")])
    assert both.phone("理事长") not in both.phones.unread
    with both.store.read() as books:
        assert [one.text for one in books.open_matters(OTHER)] == ["现金超限"]
        assert books.open_matters(CODE) == []
    both.say("邻会计", "答复 1 已存银行")
    assert "云川村整改第1件答复：已存银行" in both.phones.unread[both.phone(COUNTY)]


def test_two_villages_of_one_name_are_told_apart_by_a_digit(both: Village) -> None:
    with both.store.write() as books:
        society = books.society(OTHER)
        assert society is not None
        books.save(OTHER, Act((replace(society, village="青山村"),)), FIRST_DAY, 0)
    assert both.say(COUNTY, "查 青山 逾期").startswith("青山有几个，是哪一个？请回数字：1 ")
    assert both.say(COUNTY, "2").startswith("青山村：在借34830.98元")
    both.say(COUNTY, "整改 青山 10天 现金超限")
    assert both.say(COUNTY, "2").startswith("整改青山村，10天到3月11日：现金超限")
    both.say(COUNTY, "1")
    with both.store.read() as books:
        assert ([one.text for one in books.open_matters(OTHER)], books.open_matters(CODE)) == (["现金超限"], [])
