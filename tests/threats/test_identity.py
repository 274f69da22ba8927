"""Spoofed numbers, stolen phones, guesses, floods and mixed-up people: what they reach, which is nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import limits, texts
from bot.channels.base import Message
from handlers import guards
from handlers.table import CODE as CODED
from handlers.table import TABLE
from ledger import offices
from ledger.identity import same_human, vouchers
from ledger.records import Act, Address, Household, Kin, Office, Person
from ledger.store import senders
from ledger.store.mailbox import Mailbox
from ledger.terms import Status
from tests.test_twice import CASES, state
from tests.village import CODE, FIRST_DAY, Village

MONEY = sorted(name for name, row in TABLE.items() if row.confirm == CODED and name in CASES)
BESIDE = ("notice", "question", "challenge", "cell", "card", "inbox")
"""What a mere message may write: what is told and asked, and the code that went out to the phone."""


@pytest.mark.parametrize("command", [*MONEY, "approve"])
def test_t01_a_forged_sender_has_no_effect(quick_village: Village, command: str) -> None:
    """Who can write in an officer's name, but not read the phone, moves nothing; neither does guessing 1."""
    case = CASES[command]
    case.prepare(quick_village)
    before = state(quick_village, *BESIDE)
    for text in (case.text.replace(" {码}", "").replace("{码}", ""), "1", "确认", "是"):
        quick_village.take(case.who, text)
    assert state(quick_village, *BESIDE) == before


def test_t01_every_coded_row_is_a_money_act() -> None:
    """Nobody adds a row that wants a code and forgets the freeze; what wants none and moves money is listed."""
    assert set(TABLE) >= guards.ALSO
    assert {name for name, row in TABLE.items() if row.confirm == CODED} >= guards.NEVER
    for brake in ("freeze", "doubt", "hold", "object", "not_received", "dispute", "refuse", "stop"):
        assert TABLE[brake].confirm != CODED and brake not in guards.ALSO, f"{brake} must always work"


def test_t02_a_stolen_phone_pays_nothing_out(quick_village: Village) -> None:
    """The thief reads every code of the treasurer's phone and binds a WeChat with it: no second person, no money."""
    village = quick_village
    village.vouch()
    thief = "会计"
    village.say(thief, f"绑定 {village.phone(thief)}", "wechat")
    village.say(thief, village.code(thief), "wechat")
    village.say(thief, f"批 23 {village.code(thief)}", "wechat")
    village.say(thief, f"批 23 {village.code(thief)}")
    for channel in ("sms", "wechat"):
        village.say(thief, "批 23", channel)
        village.say(thief, f"批 23 {village.code(thief)}", channel)
        village.say(thief, "放款 23", channel)
        village.say(thief, "1", channel)
    with village.store.read() as books:
        loan = books.loan(CODE, 23)
    assert loan is not None and loan.status == Status.VOUCHED and loan.paid_out_on is None
    # Somebody near says stop: even the half that the phone had is no use any more.
    village.say("监事长", "停 李秀英")
    before = village.entries()
    assert "冻结" in village.say(thief, "入账 捐赠 500")
    village.say(thief, village.code(thief))
    assert village.entries() == before


def test_t02_another_wechat_rests_for_two_days_and_all_hear_of_it(quick_village: Village) -> None:
    village = quick_village
    village.say("出纳", f"绑定 {village.phone('出纳')}", "wechat")
    assert "绑定好了" in village.say("出纳", village.code("出纳"), "wechat")
    assert "确认请回1" in village.say("出纳", "取款 2000", "wechat"), "the first WeChat is worth what the phone is"
    village.say("出纳", "0", "wechat")
    other = Message("wechat", "gh_qingshan", "openid-thief", "t1", f"绑定 {village.phone('出纳')}", "text", "d1")
    village.turns.take(other)
    village.deliver()
    village.turns.take(replace(other, key="t2", text=village.code("出纳"), digest="d2"))
    village.deliver()
    said = village.turns.take(replace(other, key="t3", text="取款 2000", digest="d3")).text
    assert "还要等48小时" in said
    assert "还要等48小时" in village.say("出纳", "取款 2000"), "nothing of this person moves, by whichever way"
    assert any("微信换成了另一个" in text for text in village.phones.heard[village.phone("出纳")])
    assert any("换了微信" in text for text in village.phones.heard[village.phone("监事长")])
    village.clock.pass_by(48 * 3600 + 1)
    assert "确认请回" in village.say("出纳", "取款 2000")


