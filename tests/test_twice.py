"""Twice is once: every row of the table, every webhook, and an id that comes back with other words.

What changed is seen in the whole database, not in what the code says about itself.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.app import create_app, digest_of
from bot.channels.base import Conflict
from bot.config import load
from bot.services import Services
from handlers.table import CODE, NONE, TABLE
from ledger.store import tables as t
from tests.fakes.wechat_phone import Push, WeChatPhone
from tests.village import CODE as SOCIETY
from tests.village import Village

AT_ONCE = 4


@dataclass(frozen=True)
class Case:
    """How to reach one row: who says what, after what has happened."""

    who: str
    text: str
    before: Callable[[Village], None] | None = None
    changes: bool = True

    def prepare(self, village: Village) -> None:
        if self.before is not None:
            self.before(village)


def _held(village: Village) -> None:
    village.approve()
    village.say("监事长", "暂停 23 用途不实")


def _objected(village: Village) -> None:
    village.approve()
    village.say("王五", "异议 23 他家不在本村")


def _collected(village: Village) -> None:
    village.confirm("出纳", "收 王五 300")


def _silent(village: Village) -> None:
    village.say("陈桂花", "退订")


def _paid(village: Village) -> None:
    village.sign()
    village.confirm("出纳", "放款 23")


def _voting(village: Village) -> None:
    village.say("理事长", "表决 章程改为月费率4‰")
    village.say("理事长", "1")


def asks(who: str, text: str) -> Case:
    """A row that only asks, or is not there yet."""
    return Case(who, text, changes=False)


CASES: dict[str, Case] = {
    "help": asks("刘大山", "帮助"),
    "yes": asks("陈桂花", "1"),
    "no": asks("陈桂花", "0"),
    "rules": asks("陈桂花", "能借多少"),
    "contacts": asks("陈桂花", "找谁"),
    "stop": Case("陈桂花", "退订"),
    "resume": Case("陈桂花", "订阅", _silent),
    "notices": asks("陈桂花", "公示"),
    "check": asks("陈桂花", "验 K7Q2M"),
    "unknown": asks("陈桂花", "哈哈哈哈"),
    "complain": Case("陈桂花", "投诉 会计不给收据"),
    "join": asks("陈桂花", "入社"),
    "balance": asks("陈桂花", "余额"),
    "statement": asks("陈桂花", "明细"),
    "schedule": asks("陈桂花", "还款计划"),
    "payoff": Case("陈桂花", "结清要多少", Village.pay_out),
    "borrow": Case("陈桂花", "借3000买化肥10个月"),
    "withdraw": Case("陈桂花", "撤回 23", Village.vouch),
    "consent": Case("刘大山", "同意联保 23", Village.apply),
    "refuse": Case("刘大山", "不同意联保 23", Village.apply),
    "sign": Case("陈桂花", "签 23", Village.clear),
    "received": Case("陈桂花", "收到 23", _paid),
    "not_received": Case("陈桂花", "没收到 23", Village.pay_out),
    "repay": Case("陈桂花", "我还了500", Village.pay_out),
    "dispute": Case("陈桂花", "不符 我还的是600", Village.collect),
    "object": Case("王五", "异议 23 他家不在本村", Village.approve),
    "vote": Case("陈桂花", "投票 1 赞成", _voting),
    "pending": asks("会计", "待办"),
    "approve": Case("会计", "批 23 {码}", Village.vouch),
    "reject": Case("会计", "驳回 23 用途不清楚", Village.vouch),
    "hold": Case("监事长", "暂停 23 用途不实", Village.approve),
    "release": Case("监事长", "恢复 23", _held),
    "answer": Case("理事长", "答复 1 查过了没有问题", _objected),
    "pay_out": Case("出纳", "放款 23", Village.sign),
    "collect": Case("出纳", "收 王五 300"),
    "undo": Case("出纳", "撤", _collected),
    "reverse": Case("会计", "冲正 2 记错人", _collected),
    "spend": Case("会计", "支出 50 打印纸", _collected),
    "bank_in": Case("出纳", "存银行 200", _collected),
    "bank_out": Case("出纳", "取款 2000"),
    "fund_in": Case("会计", "入账 财政 150000"),
    "count": Case("出纳", "点 300", _collected),
    "close_month": Case("会计", "月结"),
    "day_sheet": asks("会计", "今日账"),
    "overdue": asks("会计", "逾期"),
    "find": asks("会计", "查 陈桂花"),
    "sent_to": asks("会计", "送达 陈桂花"),
    "publish": asks("会计", "发公示"),
    "broadcast": asks("会计", "通知 明天上午开会"),
    "start_vote": asks("理事长", "表决 章程改为月费率4‰"),
    "password": Case("陈桂花", "暗号 打开大门"),
    "freeze": Case("陈桂花", "停"),
    "figures": asks("县主管", "汇总"),
    "alerts": asks("县主管", "预警"),
    "rectify": Case("县主管", "整改 青山 30天 公示没贴"),
}
"""Every row of the table, reached by a message that the row can do something with."""

State = dict[str, list[tuple[Any, ...]]]


def state(village: Village, *but: str) -> State:
    """Everything in the database, but the inbox and what is named."""
    with village.store.read() as books:
        return {
            table.name: sorted(books.connection.execute(select(table)).all(), key=repr)
            for table in t.metadata.sorted_tables
            if table.name not in {"inbox", *but}
        }


def twice(village: Village, who: str, text: str, command: str, key: str = "same") -> str:
    """Sends one message twice, undelivered between; the second time changes nothing and says the same."""
    first = village.take(who, text, key=key)
    after = state(village)
    again = village.take(who, text, key=key)
    assert again.text == first.text and again.repeated and not first.repeated
    assert not again.notices
    assert state(village) == after
    assert first.command == command, f"{text} was read as {first.command}: {first.text}"
    assert "系统" not in first.text, "the turn failed"
    return first.text


def test_a_question_that_comes_twice_is_answered_alike(village: Village) -> None:
    """Every row that only asks, one after the other in one village where a loan has begun to be repaid."""
    village.collect()
    # An answer may be a menu, which is an open question; nothing else is written.
    before = state(village, "notice", "question")
    for command, case in CASES.items():
        if not case.changes:
            twice(village, case.who, case.text, command, key=command)
            assert state(village, "notice", "question") == before, f"{command} changed something"


@pytest.mark.parametrize("command", [command for command, case in CASES.items() if case.changes])
def test_a_message_that_comes_twice_has_one_effect(village: Village, command: str) -> None:
    case, row = CASES[command], TABLE[command]
    assert row.writes
    case.prepare(village)
    text = case.text.replace("{码}", village.code(case.who)) if "{码}" in case.text else case.text
    before, entries = state(village, "notice"), village.entries()
    twice(village, case.who, text, command)
    village.deliver()
    if row.confirm != NONE:
        assert village.entries() == entries, "asked only, and booked already"
        answer = village.code(case.who) if row.confirm == CODE else "1"
        reply = village.take(case.who, answer, key="answer")
        after = state(village)
        assert village.take(case.who, answer, key="answer").text == reply.text
        assert state(village) == after
        # The same words under another id come too late: the question is answered.
        village.take(case.who, answer, key="another")
        assert village.entries() <= entries + 1
    # What a member says was paid is told to the cashier, and nothing else happens.
    assert state(village, "notice") != before or (command == "repay" and "said/" in str(state(village)["notice"]))
    assert village.fault() == ""


@pytest.mark.parametrize("command", [command for command in CASES if TABLE[command].confirm != NONE])
def test_an_echo_changes_nothing_but_the_question(quick_village: Village, command: str) -> None:
    """The preview is the real decision unsaved."""
    case = CASES[command]
    case.prepare(quick_village)
    before = state(quick_village, "question", "notice")
    quick_village.take(case.who, case.text)
    assert state(quick_village, "question", "notice") == before


def test_a_known_id_with_other_words_is_refused(village: Village) -> None:
    village.vouch()
    first = village.message("会计", "待办", key="one")
    village.turns.take(first)
    after = state(village)
    other = replace(first, text=f"批 23 {village.code('会计')}", digest=digest_of("other"))
    with pytest.raises(Conflict):
        village.turns.take(other)
    assert state(village) == after
    # Another phone may well use the same id.
    assert village.take("理事长", "待办", key="one").repeated is False


# Over HTTP, several at once.

SECRET, TOKEN, AES_KEY, APP_ID = "a" * 32, "t" * 24, "k" * 43, "wx0123456789abcdef"
CONFIG = f"""
[server]
demo = true
secret_key = "{'s' * 40}"
data_dir = "data"
[redis]
url = "redis://127.0.0.1:1"
[sms.http]
secret = "{SECRET}"
send_url = "http://127.0.0.1:9/send"
key = "{'g' * 32}"
[sms]
gateway = "http"
[wechat]
app_id = "{APP_ID}"
app_secret = "{'p' * 32}"
token = "{TOKEN}"
aes_key = "{AES_KEY}"
api_base = "http://127.0.0.1:9"
[database]
"""


@pytest.fixture
def app(village: Village, tmp_path: Path) -> Flask:
    """The whole web application over the village's own books and clock."""
    path = tmp_path / "config.toml"
    url = village.store.url.render_as_string(hide_password=False)
    path.write_text(f'{CONFIG}url = "{url}"\n', "utf-8")
    path.chmod(0o600)
    services = Services(load(path))
    services.store.close()
    services.store, services.turns, services.clock = village.store, village.turns, village.clock
    return create_app(services.config, services)


