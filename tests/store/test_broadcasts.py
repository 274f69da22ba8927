"""Broadcasts as sets: everybody once through kills, several villages, shared phones, pauses, and flat memory."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from bot import speaking
from bot.clock import ZONE
from bot.outbox import Outbox
from bot.routing import Policy
from ledger import broadcasts
from ledger.records import Act, Broadcast, Notice
from ledger.store import spreading
from ledger.store import tables as t
from ledger.store.broadcasts import Broadcasts
from ledger.store.mailbox import Mailbox
from tests.village import CODE, FIRST_DAY, Village

WORDS = "明天上午九点开社员大会"


def begin(village: Village, scope: str = broadcasts.ALL, name: str = "", by: int = 0) -> Broadcast:
    with village.store.write() as books:
        one = Broadcast(
            CODE, Broadcasts(books.connection).next_no(CODE), WORDS, scope, name, by, 0, broadcasts.GOING, FIRST_DAY,
            village.clock.now(), spread=scope != broadcasts.OUTSIDE, made=scope == broadcasts.OUTSIDE,
        )
        books.save(CODE, Act((one,)), FIRST_DAY, village.clock.now())
    return one


def turn(village: Village, one: Broadcast, act: str) -> None:
    with village.store.write() as books:
        books.lock(CODE)
        found = Broadcasts(books.connection).get(CODE, one.no)
        assert found is not None
        changed = broadcasts.changed(found, act)
        assert isinstance(changed, Broadcast)
        books.save(CODE, Act((changed,)), FIRST_DAY, village.clock.now())


class Killed(Exception):
    pass


def settle(village: Village, step: int, kill_every: int = 0, society: str = CODE) -> int:
    """Make everything there is to make, some steps of it dying before they commit; how many steps it took."""
    steps = 0
    while True:
        try:
            with village.store.write() as books:
                kept = Broadcasts(books.connection)
                found = kept.unsettled()
                if found is None:
                    return steps
                steps += 1
                books.lock(found[0])
                kept.settle(*found, village.clock.now(), 0, step)
                if kill_every and steps % kill_every == 0:
                    raise Killed
        except Killed:
            continue


def made(village: Village, no: int, society: str = CODE) -> list[tuple[int, str]]:
    c = t.notice.c
    with village.store.read() as books:
        rows = books.connection.execute(
            select(c.person, c.state).where(c.society == society, c.broadcast == no, c.say == "notice.broadcast"))
        return [(row[0], row[1]) for row in rows]


def members(village: Village) -> list[int]:
    with village.store.read() as books:
        homes = [home for home in books.households(CODE) if home.left_on is None]
        return sorted(home.person for home in homes if books.addresses(CODE, home.person))


def test_killed_between_any_two_steps_everybody_is_told_once(village: Village) -> None:
    one = begin(village)
    assert settle(village, step=7, kill_every=2) > 9
    assert sorted(person for person, _ in made(village, one.no)) == members(village)
    village.deliver()
    heard = Counter(len([said for said in texts if WORDS in said]) for texts in village.phones.heard.values())
    assert set(heard) <= {1, 2}  # a leader's second one names those without a phone
    with village.store.read() as books:
        so_far = Broadcasts(books.connection).progress(one)
    assert so_far.made == so_far.villages == 1 and set(so_far.states) == {"sent"}


def test_making_it_twice_at_once_makes_it_once(village: Village) -> None:
    one = begin(village)
    settle(village, step=1000)
    with village.store.write() as books:  # as if the mark of what was made had been lost
        c = t.broadcast.c
        books.connection.execute(update(t.broadcast).where(c.no == one.no).values(made=False, made_to=0, settled=False))
    settle(village, step=1000)
    assert sorted(person for person, _ in made(village, one.no)) == members(village)


def test_several_households_of_one_phone_hear_it_once(village: Village) -> None:
    people = members(village)[:3]
    with village.store.write() as books:
        a = t.address.c
        mine = books.addresses(CODE, people[0])[0]
        sender = mine.sender
        books.connection.execute(t.address.delete().where(a.society == CODE, a.person.in_(people[1:])))
        books.save(CODE, Act(tuple(replace(mine, person=one) for one in people[1:])), FIRST_DAY, 0)
    one = begin(village)
    with village.store.read() as books:
        audience = Broadcasts(books.connection).audience(CODE, broadcasts.ALL, "", "", FIRST_DAY)
    assert audience.reached == len(members(village)) - 2
    village.deliver()
    assert len([said for said in village.phones.heard[sender] if said.endswith(WORDS)]) == 1
    assert dict(made(village, one.no))[people[1]] == "merged"


def test_who_opted_out_hears_nothing_even_after_it_was_made(village: Village) -> None:
    early, late = members(village)[:2]
    _silence(village, early)
    one = begin(village)
    settle(village, step=1000)
    assert early not in dict(made(village, one.no))
    _silence(village, late)
    village.deliver()
    assert dict(made(village, one.no))[late] == "cancelled"
    with village.store.read() as books:
        assert not Mailbox(books.connection).counts().get("failed")


def _silence(village: Village, person: int) -> None:
    with village.store.write() as books:
        a = t.address.c
        books.connection.execute(update(t.address).where(a.society == CODE, a.person == person).values(silent=True))


def test_paused_in_the_middle_nothing_more_leaves_until_it_goes_on(village: Village) -> None:
    one = begin(village)
    settle(village, step=5)
    with village.store.write() as books:
        leased = Mailbox(books.connection).lease(village.clock.now(), -5, 10)
    assert len(leased) == 10  # held by a worker that died: their lease has run out
    turn(village, one, "pause")
    village.deliver()
    assert not any(WORDS in said for texts in village.phones.heard.values() for said in texts)
    assert {state for _, state in made(village, one.no)} == {"paused"}
    turn(village, one, "go_on")
    village.deliver()
    assert {state for _, state in made(village, one.no)} == {"sent"}
    said = [said for texts in village.phones.heard.values() for said in texts if said.endswith(WORDS)]
    assert len(said) == len(members(village))


def test_stopped_before_it_was_all_made_the_rest_is_never_made(village: Village) -> None:
    one = begin(village)
    with village.store.write() as books:
        Broadcasts(books.connection).settle(CODE, one.no, village.clock.now(), 0, 10)
    turn(village, one, "stop")
    village.deliver()
    assert [state for _, state in made(village, one.no)] == ["cancelled"] * 10
    assert not any(WORDS in said for texts in village.phones.heard.values() for said in texts)
    with village.store.read() as books:
        found = Broadcasts(books.connection).get(CODE, one.no)
    assert not isinstance(broadcasts.changed(found, "go_on"), Broadcast)  # type: ignore[arg-type]


def test_at_night_it_is_made_for_the_morning(village: Village) -> None:
    night = int(datetime(2026, 3, 1, 22, 0, tzinfo=ZONE).timestamp())
    begin(village)
    quiet = Outbox(village.store, village.turns.make_code, lambda: night, village.phones, policy=Policy(quiet=True))
    assert not quiet.deliver()
    c = t.notice.c
    with village.store.read() as books:
        waits = set(books.connection.scalars(select(c.not_before).where(c.broadcast > 0)))
    assert waits == {int(datetime(2026, 3, 2, 8, 0, tzinfo=ZONE).timestamp())}
    day = Outbox(village.store, village.turns.make_code, lambda: night + 36_001, village.phones,
                 policy=Policy(quiet=True))
    assert day.deliver()["sms/accepted"] >= len(members(village))


def test_a_reply_and_other_societies_leave_before_the_bulk(village: Village) -> None:
    now = begin(village).begun_at
    settle(village, step=1000)
    with village.store.write() as books:
        mailbox = Mailbox(books.connection)
        bulk = [Notice(f"b{n}", 0, "raw", {"text": f"b{n}"}, 9, ("sms", "", f"138{n:08}")) for n in range(3)]
        books.notify("QS009", bulk, FIRST_DAY, now)
        books.notify(CODE, [Notice("reply/1", 0, "raw", {"text": "r"}, 0, ("sms", "", "13900000000"))], FIRST_DAY, now)
        first = mailbox.lease(now + 9, 60, 30)
    assert first[0].key == "reply/1"
    assert {one.key for one in first if one.society == "QS009"} == {"b0", "b1", "b2"}


def copy_village(village: Village, code: str) -> None:
    """Another village with the same people and officers."""
    with village.store.write() as books:
        place, people = books.society(CODE), books.people(CODE)
        assert place is not None
        offices = [office for office, _ in books.officers(CODE)]
        addresses = [one for person in people for one in books.addresses(CODE, person)]
        copied: list[Any] = [*people.values(), *books.households(CODE), *offices, *addresses,
                             books.charter_version(CODE)]
        records = (replace(place, code=code), *(replace(one, society=code) for one in copied))
        books.save(code, Act(records), FIRST_DAY, 0)


def test_the_county_speaks_to_its_villages_and_stops_all_of_them(village: Village) -> None:
    codes = ["QS002", "QS003", "QS004"]
    for code in codes:
        copy_village(village, code)
    with village.store.write() as books:  # QS004 is supervised by nobody we know
        a = t.address.c
        phone = books.keys.index(t.SENDER, village.phone("县主管"))
        books.connection.execute(t.address.delete().where(a.society == "QS004", a.sender_index == phone))
        county = books.known("sms", "", village.phone("县主管"))
    by = next(one.person.no for one in county if one.person.society == CODE)
    one = begin(village, broadcasts.OUTSIDE, broadcasts.ALL, by)
    with village.store.read() as books:
        audience = Broadcasts(books.connection).audience(
            CODE, broadcasts.ALL, "", village.phone("县主管"), FIRST_DAY)
    assert (audience.villages, audience.reached) == (3, 3 * len(members(village)))
    settle(village, step=20, kill_every=3)
    with village.store.read() as books:
        so_far = Broadcasts(books.connection).progress(one)
        rows = books.connection.execute(
            select(t.notice.c.society, func.count()).where(t.notice.c.say == "notice.broadcast")
            .group_by(t.notice.c.society)).all()
    assert so_far.villages == so_far.made == 3
    assert {row[0]: row[1] for row in rows} == dict.fromkeys([CODE, "QS002", "QS003"], len(members(village)))
    turn(village, one, "stop")
    village.deliver()
    with village.store.read() as books:
        assert set(Broadcasts(books.connection).progress(one).states) == {"cancelled"}


def notices(connection: Any) -> list[tuple[Any, ...]]:
    """All that the notices of broadcasts say, but for their numbers."""
    c = t.notice.c
    return [tuple(row) for row in connection.execute(
        select(c.society, c.key, c.person, c.say, c.priority, c.day, c.state, c.not_before, c.made_at, c.turn,
               c.broadcast).where(c.broadcast > 0).order_by(c.society, c.key))]


def spread(village: Village) -> Broadcast:
    """The county's words with a row for each of four villages, none of them made yet."""
    for code in ("QS002", "QS003", "QS004"):
        copy_village(village, code)
    with village.store.read() as books:
        county = books.known("sms", "", village.phone("县主管"))
    by = next(one.person.no for one in county if one.person.society == CODE)
    one = begin(village, broadcasts.OUTSIDE, broadcasts.ALL, by)
    for _ in range(2):  # the rows of the villages; the first itself, which tells nobody
        with village.store.write() as books:
            Broadcasts(books.connection).settle(CODE, one.no, village.clock.now())
    return one