def test_t03_guesses_are_few_and_somebody_hears_of_them(village: Village) -> None:
    """However often it is tried, an hour has at most five codes with three guesses each, and no guess is right."""
    village.turns.limits = True
    village.vouch()
    village.phones.unread.clear()
    entries, tried, hits = village.entries(), 0, 0
    for round_ in range(12):
        village.clock.pass_by(61)
        asked = village.say("出纳", "取款 2000")
        if "验证码" not in asked or "过一小时" in asked:
            break
        for guess in range(3):
            right = village.code("出纳")
            wrong = f"{(int(right) + 1 + round_ * 7 + guess) % 10**6:06d}"
            village.clock.pass_by(61)
            hits += "已取" in village.say("出纳", wrong)
            tried += 1
    assert "过一小时" in asked and tried == 15 and hits == 0 and village.entries() == entries
    told = village.phones.unread[village.phone("监事长")]
    assert any("输错了3次验证码" in text for text in told) and any("太多验证码" in text for text in told)
    # Others work on, the other channel too, and after an hour so does this one.
    assert "验证码" in village.say("会计", "入账 捐赠 500")
    village.clock.pass_by(3601)
    village.say("出纳", "取款 2000")
    assert "第" in village.say("出纳", village.code("出纳"))


def test_t03_codes_that_are_used_never_lock(quick_village: Village) -> None:
    """A cashier on a day of repayments asks for many codes and uses them."""
    quick_village.turns.limits = True
    for _ in range(8):
        quick_village.clock.pass_by(61)
        quick_village.say("出纳", "取款 10")
        quick_village.clock.pass_by(61)
        assert "验证码" not in quick_village.say("出纳", quick_village.code("出纳"))


def test_t08_a_flood_hurts_only_who_sends_it(village: Village) -> None:
    """Two hundred messages at once: three answers, few rows, one of them says why; the neighbour notices nothing."""
    village.turns.limits = True
    before = village.counted()
    replies = [village.take("陈桂花", "余额").text for _ in range(200)]
    assert sum(bool(reply) for reply in replies) <= limits.ANSWERS_TO_A_FLOOD
    assert any("太快了" in reply for reply in replies)
    assert replies[0].startswith("陈桂花：")
    kept = village.counted()
    assert sum(kept) - sum(before) < 2 * (limits.KEPT_OF_A_FLOOD + 10), "what is beyond is not even written"
    assert village.say("刘大山", "余额").startswith("刘大山：")
    village.clock.pass_by(30)
    assert village.take("陈桂花", "余额").text == ""
    village.clock.pass_by(31)
    assert village.say("陈桂花", "余额").startswith("陈桂花："), "a minute later all is as before"


def test_t08_twenty_a_minute_are_enough(quick_village: Village) -> None:
    quick_village.turns.limits = True
    replies = []
    for _ in range(30):
        quick_village.clock.pass_by(2)
        replies.append(quick_village.take("陈桂花", "余额").text)
    assert all(reply.startswith("陈桂花") for reply in replies[:20]) and "太快了" in replies[20]
    assert not any(replies[21:]), "nothing more within the minute"


