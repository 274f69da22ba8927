"""Every address of the API × every role × what belongs to others: nothing is told, nothing is done.

A new address without a row here fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ledger.store import tables as t
from tests.api.neighbours import MARK, OTHER, OTHER_LOAN, phone, settle
from tests.api.stage import ROOT, Mini, Stage, staged
from tests.village import CODE, Village

ROLES = ("陈桂花", "王五", "理事", "理事长", "会计", "出纳", "监事长", "监事", "乡镇", "县主管")
NOWHERE = 999_999

Body = Callable[[int, str], Any]
NONE: Body = lambda _loan, _question: None  # noqa: E731  (a table of bodies)

CASES: dict[tuple[str, str], Body] = {
    ("get", "/me"): NONE,
    ("get", "/balance"): NONE,
    ("get", "/statement"): NONE,
    ("get", "/loans"): NONE,
    ("get", "/loans/{no}"): NONE,
    ("get", "/loans/{no}/schedule"): NONE,
    ("get", "/notices"): NONE,
    ("get", "/todo"): NONE,
    ("get", "/matters"): NONE,
    ("get", "/complaints"): NONE,
    ("get", "/subscriptions"): NONE,
    ("post", "/loans"): lambda _loan, _question: {"amount_fen": 100_000, "purpose": "买种子"},
    ("post", "/loans/{no}/withdraw"): NONE,
    ("post", "/loans/{no}/consent"): NONE,
    ("post", "/loans/{no}/refuse"): NONE,
    ("post", "/loans/{no}/sign"): NONE,
    ("post", "/loans/{no}/received"): NONE,
    ("post", "/loans/{no}/not-received"): NONE,
    ("post", "/loans/{no}/payoff"): NONE,
    ("post", "/loans/{no}/extend"): lambda _loan, _question: {"months": 3, "text": "猪没出栏"},
    ("post", "/loans/{no}/objections"): lambda _loan, _question: {"text": "不同意"},
    ("post", "/loans/{no}/approve"): lambda _loan, _question: {"code": "482913"},
    ("post", "/loans/{no}/reject"): lambda _loan, _question: {"text": "不批"},
    ("post", "/loans/{no}/pay-out"): lambda _loan, _question: {"cash": True},
    ("post", "/repayments"): lambda _loan, _question: {"amount_fen": 10_000},
    ("post", "/disputes"): lambda _loan, _question: {"text": "我还的是600"},
    ("post", "/complaints"): lambda _loan, _question: {"text": "收钱没给收据"},
    ("post", "/answers"): lambda _loan, question: {"question": question, "answer": "1"},
    ("post", "/messages"): lambda loan, _question: {"text": f"放款 {loan}"},
    ("post", "/subscriptions"): lambda _loan, _question: {"accepted": ["T1"]},
    ("post", "/phone"): lambda _loan, _question: {"phone": "13900000000"},
    ("post", "/phone/weixin"): lambda _loan, _question: {"code": "never-given"},
    ("post", "/login"): lambda _loan, _question: {"code": "never-given"},
    ("post", "/logout"): NONE,
    ("post", "/logout/all"): NONE,
}
"""Each address with a body that asks for something of somebody else."""


@pytest.fixture
def stage(quick_village: Village, tmp_path: Path) -> Iterator[Stage]:
    """Two societies in one database; who may see what is no matter of the database's kind."""
    settle(quick_village)
    with staged(quick_village, tmp_path) as made:
        yield made


def addresses(stage: Stage) -> set[tuple[str, str]]:
    schema = stage.app.test_client().get(f"{ROOT}/openapi.json").json
    return {(method, path.removeprefix(ROOT)) for path, item in schema["paths"].items() for method in item}


def state_of(village: Village, society: str) -> str:
    """Every row of one society's books, as the database has it; what waits to be sent too."""
    with village.store.read() as books:
        found = [
            sorted(map(repr, books.connection.execute(select(table).where(table.c.society == society))))
            for table in t.metadata.sorted_tables if "society" in table.c
        ]
    return repr(found)


def call(mini: Mini, method: str, path: str, body: Any, me: str = "") -> tuple[int, str]:
    target = path + (f"?me={me}" if me else "")
    answer = mini.get(target) if method == "get" else mini.post(target, body)
    return answer.status_code, answer.text


def leaks(said: str) -> bool:
    return MARK in said or OTHER in said or "1980000" in said  # a name, the code, a phone


def test_every_address_has_its_row(stage: Stage) -> None:
    assert addresses(stage) == set(CASES)