def at_once(app: Flask, request: Callable[[FlaskClient], Any]) -> list[Any]:
    """The same request four times at the same moment."""
    gate = Barrier(AT_ONCE)

    def one(_: int) -> Any:
        client = app.test_client()
        gate.wait()
        return request(client)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def sms(app: Flask, village: Village, who: str, text: str) -> None:
    """One message, delivered four times at once by the gateway; the gateway is told once that all is well."""
    fields = {"from": village.phone(who), "to": "1069", "text": text, "id": digest_of(who + text)[:16]}
    before = state(village)
    answers = at_once(app, lambda client: client.post(f"/sms/http/{SECRET}", json=fields))
    assert {answer.status_code for answer in answers} == {200}
    replies = [row for row in state(village)["notice"] if row not in before["notice"] and "reply/" in str(row)]
    assert len(replies) == 1, "one message, one reply"
    village.deliver()


def test_every_sms_of_a_loan_four_times_at_once(app: Flask, village: Village) -> None:
    sms(app, village, "陈桂花", "借3000买化肥10个月")
    sms(app, village, "陈桂花", "1")
    sms(app, village, "刘大山", "同意联保 23")
    sms(app, village, "孙二妹", "同意联保 23")
    for who in ("会计", "理事长"):
        sms(app, village, who, f"批 23 {village.code(who)}")
    village.day(date(2026, 3, 4))
    for who in ("陈桂花", "刘大山", "孙二妹"):
        sms(app, village, who, "签 23")
        sms(app, village, who, village.code(who))
    assert village.entries() == 1
    sms(app, village, "出纳", "放款 23")
    sms(app, village, "出纳", village.code("出纳"))
    assert village.entries() == 2
    sms(app, village, "出纳", "收 陈桂花 315")
    sms(app, village, "出纳", village.code("出纳"))
    assert village.entries() == 3
    heard = village.phones.heard[village.phone("陈桂花")]
    assert len([text for text in heard if "收到您23号还款315元" in text]) == 1
    assert len(state(village)["loan"]) == 15
    assert village.total_fen("借出") == 4_153_098
    assert village.fault() == ""


