"""The officers' desk: who gets in, how long, what stands there, and what never does."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from bot.app import create_app
from bot.config import load
from bot.services import Services
from ledger.store import tables as t
from tests.village import CODE, SECRET, Village


class Desk:
    """One village's web application; every browser has its own cookies."""

    def __init__(self, village: Village, folder: Path) -> None:
        path = folder / "config.toml"
        path.write_text(f'[server]\ndemo = true\nsecret_key = "{SECRET.decode()}"\ndata_dir = "{folder}"\n', "utf-8")
        path.chmod(0o600)
        self.village, self.services = village, Services(load(path))
        vars(self.services).update(store=village.store, clock=village.clock, turns=village.turns, redis=None)
        self.app = create_app(self.services.config, self.services)

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def asked(self, who: str) -> FlaskClient:
        """A browser in which somebody asked for a code."""
        browser = self.browser()
        answer = browser.post("/desk/login", data={"phone": self.village.phone(who)})
        assert answer.status_code == 200 and "收到6位验证码" in answer.text
        self.village.deliver()
        return browser

    def enter(self, browser: FlaskClient, who: str, code: str) -> int:
        return browser.post("/desk/code", data={"phone": self.village.phone(who), "code": code}).status_code

    def seated(self, who: str) -> FlaskClient:
        browser = self.asked(who)
        assert self.enter(browser, who, self.village.code(who)) == 303
        return browser


@pytest.fixture
def desk(quick_village: Village, tmp_path: Path) -> Desk:
    return Desk(quick_village, tmp_path)


def test_a_code_to_the_phone_opens_the_desk_on_both_databases(village: Village, tmp_path: Path) -> None:
    desk = Desk(village, tmp_path)
    village.collect()
    browser = desk.seated("会计")
    page = browser.get("/desk/").text
    assert "李秀英" in page and "会计" in page and "4月4日" in page
    assert "<td>3号</td>" in page and "<td>2号</td>" not in page and "还款" in page and "315元" in page
    assert "唐石头" in page and "社员、会计" not in page
    loans = browser.get("/desk/loans").text
    assert "在还的借款 15笔" in loans and "陈桂花" in loans and "2700元" in loans and "5月4日 313.50元" in loans
    loan = browser.get("/desk/loans/23").text
    assert "刘大山、孙二妹" in loan and "等额本金" in loan and "已还清" in loan and "2026年3月4日" in loan
    people = browser.get("/desk/people?q=第三组").text
    assert "QS001-012" in people and "QS001-054" not in people
    for words in (page, loans, loan, people):
        assert not re.search("199[0-9]{8}|999999[0-9]{8}", words)
    nobody = browser.get("/desk/people?q=<b>").text
    assert "没有找到" in nobody and "&lt;b&gt;" in nobody
    assert browser.get("/desk/loans/99").status_code == browser.get(f"/desk/loans/{2**40}").status_code == 404
    assert browser.get("/desk/?society=QS999").status_code == 404


def test_nobody_learns_whose_phone_it_is(desk: Desk) -> None:
    pages = set()
    for number in (desk.village.phone("会计"), desk.village.phone("陈桂花"), "13800138000", "12345", ""):
        answer = desk.browser().post("/desk/login", data={"phone": number})
        pages.add(re.sub(f'value="{number}"', "", answer.text))
        assert "huzhu_desk_try=" in answer.headers["Set-Cookie"]
    assert len(pages) == 1
    desk.village.deliver()
    assert list(desk.village.phones.heard) == [desk.village.phone("会计")]


def test_without_a_session_every_page_leads_to_the_door(desk: Desk) -> None:
    browser = desk.browser()
    assert browser.get("/desk").status_code == 308 and "登记的手机号" in browser.get("/desk/").text
    for page in ("/desk/loans", "/desk/loans/5", "/desk/people"):
        answer = browser.get(page)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/")
    browser.set_cookie("huzhu_desk", "x" * 43, path="/desk")
    assert "登记的手机号" in browser.get("/desk/").text
    assert browser.post("/desk/logout").status_code == 303


def test_three_wrong_codes_void_it_and_are_told(desk: Desk) -> None:
    browser = desk.asked("会计")
    code = desk.village.code("会计")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert [desk.enter(browser, "会计", wrong) for _ in range(3)] == [403] * 3
    assert desk.enter(browser, "会计", code) == 403
    desk.village.deliver()
    heard = desk.village.phones.heard[desk.village.phone("监事长")]
    assert any("李秀英" in words and "输错" in words for words in heard)


def test_a_code_counts_once_in_its_own_browser_and_not_for_long(desk: Desk) -> None:
    browser, other = desk.asked("会计"), desk.browser()
    code = desk.village.code("会计")
    assert desk.enter(other, "会计", code) == 403
    assert desk.enter(browser, "会计", f" {code[:3]} {code[3:]} ") == 303
    assert desk.enter(browser, "会计", code) == 403
    late = desk.asked("出纳")
    desk.village.clock.pass_by(601)
    assert desk.enter(late, "出纳", desk.village.code("出纳")) == 403


def test_a_session_ends_with_the_day_the_office_or_a_stop(desk: Desk) -> None:
    inside = "等您办的事"
    browser = desk.seated("会计")
    assert inside in browser.get("/desk/").text
    assert browser.post("/desk/logout").status_code == 303 and inside not in browser.get("/desk/").text
    browser = desk.seated("会计")
    desk.village.clock.pass_by(8 * 3600 + 1)
    assert inside not in browser.get("/desk/").text
    browser = desk.seated("会计")
    desk.village.say("理事长", "停 李秀英")
    assert inside not in browser.get("/desk/").text
    browser = desk.seated("出纳")
    with desk.village.store.write() as books:
        books.connection.execute(update(t.office).where(t.office.c.title == "出纳").values(until=date(2026, 3, 1)))
    desk.village.set_day(date(2026, 3, 2))
    assert inside not in browser.get("/desk/").text


def test_the_county_sees_the_society_and_no_household(desk: Desk) -> None:
    browser = desk.seated("县主管")
    page = browser.get("/desk/").text
    assert "233200元" in page and "唐石头" not in page and "今日账" not in page
    for inside in ("/desk/loans", "/desk/loans/5", "/desk/people"):
        assert browser.get(inside).status_code == 404


def test_a_member_gets_no_code_and_no_seat(desk: Desk) -> None:
    browser = desk.asked("陈桂花")
    assert not desk.village.phones.heard and desk.enter(browser, "陈桂花", "000000") == 403


def test_a_phone_is_not_filled_with_codes(desk: Desk) -> None:
    """Off in demo mode, so here it is switched on; codes for binding count as well."""
    desk.village.turns.limits = True
    for _ in range(8):
        desk.asked("会计")
    assert len(desk.village.phones.heard[desk.village.phone("会计")]) == 5


def test_what_a_browser_may_do_with_a_page(desk: Desk) -> None:
    answer = desk.seated("会计").get("/desk/")
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    cookie = desk.asked("会计").post("/desk/logout").headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/desk" in cookie and "Secure" not in cookie
    server = replace(desk.services.config.server, base_url="https://huzhu.example.cn")
    desk.services.config = replace(desk.services.config, server=server)
    app = create_app(desk.services.config, desk.services)
    assert "Secure" in app.test_client().post("/desk/login", data={"phone": "1"}).headers["Set-Cookie"]
    assert CODE not in app.test_client().get("/desk/").text
