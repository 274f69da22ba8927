"""Who may come in: codes once, tokens hashed, ended and expired; sessions end with the address; no key leaks."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.channels.miniprogram_api import AT_ONCE
from ledger.records import Act
from tests.api.stage import APP_SECRET, ROOT, Stage, staged
from tests.village import CODE, FIRST_DAY, Village

SESSION_KEY = "c2Vzc2lvbi1rZXktMTIzNA=="


def problem(answer: object, kind: str, status: int) -> None:
    """The answer is this problem, with words and without anything else."""
    assert answer.status_code == status, answer.text  # type: ignore[attr-defined]
    assert answer.mimetype == "application/problem+json"  # type: ignore[attr-defined]
    told = answer.json  # type: ignore[attr-defined]
    assert told["type"] == f"urn:huzhu:problem:{kind}" and told["status"] == status
    assert told["detail"] and told["title"]


def test_a_stranger_may_log_in_and_bind_and_nothing_else(quick_stage: Stage) -> None:
    mini = quick_stage.open("stranger-openid")
    assert mini.get("/me").json == {"people": [], "question": None, "subscriptions": {}}
    for path in ("/balance", "/loans", "/loans/1", "/loans/1/schedule", "/statement", "/notices", "/todo"):
        problem(mini.get(path), "not-bound", 403)
    problem(mini.post("/loans", {"amount_fen": 300_000}), "not-bound", 403)
    problem(mini.post("/messages", {"text": "余额"}), "not-bound", 403)


def test_t24_a_login_code_is_good_once(quick_stage: Stage) -> None:
    """T24: a replayed code opens nothing."""
    mini = quick_stage.bound("陈桂花")
    code, before = quick_stage.code(mini.openid), len(quick_stage.weixin.calls)
    client = quick_stage.app.test_client()
    assert client.post(f"{ROOT}/login", json={"code": code}).status_code == 200
    problem(client.post(f"{ROOT}/login", json={"code": code}), "login-code", 401)
    problem(client.post(f"{ROOT}/login", json={"code": "never-given"}), "login-code", 401)
    asked = {call.path for call in quick_stage.weixin.calls[before:]}
    assert asked == {"/sns/jscode2session"}, "a login needs no access token"


def test_t24_nobody_says_who_they_are(quick_stage: Stage) -> None:
    """T24: an openid that is claimed, in whatever field or header, is no login."""
    mini = quick_stage.bound("陈桂花")
    client = quick_stage.app.test_client()
    problem(client.post(f"{ROOT}/login", json={"code": quick_stage.code("x-stranger"), "openid": mini.openid}),
            "malformed", 400)
    problem(client.post(f"{ROOT}/login", json={"openid": mini.openid}), "malformed", 400)
    problem(client.get(f"{ROOT}/me", headers={"X-WX-OPENID": mini.openid}), "login", 401)
    problem(client.get(f"{ROOT}/me", headers={"Authorization": f"Bearer {mini.openid}"}), "login", 401)
    problem(client.get(f"{ROOT}/me?openid={mini.openid}"), "login", 401)
    other = quick_stage.open("x-stranger2")
    assert other.get("/me").json["people"] == []


def test_a_token_is_long_random_and_kept_as_a_hash_only(stage: Stage) -> None:
    mini = stage.bound("陈桂花")
    again = stage.open(mini.openid)
    assert len(mini.token) == 43 and mini.token != again.token
    with stage.village.store.read() as books:
        rows = books.connection.execute(text("SELECT * FROM api_session")).all()
    kept = repr(rows)
    assert mini.token not in kept and again.token not in kept and len(rows) == 2
    for wrong in (mini.token[:-1], mini.token + "A", mini.token.swapcase(), rows[0][0], "", "x" * 5000, "陈" * 30):
        answer = stage.app.test_client().get(f"{ROOT}/me", headers={"Authorization": f"Bearer {wrong}".encode()
                                                                    .decode("latin-1")})
        problem(answer, "login", 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    basic = stage.app.test_client().get(f"{ROOT}/me", headers={"Authorization": f"Basic {mini.token}"})
    problem(basic, "login", 401)


def test_logging_out_ends_this_login_or_all(stage: Stage) -> None:
    one = stage.bound("陈桂花")
    two, three = stage.open(one.openid), stage.open(one.openid)
    other = stage.bound("刘大山")
    assert one.post("/logout").status_code == 204
    problem(one.get("/me"), "login", 401)
    assert two.get("/me").status_code == 200
    assert two.post("/logout/all").status_code == 204
    for mini in (two, three):
        problem(mini.get("/me"), "login", 401)
        problem(mini.post("/loans", {"amount_fen": 300_000}), "login", 401)
    assert other.get("/me").status_code == 200
    one.login()
    assert one.get("/me").json["people"][0]["name"] == "陈桂花"


@pytest.mark.parametrize("hours", [0, 2])
def test_a_login_is_over_after_its_day(quick_village: Village, tmp_path: Path, hours: int) -> None:
    """Or after the hours that the configuration says; 0: it says nothing."""
    with staged(quick_village, tmp_path, login_hours=hours) as stage:
        _over_after(stage, hours or 24)


def _over_after(quick_stage: Stage, hours: int) -> None:
    mini = quick_stage.bound("陈桂花")
    quick_stage.village.clock.pass_by(hours * 3600 - 60)
    assert mini.get("/balance").status_code == 200
    quick_stage.village.clock.pass_by(61)
    problem(mini.get("/balance"), "login", 401)
    problem(mini.post("/loans", {"amount_fen": 300_000}), "login", 401)
    mini.login()
    assert mini.get("/balance").status_code == 200


def end_address(village: Village, sender: str) -> None:
    with village.store.write() as books:
        known = books.known("miniprogram", "wxminiprogram0001", sender)
        ended = tuple(replace(one.address, ended_on=FIRST_DAY) for one in known)
        assert ended
        books.save(CODE, Act(ended), FIRST_DAY, 0)


def test_sessions_end_when_the_persons_address_ends(stage: Stage) -> None:
    """Threat: a stolen phone whose owner has moved on. The old token is dead, and a new login stands for nobody."""
    mini = stage.bound("陈桂花")
    second = stage.open(mini.openid)
    end_address(stage.village, mini.openid)
    problem(mini.get("/balance"), "login", 401)
    problem(second.post("/loans", {"amount_fen": 300_000}), "login", 401)
    mini.login()
    assert mini.get("/me").json["people"] == []


def test_binding_by_sms_is_the_free_way(stage: Stage) -> None:
    mini = stage.open("mini-free")
    asked = mini.do("/phone", {"phone": stage.village.phone("陈桂花")})
    assert asked["outcome"] == "asked" and asked["question"]["wants"] == "code"
    wrong = mini.post("/answers", {"question": asked["question"]["id"], "answer": "000000"})
    problem(wrong, "wrong-code", 409)
    assert wrong.json["question"]["id"] == asked["question"]["id"]
    code = stage.village.code("陈桂花")
    assert mini.do("/answers", {"question": asked["question"]["id"], "answer": code})["outcome"] == "done"
    assert [one["name"] for one in mini.get("/me").json["people"]] == ["陈桂花"]
    # The code was for once.
    problem(mini.post("/answers", {"question": asked["question"]["id"], "answer": code}), "question-gone", 409)


def test_three_wrong_codes_void_the_binding(quick_stage: Stage) -> None:
    mini = quick_stage.open("mini-guess")
    asked = mini.do("/phone", {"phone": quick_stage.village.phone("陈桂花")})["question"]["id"]
    for _ in range(3):
        problem(mini.post("/answers", {"question": asked, "answer": "000000"}), "wrong-code", 409)
    code = quick_stage.village.code("陈桂花")
    problem(mini.post("/answers", {"question": asked, "answer": code}), "question-gone", 409)
    assert mini.get("/me").json["people"] == []


def test_t11_whether_a_phone_is_known_is_not_told(quick_stage: Stage) -> None:
    known = quick_stage.open("mini-a").do("/phone", {"phone": quick_stage.village.phone("陈桂花")})
    unknown = quick_stage.open("mini-b").do("/phone", {"phone": "13900000000"})
    for one in (known, unknown):
        one["question"].pop("id")
        one["question"].pop("expires_at")
    assert known == unknown


def test_binding_as_weixin_proves_it(quick_stage: Stage) -> None:
    mini = quick_stage.open("mini-proved")
    problem(mini.post("/phone/weixin", {"code": "never-given"}), "phone-code", 409)
    problem(mini.post("/phone/weixin", {"code": quick_stage.phone_code("13900000000")}), "phone-unknown", 409)
    quick_stage.weixin.country = "852"
    number = quick_stage.village.phone("陈桂花")
    problem(mini.post("/phone/weixin", {"code": quick_stage.phone_code(number)}), "phone-unknown", 409)
    quick_stage.weixin.country = "86"
    body = {"code": quick_stage.phone_code(quick_stage.village.phone("陈桂花"))}
    first = mini.post("/phone/weixin", body, key="bind-key-0001")
    assert first.status_code == 200
    # WeChat takes a code once, yet a repeat of the same request gets the same answer.
    assert mini.post("/phone/weixin", body, key="bind-key-0001").json == first.json
    problem(mini.post("/phone/weixin", body), "phone-code", 409)
    assert [one["name"] for one in mini.get("/me").json["people"]] == ["陈桂花"]


def test_t24_a_phone_of_another_mini_programs_user_is_not_taken(quick_stage: Stage) -> None:
    """T24: the watermark names our own app, or the number is somebody else's."""
    mini = quick_stage.open("mini-foreign")
    quick_stage.weixin.watermark_app_id = "wx-another-app"
    number = quick_stage.village.phone("陈桂花")
    problem(mini.post("/phone/weixin", {"code": quick_stage.phone_code(number)}), "weixin", 503)
    assert mini.get("/me").json["people"] == []