def test_a_gateway_repeats_an_id_with_other_words(app: Flask, village: Village) -> None:
    client, path = app.test_client(), f"/sms/http/{SECRET}"
    fields = {"from": village.phone("陈桂花"), "to": "1069", "text": "借3000买化肥10个月", "id": "x"}
    assert client.post(path, json=fields).status_code == 200
    after = state(village)
    assert client.post(path, json=fields | {"text": "1"}).status_code == 409
    assert state(village) == after


def test_t31_a_receipt_of_the_gateway_four_times_at_once(app: Flask, village: Village) -> None:
    village.take("陈桂花", "余额")
    village.deliver()
    with village.store.read() as books:
        rows = books.connection.execute(select(t.notice.c.reference).where(t.notice.c.state == "sent")).all()
    told = {"id": rows[0][0], "status": "delivered"}
    answers = at_once(app, lambda client: client.post(f"/sms/http/{SECRET}/receipts", json=told))
    assert {answer.status_code for answer in answers} == {200}
    after = state(village)
    assert [row for row in after["notice"] if "delivered" in row]
    # What is final does not go back.
    late = told | {"status": "failed"}
    assert app.test_client().post(f"/sms/http/{SECRET}/receipts", json=late).status_code == 200
    assert state(village) == after


def test_a_wechat_push_four_times_at_once(app: Flask, village: Village) -> None:
    phone = WeChatPhone(TOKEN, AES_KEY, APP_ID)

    def push(pushed: Push) -> list[str]:
        answers = at_once(app, lambda client: client.post(pushed.target, data=pushed.body, content_type="text/xml"))
        assert {answer.status_code for answer in answers} == {200}
        said = {phone.read(answer.data) for answer in answers}
        assert len(said) == 1, "the repeats got another reply"
        village.deliver()
        return list(said)

    push(phone.event("subscribe"))
    push(phone.text(f"绑定 {village.phone('陈桂花')}"))
    assert len(village.phones.codes(village.phone("陈桂花"))) == 1
    assert "绑定好了" in push(phone.text(village.code("陈桂花")))[0]
    assert "回1确认" in push(phone.text("借3000买化肥10个月"))[0]
    assert "已申请：23号" in push(phone.text("1"))[0]
    assert len(village.phones.heard[village.phone("刘大山")]) == 1
    assert [row for row in state(village)["loan"] if row[1] == 24] == []
    with village.store.read() as books:
        assert books.next_loan_no(SOCIETY) == 24
        kept = books.connection.execute(select(t.inbox.c.key).where(t.inbox.c.channel == "wechat")).all()
    assert len(kept) == 5
    assert village.fault() == ""
