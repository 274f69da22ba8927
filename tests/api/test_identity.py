"""Who is speaking in the mini-program: a new phone ends the logins of the old one, a new WeChat rests two days."""

from __future__ import annotations

from tests.api.stage import Stage
from tests.api.test_login import problem

NEW = "13900000099"
TWO_DAYS_S = 48 * 3600


def test_t02_a_new_phone_ends_every_login_of_the_old_one(stage: Stage) -> None:
    """T2: who stole the phone had a login; it is over the moment the owner's new phone has proved itself."""
    village = stage.village
    stolen = stage.bound("陈桂花")
    asked = stolen.do("/loans", {"amount_fen": 300_000, "purpose": "买化肥", "months": 10})["question"]
    village.confirm("会计", f"换号 陈桂花 {NEW}")
    for who in ("刘大山", "孙二妹"):
        village.confirm(who, "证明 1")
    assert stolen.get("/balance").status_code == 200  # until then the old phone stays hers
    village.say(NEW, village.code(NEW))
    problem(stolen.post("/answers", {"question": asked["id"], "answer": "1"}), "login", 401)
    stolen.login()
    assert stolen.get("/me").json["people"] == []
    problem(stolen.get("/balance"), "not-bound", 403)
    # The owner binds her own WeChat to the new phone, and waits two days with everything that is money.
    owner = stage.open("mini-owner")
    assert owner.post("/phone/weixin", {"code": stage.phone_code(NEW)}).status_code == 200
    assert owner.get("/balance").status_code == 200
    answer = owner.post("/loans", {"amount_fen": 300_000, "purpose": "买化肥", "months": 10})
    problem(answer, "refused", 409)
    assert [one["key"] for one in answer.json["refusals"]] == ["guard.rebound"]
    village.clock.pass_by(TWO_DAYS_S + 3600)
    owner.login()
    assert owner.do("/loans", {"amount_fen": 300_000, "purpose": "买化肥", "months": 10})["outcome"] == "asked"
    assert village.fault() == ""


def test_t02_an_officer_with_another_weixin_turns_no_key_for_two_days(quick_stage: Stage) -> None:
    """E4: rebinding takes the power to move money away for 48 hours, and all officers hear of it."""
    village = quick_stage.village
    village.vouch()
    first, number = quick_stage.bound("会计"), village.phone("会计")
    other = quick_stage.open("mini-another-phone")
    assert other.post("/phone/weixin", {"code": quick_stage.phone_code(number)}).status_code == 200
    village.deliver()
    assert any("换了微信" in text for text in village.phones.heard[village.phone("理事长")])
    code = village.code("会计")
    for mini in (first, other):
        answer = mini.post("/loans/23/approve", {"code": code})
        assert [one["key"] for one in answer.json["refusals"]] == ["guard.rebound"]
    village.clock.pass_by(47 * 3600)
    other.login()
    problem(other.post("/loans/23/approve", {}), "refused", 409)
    village.clock.pass_by(2 * 3600)
    other.login()
    fresh = other.do("/loans/23/approve", {})
    assert "批 23" in fresh["text"]


def test_a_stop_holds_the_mini_program_too(quick_stage: Stage) -> None:
    """停 from the phone: whoever holds the mini-program moves no money from then on."""
    mini = quick_stage.bound("陈桂花")
    quick_stage.village.say("陈桂花", "停")
    answer = mini.post("/loans", {"amount_fen": 300_000, "purpose": "买化肥", "months": 10})
    problem(answer, "refused", 409)
    assert [one["key"] for one in answer.json["refusals"]] == ["guard.frozen"]
    assert mini.get("/balance").status_code == 200