@pytest.mark.parametrize("age", [700, -700])
def test_t24_an_old_word_about_a_phone_proves_nothing(quick_stage: Stage, age: int) -> None:
    """T24: the watermark's time is checked as well as its app id."""
    mini = quick_stage.open("mini-old")
    quick_stage.weixin.watermark_age = age
    number = quick_stage.village.phone("陈桂花")
    problem(mini.post("/phone/weixin", {"code": quick_stage.phone_code(number)}), "phone-code", 409)
    assert mini.get("/me").json["people"] == []


SHAPES = [
    "", "1", "110", "10086", "12345678901", "1380013800", "138001380000", "+8613800138000", "008613800138000",
    "8613800138000", "+852 5555 5555", "85255555555", "+1 900 555 0100", "19005550100x", "0900123456", "4001234567",
    "95588", "106900000000", "1064899999999", "１３８００１３８０００", "١٣٨٠٠١٣٨٠٠٠", "138 0013 8000", "138-0013-8000",
    "13800138000;13900139000", "13800138000,13900139000", "13800138000\n13900139000", " 13800138000", "13800138000 ",
    "tel:13800138000", "1380013800O", "13800138000#", "*#06#", "17001234567'", "1380013800\x00", "99999999999",
    "00000000000", "01380013800", "10000000000", "11000000000", "12000000000", "-13800138000", "13800138000.0", "1e10",
    "0x13800138000", "null", "true", "[]", "陈桂花", "📱13800138000", "138001380001380013800013800138000",
]


