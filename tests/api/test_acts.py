"""What members and officers do in forms: the same rules as words, seen in the answers and in the books."""

from __future__ import annotations

from datetime import date

from tests.api.stage import Stage
from tests.api.test_login import problem


def test_an_objection_and_its_answer(stage: Stage) -> None:
    stage.village.approve()
    neighbour, head = stage.bound("王五"), stage.bound("监事长")
    done = neighbour.do("/loans/23/objections", {"text": "他家不在本村"})
    item = done["facts"]["item"]
    assert done["outcome"] == "done" and stage.bound("陈桂花").get("/loans/23").json["held"]
    (raised,) = neighbour.get("/matters").json["matters"]
    assert (raised["item"], raised["kind"], raised["loan"], raised["text"], raised["answer"]) == (
        item, "objection", 23, "他家不在本村", "")
    assert {"text": f"答复 {item}", "command": "answer", "number": item} in head.get("/todo").json["todo"]
    head.do("/messages", {"text": f"答复 {item} 查过了，户口在村里"})
    (raised,) = neighbour.get("/matters").json["matters"]
    assert raised["answer"] == "查过了，户口在村里" and raised["answered_on"] == "2026-03-01"
    assert not stage.bound("陈桂花").get("/loans/23").json["held"]
    # What one raised is nobody else's.
    assert stage.bound("刘大山").get("/matters").json == {"matters": []}


def test_a_dispute_and_money_not_received(quick_stage: Stage) -> None:
    village = quick_stage.village
    village.sign()
    village.confirm("出纳", "放款 23")
    borrower = quick_stage.bound("陈桂花")
    assert borrower.do("/loans/23/not-received")["facts"]["item"]
    assert borrower.do("/loans/23/received")["outcome"] == "done"
    again = borrower.post("/loans/23/received")
    problem(again, "refused", 409)
    assert [one["key"] for one in again.json["refusals"]] == ["received.said_before"]
    village.day(date(2026, 4, 4))
    village.confirm("出纳", "收 陈桂花 315")
    assert borrower.do("/disputes", {"text": "我还的是600"})["facts"]["item"]
    assert [one["kind"] for one in borrower.get("/matters").json["matters"]] == ["dispute", "not_received"]


def test_a_complaint_is_kept_and_only_its_sender_sees_how_it_stands(quick_stage: Stage) -> None:
    stage = quick_stage
    mini, other = stage.bound("陈桂花"), stage.bound("刘大山")
    item = mini.do("/complaints", {"text": "收钱没给收据", "anonymous": True})["facts"]["item"]
    (kept,) = mini.get("/complaints").json["complaints"]
    assert (kept["item"], kept["anonymous"], kept["state"], kept["answer"]) == (item, True, "waiting", "")
    assert [one["kind"] for one in mini.get("/matters").json["matters"]] == ["complaint"]
    assert other.get("/complaints").json == {"complaints": []}
    assert "陈桂花" not in str(stage.bound("监事长").get("/todo").json)
    assert "已答复" in stage.village.say("监事长", f"答复 {item} 收据已补开")
    (kept,) = mini.get("/complaints").json["complaints"]
    assert (kept["state"], kept["answer"]) == ("answered", "收据已补开")


def test_a_vote_written_as_a_message_is_refused_with_its_reason_where_nothing_is_voted_on(quick_stage: Stage) -> None:
    mini = quick_stage.bound("陈桂花")
    answer = mini.post("/messages", {"text": "投票 3 赞成"})
    problem(answer, "refused", 409)
    assert [one["key"] for one in answer.json["refusals"]] == ["motion.none"]


def test_all_reasons_come_at_once_with_their_figures(quick_stage: Stage) -> None:
    mini = quick_stage.bound("陈桂花")
    answer = mini.post("/loans", {"amount_fen": 900_001, "purpose": "买化肥", "months": 30})
    problem(answer, "refused", 409)
    keys = [one["key"] for one in answer.json["refusals"]]
    assert len(keys) >= 2 and all(one["text"] in answer.json["detail"] or one["text"].rstrip("。") in
                                  answer.json["detail"] for one in answer.json["refusals"])
    figures = [name for one in answer.json["refusals"] for name in one["facts"]]
    assert any(name.endswith("_fen") for name in figures)


def test_withdraw_refuse_and_reject(quick_stage: Stage) -> None:
    borrower, mate = quick_stage.bound("陈桂花"), quick_stage.bound("刘大山")
    body = {"amount_fen": 300_000, "purpose": "买化肥", "months": 10}
    assert borrower.confirm("/loans", body)["facts"]["loan"] == 23
    assert mate.do("/loans/23/refuse")["outcome"] == "done"
    assert borrower.confirm("/loans/23/withdraw")["outcome"] == "done"
    problem(mate.post("/loans/23/consent"), "refused", 409)
    quick_stage.village.say("陈桂花", "借3000买化肥10个月")
    quick_stage.village.say("陈桂花", "1")
    for who in ("刘大山", "孙二妹"):
        quick_stage.bound(who).do("/loans/24/consent")
    chair = quick_stage.bound("理事长")
    problem(chair.post("/loans/24/reject", {"text": " "}), "refused", 409)
    assert chair.confirm("/loans/24/reject", {"text": "先还清旧账"})["outcome"] == "done"
    assert borrower.get("/loans/24").json["status"] == "rejected"


