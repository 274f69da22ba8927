"""The buttons a simulated phone offers, for true texts of texts.toml and for words that try to be one."""

from __future__ import annotations

import pytest

from bot import texts
from bot.pages.demo.suggest import MOST, hints

PHONE = "19900000012"


def offered(text: str) -> list[str]:
    """The buttons; one that only begins a message ends in `…`."""
    return [hint.text if hint.whole else f"{hint.text}…" for hint in hints(text, PHONE)]


LOAN = {"name": "陈桂花", "loan": 23, "amount_fen": 300000, "purpose": "买化肥", "months": 10, "money": "bank"}


@pytest.mark.parametrize(
    ("key", "facts", "buttons"),
    [
        ("borrow.ask", LOAN | {"fee_fen": 8250, "first_fen": 31500}, ["1", "0"]),
        ("notice.consent_asked", LOAN, ["同意联保 23", "不同意联保 23"]),
        ("notice.key_asked", LOAN | {"payer_one": "刘大山", "payer_two": "孙二妹", "code": "482913"},
         ["批 23 482913", "驳回 23 …"]),
        ("notice.paid_out", LOAN | {"due_on": "2026-04-04", "due_fen": 31500}, ["收到 23", "没收到 23"]),
        ("notice.receipt",
         LOAN | {"paid_fen": 31500, "principal_fen": 30000, "fee_fen": 1500, "left_fen": 270000, "check": "K7Q2M"},
         ["验 K7Q2M", "对 23", "不符 …"]),
        ("pay_out.ask", LOAN | {"confirm": "验证码482913"}, ["482913"]),
        ("pay_out.ask", LOAN | {"confirm": "1"}, ["1"]),
        ("pending.lines", {"count": 2, "lines": ["批 23", "放款 24"]}, ["批 23", "放款 24"]),
        ("greeting.subscribed", {}, [f"绑定 {PHONE}"]),
        ("bind_by_sms", {}, []),
        ("unknown.text", {"choices": texts.Ready("1 余额  2 能借多少  3 借钱")}, ["1", "2", "3", "帮助"]),
        ("notice.remind_today", LOAN | {"due_fen": 31500}, []),
    ],
)
def test_buttons_of_true_texts(key: str, facts: dict[str, object], buttons: list[str]) -> None:
    assert offered(texts.fill(key, facts)) == buttons


def test_never_a_heap_of_buttons() -> None:
    text = texts.fill("help.member", {"choices": texts.Ready("1 余额  2 能借多少  3 借钱")})
    assert len(offered(text)) <= MOST
    assert len(set(offered(text * 3))) == len(offered(text * 3))


@pytest.mark.parametrize("text", ["", "发：", "：", "可发：", "回", "收据", "例如：", "回验证码12345", "发：；发：。"])
def test_broken_texts_offer_nothing_empty(text: str) -> None:
    assert all(hint.text.strip() for hint in hints(text, PHONE))
