"""What the doctor says of gateways that really run: who lives, who knows us, and a test message that arrives."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import load
from bot.services import Services
from jobs import gateway_checks
from tests.fakes.smpp import Smsc
from tests.gateways.conftest import until
from tests.gateways.gammu import Dongle
from tests.gateways.kannel import Kannel, free_port

pytestmark = pytest.mark.gateways

TO, SECRET = "13800138000", "a-long-secret-path-part"
WORDS = "互助社短信通道测试，收到不用回。"


def services(folder: Path, sections: str) -> Services:
    config = folder / "config.toml"
    config.write_text(f'[server]\ndemo = true\ndata_dir = "."\n[sms]\n{sections}', "utf-8")
    return Services(load(config))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_dongle(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    server = "" if kind == "sqlite" else str(request.getfixturevalue("postgres_url"))
    dongle = Dongle(tmp_path / "gammu", server)
    made = services(tmp_path, (
        f'gateway = "gammu"\ncodes = "http"\n[sms.gammu]\ndatabase = "{dongle.url.replace("+psycopg", "")}"\n'
        f'[sms.http]\nsecret = "{SECRET}"\nsend_url = "http://127.0.0.1:{free_port()}/send"\nkey = "{SECRET}"\n'))
    before = {one.gateway: one for one in gateway_checks.look(made)}["gammu"]
    assert not before.good and "never signed in: start it" in before.line
    dongle.start()
    try:
        until(lambda: {one.gateway: one for one in gateway_checks.look(made)}["gammu"].good, "it never signed in")
        sent = {one.gateway: one for one in gateway_checks.send(made, TO)}["gammu"]
        assert sent.good and "queued for gammu-smsd" in sent.line
        until(lambda: dongle.texts_to(TO) == [WORDS], "the test message never left")
    finally:
        dongle.stop()
        assert made.smsd is not None
        made.smsd.close()


def test_kannel(tmp_path: Path) -> None:
    smsc = Smsc()
    kannel = Kannel(tmp_path / "kannel", SECRET, "http://127.0.0.1:9", smsc.port)
    section = 'gateway = "kannel"\n[sms.kannel]\nsecret = "{}"\nusername = "{}"\npassword = "{}"\nsend_url = "{}"\n'
    made = services(tmp_path, section.format(SECRET, kannel.username, kannel.password, kannel.send_url))
    (before,) = gateway_checks.look(made)
    assert not before.good and "start bearerbox and smsbox" in before.line
    kannel.start()
    try:
        smsc.wait_bound()
        until(lambda: gateway_checks.look(made)[0].good, "smsbox never answered")
        assert gateway_checks.send(made, TO)[0].good
        until(lambda: smsc.texts_to(TO) == [WORDS], "the test message never left")
        wrong = services(tmp_path, section.format(SECRET, kannel.username, "another-password-1", kannel.send_url))
        (refused,) = gateway_checks.look(wrong)
        assert not refused.good and "sendsms-user group" in refused.line
        (refused,) = gateway_checks.send(wrong, TO)
        assert not refused.good and "sendsms-user group of kannel.conf" in refused.line
    finally:
        kannel.stop()
        smsc.close()
    assert not smsc.errors
