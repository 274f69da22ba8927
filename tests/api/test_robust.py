"""Whatever comes in: random bodies never break the API, and each kind of wrong request has its own plain answer.

`HUZHU_BODIES` says how many random requests; `make torture` throws any number of them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.channels.base import Message, Reply
from tests.api.stage import ROOT, Stage
from tests.api.test_login import problem
from tests.torture.bodies import Broken, throw, village_on

BODIES = int(os.environ.get("HUZHU_BODIES", "2500"))


def test_random_bodies_never_break_it(tmp_path: Path) -> None:
    with village_on(tmp_path) as stage:
        seen = throw(stage, 20260301, BODIES)
        assert stage.village.fault() == ""
    assert {"200", "400", "403", "404", "409"} <= set(seen), seen


def test_a_broken_answer_is_seen(tmp_path: Path) -> None:
    """What would happen if something did break."""
    with village_on(tmp_path) as stage:
        real = stage.services.turns.take

        def take(message: Message) -> Reply:
            assert message.order is None or message.order.command != "payoff", "planted"
            return real(message)

        stage.services.turns.take = take  # type: ignore[method-assign,assignment]
        with pytest.raises(Broken, match=r"500 for post .*/payoff"):
            throw(stage, 1, 1000)


@pytest.mark.parametrize(("body", "kind", "expected"), [
    (b"", "application/json", ("malformed", 400)),
    (b"{", "application/json", ("malformed", 400)),
    (b"[]", "application/json", ("malformed", 400)),
    (b'"{}"', "application/json", ("malformed", 400)),
    (b'{"amount_fen":1,"amount_fen":2}', "application/json", ("malformed", 400)),
    (b'{"amount_fen":NaN}', "application/json", ("malformed", 400)),
    (b'{"amount_fen":"300000"}', "application/json", ("malformed", 400)),
    (b'{"amount_fen":true}', "application/json", ("malformed", 400)),
    (b'{"amount_fen":3000.5}', "application/json", ("malformed", 400)),
    (b'{"amount_fen":0}', "application/json", ("malformed", 400)),
    (b'{"amount_fen":-1}', "application/json", ("malformed", 400)),
    (b'{"amount_fen":1,"society":"QS001"}', "application/json", ("malformed", 400)),
    (b'{"amount_fen":' + b"9" * 60 + b"}", "application/json", ("malformed", 400)),
    (b'{"amount_fen":1}', "application/x-www-form-urlencoded", ("media-type", 415)),
    (b"amount_fen=1", "application/x-www-form-urlencoded", ("media-type", 415)),
    (b'{"amount_fen":1}', "application/json; charset=gbk", ("media-type", 415)),
    (b'{"amount_fen":1}', "", ("media-type", 415)),
    (b" " * 70_000, "application/json", ("too-large", 413)),
    (b" " * 300_000, "application/json", ("too-large", 413)),
])  # fmt: skip
def test_a_wrong_body_is_refused_and_says_where(
    quick_stage: Stage, body: bytes, kind: str, expected: tuple[str, int]
) -> None:
    mini = quick_stage.bound("陈桂花")
    before = quick_stage.village.counted()
    answer = mini.client.post(f"{ROOT}/repayments", data=body, content_type=kind, headers=mini.headers("a-good-key-1"))
    problem(answer, *expected)
    assert quick_stage.village.counted() == before
    assert "300000" not in answer.text  # what was sent is never said back


def test_compressed_and_unending_bodies_are_refused(quick_stage: Stage) -> None:
    mini = quick_stage.bound("陈桂花")
    packed = mini.headers("a-good-key-1") | {"Content-Encoding": "gzip"}
    problem(mini.client.post(f"{ROOT}/repayments", data=b"x", headers=packed), "media-type", 415)


def test_addresses_and_methods_that_are_not_there(quick_stage: Stage) -> None:
    mini = quick_stage.bound("陈桂花")
    for path in ("/nothing", "/loans/x", "/loans/-1", "/loans/1/steal", "/loans/１２x", "/openapi.yaml"):
        problem(mini.get(path), "not-found", 404)
    wrong = mini.client.put(f"{ROOT}/loans", headers=mini.headers("a-good-key-1"))
    problem(wrong, "method", 405)
    assert wrong.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    for path in ("/loans/0", "/loans/1000000000", "/loans/99999999999999999999", "/loans?me=x", "/loans?me=QS001/0x",
                 "/loans?else=1", "/balance?me=QS001/1&x=2"):
        problem(mini.get(path), "malformed", 400)
    # Outside of the API nothing changed.
    assert quick_stage.app.test_client().get("/nothing").mimetype == "text/html"


def test_a_fault_of_ours_is_told_as_such_and_the_message_is_kept(
    quick_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from handlers import repay
    from handlers.table import TABLE

    mini = quick_stage.bound("陈桂花")
    broken = TABLE["repay"].__class__(**{**vars(TABLE["repay"]), "run": lambda _request: repay.nothing})  # type: ignore[attr-defined]
    monkeypatch.setitem(TABLE, "repay", broken)
    first = mini.post("/repayments", {"amount_fen": 100}, key="a-good-key-1")
    problem(first, "failed", 500)
    assert mini.post("/repayments", {"amount_fen": 100}, key="a-good-key-1").data == first.data
    with quick_stage.village.store.read() as books:
        failed = books.connection.exec_driver_sql("SELECT count(*) FROM inbox WHERE state = 'failed'").scalar()
    assert failed == 1 and quick_stage.village.fault() == ""


def test_no_answer_is_kept_on_the_way(quick_stage: Stage) -> None:
    mini = quick_stage.bound("陈桂花")
    for answer in (mini.get("/me"), mini.get("/loans/77"), mini.post("/repayments", {"amount_fen": 1})):
        assert answer.headers["Cache-Control"] == "no-store"


def test_beside_the_api_a_missing_page_is_for_people(quick_stage: Stage) -> None:
    answer = quick_stage.app.test_client().get("/notices/QS999")
    assert answer.status_code == 404 and "没有这一页" in answer.get_data(as_text=True)
    assert quick_stage.app.test_client().get("/api/v1/nothing").mimetype == "application/problem+json"
