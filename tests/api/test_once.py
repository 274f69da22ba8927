"""Twice is once: the client's key makes an act once, its repeat gets the very same answer, other content is refused."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.store import retention
from tests.api.stage import ROOT, Mini, Stage
from tests.api.test_login import problem

KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_a_repeat_gets_the_identical_answer_and_no_effect(stage: Stage) -> None:
    mini = stage.bound("陈桂花")
    body = {"amount_fen": 300_000, "purpose": "买化肥", "months": 10}
    first = mini.post("/loans", body, key=KEY)
    yes = {"question": first.json["question"]["id"], "answer": "1"}
    done = mini.post("/answers", yes, key=KEY + "-2")
    assert done.status_code == 200
    rows = stage.village.counted()
    for _ in range(3):
        assert mini.post("/loans", body, key=KEY).data == first.data
        assert mini.post("/answers", yes, key=KEY + "-2").data == done.data
    assert stage.village.counted() == rows
    # A new login does not make it a new act.
    mini.login()
    rows = stage.village.counted()
    assert mini.post("/answers", yes, key=KEY + "-2").data == done.data
    assert stage.village.counted() == rows


def test_a_refusal_is_repeated_too(quick_stage: Stage) -> None:
    mini = quick_stage.bound("陈桂花")
    first = mini.post("/loans", {"amount_fen": 300_000_000, "purpose": "买化肥"}, key=KEY)
    assert first.status_code == 409 and first.json["refusals"]
    rows = quick_stage.village.counted()
    assert mini.post("/loans", {"amount_fen": 300_000_000, "purpose": "买化肥"}, key=KEY).data == first.data
    assert quick_stage.village.counted() == rows


@pytest.mark.parametrize(("path", "body"), [
    ("/loans", {"amount_fen": 300_001, "purpose": "买化肥"}),
    ("/loans?me=QS001/1", {"amount_fen": 300_000, "purpose": "买化肥"}),
    ("/repayments", {"amount_fen": 300_000}),
    ("/loans/5/payoff", None),
    ("/subscriptions", {"accepted": ["T1"]}),
    ("/phone", {"phone": "13900000000"}),
])
def test_the_same_key_with_other_content_is_refused(quick_stage: Stage, path: str, body: object) -> None:
    mini = quick_stage.bound("陈桂花")
    assert mini.post("/loans", {"amount_fen": 300_000, "purpose": "买化肥"}, key=KEY).status_code == 200
    rows = quick_stage.village.counted()
    problem(mini.post(path, body, key=KEY), "key-reused", 409)
    assert quick_stage.village.counted() == rows


def test_a_key_is_a_persons_own(quick_stage: Stage) -> None:
    one, two = quick_stage.bound("刘大山"), quick_stage.bound("孙二妹")
    body = {"accepted": ["T1"]}
    assert one.post("/subscriptions", body, key=KEY).status_code == 200
    assert two.post("/subscriptions", body, key=KEY).status_code == 200
    assert two.get("/subscriptions").json == {"left": {"T1": 1}}


def test_an_accept_counts_once_per_key(stage: Stage) -> None:
    mini = stage.bound("陈桂花")
    for _ in range(3):
        assert mini.post("/subscriptions", {"accepted": ["T1", "T2"]}, key=KEY).status_code == 200
    mini.do("/subscriptions", {"accepted": ["T1"]})
    assert mini.get("/subscriptions").json == {"left": {"T1": 2, "T2": 1}}
    assert mini.get("/me").json["subscriptions"] == {"T1": 2, "T2": 1}


def test_templates_that_a_client_makes_up_are_bounded(quick_stage: Stage) -> None:
    mini = quick_stage.bound("陈桂花")
    for start in range(0, 60, 10):
        mini.do("/subscriptions", {"accepted": [f"T{start + n}" for n in range(10)]})
    assert len(mini.get("/subscriptions").json["left"]) == 30


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with space", "semi;colon", "é" * 10])
def test_an_act_wants_its_key(quick_stage: Stage, key: str) -> None:
    mini = quick_stage.bound("陈桂花")
    headers = {"Authorization": f"Bearer {mini.token}"} | ({"Idempotency-Key": key} if key else {})
    before = quick_stage.village.counted()
    answer = mini.client.post(f"{ROOT}/repayments", json={"amount_fen": 100}, headers=headers)
    problem(answer, "malformed", 400)
    assert quick_stage.village.counted() == before


def test_four_at_once_are_one(stage: Stage) -> None:
    """The yes of a loan four times in the same moment: one loan, one answer for all."""
    mini = stage.bound("陈桂花")
    asked = mini.do("/loans", {"amount_fen": 300_000, "purpose": "买化肥", "months": 10})["question"]
    together = threading.Barrier(4)

    def answer(_: int) -> bytes:
        mine = Mini(stage, mini.openid, mini.token)
        together.wait(10)
        for _ in range(50):
            said = mine.post("/answers", {"question": asked["id"], "answer": "1"}, key=KEY)
            if said.status_code != 503:  # the books were busy: asked again under the same key
                return said.data
        raise AssertionError("busy for ever")

    with ThreadPoolExecutor(4) as pool:
        said = set(pool.map(answer, range(4)))
    assert len(said) == 1
    loans = [one["loan"] for one in mini.get("/loans").json["loans"]]
    assert loans.count(23) == 1 and 24 not in loans


def test_two_windows_of_one_person_cannot_confirm_each_others_question(quick_stage: Stage) -> None:
    """The yes of an older question is not the yes of the newer one."""
    mini = quick_stage.bound("陈桂花")
    first = mini.do("/loans", {"amount_fen": 100_000, "purpose": "买种子", "months": 6})["question"]
    second = mini.do("/loans", {"amount_fen": 300_000, "purpose": "买化肥", "months": 10})["question"]
    problem(mini.post("/answers", {"question": first["id"], "answer": "1"}), "question-gone", 409)
    done = mini.do("/answers", {"question": second["id"], "answer": "1"})
    assert done["outcome"] == "done"
    assert mini.get("/loans/23").json["amount_fen"] == 300_000


def test_a_no_cancels_and_an_old_question_is_gone(quick_stage: Stage) -> None:
    mini = quick_stage.bound("陈桂花")
    body = {"amount_fen": 100_000, "purpose": "买种子", "months": 6}
    asked = mini.do("/loans", body)["question"]
    assert mini.do("/answers", {"question": asked["id"], "answer": "0"})["question"] is None
    problem(mini.post("/answers", {"question": asked["id"], "answer": "1"}), "question-gone", 409)
    asked = mini.do("/loans", body)["question"]
    quick_stage.village.clock.pass_by(31 * 60)
    assert mini.get("/me").json["question"] is None
    problem(mini.post("/answers", {"question": asked["id"], "answer": "1"}), "question-gone", 409)
    assert [one for one in mini.get("/loans").json["loans"] if one["status"] == "applied"] == []


def test_what_is_missing_is_asked_with_choices(quick_stage: Stage) -> None:
    mini = quick_stage.bound("陈桂花")
    asked = mini.do("/loans", {"amount_fen": 100_000})
    assert asked["outcome"] == "asked" and asked["question"]["wants"] == "choice"
    picked = asked["question"]["choices"][0]
    echo = mini.do("/answers", {"question": asked["question"]["id"], "answer": picked["answer"]})
    assert echo["question"]["wants"] == "yes" and "用于种子化肥农药" in echo["text"]


def test_a_key_of_long_ago_is_still_taken_once(quick_stage: Stage) -> None:
    """The words of old messages are wiped after their term; the act does not happen again for that."""
    mini = quick_stage.bound("陈桂花")
    assert mini.post("/subscriptions", {"accepted": ["T1"]}, key=KEY).status_code == 200
    later = quick_stage.village.clock.now() + 400 * 24 * 3600
    with quick_stage.village.store.write() as books:
        assert retention.words(books.connection, later) > 0
    problem(mini.post("/subscriptions", {"accepted": ["T1"]}, key=KEY), "too-old", 409)
    problem(mini.post("/subscriptions", {"accepted": ["T2"]}, key=KEY), "key-reused", 409)
    assert mini.get("/subscriptions").json == {"left": {"T1": 1}}
