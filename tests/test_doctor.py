"""The doctor and each SMS gateway: what is wrong is one line that says what to do, and a test message really leaves."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.config import load
from bot.services import Services
from huzhu import main
from jobs import gateway_checks
from tests.engines import free_port
from tests.fakes.clouds import Aliyun, Tencent
from tests.fakes.http_fake import Answer, Call, HttpFake
from tests.fakes.sms_gateway import SmsGateway

TO, SECRET, KEY, SIGN = "13800138000", "a-long-secret-path-part", "key-of-the-gateway-1", "青山互助社"


class Smsbox(HttpFake):
    """smsbox's side, as far as the doctor sees it: who asks, and whether a message is there."""

    status, body = 202, b"0: Accepted for delivery"

    def answer(self, call: Call) -> Answer:
        if self.status == 202 and "x-kannel-to" not in call.headers:
            return 400, b"Missing receiver number, rejected"
        return self.status, self.body


Making = Callable[[str], Services]


@pytest.fixture
def making(tmp_path: Path) -> Making:
    """Services over a configuration with these SMS sections."""

    def make(sections: str) -> Services:
        config = tmp_path / "config.toml"
        config.write_text(f'[server]\ndemo = true\ndata_dir = "."\n[sms]\n{sections}', "utf-8")
        return Services(load(config))

    return make


def http(send_url: str) -> str:
    return f'gateway = "http"\n[sms.http]\nsecret = "{SECRET}"\nsend_url = "{send_url}"\nkey = "{KEY}"\n'


def kannel(send_url: str) -> str:
    return (f'gateway = "kannel"\n[sms.kannel]\nsecret = "{SECRET}"\nusername = "huzhu"\npassword = "{KEY}"\n'
            f'send_url = "{send_url}/cgi-bin/sendsms"\n')


def cloud(name: str, api_base: str, *, key: str = KEY, sign: str = SIGN, notice: str = "") -> str:
    notice = notice or {"aliyun": "SMS_NOTICE1", "tencent": "1001"}[name]
    code = {"aliyun": "SMS_CODE1", "tencent": "1002"}[name]
    more = 'app_id = "1400000001"\n' if name == "tencent" else ""
    return (f'gateway = "{name}"\n[sms.{name}]\nsecret = "{SECRET}"\nkey_id = "ID-test"\nkey_secret = "{key}"\n'
            f'sign_name = "{sign}"\nnotice_template = "{notice}"\ncode_template = "{code}"\n'
            f'api_base = "{api_base}"\n{more}')


def looked(services: Services) -> tuple[bool, str]:
    (found,) = gateway_checks.look(services)
    return found.good, found.line


def sent(services: Services, to: str = TO) -> tuple[bool, str]:
    (found,) = gateway_checks.send(services, to)
    return found.good, found.line


def test_a_generic_gateway_is_reached_and_sends(making: Making) -> None:
    with SmsGateway(KEY) as gateway:
        services = making(http(gateway.send_url))
        assert looked(services)[0]
        assert sent(services) == (True, "accepted: look at the phone")
        assert gateway.texts_to(TO) == ["互助社短信通道测试，收到不用回。"]


def test_a_generic_gateway_that_is_not_there_or_does_not_know_us(making: Making) -> None:
    good, line = looked(making(http(f"http://127.0.0.1:{free_port()}/send")))
    assert not good and "start the gateway, or correct [sms.http] send_url" in line
    with SmsGateway("another-key-than-ours") as gateway:
        good, line = sent(making(http(gateway.send_url)))
        assert (good, line) == (
            False, "refused: http 401; the gateway does not know us: correct [sms.http] key")
        good, line = sent(making(http(f"{gateway.url}/nowhere")))
        assert not good and "correct send_url" in line
    good, line = sent(making(http(f"http://127.0.0.1:{free_port()}/send")))
    assert not good and "start the gateway" in line


@pytest.mark.parametrize(("status", "says"), [
    (202, ""), (403, "username and password must be those of a sendsms-user group"),
    (404, "send_url ends in /cgi-bin/sendsms"), (500, "look into its log"),
])  # fmt: skip
def test_kannel_answers_the_doctor(making: Making, status: int, says: str) -> None:
    with Smsbox() as smsbox:
        smsbox.status = status
        good, line = looked(making(kannel(smsbox.url)))
    assert good is (not says) and says in line


