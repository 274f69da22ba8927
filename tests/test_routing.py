"""Where a notice goes and when: plain cases by hour, window, opt-out, secret; then the real outbox on a real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.channels.base import Busy, Fate, Outcome, Parcel
from bot.channels.gateways import Exchange
from bot.channels.segments import segments, split, units
from bot.clock import ZONE
from bot.config_sms import Sms
from bot.outbox import Outbox, on_receipt
from bot.routing import Lately, Policy, is_secret, not_before, routes, within_window
from ledger.records import Act, Address, Notice
from ledger.store import sending
from ledger.store.mailbox import Mailbox, Waiting
from ledger.store.sending import Got
from tests.village import CODE, FIRST_DAY, Village

REAL = Policy(quiet=True, reminders_a_day=2, windows=True)
BOTH = [("wechat", "gh", "o1", False), ("sms", "", "13800138000", False)]


def waiting(priority: int, say: str = "notice.remind", channel: str = "", **facts: Any) -> Waiting:
    to = "13800138000" if channel else ""
    return Waiting(1, CODE, "k", 7, channel, "", to, say, facts, priority, 1, "leased")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


@pytest.mark.parametrize(("priority", "when", "until"), [
    (0, "2026-03-01 23:00", ""), (1, "2026-03-01 03:00", ""), (2, "2026-03-01 20:59", ""),
    (2, "2026-03-01 21:00", "2026-03-02 08:00"), (5, "2026-03-31 23:59", "2026-04-01 08:00"),
    (5, "2026-03-01 00:00", "2026-03-01 08:00"), (6, "2026-03-01 07:59", "2026-03-01 08:00"),
    (6, "2026-03-01 08:00", ""),
])  # fmt: skip
def test_the_night(priority: int, when: str, until: str) -> None:
    assert not_before(waiting(priority), Lately(), REAL, at(when)) == (at(until) if until else 0)
    assert not_before(waiting(priority), Lately(), Policy(), at(when)) == 0, "demo knows no night"


def test_so_many_reminders_a_day() -> None:
    noon = at("2026-03-01 12:00")
    before = [Got("sms", 5, at("2026-02-28 20:00")), Got("sms", 5, at("2026-03-01 08:00")), Got("sms", 1, noon)]
    assert not_before(waiting(5), Lately(0, before), REAL, noon) == 0
    full = [*before, Got("wechat", 5, at("2026-03-01 09:00"))]
    assert not_before(waiting(5), Lately(0, full), REAL, noon) == at("2026-03-02 08:00")
    assert not_before(waiting(1), Lately(0, full), REAL, noon) == 0, "receipts are no reminders"


def test_wechats_window() -> None:
    now = at("2026-03-03 12:00")
    options = [("wechat", "gh", "o1"), ("sms", "", "13800138000")]
    assert within_window(options, Lately(now - 3600), now) == options
    assert within_window(options, Lately(now - 48 * 3600 - 1), now) == options[1:]
    assert within_window(options, Lately(), now) == options[1:]
    got = [Got("wechat", 1, now - n) for n in range(5)]
    assert within_window(options, Lately(now - 3600, got[:4]), now) == options
    assert within_window(options, Lately(now - 3600, got), now) == options[1:]
    assert within_window(options, Lately(now - 2, got), now) == options, "a new word opens it again"


def test_who_opted_out_keeps_what_is_their_own() -> None:
    silent = [(*one[:3], True) for one in BOTH]
    reach = {(CODE, 7): silent}
    assert routes(waiting(5), reach) == []
    assert [one[0] for one in routes(waiting(1), reach)] == ["wechat", "sms"]


def test_what_is_secret_never_passes_the_dongle() -> None:
    key = waiting(1, "notice.key_asked", code_for=["key", CODE, 23, 7, 1, "x"])
    reply = waiting(0, "raw", "sms", text="验证码482913", secret=True)
    plain = waiting(0, "raw", "sms", text="余额")
    assert is_secret(key) and is_secret(reply) and is_secret(waiting(2, "notice.matter_complaint"))
    assert not is_secret(plain) and not is_secret(waiting(1, "bind_code", code_for=["bind", "wechat"]))
    only = Policy(secrets_by_wechat_only=True)
    reach = {(CODE, 7): BOTH}
    for one in (key, reply):
        assert routes(one, reach, only) == [("wechat", "gh", "o1")]
        assert routes(one, {(CODE, 7): BOTH[1:]}, only) == []
    assert routes(plain, reach, only) == [("sms", "", "13800138000")]


def test_the_exchange_keeps_secrets_off_the_dongle() -> None:
    sent: list[str] = []

    class Heard:
        def __init__(self, name: str) -> None:
            self.name = name

        def send_parcel(self, _parcel: Parcel) -> Outcome:
            sent.append(self.name)
            return Outcome(Fate.ACCEPTED)

    gates: Any = {"gammu": Heard("gammu"), "kannel": Heard("kannel")}
    county = Exchange(Sms("gammu", "kannel", 3), gates)
    parcel = Parcel("i-1", "13800138000", "x")
    county.send_parcel(parcel)
    county.send_parcel(replace(parcel, secret=True))
    assert sent == ["gammu", "kannel"]
    assert Exchange(Sms("gammu", "wechat", 3), gates).send_parcel(replace(parcel, secret=True)).fate is Fate.REFUSED


def test_segments() -> None:
    assert [segments(text) for text in ("", "字" * 70, "字" * 71, "字" * 134, "字" * 135)] == [0, 1, 2, 2, 3]
    assert units("🐷") == 2 and segments("🐷" * 35) == 1 and segments("🐷" * 36) == 2
    for text in ("字" * 200, "🐷" * 80, "字🐷" * 60):
        assert "".join(split(text)) == text
        assert all(units(part) <= 67 for part in split(text))
        assert len(split(text)) - segments(text) in (0, 1)


def tell(village: Village, *told: Notice) -> None:
    with village.store.write() as books:
        books.notify(CODE, list(told), FIRST_DAY, village.clock.now())


def states(village: Village) -> dict[str, tuple[str, str, int, int]]:
    with village.store.read() as books:
        rows = books.connection.exec_driver_sql(
            "SELECT key, state, sent_channel, segments, attempt FROM notice WHERE substr(key, 1, 2) = 't/'").all()
    return {str(row[0]): (str(row[1]), str(row[2]), int(row[3]), int(row[4])) for row in rows}


def test_the_outbox_waits_for_the_morning_and_counts_what_it_costs(village: Village) -> None:
    number = village.numbers["陈桂花"]
    with village.store.read() as books:
        person = books.known("sms", "", number)[0].person.no
    hour = [at("2026-03-01 22:00")]
    outbox = Outbox(village.store, village.turns.make_code, lambda: hour[0], village.phones, village.phones,
                    policy=Policy(quiet=True, reminders_a_day=2))
    facts = {"text": "字" * 100}
    tell(village, Notice("t/reply", person, "raw", facts, 0), *(
        Notice(f"t/remind{n}", person, "raw", facts, 5) for n in range(3)))
    outbox.deliver()
    assert states(village)["t/reply"] == ("sent", "sms", 2, 1)
    assert {one[0] for key, one in states(village).items() if "remind" in key} == {"waiting"}
    assert states(village)["t/remind0"][3] == 0, "waiting for the morning is no attempt"
    hour[0] = at("2026-03-02 08:00")
    outbox.deliver()
    hour[0] += 60
    outbox.deliver()
    told = [one[0] for key, one in sorted(states(village).items()) if "remind" in key]
    assert sorted(told) == ["sent", "sent", "waiting"], "two a day, the third tomorrow"
    with village.store.read() as books:
        assert sending.cost(books.connection, at("2026-03-01 00:00"), at("2026-04-01 00:00")) == [(CODE, 3, 6)]
        shown = sending.newest_to(books.connection, "sms", number, 10)
        assert {(one.state, one.say) for one in shown} == {("sent", "raw"), ("waiting", "raw")}


def test_the_outbox_leaves_wechat_out_while_its_window_is_shut(village: Village) -> None:
    number = village.numbers["陈桂花"]
    with village.store.write() as books:
        person = books.known("sms", "", number)[0].person.no
        books.save(CODE, Act((Address("wechat", "gh", "o-chen", CODE, person, FIRST_DAY),)), FIRST_DAY, 0)
    now = village.clock.now()
    outbox = Outbox(village.store, village.turns.make_code, lambda: now, village.phones, village.phones,
                    policy=Policy(windows=True))
    tell(village, Notice("t/1", person, "raw", {"text": "一"}, 1))
    outbox.deliver()
    assert states(village)["t/1"][1] == "sms"
    with village.store.write() as books:
        mailbox = Mailbox(books.connection)
        mailbox.claim(("wechat", "gh", "o-chen"), "m1", "d", "text", "余额", now)
    for n in range(2, 10):
        tell(village, Notice(f"t/{n}", person, "raw", {"text": str(n)}, 1))
        outbox.deliver()
    by = [states(village)[f"t/{n}"][1] for n in range(2, 10)]
    assert by == ["wechat"] * 5 + ["sms"] * 3, "five, then the phone"


def test_t31_a_report_under_the_gateways_own_serial(village: Village) -> None:
    class Serial:
        def send_parcel(self, _parcel: Parcel) -> Outcome:
            return Outcome(Fate.ACCEPTED, reference="tencent:2640:1")

    gates: Any = {"tencent": Serial()}
    tell(village, Notice("t/1", 0, "raw", {"text": "一"}, 1, ("sms", "", "13800138000")))
    with pytest.raises(Busy):
        on_receipt(village.store, "tencent:2640:1", "delivered", "")
    Outbox(village.store, village.turns.make_code, village.clock.now, Exchange(Sms("tencent", "tencent", 3), gates),
           None).deliver()
    assert on_receipt(village.store, "tencent:2640:1", "delivered", "")
    assert not on_receipt(village.store, "tencent:2640:1", "failed", ""), "what is final never goes back"
    assert states(village)["t/1"][0] == "delivered"