def test_t08_a_flooder_is_answered_three_times_a_minute_at_most(quick_village: Village) -> None:
    """For 150 seconds one message a second: in no minute more than three answers once it is a flood."""
    village = quick_village
    village.turns.limits = True
    answered = []
    for _ in range(150):
        village.clock.pass_by(1)
        now = village.clock.now()
        if village.take("陈桂花", "余额").text:
            answered.append(now)
    begun = answered[limits.MOST_A_MINUTE] if len(answered) > limits.MOST_A_MINUTE else answered[2]
    late = [second for second in answered if second > begun]
    assert late, "who floods is still heard now and then"
    assert max(sum(first <= other < first + 60 for other in late) for first in late) <= limits.ANSWERS_TO_A_FLOOD


def test_t08_strangers_cost_little(quick_village: Village) -> None:
    quick_village.turns.limits = True
    said = []
    for _ in range(10):
        quick_village.clock.pass_by(600)
        said.append(quick_village.take("13900000001", "你好").text)
    assert [bool(one) for one in said] == [True] * 3 + [False] * 7
    quick_village.clock.pass_by(86400)
    assert quick_village.take("13900000001", "你好").text
    with quick_village.store.write() as books:
        now = quick_village.clock.now()
        assert senders.to_strangers(books.connection, now - 3600) == 1


def test_t08_a_day_has_so_many_messages(quick_village: Village) -> None:
    """One phone writes all day, twenty seconds apart: after the day's number it hears so once, and 停 works on."""
    village = quick_village
    village.turns.limits, village.turns.messages_a_day = True, 30
    village.clock.pass_by((86400 - 8 * 3600 - village.clock.now()) % 86400)  # a day begins
    replies = []
    for _ in range(40):
        village.clock.pass_by(20)
        replies.append(village.take("陈桂花", "余额").text)
    assert all(one.startswith("陈桂花：") for one in replies[:30])
    assert "今天发得太多了" in replies[30] and not any(replies[31:])
    assert village.say("刘大山", "余额").startswith("刘大山："), "the neighbour is not held"
    assert village.take("陈桂花", "余额", "wechat").text, "nor the way that costs nothing"
    assert "已冻结" in village.say("陈桂花", "停"), "nor what stops money"
    village.clock.pass_by(86400)
    assert village.say("陈桂花", "余额").startswith("陈桂花："), "the next day all is as before"


def test_t08_limits_are_off_in_demo_mode(quick_village: Village) -> None:
    assert all(quick_village.take("陈桂花", "余额").text for _ in range(30))


SHAPES = [
    "12345", "110", "1069012345678", "95588", "10086", "4008123123", "02112345678", "+441632960961", "00441632960961",
    "+85291234567", "+8529123456", "+886912345678", "+12025550123", "12025550123", "+79161234567", "9001234567",
    "11234567890", "12345678901", "10000000000", "1380013800", "138001380000", "+861380013800", "8613800138", "0",
    "", " ", "一三八零零一三八零零零", "1380013800a", "13800138000x", "138 0013 80O0", "１２３４５", "-13800138000x",
    "13800138000;13900139000", "13800138000,13900139000", "13800138000\n13900139000", "sip:13800138000@x", "tel:911",
    "911", "999", "112", "01013800138000", "+0013800138000", "86-110", "+86 110", "+86 10 12345678", "1" * 30, "٠١٢٣٤",
    "138001380٠٠", "<script>", "+8613800138000;ext=1",
]


def test_t09_codes_go_to_mainland_mobiles_only(quick_village: Village) -> None:
    """Fifty shapes of numbers that cost somebody money, or are none: no code leaves for any of them."""
    assert len(SHAPES) == 50
    for number in SHAPES:
        quick_village.take("陈桂花", f"绑定 {number}", "wechat")
        quick_village.take("会计", f"换号 陈桂花 {number}")
    quick_village.deliver()
    wanted = {quick_village.phone(who) for who in quick_village.numbers if quick_village.numbers[who]}
    wanted |= {quick_village.place("陈桂花", "wechat"), "13800138000", "13900139000"}
    assert set(quick_village.phones.heard) <= wanted
    with quick_village.store.read() as books:
        assert all(one.body["new"].startswith("1") and len(one.body["new"]) == 11
                   for one in books.proposals(CODE, "phone"))


