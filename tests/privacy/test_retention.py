"""T35: what nobody needs any more is not there: 0 rows past their term, and the books are as they were."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Text, func, select, text, type_coerce

from bot.config import Keep
from jobs.forget import DAY_S, forget_old
from ledger.store import retention
from ledger.store import tables as t
from ledger.store.mailbox import Mailbox
from tests.village import CODE, Village

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
        books.connection.execute(text("UPDATE household SET left_on = '2026-03-01' WHERE no IN (:a, :b)"),
                                 {"a": home.no, "b": owing.no})
        books.connection.execute(text("UPDATE office SET until = '2026-03-01'"))

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


def test_more_than_a_batch(village: Village) -> None:
    rows = retention.BATCH * 2 + 7
    with village.store.write() as books:
        mailbox = Mailbox(books.connection)
        for number in range(rows):
            mailbox.claim(("sms", "http", "19955550123"), f"k{number}", "d", "text", "话", 1)
    assert forget_old(village.store, date(2026, 3, 1), LATER, KEEP) == rows
    assert worded(village)[0] == 0
