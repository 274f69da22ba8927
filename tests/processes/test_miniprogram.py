"""The loan walk over the mini-program's API, against real processes whose web servers are killed all the while.

The client behaves as the mini-program has to: an act that got no answer is sent again under its key until it has one.
"""

from __future__ import annotations

import http.client
import json
import re
import uuid
from datetime import date
from pathlib import Path
from typing import Any

from ledger.store.verify import verify
from ledger.terms import Account
from tests.fakes.wechat_server import WeChatServer
from tests.processes.running import CODE, PHONES, Running
from tests.processes.test_kills import Nemesis

APP_ID, APP_SECRET = "wxminiprogram0001", "0123456789abcdef0123456789abcdef"
ROOT = "/api/v1"
KILLS = 4


class Client:
    """One person's mini-program over real HTTP."""

    def __init__(self, running: Running, weixin: WeChatServer, name: str) -> None:
        self.running, self.weixin, self.name, self.token = running, weixin, name, ""
        self.login()
        code = uuid.uuid4().hex
        weixin.phone_codes[code] = PHONES[name]
        while True:
            status, said = self.call("POST", "/phone/weixin", {"code": code})
            if status == 200:
                break
            # Killed between WeChat's answer and ours: the code is used up, as in life, and the button is tapped again.
            assert said["type"].endswith(":phone-code"), said
            code = uuid.uuid4().hex
            weixin.phone_codes[code] = PHONES[name]

    def login(self) -> None:
        while not self.token:
            code = uuid.uuid4().hex
            self.weixin.login_codes[code] = f"mini-{PHONES[self.name]}"
            status, said = self.call("POST", "/login", {"code": code})
            if status == 200:
                self.token = said["token"]

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """One request, repeated under its key while nobody answers or the books are busy."""
        key, found = str(uuid.uuid4()), []

        def answered() -> bool:
            try:
                status, said = self._once(method, path, body, key)
            except (OSError, http.client.HTTPException, ValueError):
                return False
            if status == 503:
                return False
            found[:] = [(status, said)]
            return True

        self.running.wait(answered, f"{self.name} got no answer to {path}")
        return found[0]

    def _once(self, method: str, path: str, body: Any, key: str) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.running.port, timeout=10)
        try:
            headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
            if self.token:
                headers["Authorization"] = f"Bearer {self.token}"
            raw = None if body is None else json.dumps(body)
            connection.request(method, ROOT + path, raw, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def do(self, path: str, body: Any = None) -> dict[str, Any]:
        status, said = self.call("POST", path, body)
        assert status == 200, f"{self.name} {path}: {said}"
        return said

    def confirm(self, path: str, body: Any = None) -> dict[str, Any]:
        asked = self.do(path, body)
        return self.do("/answers", {"question": asked["question"]["id"], "answer": "1"})

    def get(self, path: str) -> dict[str, Any]:
        status, said = self.call("GET", path)
        assert status == 200, f"{self.name} {path}: {said}"
        return said

    def wait_for(self, what: str) -> None:
        """Until this person is asked for it, as the page would show."""
        self.running.wait(lambda: what in self.get("/loans/23")["waits_for"], f"{self.name} is never asked for {what}")


def test_the_loan_walk_over_the_api_survives_kills(tmp_path: Path) -> None:
    with WeChatServer(APP_ID, APP_SECRET) as weixin:
        more = (f'[miniprogram]\napp_id = "{APP_ID}"\napp_secret = "{APP_SECRET}"\ntoken = "mini-token-0123456789"\n'
                f'aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"\napi_base = "{weixin.url}"\n')
        with Running(tmp_path / "huzhu", more=more) as running:
            nemesis = Nemesis(running, seed=11, kills=KILLS, commands=("serve",))
            nemesis.start()
            walk(running, weixin)
            nemesis.join(60)
            running.wait(running.ready, "the web server did not come back")
            with running.services.store.read() as books:
                assert verify(books, "QS001").fault == ""
                assert [one.kind for one in books.kept("QS001")] == ["opening", "pay_out", "repayment"]
                assert books.balance("QS001", Account.LOANS, "23") == 270_000
            assert sum(nemesis.killed.values()) == KILLS, nemesis.killed


def walk(running: Running, weixin: WeChatServer) -> None:
    people = {name: Client(running, weixin, name) for name in list(PHONES)[:6]}
    borrower, cashier = people["陈桂花"], people["张强"]
    done = borrower.confirm("/loans", {"amount_fen": 300_000, "purpose": "买化肥", "months": 10})
    assert done["facts"]["loan"] == 23
    for name in ("刘大山", "孙二妹"):
        people[name].wait_for("consent")
        people[name].do("/loans/23/consent")
    for name in ("李秀英", "王建国"):
        code = CODE.findall(running.expect(name, "批 23"))[0]
        people[name].do("/loans/23/approve", {"code": code})
    running.today(date(2026, 3, 4))
    for name in ("陈桂花", "刘大山", "孙二妹"):
        people[name].wait_for("signature")
        people[name].confirm("/loans/23/sign")
    assert "放款 23" in [one["text"] for one in cashier.get("/todo")["todo"]]
    cashier.confirm("/loans/23/pay-out", {})
    borrower.wait_for("received")
    borrower.do("/loans/23/received")
    running.today(date(2026, 4, 4))
    running.expect("陈桂花", "今天该还315元")
    cashier.confirm("/messages", {"text": "收 陈桂花 315"})
    (repaid,) = borrower.get("/statement")["repayments"]
    assert repaid["paid_fen"] == 31_500 and re.fullmatch("[2-9A-Z]{5}", repaid["receipt"])
    assert borrower.get("/loans/23")["left_fen"] == 270_000
