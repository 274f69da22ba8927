"""Refusals that no conversation comes to by itself: each is one sentence of the rules, told with what leads to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.channels.base import Order
from jobs import funds
from jobs.funds import Refused
from ledger.records import Act, Person
from tests.village import CODE, FIRST_DAY, Change, Village

Rewrite = Callable[[Person], Person]


def rewritten(village: Village, name: str, change: Rewrite) -> None:
    """Somebody's row in the register is another than the workbook said."""
    with village.store.write() as books:
        people = [home.person for home in books.households(CODE)]
        person = next(one for one in books.people(CODE, set(people)).values() if one.name == name)
        books.save(CODE, Act((change(person),)), FIRST_DAY, 0)


def ordered(village: Village, who: str, command: str, slots: Mapping[str, Any]) -> str:
    """What a client with forms is answered that leaves a field empty or fills it wrongly."""
    message = replace(village.message(who, ""), order=Order(command, slots))
    return village.turns.take(message).text


@pytest.mark.parametrize(("who", "command", "slots", "why"), [
    ("陈桂花", "repay", {}, "请说清还了多少"),
    ("出纳", "collect", {"lines": []}, "请写姓名和钱数"),
    ("会计", "change_phone", {"person": "陈桂花", "phone": "02187654321"}, "新手机要写11位"),
])
def test_a_form_that_leaves_out_what_matters_is_told_so(
    quick_village: Village, who: str, command: str, slots: dict[str, Any], why: str
) -> None:
    assert why in ordered(quick_village, who, command, slots)


def test_of_two_namesakes_who_both_owe_the_cashier_is_asked_which_one_paid(found_village: Callable[[Change], Village]
                                                                           ) -> None:
    village = found_village(lambda told, _: replace(told, households=tuple(
        replace(home, member="李四") if home.no.endswith("-037") else home for home in told.households)))
    assert "李四有几位，是哪一位？" in village.say("出纳", "收 李四 500")
    assert "收李四500元" in village.say("出纳", "2")
    village.say("出纳", "0")
    for tail in ("005", "037"):
        village.confirm("出纳", f"收 {tail} 9000")
    assert village.say("出纳", "退多收 李四 50") == (
        "李四有几位：005号户、037号户。请用户号，例如：退多收 015 50。")
    assert "退给李四多交的50元" in village.say("出纳", "退多收 037 50")


def test_the_second_count_of_the_cash_box_is_not_by_the_cashier_s_own_house(quick_village: Village) -> None:
    rewritten(quick_village, "陆长生", lambda one: replace(one, household=f"{CODE}-036"))
    quick_village.confirm("出纳", "取款 400")
    quick_village.say("出纳", "点 400")
    assert quick_village.say("陆长生", "点 400") == "要两个人各点一遍，请另一位来发。"
    assert "400元" in quick_village.say("白玉娥", "点 400")


def test_an_officer_does_not_lift_what_was_frozen_in_the_own_group(quick_village: Village) -> None:
    village = quick_village
    village.say("曹德明", "停")
    assert village.say("会计", "解停 1") == "第1件跟您自己、您家或您组有关，要别人来解停。"
    assert "验证码" in village.say("出纳", "解停 1")


def test_one_officer_pays_out_only_so_much_a_day(quick_village: Village) -> None:
    village = quick_village
    village.confirm("出纳", "取款 1000")
    with village.store.write() as books:
        version = books.charter_version(CODE)
        body = dict(version.body) | {"identity": {**dict(version.body["identity"]), "officer_out_a_day_fen": 30_000}}
        books.save(CODE, Act((replace(version, body=body),)), FIRST_DAY, 0)
    village.confirm("会计", "支出 300 打印纸")
    village.turns.limits = True
    village.clock.pass_by(3600)
    assert village.say("会计", "支出 1 打印纸") == "一人一天经手付出最多300元，请明天再办或换人办。"