def test_t10_no_role_reaches_the_neighbours(stage: Stage) -> None:
    """Foreign loans, foreign people, foreign questions: no answer tells of them, no row of theirs changes."""
    village = stage.village
    over_there = stage.bound(phone(village.phone("陈桂花")))
    question = over_there.do(f"/loans/{OTHER_LOAN}/withdraw")["question"]
    before = state_of(village, OTHER)
    assert MARK in before and f"{OTHER}/" not in before
    with village.store.read() as books:
        people = [f"{OTHER}/{one.no}" for one in list(books.people(OTHER).values())[:2]]
    tried = 0
    for who in ROLES:
        mini = stage.bound(who)
        for method, path in sorted(CASES, key=lambda one: "log" in one[1]):
            target = path.replace("{no}", str(OTHER_LOAN))
            body = CASES[method, path](OTHER_LOAN, question["id"])
            asked = [""] if path in NO_ME else ["", *people]
            for me in asked:
                status, said = call(mini, method, target, body, me)
                tried += 1
                assert status < 500, (who, method, target, said)
                assert not leaks(said), (who, method, target, said)
                if me:
                    assert status in {403, 404}, (who, method, target, me, said)
    assert tried > len(ROLES) * len(CASES)
    assert state_of(village, OTHER) == before
    # The owner's question stands as it was.
    assert over_there.get("/me").json["question"] == question


NO_ME = {"/me", "/subscriptions", "/answers", "/phone", "/phone/weixin", "/login", "/logout", "/logout/all"}
"""Addresses that speak of the login and not of one of its people."""


def test_t10_no_role_at_home_reaches_the_neighbours_words(stage: Stage) -> None:
    """The free words too: whatever is written about the neighbours' people and loans."""
    before = state_of(stage.village, OTHER)
    for who in ROLES:
        mini = stage.bound(who)
        for words in (f"查 {MARK}陈桂花", f"批 {OTHER_LOAN} 482913", f"暂停 {OTHER_LOAN} 查账", f"汇总 {OTHER}",
                      f"收 {MARK}陈桂花 100", f"签 {OTHER_LOAN}", "今日账", "逾期", "待办", "公示"):  # fmt: skip
            answer = mini.post("/messages", {"text": words})
            told = answer.text.replace(words, "").replace(f"{MARK}陈桂花", "")  # one's own words may be said back
            assert answer.status_code < 500 and not leaks(told), (who, words, answer.text)
    assert state_of(stage.village, OTHER) == before


def test_t11_another_households_loan_is_as_if_it_were_not_there(stage: Stage) -> None:
    """A member learns nothing from the answer, whether the number exists or not."""
    mini = stage.bound("王五")
    with stage.village.store.read() as books:
        mine = {one.no for one in books.loans_of(CODE, next(
            home.no for home, person in books.members_named(CODE, "王五")))}
        theirs = next(one for one in books.all_loans(CODE) if one.no not in mine)
    for method, path in sorted(CASES):
        if "{no}" not in path or path.endswith("/objections"):
            continue  # any member may object to any application
        answers = []
        for number in (theirs.no, NOWHERE):
            body = CASES[method, path](number, "")
            status, said = call(mini, method, path.replace("{no}", str(number)), body)
            answers.append((status, re.sub(rf"(?<!\d){number}(?!\d)", "N", said)))
        assert answers[0] == answers[1], (method, path, answers)


def test_t10_nobody_answers_for_somebody_else(stage: Stage) -> None:
    """A question belongs to its address: its id in another hand opens nothing and closes nothing."""
    borrower, other = stage.bound("陈桂花"), stage.bound("王五")
    asked = borrower.do("/loans", {"amount_fen": 100_000, "purpose": "买种子", "months": 6})["question"]
    answer = other.post("/answers", {"question": asked["id"], "answer": "1"})
    assert answer.status_code == 409 and answer.json["type"].endswith(":question-gone")
    assert borrower.get("/me").json["question"] == asked
    assert borrower.do("/answers", {"question": asked["id"], "answer": "1"})["outcome"] == "done"


def test_a_strangers_login_is_told_nothing(stage: Stage) -> None:
    mini = stage.open("x-stranger")
    for method, path in sorted(CASES, key=lambda one: "log" in one[1]):
        if path in {"/me", "/subscriptions"} or (method, path) in {("post", "/login"), ("post", "/phone")}:
            continue
        status, said = call(mini, method, path.replace("{no}", "5"), CASES[method, path](5, "0123456789abcdef"))
        assert status in ({204, 401} if "logout" in path else {401, 403, 409}), (method, path, said)
        assert "陈桂花" not in said and CODE not in said
