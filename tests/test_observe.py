"""What operations see: figures, health, the log without anybody's number, and the alarm when delivery stands still."""

from __future__ import annotations

import io
import json
import logging
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot import logs
from bot.app import create_app
from bot.channels.base import Fate, Outcome
from bot.config import ConfigError, load
from bot.metrics import RAN
from bot.services import Services
from jobs import alarm, doctor
from jobs.timetable import ROWS, Timetable
from ledger.records import Notice
from ledger.store.mailbox import Mailbox
from tests.village import CODE, FIRST_DAY, Village, open_books


@pytest.fixture
def services(tmp_path: Path) -> Services:
    config = tmp_path / "config.toml"
    config.write_text('[server]\ndemo = true\ndata_dir = "."\noperator_phone = "13800000001"\n', "utf-8")
    made = Services(load(config))
    open_books(made.store)
    return made


def put(services: Services, made_at: int) -> None:
    with services.store.write() as books:
        told = Notice("stuck", 0, "raw", {"text": "x"}, 5, ("sms", "", "13900000002"))
        books.notify(CODE, [told], FIRST_DAY, made_at)


def test_figures_of_turns_notices_and_clockwork(services: Services) -> None:
    put(services, services.clock.now() - 500)
    Timetable(services).look()
    client = create_app(services.config, services).test_client()
    services.meter.turn("done", 0.03)
    services.meter.turn("busy", 9.0)
    said = client.get("/metrics").get_data(as_text=True)
    values = dict(line.rsplit(" ", 1) for line in said.splitlines() if not line.startswith("#"))
    assert int(values["huzhu_oldest_due_seconds"]) >= 500
    assert int(values['huzhu_notices{state="waiting"}']) >= 1
    assert any(name.startswith("huzhu_timetable_last_run") and 'good="1"' in name for name in values)
    buckets = [int(value) for name, value in values.items() if "_bucket" in name]
    assert buckets == sorted(buckets) and buckets[-1] == 2
    ready = client.get("/health/ready").get_json()
    assert ready["stuck"] is True and ready["ready"] is True
    lines = {one.name: one for one in doctor.examine(services)}
    assert not lines["outbox"].good and lines["timetable remind"].good


def test_the_operator_is_told_once_an_hour(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []

    class Sms:
        def send(self, _reference: str, to: str, text: str) -> Outcome:
            told.append((to, text))
            return Outcome(Fate.ACCEPTED)

    put(services, services.clock.now())
    assert not alarm.watch(services)
    with services.store.write() as books:
        books.connection.exec_driver_sql("UPDATE notice SET made_at = 1")
    monkeypatch.setitem(services.__dict__, "sms", Sms())
    assert alarm.watch(services) and not alarm.watch(services)
    [(to, text)] = told
    assert to == "13800000001" and "huzhu doctor" in text


def test_an_operator_phone_is_a_phone(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[server]\ndemo = true\noperator_phone = "12"\n', "utf-8")
    with pytest.raises(ConfigError, match="operator_phone"):
        load(config)


def test_a_row_runs_once_a_day_whatever_is_started_again(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    server = replace(services.config.server, demo=False)
    services.config = replace(services.config, server=server)
    monkeypatch.setattr(Timetable, "_hour", lambda _self, _demo: 24)
    ran = Timetable(services).look()
    assert set(ran) == {row.name for row in ROWS}
    assert Timetable(services).look() == []
    with services.store.write() as books:
        mailbox = Mailbox(books.connection)
        kept = json.loads(mailbox.setting(RAN + "remind"))
        mailbox.set_setting(RAN + "remind", json.dumps(kept | {"good": False}))
    assert Timetable(services).look() == ["remind"]


def test_each_row_says_beijings_hour_and_utcs() -> None:
    assert all(row.utc_hour == (row.beijing_hour - 8) % 24 for row in ROWS)
    assert len({row.name for row in ROWS}) == len(ROWS)


CANARIES = ("19900000012", "+8619900000012", "110101199003078515", "11010119900307851X")


def test_no_number_of_anybody_reaches_the_log() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Json())
    logger = logging.Logger("canary")
    logger.addHandler(handler)
    try:
        raise ValueError(" ".join(CANARIES))
    except ValueError:
        logger.exception("failed for %s and 26000001 yuan", "，".join(CANARIES))
    line = json.loads(stream.getvalue())
    assert not any(one in stream.getvalue() for one in CANARIES)
    assert "26000001" in line["message"] and "[phone]" in line["message"] and "[id]" in line["error"]


def test_a_whole_walk_logs_nobody(quick_village: Village, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.setFormatter(logs.Json())
    with caplog.at_level(logging.DEBUG, "bot"), caplog.at_level(logging.DEBUG, "jobs"):
        quick_village.collect()
        quick_village.day(date(2026, 6, 1))
    numbers = {number for number in quick_village.phones.heard if number.isdigit()}
    assert numbers and not [number for number in numbers if number in caplog.text]
