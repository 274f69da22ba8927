"""Subscription messages are counted per template: one more per accept, one less per message, none after 43101."""

from __future__ import annotations

from ledger.store import subscriptions as s
from tests.village import Village

APP, OPENID, TEMPLATE = "wx1", "o1", "T1"


def test_counted_per_template_account_and_person(village: Village) -> None:
    with village.store.write() as books:
        c = books.connection
        assert s.accepted(c, APP, OPENID, TEMPLATE, 1) == 1
        assert s.accepted(c, APP, OPENID, TEMPLATE, 2) == 2
        s.accepted(c, APP, OPENID, "T2", 2)
        s.accepted(c, "wx2", OPENID, TEMPLATE, 2)
        s.accepted(c, APP, "o2", TEMPLATE, 2)
        s.sent(c, APP, OPENID, TEMPLATE)
    with village.store.read() as books:
        c = books.connection
        assert s.left(c, APP, OPENID) == {TEMPLATE: 1, "T2": 1}
        assert s.left_of(c, APP, {OPENID, "o2", "o3"}) == {OPENID: {TEMPLATE: 1, "T2": 1}, "o2": {TEMPLATE: 1}}
        assert s.left_of(c, APP, set()) == {}


def test_never_below_nothing_and_none_after_a_refusal(village: Village) -> None:
    with village.store.write() as books:
        c = books.connection
        s.sent(c, APP, OPENID, TEMPLATE)
        s.accepted(c, APP, OPENID, TEMPLATE, 1)
        s.sent(c, APP, OPENID, TEMPLATE)
        s.sent(c, APP, OPENID, TEMPLATE)
        assert s.left(c, APP, OPENID) == {}
        assert [s.accepted(c, APP, OPENID, TEMPLATE, 2) for _ in range(3)] == [1, 2, 3]
        s.refused(c, APP, OPENID, TEMPLATE)
        assert s.left(c, APP, OPENID) == {}


def test_counting_has_an_end(village: Village) -> None:
    with village.store.write() as books:
        c = books.connection
        for _ in range(s.MOST + 3):
            s.accepted(c, APP, OPENID, TEMPLATE, 1)
        assert s.left(c, APP, OPENID) == {TEMPLATE: s.MOST}
