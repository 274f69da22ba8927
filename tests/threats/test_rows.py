"""What was said and paid cannot be denied; what is secret leaves no trace in the log nor in the village office."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import select

from bot.front import Front
from bot.routing import is_secret
from ledger.records import Act, Office
from ledger.store import tables as t
from ledger.store.mailbox import Mailbox
from ledger.store.sealing import keys_of
from tests.village import CODE, FIRST_DAY, Village

HIDDEN = "0123456789abcdef-path"


def written(village: Village, who: str) -> list[tuple[str, str]]:
    """What a phone sent and what it was answered, as the books keep it, the first message first."""
    with village.store.read() as books:
        connection = books.connection
        rows = connection.execute(select(t.inbox).order_by(t.inbox.c.received_at)).mappings().all()
        opened = [keys_of(connection).open_row(t.inbox, dict(row)) for row in rows]
    return [(row["text"], row["reply"]) for row in opened if row["sender"] == village.phone(who)]


def test_t13_what_was_asked_agreed_and_received_stands_word_for_word(quick_village: Village) -> None:
    """A borrower who says “I never asked” is shown her own words, each code, the day, and a chain that verifies."""
    village = quick_village
    village.collect()
    said = written(village, "陈桂花")
    words = [text for text, _ in said]
    assert words[:2] == ["借3000买化肥10个月", "1"] and "签 23" in words and words[-1] == "收到 23"
    signing = words.index("签 23")
    assert words[signing + 1].isdigit() and len(words[signing + 1]) == 6, "the code that went to her phone came back"
    assert all(reply for _, reply in said), "and what she was told each time"
    with village.store.read() as books:
        loan = books.loan(CODE, 23)
        assert loan is not None
        signed = [one.answer for one in books.endorsements(CODE, 23, "signature")]
    assert signed == ["yes"] * 3 and village.fault() == ""
    # Both sides of the payment hold a receipt.
    heard = village.phones.heard[village.phone("陈桂花")]
    assert any("收到您23号还款315元" in text and "收据" in text for text in heard)
    assert any("已入账" in text for text in village.phones.heard[village.phone("出纳")])


@pytest.mark.parametrize(("command", "told"), [
    ("收 陈桂花 315", {"陈桂花": 1}), ("收 陈桂花 全", {"陈桂花": 1}),
    ("收 陈桂花 100 金凤英 50", {"陈桂花": 1, "金凤英": 1}),
])
def test_t14_whatever_the_cashier_takes_is_told_to_who_paid(
    quick_village: Village, command: str, told: dict[str, int]
) -> None:
    """Each repayment is one receipt on the payer's phone, who can contradict it with one word."""
    village = quick_village
    village.pay_out()
    village.phones.unread.clear()
    before = village.entries()
    village.confirm("出纳", command)
    assert village.entries() == before + len(told)
    for who, count in told.items():
        receipts = [text for text in village.phones.unread[village.phone(who)] if "收到您" in text]
        assert len(receipts) == count and "不对发：不符" in receipts[0]
    village.say("陈桂花", "不符 600")
    assert any("陈桂花" in text for text in village.phones.unread[village.phone("监事长")])


@pytest.mark.parametrize(("who", "command", "slots", "hidden"), [
    ("会计", "change_phone", {"person": "陈桂花", "phone": "13900000099"}, True),
    ("理事长", "add_phone", {"person": "陈桂花", "phone": "13900000099"}, True),
    ("刘大山", "vouch", {"item": 1}, True),
    ("孙二妹", "vouch", {"item": 1}, False),
    ("陈桂花", "change_phone", {"person": "", "phone": "13900000099"}, False),
    ("出纳", "bank_out", {"amount_fen": 200_00}, True),
])
def test_t02_an_officers_code_about_numbers_and_money_never_passes_the_dongle(
    quick_village: Village, who: str, command: str, slots: dict[str, Any], hidden: bool
) -> None:
    """换号, 加号 and 证明 decide who speaks for whom, so an officer's code for them is as secret as one for money."""
    village = quick_village
    if command == "vouch":
        village.confirm("陈桂花", "换号 13900000099")
        with village.store.write() as books:  # one of those who are asked is a director
            director = books.known("sms", "", village.phone("刘大山"))[0].person.no
            books.save(CODE, Act((Office(CODE, director, "理事", FIRST_DAY, None, 9),)), FIRST_DAY, 0)
    words = {"change_phone": "换号 {person} {phone}", "add_phone": "加号 {person} {phone}", "vouch": "证明 {item}",
             "bank_out": "取款 200"}[command].format(**slots)
    reply = village.take(who, words)
    assert "验证码" in reply.text, reply.text
    with village.store.read() as books:
        waiting = Mailbox(books.connection).notices_of(reply.society, reply.notices)
    assert [is_secret(one) for one in waiting if one.say == "raw"] == [hidden]


def test_t37_the_front_logs_no_address(caplog: pytest.LogCaptureFixture) -> None:
    """A fault below Flask is told by its first word: a gateway's secret and a person's number stay out of the log."""

    def broken(_environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
        raise OSError("for the test")

    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(event: Any) -> None:
        sent.append(event)

    for path in (f"/sms/http/{HIDDEN}", f"/sms/kannel/{HIDDEN}/receipts", f"/{HIDDEN}", f"//{HIDDEN}", "/13800138000"):
        scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "headers": [],
                 "query_string": b"from=13800138000", "http_version": "1.1", "scheme": "http",
                 "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2)}
        asyncio.run(Front(broken, 1)(scope, receive, send))
    assert [one["status"] for one in sent if one["type"] == "http.response.start"] == [500] * 5
    assert HIDDEN not in caplog.text and "13800138000" not in caplog.text
    assert caplog.text.count("request failed: POST below /") == 5 and "below /sms" in caplog.text