def test_many_small_villages_made_at_once_are_made_as_one_after_the_other(village: Village) -> None:
    one = spread(village)
    now = village.clock.now()
    with village.store.write() as books:
        kept = Broadcasts(books.connection)
        found = kept.unsettled()
        assert found is not None
        together = spreading.fresh_beside(books.connection, *found)
        assert sorted(together) == [CODE, "QS002", "QS003", "QS004"]
        begun = books.connection.begin_nested()
        while (each := kept.unsettled()) is not None:
            kept.settle(*each, now)
        expected = notices(books.connection)
        begun.rollback()
        spreading.make(books.connection, *found, together, now)
        assert notices(books.connection) == expected != []
        assert kept.unsettled() is None and kept.progress(one).made == 4
        spreading.make(books.connection, *found, together, now)
        assert notices(books.connection) == expected


def test_a_village_that_somebody_is_at_is_made_when_it_is_free(village: Village) -> None:
    one = spread(village)
    with village.store.write() as holder:
        held = ["QS003"] if holder.connection.dialect.name == "postgresql" else []
        if held:  # on SQLite the transaction itself is the lock
            holder.lock("QS003")
            with village.store.write() as books:
                speaking.step(books, Policy(), village.clock.now())
                assert {row[0] for row in notices(books.connection)} == {CODE, "QS002", "QS004"}
    with village.store.write() as books:
        speaking.step(books, Policy(), village.clock.now())
        assert Broadcasts(books.connection).progress(one).made == 4


