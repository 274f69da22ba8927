"""A notice on its way through WeChat: window, template, SMS, in this order; what WeChat refuses is not asked again.

The outbox, the client and the books are real; WeChat's servers are the strict fake on loopback.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from bot import circuits
from bot.by_template import ByTemplate
from bot.channels.base import Fate, Outcome
from bot.channels.line import Line
from bot.channels.wechat_client import WeChatSender
from bot.channels.wechat_templates import FACTS, KINDS, Template, kind_of, parse, values
from bot.outbox import Outbox, on_receipt
from bot.routing import Lately, Policy, within_window
from jobs import alarm, doctor
from ledger.records import Act, Address, Notice
from ledger.store import subscriptions
from ledger.store.mailbox import Mailbox, Waiting
from ledger.store.sending import Got
from tests.channels.stage import Account
from tests.fakes.wechat_server import WeChatServer
from tests.village import CODE, FIRST_DAY, Village

OPENID = "o-chen"
TEMPLATE = "TEMPLATE_0001"
SAY = "notice.repay_said"
DUE = {"name": "刘大山", "amount_fen": 31_500, "on": date(2026, 4, 4)}
CUSTOM, BY_TEMPLATE = "/cgi-bin/message/custom/send", "/cgi-bin/message/template/send"


class Clock:
    def __init__(self, now: int) -> None:
        self.at = now

    def __call__(self) -> int:
        return self.at


class Post:
    """One village, one follower, the fake WeChat and an outbox between them."""

    def __init__(self, village: Village, server: WeChatServer, clock: Clock, wanted: dict[str, Template]) -> None:
        self.village, self.server, self.clock = village, server, clock
        self.sender = WeChatSender(Account(api_base=server.url), line=Line(connect=5, read=20, total=30))
        with village.store.write() as books:
            self.person = books.known("sms", "", village.numbers["陈桂花"])[0].person.no
            books.save(CODE, Act((Address("wechat", "gh", OPENID, CODE, self.person, FIRST_DAY),)), FIRST_DAY, 0)
        self.outbox = Outbox(village.store, village.turns.make_code, clock, village.phones, self.sender,
                             policy=Policy(windows=True), by_template=ByTemplate(self.sender, wanted))
        server.follow(OPENID)

    def heard(self, kind: str = "text", text: str = "余额") -> None:
        with self.village.store.write() as books:
            Mailbox(books.connection).claim(("wechat", "gh", OPENID), f"m{self.clock.at}{kind}", "d", kind, text,
                                            self.clock.at)

    def tell(self, key: str, say: str = SAY, priority: int = 5, **facts: Any) -> tuple[str, str, str]:
        told = Notice(f"t/{key}", self.person, say, facts or DUE, priority)
        with self.village.store.write() as books:
            books.notify(CODE, [told], FIRST_DAY, self.clock.at)
        self.outbox.deliver()
        return self.end(key)

    def end(self, key: str) -> tuple[str, str, str]:
        with self.village.store.read() as books:
            row = books.connection.exec_driver_sql(
                f"SELECT state, sent_channel, reason FROM notice WHERE key = 't/{key}'").one()
        return str(row[0]), str(row[1]), str(row[2])


@pytest.fixture
def post(quick_village: Village) -> Iterator[Post]:
    clock, account = Clock(quick_village.clock.now()), Account()
    with WeChatServer(account.app_id, account.app_secret, clock) as server:
        server.templates[TEMPLATE] = {"thing1", "amount2", "date3", "thing4"}
        made = Post(quick_village, server, clock,
                    {"reminder": parse(f"{TEMPLATE} thing1=title amount2=amount date3=day thing4=words")})
        yield made
        made.sender.close()


def test_the_window_of_a_word_and_of_a_tap(post: Post) -> None:
    """Five within 48 hours of a word, three within a minute of a tap; the fake counts as WeChat does."""
    post.outbox.by_template = ByTemplate()
    assert post.tell("1")[1] == "sms", "nothing was written yet"
    post.heard("event:CLICK")
    post.server.user_tapped(OPENID)
    assert [post.tell(f"tap{n}")[1] for n in range(5)] == ["wechat"] * 3 + ["sms"] * 2
    post.clock.at += 61
    post.heard("event:LOCATION")
    assert post.tell("later")[1] == "sms", "a place that a phone reports is no tap"
    post.heard()
    post.server.user_wrote(OPENID)
    assert [post.tell(f"word{n}")[1] for n in range(7)] == ["wechat"] * 5 + ["sms"] * 2
    assert not [one for one in post.server.sent if one.kind != "text"]
    assert post.server.count(CUSTOM) == 8, "what would be refused is not even asked"


def test_windows_in_numbers() -> None:
    options = [("wechat", "gh", "o1"), ("sms", "", "13800138000")]
    now = 1_790_000_000
    tap = Lately(tapped_at=now - 59)
    assert within_window(options, tap, now) == options
    assert within_window(options, replace(tap, tapped_at=now - 60), now) == options[1:]
    assert within_window(options, replace(tap, got=[Got("wechat", 1, now)] * 3), now) == options[1:]
    assert within_window(options, replace(tap, got=[Got("template", 1, now)] * 9), now) == options


def test_outside_the_window_the_template_says_it(post: Post) -> None:
    assert post.tell("1") == ("sent", "template", "")
    [sent] = post.server.sent
    assert sent.kind == "template"
    assert {name: one["value"] for name, one in sent.content.items()} == {
        "thing1": "还款提醒", "amount2": "315元", "date3": "2026年4月4日", "thing4": sent.content["thing4"]["value"],
    }
    assert len(sent.content["thing4"]["value"]) == 20
    assert not post.village.phones.heard.get(post.village.numbers["陈桂花"])
    post.heard()
    post.server.user_wrote(OPENID)
    assert post.tell("2")[1] == "wechat", "the whole words where they are possible"


def test_what_a_template_cannot_hold_goes_by_sms(post: Post) -> None:
    assert post.tell("1", name="刘大山", amount_fen=0, on=date(2026, 4, 4))[1] == "sms", "an empty field would be 47003"
    assert post.tell("2", "notice.receipt_x", 1, text="x")[0] == "failed", "no words: our bug stays visible"
    assert post.tell("3", "raw", 1, text="答复")[1] == "sms", "no template for receipts is configured"
    assert post.server.count(BY_TEMPLATE) == 0
    post.server.templates.clear()
    assert post.tell("4")[1] == "sms" and post.server.count(BY_TEMPLATE) == 1, "40037: our bug, the person still hears"


@pytest.mark.parametrize(("code", "rest_s"), [(45009, 0), (48001, circuits.CONFIG_REST_S), (40164, 900)])
def test_a_refused_account_is_left_alone(post: Post, code: int, rest_s: int) -> None:
    """A used-up quota until Beijing's midnight, a fault of the account for a while; nobody's message is lost."""
    post.heard()
    post.server.user_wrote(OPENID)
    post.outbox.by_template = ByTemplate()
    post.server.say_always = code
    assert [post.tell(f"{n}")[1] for n in range(4)] == ["sms"] * 4
    assert post.server.count(CUSTOM) == 1, "one call finds out, the others do not ask"
    other = replace(post.outbox)
    with post.village.store.write() as books:
        books.notify(CODE, [Notice("t/other", post.person, SAY, DUE, 5)], FIRST_DAY, post.clock.at)
    other.deliver()
    assert post.end("other")[1] == "sms" and post.server.count(CUSTOM) == 1, "another worker knows it too"
    with post.village.store.read() as books:
        [(call, why, until)] = circuits.closed_now(Mailbox(books.connection), post.clock.at)
    assert call == "wechat" and why.endswith(str(code))
    assert until == (post.clock.at + rest_s if rest_s else until) and post.clock.at < until <= post.clock.at + 86400
    assert rest_s or (until + 8 * 3600) % 86400 == 0
    post.server.say_always, post.clock.at = 0, until
    post.heard()
    post.server.user_wrote(OPENID)
    assert post.tell("after")[1] == "wechat"


def test_the_operator_hears_of_a_refused_account(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    class Sms:
        def send(self, _reference: str, _to: str, text: str) -> Outcome:
            told.append(text)
            return Outcome(Fate.ACCEPTED)

    post.heard()
    post.server.user_wrote(OPENID)
    post.server.say_always = 40164
    post.tell("1")
    config = SimpleNamespace(server=SimpleNamespace(operator_phone="13800000001"),
                             wechat=SimpleNamespace(templates={}))
    services: Any = SimpleNamespace(store=post.village.store, clock=post.village.clock, sms=Sms(), config=config)
    assert alarm.watch(services) and not alarm.watch(services), "once an hour"
    assert "40164" in told[0] and "短信" in told[0]
    line = doctor._wechat(services)
    assert not line.good and "40164" in line.line
    assert post.village.numbers["陈桂花"] not in told[0] + line.line


def test_wechat_says_how_a_template_message_ended(post: Post) -> None:
    post.tell("1")
    post.tell("2")
    with post.village.store.read() as books:
        rows = books.connection.exec_driver_sql(
            "SELECT key, reference FROM notice WHERE substr(key, 1, 2) = 't/'").all()
    known = {str(row[0]): str(row[1]) for row in rows}
    assert known["t/1"].startswith("wechat:")
    assert on_receipt(post.village.store, known["t/1"], "delivered", "success")
    assert post.end("1")[0] == "delivered"
    assert not on_receipt(post.village.store, known["t/1"], "failed", "late"), "what is final never goes back"
    assert on_receipt(post.village.store, known["t/2"], "failed", "failed:user block")
    post.outbox.deliver()
    assert post.end("2")[:2] == ("sent", "sms"), "the follower blocked us: the phone hears it instead"
    assert post.server.count(BY_TEMPLATE) == 2


def test_what_a_follower_subscribed_to_is_used_up(post: Post) -> None:
    """One message for each acceptance, before the template; where WeChat counts less than we do, it is right."""
    wanted = {"reminder": parse("SUBSCRIBE_0001 thing1=title amount2=amount")}
    post.outbox.by_template = replace(post.outbox.by_template, subscribed=wanted)
    post.server.templates["SUBSCRIBE_0001"] = {"thing1", "amount2"}
    for _ in range(3):
        with post.village.store.write() as books:
            subscriptions.accepted(books.connection, "gh", OPENID, "SUBSCRIBE_0001", post.clock.at)
    for _ in range(2):
        post.server.accept(OPENID, "SUBSCRIBE_0001")
    assert [post.tell(f"{n}")[1] for n in range(4)] == ["subscribed", "subscribed", "template", "template"]
    assert post.server.count("/cgi-bin/message/subscribe/bizsend") == 3, "43101 sets our count to nothing"
    post.heard()
    post.server.user_wrote(OPENID)
    with post.village.store.write() as books:
        subscriptions.accepted(books.connection, "gh", OPENID, "SUBSCRIBE_0001", post.clock.at)
    assert post.tell("5")[1] == "wechat", "not spent while words are possible"
    with post.village.store.read() as books:
        assert subscriptions.left(books.connection, "gh", OPENID) == {"SUBSCRIBE_0001": 1}


def test_an_unknown_end_is_never_sent_again(post: Post) -> None:
    assert post.sender.api.access_token
    post.server.misbehave("close")
    assert post.tell("1")[0] == "unknown"
    post.outbox.deliver()
    assert len(post.server.sent) == 1 and not post.village.phones.heard.get(post.village.numbers["陈桂花"])


def test_what_never_goes_by_template() -> None:
    def notice(say: str, priority: int, channel: str = "", **facts: Any) -> Waiting:
        return Waiting(1, CODE, "k", 7, channel, "", "", say, facts, priority, 1, "leased")

    never = (notice("raw", 0, text="x"), notice("notice.key_asked", 1, code_for=["key"]),
             notice("bind_code", 1, "sms"), notice("notice.x", 2, secret=True), notice("notice.matter_complaint", 2))
    assert [kind_of(one) for one in never] == [""] * len(never)
    assert [kind_of(notice("notice.x", priority)) for priority in (1, 5, 2, 6)] == [
        "receipt", "reminder", "progress", "progress"]


@pytest.mark.parametrize("written", ["", "short x=y", TEMPLATE, f"{TEMPLATE} thing1", f"{TEMPLATE} thing1=nothing",
                                     f"{TEMPLATE} thing1=title thing1=words", f"{TEMPLATE} Thing=title"])
def test_a_template_is_written_right_or_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(written)


def test_every_fact_fits_its_field() -> None:
    facts = {"loan": 23, "due_on": "2026-04-04", "due_fen": 31_550, "name": "陈桂花"}
    notice = Waiting(1, CODE, "k", 7, "", "", "", "notice.remind", facts, 5, 1, "leased")
    fields = {"thing1": "society", "thing2": "title", "thing3": "words", "name4": "name", "amount5": "amount",
              "date6": "day", "character_string7": "loan"}
    assert set(fields.values()) == set(FACTS)
    whole = values(Template(TEMPLATE, fields | {"thing7": "loan"}), notice, "还款提醒", "字" * 60, "青山村互助社")
    assert whole is None, "character_string holds no Chinese"
    del fields["character_string7"]
    whole = values(Template(TEMPLATE, fields | {"thing7": "loan"}), notice, "还款提醒", "字\n" * 60, "青山村互助社")
    assert whole == {"thing1": "青山村互助社", "thing2": "还款提醒", "thing3": ("字 " * 10)[:19] + "…",
                     "name4": "陈桂花", "amount5": "315.50元", "date6": "2026年4月4日", "thing7": "23号"}
    assert KINDS == ("reminder", "receipt", "progress")
