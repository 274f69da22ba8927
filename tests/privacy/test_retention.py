"""T35: what nobody needs any more is not there: 0 rows past their term, and the books are as they were."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import String, Text, cast, func, select, text, type_coerce

from bot.config import Keep
from huzhu import main
from jobs.forget import DAY_S, forget_household, forget_old, keeps
from ledger.records import Act, Household
from ledger.store import retention
from ledger.store import tables as t
from ledger.store.mailbox import Mailbox
from tests.village import CODE, FIRST_DAY, Village

KEEP = Keep(messages_days=183, left_years=3)
LATER = 184 * DAY_S


def worded(village: Village) -> tuple[int, int]:
    """Messages and notices that still have words."""
    with village.store.read() as books:
        return tuple(
            int(books.connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one())
            for table, condition in ((t.inbox, t.INBOX_WORDS), (t.notice, text("facts <> ''")))
        )


def test_t35_old_words_go_and_a_repeat_stays_once(village: Village) -> None:
    village.collect()
    first = village.take("陈桂花", "余额", key="once")
    village.deliver()
    village.say(village.phone("陈桂花"), "投诉 打我电话")
    before, entries = worded(village), village.entries()
    now = village.clock.now()
    assert forget_old(village.store, date(2026, 4, 4), now + 182 * DAY_S, KEEP) <= 1, "an open question at most"
    assert worded(village) == before
    assert forget_old(village.store, date(2026, 10, 4), now + LATER, KEEP) > 20
    assert worded(village) == (0, 0)
    assert forget_old(village.store, date(2026, 10, 4), now + LATER, KEEP) == 0
    again = village.take("陈桂花", "余额", key="once")
    assert again.repeated and again.text == "" != first.text
    assert village.entries() == entries and village.fault() == ""


def test_what_still_waits_keeps_its_words(village: Village) -> None:
    village.apply()
    village.say("刘大山", "同意联保 23")
    village.take("孙二妹", "同意联保 23")
    with village.store.read() as books:
        waiting = Mailbox(books.connection).counts()["waiting"]
    assert waiting
    forget_old(village.store, date(2026, 10, 4), village.clock.now() + LATER, KEEP)
    assert worded(village)[1] == waiting
    village.deliver()
    assert any("批 23" in one for one in village.phones.heard[village.phone("会计")])


def test_t35_numbers_of_those_who_left_go_after_their_term(village: Village) -> None:
    with village.store.write() as books:
        home = next(one for one in books.households(CODE) if not books.loans_of(CODE, one.no, ["paid_out"]))
        owing = next(one for one in books.households(CODE) if books.loans_of(CODE, one.no, ["paid_out"]))
        day = date(2026, 3, 1)
        ended = [replace(office, until=day) for office, _ in books.officers(CODE)]
        books.save(CODE, Act((replace(home, left_on=day), replace(owing, left_on=day), *ended)), FIRST_DAY, 0)

    def left(no: int) -> bool:
        with village.store.read() as books:
            person = books.person(CODE, no)
            assert person is not None and person.name
            return bool(person.phone or person.id_card)

    assert left(home.person) and left(owing.person)
    forget_old(village.store, date(2029, 2, 28), 0, KEEP)
    assert left(home.person)
    assert forget_old(village.store, date(2029, 3, 1), 0, KEEP) == 1
    assert not left(home.person) and left(owing.person), "who owes is still to be found"
    with village.store.read() as books:
        kept = books.connection.execute(select(func.count()).select_from(t.person).where(
            t.person.c.no == home.person, type_coerce(t.person.c.phone_index, Text) != "")).scalar_one()
    assert kept == 0 and village.fault() == ""
    assert forget_old(village.store, date(2032, 2, 29), 0, KEEP) == 0


def everywhere(village: Village, index: str) -> list[str]:
    """The columns in which a blind index stands."""
    found = []
    with village.store.read() as books:
        for table in t.metadata.sorted_tables:
            for row in books.connection.execute(select(*(cast(one, String) for one in table.columns))):
                found += [f"{table.name}.{column.name}" for column, value in zip(table.columns, row, strict=True)
                          if value is not None and index in value]
    return sorted(set(found))


def test_t35_who_left_is_forgotten_when_they_ask(village: Village) -> None:
    """PIPL art. 47: phone, card, WeChat and words go at once; books, chain and everybody else stay as they were."""
    phone, house = village.phone("陈桂花"), f"{CODE}-012"
    village.say("陈桂花", f"绑定 {phone}", "wechat")
    village.say("陈桂花", village.code("陈桂花"), "wechat")
    village.say("陈桂花", "退社")
    village.say("陈桂花", "1")

    def home() -> Household:
        with village.store.read() as books:
            found = books.household(CODE, house)
        assert found is not None
        return found

    with pytest.raises(ValueError, match=r"still a member.*proposal 1 is not ended.*contribution"):
        forget_household(village.store, home(), FIRST_DAY, village.clock.now())
    village.confirm("会计", "复核 1")
    village.day(date(2026, 5, 1))
    village.confirm("出纳", "退互助金 陈桂花 转账")
    person, entries = home().person, village.entries()
    with village.store.read() as books:
        keys = books.keys
        marks = [keys.index(t.SENDER, phone), keys.index("phone", phone), keys.index(t.SENDER, f"openid-{phone}")]
    assert all(everywhere(village, mark) for mark in marks[:2])
    done = forget_household(village.store, home(), date(2026, 5, 1), village.clock.now())
    assert done["numbers"] == 1 and done["messages"] == 4 and done["notices"] > 3
    assert [everywhere(village, mark) for mark in marks] == [[], [], []]
    with village.store.read() as books:
        kept = books.person(CODE, person)
        words = books.connection.execute(select(func.count()).select_from(t.notice).where(
            t.notice.c.person == person, text("facts <> ''"))).scalar_one()
    assert kept is not None and kept.name == "陈桂花" and not kept.phone + kept.id_card and words == 0
    assert village.entries() == entries and village.fault() == ""
    assert "村互助社" in village.say(phone, "余额"), "a stranger now"
    assert village.say("刘大山", "余额").startswith("刘大山：")
    assert set(forget_household(village.store, home(), date(2026, 5, 1), village.clock.now()).values()) == {0}


def test_a_household_is_kept_as_long_as_it_is_needed(quick_village: Village) -> None:
    """Whoever owes, guarantees, holds an office or waits for an answer is not forgotten; each reason by its name."""
    quick_village.pay_out()
    quick_village.say("刘大山", "投诉 收钱没给收据")
    with quick_village.store.write() as books:
        books.connection.execute(text("UPDATE household SET left_on = '2026-03-01'"))
        treasurer = books.known("sms", "", quick_village.phone("会计"))[0].person
    with quick_village.store.read() as books:
        reasons = {who: " ".join(keeps(books, home, FIRST_DAY)) for who, home in (
            (who, books.household(CODE, f"{CODE}-{no}")) for who, no in (("借款人", "012"), ("代偿人", "013")))
            if home is not None}
        office = books.household(CODE, treasurer.household) if treasurer.household else None
        if office is not None:
            assert "会计" in " ".join(keeps(books, office, FIRST_DAY))
    assert "loan 23 is not settled" in reasons["借款人"]
    assert "guarantees loan 23" in reasons["代偿人"] and "has no answer yet" in reasons["代偿人"]


def test_the_command_says_first_what_would_go(quick_village: Village, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    url = quick_village.store.engine.url.render_as_string(hide_password=False)
    config.write_text(f'[server]\ndemo = true\ndata_dir = "."\n[database]\nurl = "{url}"\n', "utf-8")
    config.chmod(0o600)

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["forget", *words, "--config", str(config)])

    for house, why in ((f"{CODE}-012", "still a member"), (f"{CODE}-999", "no household"), ("x", "no household")):
        refused = run(house, "--yes")
        assert refused.exit_code == 1 and why in refused.stderr, refused.output
    with quick_village.store.write() as books:
        books.connection.execute(text("UPDATE household SET left_on = '2026-03-01'"))
        free = next(one.no for one in books.households(CODE) if not keeps(books, one, FIRST_DAY))
    told = run(free)
    assert told.exit_code == 0 and "would go" in told.output and "stay" in told.output
    assert json.loads(run(free, "--yes", "--json").output)["numbers"] >= 1
    assert "0 numbers" in run(free, "--yes").output


def test_more_than_a_batch(village: Village) -> None:
    rows = retention.BATCH * 2 + 7
    with village.store.write() as books:
        mailbox = Mailbox(books.connection)
        for number in range(rows):
            mailbox.claim(("sms", "http", "19955550123"), f"k{number}", "d", "text", "话", 1)
    assert forget_old(village.store, date(2026, 3, 1), LATER, KEEP) == rows
    assert worded(village)[0] == 0