def test_t12_a_code_says_what_it_is_for(quick_village: Village) -> None:
    quick_village.vouch()
    heard = [text for text in quick_village.phones.heard[quick_village.phone("会计")] if "批 23" in text]
    assert len(heard) == 1
    for word in ("陈桂花", "3000元", "叁仟元整", "化肥", "勿转发"):
        assert word in heard[0]
    assert "勿告诉别人" in str(texts.find("bind_code")) and "勿告诉别人" in str(texts.find("phone_code"))


def test_t15_no_key_of_the_own_kin(village: Village) -> None:
    """The treasurer's near relatives are as much hers as her own house: the next director is asked instead."""
    with village.store.write() as books:
        borrower = books.known("sms", "", village.numbers["陈桂花"])[0].household
        treasurer = books.known("sms", "", village.numbers["会计"])[0]
        assert borrower is not None
        home = treasurer.person.household or f"{CODE}-020"
        books.save(CODE, Act((
            replace(treasurer.person, household=home),
            Kin(CODE, *sorted((borrower.no, home)), "父女", 1, FIRST_DAY),
        )), FIRST_DAY, 0)
    village.vouch()
    with village.store.read() as books:
        keys = {one.person for one in books.endorsements(CODE, 23, "key")}
    assert len(keys) == 2 and treasurer.person.no not in keys
    assert "批" in village.say("会计", "批 23") and "验证码" not in village.say("会计", "批 23")


def test_t15_two_numbers_are_not_two_people(quick_village: Village) -> None:
    """The chair's number was entered for the treasurer as well: one phone turns one key."""
    village = quick_village
    village.vouch()
    with village.store.write() as books:
        chair = books.known("sms", "", village.numbers["理事长"])[0].person
        treasurer = books.known("sms", "", village.numbers["会计"])[0].person
        books.save(CODE, Act((replace(treasurer, id_card=chair.id_card or "x", phone=chair.phone),)), FIRST_DAY, 0)
    village.say("会计", f"批 23 {village.code('会计')}")
    assert "两个不同的人批" in village.say("理事长", f"批 23 {village.code('理事长')}")
    with village.store.read() as books:
        loan = books.loan(CODE, 23)
    assert loan is not None and loan.status == Status.VOUCHED
    assert same_human(chair, replace(treasurer, phone=chair.phone)) and not same_human(chair, treasurer)


@pytest.mark.parametrize("another_number", [False, True])
def test_t15_who_turned_a_key_pays_nothing_out(quick_village: Village, another_number: bool) -> None:
    """The cashier is a director too and turned a key, or the treasurer's entry has her phone: another pays out."""
    village = quick_village
    village.vouch()
    with village.store.write() as books:
        keys = books.endorsements(CODE, 23, "key")
        cashier = books.known("sms", "", village.numbers["出纳"])[0].person
        chair = books.known("sms", "", village.numbers["理事长"])[0].person
        turned = [replace(one, answer="yes", said_on=FIRST_DAY) for one in keys]
        if another_number:
            turned.append(replace(chair, id_card=cashier.id_card or "x", phone=cashier.phone))  # type: ignore[arg-type]
        else:
            turned[1] = replace(turned[1], person=cashier.no, title="理事")
        loan = books.loan(CODE, 23)
        assert loan is not None
        books.save(CODE, Act((*turned, replace(loan, status=Status.SIGNED))), FIRST_DAY, 0)
    assert "由范文才放" in village.say("出纳", "放款 23")
    assert "放款 23" in village.say("范文才", "待办") and "放款 23" not in village.say("出纳", "待办")
    assert "确认请回验证码" in village.say("范文才", "放款 23")


def payer_names(case: tuple[str, ...]) -> list[str]:
    """Who may pay out the loan of household Q-1 in group 一, with officers written as name:title:household:group."""
    homes, officers = [], []
    for rank, one in enumerate(case):
        name, title, home, group = one.split(":")
        person = Person(CODE, rank + 2, name, "", "", "", home)
        officers.append((Office(CODE, person.no, title, FIRST_DAY, None, rank), person))
        if group == "一":
            homes.append(household(home, person.no, group))
    borrower = household("Q-1", 1, "一")
    free = offices.payers(officers, [officers[0][1]], borrower, [borrower, *homes], FIRST_DAY)
    return [one.name for one in free]


