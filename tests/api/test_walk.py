"""One loan over the mini-program's API alone, from the application to the receipt: the walk of the demo in forms."""

from __future__ import annotations

from datetime import date

from tests.api.stage import Stage


def test_the_loan_walk(stage: Stage) -> None:
    village = stage.village
    borrower, leader, mate = stage.bound("陈桂花"), stage.bound("刘大山"), stage.bound("孙二妹")
    treasurer, chair, cashier = stage.bound("会计"), stage.bound("理事长"), stage.bound("出纳")

    assert borrower.get("/balance").json["loan"] is None
    echo = borrower.do("/loans", {"amount_fen": 300_000, "purpose": "买化肥", "months": 10})
    assert echo["outcome"] == "asked" and "3000元" in echo["text"] and echo["facts"]["amount_fen"] == 300_000
    asked = borrower.get("/me").json["question"]
    assert asked == echo["question"] and asked["command"] == "borrow" and asked["wants"] == "yes"
    done = borrower.do("/answers", {"question": asked["id"], "answer": "1"})
    assert done["outcome"] == "done" and done["facts"]["loan"] == 23 and done["question"] is None

    for one in (leader, mate):
        found = [loan for loan in one.get("/loans").json["loans"] if loan["loan"] == 23]
        assert found[0]["waits_for"] == ["consent"] and found[0]["borrower"] == "陈桂花" and not found[0]["mine"]
        assert one.do("/loans/23/consent")["outcome"] == "done"

    for one, name in ((treasurer, "会计"), (chair, "理事长")):
        assert {"text": "批 23", "command": "approve", "number": 23} in one.get("/todo").json["todo"]
        assert one.do("/loans/23/approve", {"code": village.code(name)})["outcome"] == "done"
    pages = borrower.get("/notices").json["notices"]
    assert [(one["loan"], one["amount_fen"], one["name"]) for one in pages if one["loan"] == 23] == [
        (23, 300_000, "陈桂花")]
    assert stage.app.test_client().get(pages[0]["path"]).status_code == 200
    early = cashier.post("/loans/23/pay-out", {})
    assert early.status_code == 409 and len(early.json["refusals"]) >= 2

    village.day(date(2026, 3, 4))
    for one in (borrower, leader, mate):
        assert "signature" in one.get("/loans/23").json["waits_for"]
        assert one.confirm("/loans/23/sign")["outcome"] == "done"
    assert {"text": "放款 23", "command": "pay_out", "number": 23} in cashier.get("/todo").json["todo"]
    assert cashier.confirm("/loans/23/pay-out", {})["facts"]["amount_fen"] == 300_000
    assert borrower.get("/loans/23").json["waits_for"] == ["received"]
    assert borrower.do("/loans/23/received")["outcome"] == "done"

    plan = borrower.get("/loans/23/schedule").json
    assert plan["left_fen"] == 300_000 and len(plan["instalments"]) == 10
    first = plan["instalments"][0]
    assert (first["due_on"], first["principal_fen"], first["fee_fen"], first["open_fen"]) == (
        "2026-04-04", 30_000, 1_500, 31_500)
    village.day(date(2026, 4, 4))
    balance = borrower.get("/balance").json
    assert (balance["due_on"], balance["due_fen"], balance["owed_fen"]) == ("2026-04-04", 31_500, 0)
    assert borrower.do("/repayments", {"amount_fen": 31_500})["outcome"] == "done"
    echo = cashier.do("/messages", {"text": "收 陈桂花 315"})
    assert echo["question"]["command"] == "collect"
    cashier.do("/answers", {"question": echo["question"]["id"], "answer": "1"})
    repaid = borrower.get("/statement").json["repayments"]
    assert [(one["on"], one["paid_fen"]) for one in repaid] == [("2026-04-04", 31_500)]
    check = borrower.do("/messages", {"text": f"验 {repaid[0]['receipt']}"})
    assert "真的" in check["text"]
    assert borrower.get("/loans/23").json["left_fen"] == 270_000
    assert village.fault() == ""
