"""The loan walk through Kannel with an SMPP operator, and through gammu-smsd with codes over a county gateway."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.smpp import Smsc
from tests.gateways.conftest import until
from tests.gateways.gammu import Dongle
from tests.gateways.kannel import Kannel
from tests.gateways.walking import Walking
from tests.processes.running import CODE, PHONES, PROGRAM, Running, walk

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


NAMED = re.compile(r"密码卡第(\d+)格的6位数")


class Paper:
    """The cards as `huzhu card` printed them: who holds one reads the number of the cell that a text names."""

    def __init__(self) -> None:
        self.numbers: dict[str, list[str]] = {}

    def print_for(self, running: Running, *names: str) -> None:
        for name in names:
            page = running.folder / f"{PHONES[name]}.html"
            argv = [sys.executable, str(PROGRAM), "card", "QS001", PHONES[name], "-o", str(page),
                    "--config", str(running.config)]
            subprocess.run(argv, check=True, capture_output=True)
            cells = re.findall(r"</small>(\d{3})&thinsp;(\d{3})</td>", page.read_text("utf-8"))
            self.numbers[PHONES[name]] = [first + last for first, last in cells]

    def read(self, number: str, text: str) -> str:
        return NAMED.sub(lambda found: f"验证码{self.numbers[number][int(found[1]) - 1]}", text)


def test_a_loan_walks_through_a_dongle_alone_with_cards(tmp_path: Path) -> None:
    dongle, paper = Dongle(tmp_path / "gammu"), Paper()
    walking = Walking(tmp_path / "huzhu", dongle.say, lambda number: [
        paper.read(number, text) for text in dongle.texts_to(number)])
    walking.configure(f'[sms]\ngateway = "gammu"\ncodes = "card"\n[sms.gammu]\ndatabase = "{dongle.url}"\n')
    dongle.start()
    try:
        with walking:
            paper.print_for(walking, "李秀英", "王建国", "张强")
            walk(walking)
            for name in paper.numbers:
                shown = dongle.texts_to(name)
                assert any(NAMED.search(text) for text in shown)
                assert not [text for text in shown if CODE.search(text)], "no code through the dongle"
    finally:
        dongle.stop()
        walking.outside.close()