def test_t09_no_code_goes_to_what_is_no_number_of_a_member(quick_stage: Stage) -> None:
    """T9: nobody makes the system send to premium, foreign or made-up numbers, nor to those nobody registered."""
    mini = quick_stage.open("mini-toll")
    for number in SHAPES:
        problem(mini.post("/phone", {"phone": number}), "malformed", 400)
    mini.do("/phone", {"phone": "13900000000"})
    with quick_stage.village.store.read() as books:
        assert books.connection.exec_driver_sql("SELECT count(*) FROM notice").scalar() == 0


def test_t25_one_openid_under_two_app_ids_is_two_identities(quick_village: Village, tmp_path: Path) -> None:
    """T25: an identity is an openid of one app."""
    with staged(quick_village, tmp_path) as one, staged(quick_village, tmp_path, "wxanother00000001") as two:
        first = one.bound("陈桂花")
        second = two.open(first.openid)
        assert second.get("/me").json["people"] == []
        problem(second.get("/balance"), "not-bound", 403)
        # The token of one mini-program opens nothing at the other.
        second.token = first.token
        problem(second.get("/me"), "login", 401)
        assert first.get("/balance").status_code == 200


@pytest.mark.parametrize("fault", ["refuse", "close", "half", "html", "huge", "redirect", 500, 503])
def test_weixin_away_is_said_and_nothing_is_lost(quick_stage: Stage, fault: str | int) -> None:
    mini = quick_stage.bound("陈桂花")
    quick_stage.weixin.misbehave(fault, forever=True)
    client = quick_stage.app.test_client()
    problem(client.post(f"{ROOT}/login", json={"code": quick_stage.code("x")}), "weixin", 503)
    problem(mini.post("/phone/weixin", {"code": quick_stage.phone_code("13800000000")}), "weixin", 503)
    # Who is logged in works on.
    assert mini.get("/balance").status_code == 200
    quick_stage.weixin.behave()
    quick_stage.weixin.cut_all()
    mini.login()
    assert mini.get("/balance").status_code == 200