def test_two_who_answer_one_phone_do_not_vouch_for_a_new_number(quick_village: Village) -> None:
    village = quick_village
    village.confirm("会计", "换号 陈桂花 13900000099")
    village.confirm("刘大山", "证明 1")
    rewritten(village, "孙二妹", lambda one: replace(one, household=f"{CODE}-013"))
    assert village.say("孙二妹", "证明 1") == "第1件要两家人各一人证明，您家或您的手机已经证明过。"
    assert "验证码" in village.say("林水生", "证明 1")


def test_where_fewer_than_two_can_vouch_the_township_has_to(quick_village: Village) -> None:
    """Her group has one phone left and every officer is of her house, as in a hamlet of one family."""
    village = quick_village
    with village.store.write() as books:
        people = books.people(CODE, {home.person for home in books.households(CODE)})
        officers = {person.no for _, person in books.officers(CODE)}
        mates = {f"{CODE}-{tail}" for tail in ("013", "014", "015", "016", "017")}
        books.save(CODE, Act(tuple(
            replace(one, household=f"{CODE}-012") if one.no in officers else replace(one, phone="")
            for one in people.values() if one.no in officers or one.household in mates
        )), FIRST_DAY, 0)
    assert village.say("会计", "换号 陈桂花 13900000099") == "能给陈桂花证明的不够两人，请到乡镇办。"


def test_words_to_many_wait_for_a_second_officer_and_are_refused_where_there_is_none(
    found_village: Callable[[Change], Village]
) -> None:
    village = found_village(lambda told, _: replace(told, offices=tuple(
        one for one in told.offices if one.office == "出纳")))
    assert village.say("出纳", "通知 明天上午开会") == (
        "要发59人，得另一位管事的人同意，现在没有别人能同意。")
    for who in ("周大福", "周桂英", "马长顺", "郑国强", "李四", "吴秀兰"):
        village.say(who, "退订")
    assert village.say("出纳", "通知 第一组 后天不收款") == "没有能收到的人。"


def test_nobody_pays_the_money_of_the_own_house_back(quick_village: Village) -> None:
    village = quick_village
    village.say("陈桂花", "退社")
    village.say("陈桂花", "1")
    village.confirm("会计", "复核 1")
    village.day(date(2026, 5, 1))
    rewritten(village, "张强", lambda one: replace(one, household=f"{CODE}-012"))
    assert village.say("出纳", "退互助金 陈桂花") == "自家的钱不能自己退，请会计和理事长另派人办。"


def test_who_joined_later_had_nothing_on_an_earlier_day(quick_village: Village) -> None:
    village = quick_village
    with village.store.write() as books:
        home = books.household(CODE, f"{CODE}-012")
        assert home is not None
        books.save(CODE, Act((replace(home, joined_on=date(2026, 3, 20)),)), FIRST_DAY, 0)
    village.set_day(date(2026, 4, 1))
    assert village.say("陈桂花", "我3月10日欠多少") == "您家今年3月20日才入社，今年3月10日还没有账。"
    assert "3月25日那天的账" in village.say("陈桂花", "我3月25日欠多少")


def test_a_society_that_must_end_lends_nothing_and_is_ordered_to_end_once(quick_village: Village) -> None:
    village = quick_village
    village.sign()
    today = date(2026, 3, 4)
    funds.order_exit(village.store, CODE, "县发5号", "县财政局专户", today, 0)
    assert village.say("王五", "借3000买化肥10个月") == "本社已决定退出，不再放款。可发：余额。"
    assert village.say("出纳", "放款 23") == "本社已决定退出，不再放款。可发：余额。"
    with pytest.raises(Refused, match=r"exit\.ordered_before"):
        funds.order_exit(village.store, CODE, "县发6号", "县财政局专户", today, 0)



def test_a_vote_that_names_no_choice_is_asked_for_one(quick_village: Village) -> None:
    quick_village.say("理事长", "表决 村里修广播")
    quick_village.say("理事长", "1")
    assert "请写清赞成、反对或弃权，例如：投票 1 赞成" in ordered(quick_village, "陈桂花", "vote", {"vote": 1})
    assert "已记下1号表决：赞成" in ordered(quick_village, "陈桂花", "vote", {"vote": 1, "choice": "赞成"})
