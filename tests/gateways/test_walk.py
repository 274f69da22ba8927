"""The loan walk through Kannel with an SMPP operator, and through gammu-smsd with codes over a county gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.smpp import Smsc
from tests.gateways.conftest import until
from tests.gateways.gammu import Dongle
from tests.gateways.kannel import Kannel
from tests.gateways.walking import Walking
from tests.processes.running import CODE, PHONES, walk

pytestmark = pytest.mark.gateways


def test_a_loan_walks_through_kannel(tmp_path: Path) -> None:
    smsc = Smsc()
    walking = Walking(tmp_path / "huzhu", lambda number, text: smsc.say(f"86{number}", text), smsc.texts_to)
    kannel = Kannel(tmp_path / "kannel", walking.secret, walking.base_url, smsc.port, post=True)
    walking.configure(
        f'[sms]\ngateway = "kannel"\n[sms.kannel]\nsecret = "{walking.secret}"\nusername = "{kannel.username}"\n'
        f'password = "{kannel.password}"\nsend_url = "{kannel.send_url}"\nper_second = 200\n'
    )
    kannel.start()
    try:
        smsc.wait_bound()
        with walking:
            walk(walking)
            # True to the end: what the operator delivered is delivered in the books, and nothing else waits.
            ended = {"delivered", "failed", "merged"}
            until(lambda: set(walking.states()) <= ended, "some message never ended", 90)
            assert walking.states()["delivered"] > 30
    finally:
        kannel.stop()
        smsc.close()
    assert not smsc.errors


def test_a_loan_walks_through_gammu(tmp_path: Path) -> None:
    dongle = Dongle(tmp_path / "gammu")
    walking = Walking(tmp_path / "huzhu", dongle.say, dongle.texts_to)
    walking.configure(
        f'[sms]\ngateway = "gammu"\ncodes = "http"\n[sms.gammu]\ndatabase = "{dongle.url}"\n', http=True
    )
    dongle.start()
    try:
        with walking:
            walk(walking)
            for name in ("李秀英", "王建国", "张强"):
                shown = dongle.texts_to(PHONES[name])
                assert shown and not [text for text in shown if CODE.search(text)], "no code through the dongle"
            number = PHONES["陈桂花"]
            before = walking.states()["delivered"]
            dongle.report(number, "Delivered")
            until(lambda: walking.states()["delivered"] > before, "a report came and changed nothing")
    finally:
        dongle.stop()
        walking.outside.close()