def household(no: str, person: int, group: str) -> Household:
    return Household(CODE, no, "", person, "一般户", FIRST_DAY, None, group, False, 0, 0)


@pytest.mark.parametrize(("officers", "wanted"), [
    (("甲:理事长:Q-2:二", "乙:出纳:Q-3:二", "丙:理事:Q-4:二"), ["乙"]),
    (("甲:理事长:Q-2:二", "乙:出纳:Q-3:一", "丙:理事:Q-4:二", "丁:理事:Q-5:二"), ["丙"]),
    (("甲:理事长:Q-2:二", "乙:出纳:Q-1:一", "丙:理事:Q-4:一", "丁:理事:Q-5:二"), ["丁"]),
    (("甲:出纳:Q-2:二", "乙:会计:Q-3:二", "丙:监事:Q-4:二"), []),
    (("甲:理事:Q-2:二", "乙:出纳:Q-1:一", "丙:会计:Q-4:二"), []),
])
def test_t15_who_may_pay_a_loan_out(officers: tuple[str, ...], wanted: list[str]) -> None:
    """The first of them turned a key; treasurer, chair and supervisors never stand in."""
    assert payer_names(officers) == wanted


def test_t17_who_is_no_officer_any_more_ends_nothing(village: Village) -> None:
    """Asked while in office, answered the day after: authority is looked at when it takes effect."""
    assert "验证码" in village.say("会计", "入账 捐赠 500")
    code = village.code("会计")
    with village.store.write() as books:
        person = books.known("sms", "", village.numbers["会计"])[0]
        ended: list[Office] = [replace(one, until=FIRST_DAY - timedelta(days=1)) for one in person.offices]
        books.save(CODE, Act(tuple(ended)), FIRST_DAY, 0)
    entries = village.entries()
    assert "来办" in village.say("会计", code)
    assert village.entries() == entries


def test_t25_one_openid_under_two_accounts_is_two_people(quick_village: Village) -> None:
    with quick_village.store.write() as books:
        chen = books.known("sms", "", quick_village.numbers["陈桂花"])[0].person.no
        liu = books.known("sms", "", quick_village.numbers["刘大山"])[0].person.no
        books.save(CODE, Act((Address("wechat", "wx-a", "o-same", CODE, chen, FIRST_DAY),
                              Address("wechat", "wx-b", "o-same", CODE, liu, FIRST_DAY))), FIRST_DAY, 0)
    said = {account: quick_village.turns.take(Message("wechat", account, "o-same", "1", "余额", "text", "d")).text
            for account in ("wx-a", "wx-b", "wx-c")}
    assert said["wx-a"].startswith("陈桂花：") and said["wx-b"].startswith("刘大山：") and "绑定" in said["wx-c"]


def test_t26_a_number_that_was_silent_for_long_tells_nothing(village: Village) -> None:
    """Ninety-one days after the last word the number may be another's: no name, no balance, until it knows the card."""
    with village.store.read() as books:
        card = books.known("sms", "", village.numbers["陈桂花"])[0].person.id_card
    village.say("陈桂花", "余额")
    village.clock.pass_by(89 * 86400)
    assert village.say("陈桂花", "余额").startswith("陈桂花：")
    village.clock.pass_by(91 * 86400)
    asked = village.say("陈桂花", "余额")
    assert "陈桂花" not in asked and "元" not in asked and ("身份证最后4位" in asked or "户号的最后3位" in asked)
    right = card[-4:] if card else "012"
    for text in ("余额", "借3000买化肥10个月", "1", "停"):
        assert "您好久没发短信了" in village.say("陈桂花", text)
    wrong = f"{(int(right[:3]) + 1) % 1000:03d}{right[3:]}"
    assert [("不对" in village.say("陈桂花", wrong)) for _ in range(2)] == [True, True]
    assert "要找会计核对" in village.say("陈桂花", wrong)
    assert "要找会计核对" in village.say("陈桂花", right), "three wrong ones, and today nothing helps"
    village.clock.pass_by(86401)
    assert "您好久没发短信了" in village.say("陈桂花", "余额")
    assert "核对好了" in village.say("陈桂花", right)
    assert village.say("陈桂花", "余额").startswith("陈桂花：")