def test_a_village_paused_before_it_was_made_is_made_when_it_goes_on(village: Village) -> None:
    one = spread(village)
    turn(village, one, "pause")
    settle(village, 1000)
    with village.store.read() as books:
        assert notices(books.connection) == []
    turn(village, one, "go_on")
    village.deliver()
    with village.store.read() as books:
        assert Broadcasts(books.connection).progress(one).made == 4
        assert {row[6] for row in notices(books.connection)} <= {"sent", "merged"}


@pytest.mark.parametrize("people", [20_000])
def test_many_recipients_cost_no_memory_of_ours(village: Village, people: int) -> None:
    with village.store.write() as books:
        series = (f"WITH RECURSIVE s(n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM s WHERE n < {999 + people})"
                  " INSERT INTO {} SELECT {} FROM s WHERE n > 0")
        for table, values in (
            ("household (society, no, head, person, category, joined_on, leader)",
             f"'{CODE}', '{CODE}-x' || n, 'x', n, '一般户', '2020-01-01', 0"),
            ("address (channel, account, sender_index, society, person, bound_on, silent)",
             f"'sms', '', 'phone ' || n, '{CODE}', n, '2020-01-01', 0"),
        ):
            books.connection.execute(text(series.format(table, values)))
    one = begin(village)
    settle(village, step=5000)
    with village.store.write() as books:
        c = t.notice.c
        assert int(books.connection.scalar(select(func.count()).where(c.broadcast == one.no)) or 0) > people
        books.connection.execute(t.notice.delete().where(c.broadcast == one.no))
        books.connection.execute(update(t.broadcast).values(made=False, made_to=0, settled=False))
    tracemalloc.start()
    settle(village, step=5000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
