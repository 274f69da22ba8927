"""Logins of the mini-program: found by their hash while they live, ended one by one or all at once."""

from __future__ import annotations

from dataclasses import replace

from ledger.store import sessions as s
from tests.village import CODE, Village

ONE = s.Session("h1", "wx1", "o1", frozenset({(CODE, 12)}), 100, 200)


def test_a_session_lives_until_its_end(village: Village) -> None:
    with village.store.write() as books:
        s.begin(books.connection, ONE, 100)
    with village.store.read() as books:
        c = books.connection
        assert s.find(c, "h1", 199) == ONE
        assert s.find(c, "h1", 200) is None and s.find(c, "h2", 150) is None
    with village.store.write() as books:
        s.end(books.connection, "h1", 150)
        assert s.find(books.connection, "h1", 150) is None


def test_all_of_one_openid_end_and_no_other(village: Village) -> None:
    others = (replace(ONE, token_hash="h2"), replace(ONE, token_hash="h3", account="wx2"),
              replace(ONE, token_hash="h4", sender="o2"))
    with village.store.write() as books:
        c = books.connection
        for one in (ONE, *others):
            s.begin(c, one, 100)
        assert s.end_all(c, "wx1", "o1", 150) == 2
        assert [s.find(c, f"h{n}", 150) is None for n in (1, 2, 3, 4)] == [True, True, False, False]
        assert s.end_all(c, "wx1", "o1", 150) == 0


def test_dead_ones_go_and_the_oldest_beyond_the_most(village: Village) -> None:
    with village.store.write() as books:
        c = books.connection
        s.begin(c, replace(ONE, token_hash="dead", expires_at=105), 100)
        for n in range(s.MOST + 2):
            s.begin(c, replace(ONE, token_hash=f"t{n}", made_at=110 + n), 110 + n)
        living = [n for n in range(s.MOST + 2) if s.find(c, f"t{n}", 120)]
        assert living == list(range(2, s.MOST + 2))
        kept = c.exec_driver_sql("SELECT count(*) FROM api_session").scalar()
        assert kept == s.MOST


def test_a_bound_openid_speaks_for_more_people(village: Village) -> None:
    with village.store.write() as books:
        c = books.connection
        s.begin(c, replace(ONE, people=frozenset()), 100)
        s.speaks_for(c, "wx1", "o1", {(CODE, 13), (CODE, 12)})
        found = s.find(c, "h1", 150)
        assert found is not None and found.people == {(CODE, 12), (CODE, 13)}