def test_a_key_wants_the_code_of_exactly_this_loan(quick_stage: Stage) -> None:
    quick_stage.village.vouch()
    treasurer, member = quick_stage.bound("会计"), quick_stage.bound("王五")
    problem(member.post("/loans/23/approve", {"code": "000000"}), "wrong-role", 403)
    code = quick_stage.village.code("会计")
    wrong = "000000" if code != "000000" else "000001"
    answer = treasurer.post("/loans/23/approve", {"code": wrong})
    problem(answer, "refused", 409)
    assert [one["key"] for one in answer.json["refusals"]] == ["approve.code_wrong"]
    assert treasurer.do("/loans/23/approve", {"code": code})["outcome"] == "done"
    answer = treasurer.post("/loans/23/approve", {"code": code})
    assert [one["key"] for one in answer.json["refusals"]] == ["approve.said_before"]
    # The other key-holder's code opens nothing in this hand, nor this one's in the other.
    problem(quick_stage.bound("理事长").post("/loans/23/approve", {"code": code}), "refused", 409)


def test_money_leaves_only_after_a_second_step(quick_stage: Stage) -> None:
    village = quick_stage.village
    village.sign()
    cashier = quick_stage.bound("出纳")
    before = village.entries()
    asked = cashier.do("/loans/23/pay-out", {"cash": False})
    assert asked["outcome"] == "asked" and asked["question"]["command"] == "pay_out" and "叁仟元整" in asked["text"]
    assert village.entries() == before
    assert cashier.do("/answers", {"question": asked["question"]["id"], "answer": "0"})["outcome"] == "done"
    assert village.entries() == before
    assert cashier.confirm("/loans/23/pay-out", {})["facts"]["entry"] == before + 1
    assert village.fault() == ""


def test_what_was_shown_has_changed_and_is_asked_again(quick_stage: Stage) -> None:
    """A yes counts only for exactly what was shown."""
    village = quick_stage.village
    village.pay_out()
    village.day(date(2026, 4, 4))
    cashier = quick_stage.bound("出纳")
    asked = cashier.do("/messages", {"text": "收 陈桂花 全"})
    village.confirm("出纳", "收 陈桂花 100")
    again = cashier.do("/answers", {"question": asked["question"]["id"], "answer": "1"})
    assert again["outcome"] == "asked" and again["question"]["id"] != asked["question"]["id"]
    assert village.entries() == 3


def test_one_phone_of_several_people_says_who(quick_stage: Stage) -> None:
    """Two households on one phone: a look wants to know who, an act asks, and `me` answers both."""
    from dataclasses import replace

    from ledger.records import Act, Address
    from tests.village import CODE, FIRST_DAY

    village = quick_stage.village
    with village.store.write() as books:
        known = books.known("sms", "", village.phone("陈桂花"))[0]
        second = next(person for home, person in books.members_named(CODE, "王五"))
        shared: Address = replace(known.address, person=second.no)
        books.save(CODE, Act((shared,)), FIRST_DAY, 0)
    mini = quick_stage.bound("陈桂花")
    people = {one["name"]: one["me"] for one in mini.get("/me").json["people"]}
    assert set(people) == {"陈桂花", "王五"}
    problem(mini.get("/balance"), "which-person", 409)
    assert mini.get(f"/balance?me={people['陈桂花']}").json["loan"] is None
    assert mini.get(f"/balance?me={people['王五']}").json["loan"] is not None
    asked = mini.do("/loans", {"amount_fen": 300_000, "purpose": "买化肥", "months": 10})
    assert asked["question"]["wants"] == "choice"
    named = mini.do(f"/loans?me={people['陈桂花']}", {"amount_fen": 300_000, "purpose": "买化肥", "months": 10})
    assert named["question"]["wants"] == "yes"
    problem(mini.get("/balance?me=QS001/1"), "not-you", 403)


def test_t17_an_officer_removed_between_the_two_steps_does_nothing(quick_stage: Stage) -> None:
    """T17: who may is asked again when it takes effect, in the same transaction."""
    from dataclasses import replace

    from ledger.records import Act
    from tests.village import CODE

    village = quick_stage.village
    village.sign()
    cashier = quick_stage.bound("出纳")
    asked = cashier.do("/loans/23/pay-out", {})
    with village.store.write() as books:
        office, _ = next(one for one in books.officers(CODE) if one[0].title == "出纳")
        books.save(CODE, Act((replace(office, until=date(2026, 3, 3)),)), date(2026, 3, 4), 0)
    before = village.entries()
    problem(cashier.post("/answers", {"question": asked["question"]["id"], "answer": "1"}), "wrong-role", 403)
    problem(cashier.post("/loans/23/pay-out", {}), "wrong-role", 403)
    problem(cashier.get("/todo"), "wrong-role", 403)
    assert village.entries() == before and village.fault() == ""