@pytest.mark.parametrize("word", ["系统通知", "】已批准", "a" * 9, "1234", "桂花1234", "互助社",
                                  "\u202e】花桂", "验证码"])
def test_t29_a_watchword_is_no_line_of_the_system(quick_village: Village, word: str) -> None:
    said = quick_village.say("陈桂花", f"暗号 {word}")
    assert "暗号要2到8个汉字或字母" in said and "验证码" not in said.replace("验证、", "")
    with quick_village.store.read() as books:
        assert books.watchword(CODE, books.known("sms", "", quick_village.numbers["陈桂花"])[0].person.no) == ""


def test_t15_who_vouches_is_neither_kin_nor_one_house(quick_village: Village) -> None:
    with quick_village.store.read() as books:
        people = list(books.people(CODE).values())
        subject = next(one for one in people if one.name == "陈桂花")
    mates = [one for one in people if one.household and one.no != subject.no][:6]
    kin = [Kin(CODE, *sorted((subject.household, mates[0].household)), "母子", 1, FIRST_DAY)]
    twin = replace(mates[1], no=999)
    asked = vouchers(subject, [*mates, twin, replace(subject, no=998)], [], kin, mates[2].no, False)
    numbers = {one.no for one in asked}
    assert not numbers & {mates[0].no, mates[2].no, subject.no, 998}
    assert len(numbers & {mates[1].no, 999}) == 1, "two entries with one phone are one person"


def test_t02_an_officer_does_so_much_a_day(village: Village) -> None:
    """The charter's numbers of a day: outside demo mode the next act is another's or tomorrow's."""
    village.turns.limits = True
    with village.store.write() as books:
        version = books.charter_version(CODE)
        body = dict(version.body)
        body["identity"] = {**dict(body["identity"]), "officer_acts_a_day": 3, "officer_out_a_day_fen": 100_000}
        books.save(CODE, Act((replace(version, body=body),)), FIRST_DAY, 0)

    def take_in() -> str:
        village.clock.pass_by(61)
        asked = village.say("会计", "入账 捐赠 500")
        if "验证码" not in asked:
            return asked
        village.clock.pass_by(61)
        return village.say("会计", village.code("会计"))

    for _ in range(3):
        assert "凭证" in take_in()
    assert "一人一天最多办3件" in take_in()
    assert "验证码" in village.say("出纳", "取款 100"), "another officer goes on"
    village.turns.limits = False
    assert "凭证" in take_in(), "the played days of a demo have no limits"
    with village.store.read() as books:
        treasurer = books.known("sms", "", village.numbers["会计"])[0].person.no
        cashier = books.known("sms", "", village.numbers["出纳"])[0].person.no
        assert books.acts_of(CODE, treasurer, FIRST_DAY) == (4, 0), "what comes in has no sum that is counted"
        assert books.acts_of(CODE, cashier, FIRST_DAY) == (0, 0)
    village.sign()
    village.confirm("出纳", "放款 23")
    village.confirm("出纳", "取款 200")
    with village.store.read() as books:
        day = village.clock.today(Mailbox(books.connection))
        assert books.acts_of(CODE, cashier, day) == (2, 300_000), "from the bank to the cash box nothing leaves"
        keys = [one.person for one in books.endorsements(CODE, 23, "key")]
        assert books.acts_of(CODE, keys[1], FIRST_DAY)[1] == 300_000, "a key counts what it opens"