def test_a_weixin_that_hangs_takes_only_a_few_threads(quick_stage: Stage) -> None:
    """The others are told at once, and who is logged in does not wait at all."""
    mini = quick_stage.bound("陈桂花")
    quick_stage.weixin.misbehave("hold", forever=True)
    before = len(quick_stage.weixin.calls)
    codes = [quick_stage.code("x") for _ in range(AT_ONCE + 1)]

    def login(code: str) -> str:
        answer = quick_stage.app.test_client().post(f"{ROOT}/login", json={"code": code})
        problem(answer, "weixin", 503)
        return answer.headers["Retry-After"]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        held = [pool.submit(login, code) for code in codes[:-1]]
        quick_stage.weixin.wait_for_calls(before + AT_ONCE)
        assert login(codes[-1]) == "3" and not any(one.done() for one in held)
        assert len(quick_stage.weixin.calls) == before + AT_ONCE
        assert mini.get("/balance").status_code == 200
        assert [one.result(20) for one in held] == ["3"] * AT_ONCE


@pytest.mark.parametrize("code", [-1, 40013, 40125, 40164, 41002, 45011, 50002])
def test_a_fault_of_the_account_is_not_the_persons(quick_stage: Stage, code: int) -> None:
    quick_stage.weixin.say_at_login = code
    answer = quick_stage.app.test_client().post(f"{ROOT}/login", json={"code": quick_stage.code("x")})
    problem(answer, "weixin", 503)


def test_t24_no_session_key_secret_or_token_is_told_or_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    number = stage.village.phone("陈桂花")
    mini = stage.open("mini-quiet")
    said = [mini.login().text]
    code = stage.phone_code(number)
    said += [mini.post("/phone/weixin", {"code": code}).text, mini.get("/me").text, mini.get("/balance").text]
    said += [mini.post("/phone", {"phone": number}).text, mini.get("/loans").text]
    stage.weixin.misbehave("html")
    said.append(stage.app.test_client().post(f"{ROOT}/login", json={"code": stage.code("x")}).text)
    with stage.village.store.read() as books:
        rows = [repr(books.connection.execute(text(f"SELECT * FROM {name}")).all())
                for name in ("inbox", "api_session", "question", "setting", "notice")]
    logs = caplog.text
    for secret in (SESSION_KEY, "session_key", APP_SECRET):
        assert secret not in "".join(said) and secret not in "".join(rows) and secret not in logs, secret
    assert mini.token not in "".join(rows) and mini.token not in logs
    assert code not in logs and number not in logs
    assert number not in "".join(said) and mini.openid not in "".join(said)


def test_words_come_in_the_persons_language(quick_stage: Stage) -> None:
    client = quick_stage.app.test_client()
    english = client.get(f"{ROOT}/me", headers={"Accept-Language": "en-GB,en;q=0.9"}).json["detail"]
    chinese = client.get(f"{ROOT}/me", headers={"Accept-Language": "zh-CN"}).json["detail"]
    assert english.isascii() and not chinese.isascii() and client.get(f"{ROOT}/me").json["detail"] == chinese
    mini = quick_stage.bound("陈桂花")
    mini.do("/messages", {"text": "English"})
    assert mini.post("/phone/weixin", {"code": "never-given"}).json["detail"].isascii()
    assert mini.get("/loans/99").json["detail"].isascii()
    assert not quick_stage.app.test_client().get(f"{ROOT}/me").json["detail"].isascii()