def test_a_test_message_through_kannel(making: Making) -> None:
    with Smsbox() as smsbox:
        assert sent(making(kannel(smsbox.url))) == (True, "accepted: look at the phone")
        smsbox.body = b"3: Queued for later delivery"
        assert sent(making(kannel(smsbox.url))) == (True, "queued: the operator's line is down: look at the phone")
        smsbox.status = 403
        good, line = sent(making(kannel(smsbox.url)))
        assert not good and "sendsms-user group of kannel.conf" in line
    good, line = looked(making(kannel(f"http://127.0.0.1:{free_port()}")))
    assert not good and "start bearerbox and smsbox" in line


@pytest.mark.parametrize(("name", "made"), [("aliyun", Aliyun), ("tencent", Tencent)])
def test_a_test_through_a_cloud_is_the_registered_notice(
    making: Making, name: str, made: type[Aliyun] | type[Tencent]
) -> None:
    with made("ID-test", KEY, SIGN) as service:
        services = making(cloud(name, service.url))
        assert looked(services)[0]
        assert sent(services) == (True, "accepted: look at the phone")
        assert [one.words for one in service.sent] == [("1",)]


@pytest.mark.parametrize(("name", "made"), [("aliyun", Aliyun), ("tencent", Tencent)])
def test_a_cloud_that_is_set_up_wrongly(making: Making, name: str, made: type[Aliyun] | type[Tencent]) -> None:
    with made("ID-test", KEY, SIGN) as service:
        good, line = sent(making(cloud(name, service.url, key="another-key-than-ours")))
        assert not good and "key_id and key_secret do not belong together" in line
        good, line = sent(making(cloud(name, service.url, sign="别的签名")))
        assert not good and "sign_name is not an approved signature" in line
        good, line = sent(making(cloud(name, service.url, notice="SMS_OTHER" if name == "aliyun" else "9999")))
        assert not good and "the template's number or its variable" in line
        assert not service.sent


def test_a_dongle_whose_database_is_not_there_or_old(making: Making, tmp_path: Path) -> None:
    database = tmp_path / "smsd.db"
    services = making(
        f'gateway = "gammu"\ncodes = "http"\n[sms.gammu]\ndatabase = "sqlite:///{database}"\n'
        f'[sms.http]\nsecret = "{SECRET}"\nsend_url = "http://127.0.0.1:{free_port()}/send"\nkey = "{KEY}"\n')
    found = {one.gateway: one for one in gateway_checks.look(services)}
    assert "make it from gammu-smsd's sqlite.sql" in found["gammu"].line and not database.exists()
    assert "which go by http" in found["gammu"].line and "key-holders' codes" in found["http"].line
    link = sqlite3.connect(database)
    link.executescript("CREATE TABLE gammu (Version INTEGER); INSERT INTO gammu VALUES (16);"
                       "CREATE TABLE phones (IMEI TEXT, ID TEXT, UpdatedInDB TEXT, Signal INTEGER, NetName TEXT);")
    link.close()
    found = {one.gateway: one for one in gateway_checks.look(services)}
    assert "version 16, 17 is needed" in found["gammu"].line
    link = sqlite3.connect(database)
    link.executescript("UPDATE gammu SET Version = 17;"
                       "INSERT INTO phones VALUES ('1', 'village1', datetime('now', '-600 seconds'), 0, '');")
    link.close()
    found = {one.gateway: one for one in gateway_checks.look(services)}
    assert not found["gammu"].good and "gave no sign for 6" in found["gammu"].line
    assert "is the dongle plugged in" in found["gammu"].line


@pytest.mark.parametrize("number", ["12345", "+4479110001", "4001234567", "1380013800a"])
def test_only_mainland_mobiles_are_tried(making: Making, number: str) -> None:
    with SmsGateway(KEY) as gateway:
        good, line = sent(making(http(gateway.send_url)), number)
        assert not good and "is not a mainland mobile number" in line and not gateway.delivered


def test_the_command_says_it_line_by_line_and_fails(making: Making, tmp_path: Path) -> None:
    with SmsGateway(KEY) as gateway:
        making(http(gateway.send_url))
        config = ["--config", str(tmp_path / "config.toml")]
        assert CliRunner().invoke(main, ["init", *config]).exit_code == 0
        ran = CliRunner().invoke(main, ["doctor", "--send", TO, *config])
        assert "ok    test through http: accepted: look at the phone" in ran.stdout
        assert len(gateway.delivered) == 1
        gateway.key = "changed-at-the-gateway"
        ran = CliRunner().invoke(main, ["doctor", "--send", TO, "--json", *config])
        assert ran.exit_code == 1
        lines = {one["name"]: one for one in json.loads(ran.stdout)}
        assert lines["test through http"]["good"] is False
