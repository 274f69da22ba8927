"""Wiping what is past its term, in batches that an index finds: what was wiped is in no index any more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Text, and_, delete, exists, or_, select, text, tuple_, type_coerce, update
from sqlalchemy.engine import Connection

from . import tables as t
from .api_tables import api_session, subscription
from .identity_tables import watchword

BATCH = 500


def words(connection: Connection, before: int) -> int:
    """Empty the words of messages and notices that ended before a moment; how many rows."""
    i, n = t.inbox.c, t.notice.c
    key = list(t.inbox.primary_key.columns)
    old = connection.execute(
        select(*key).where(t.INBOX_WORDS, i.received_at < before).order_by(i.received_at).limit(BATCH)).all()
    if old:
        connection.execute(update(t.inbox).where(tuple_(*key).in_([tuple(row) for row in old])).values(
            text="", reply="", failure=""))
    told = [row[0] for row in connection.execute(
        select(n.id).where(t.NOTICE_WORDS, n.done_at < before).order_by(n.done_at).limit(BATCH))]
    if told:
        connection.execute(update(t.notice).where(n.id.in_(told)).values(facts="", recipient="", recipient_index=""))
    return len(old) + len(told)


def spent(connection: Connection, now: int) -> int:
    """Questions nobody answered and logins that are over, a week after; how many rows.

    Until then a late answer is still told that it came too late.
    """
    before = now - 7 * 24 * 60 * 60
    asked = connection.execute(delete(t.question).where(t.question.c.expires_at < before))
    c = api_session.c
    over = or_(c.expires_at < before, and_(c.ended_at > 0, c.ended_at < before))
    return int(asked.rowcount) + int(connection.execute(delete(api_session).where(over)).rowcount)


def numbers(connection: Connection, left_by: date) -> int:
    """Empty phones and ID numbers of those whose household left by a day and owes nothing; how many people."""
    p, h, loan, office = t.person.c, t.household.c, t.loan.c, t.office.c
    owing = exists().where(
        loan.society == h.society, loan.household == h.no, loan.status.in_(("paid_out", "written_off")))
    acting = exists().where(office.society == p.society, office.person == p.no, office.until.is_(None))
    gone = connection.execute(
        select(p.society, p.no)
        .join(t.household, and_(h.society == p.society, h.no == p.household))
        .where(h.left_on <= left_by, or_(type_coerce(p.phone, Text) != "", type_coerce(p.id_card, Text) != ""),
               ~owing, ~acting)
        .limit(BATCH)
    ).all()
    if gone:
        one = tuple_(p.society, p.no).in_([tuple(row) for row in gone])
        connection.execute(update(t.person).where(one).values(
            phone="", id_card="", phone_index="", id_card_index=""))
        a = t.address.c
        connection.execute(delete(t.address).where(
            tuple_(a.society, a.person).in_([tuple(row) for row in gone]), a.ended_on.is_not(None)))
    return len(gone)


def erase(connection: Connection, society: str, people: Collection[int], now: int) -> dict[str, int]:
    """Everything that reaches or names these people outside the books: numbers, addresses, logins, words; how much.

    What still waits for them is cancelled. Their messages go with their rows: nobody is reached by that address any
    more, so one that came again would mean nothing.
    """
    a, i, n, p = t.address.c, t.inbox.c, t.notice.c, t.person.c
    theirs = and_(a.society == society, a.person.in_(people))
    places = {tuple(row) for row in connection.execute(select(a.channel, a.sender_index).where(theirs))}
    gone = connection.execute(delete(t.address).where(theirs)).rowcount
    place = tuple_(a.channel, a.sender_index)
    own = places - {tuple(row) for row in connection.execute(
        select(a.channel, a.sender_index).where(place.in_(sorted(places))))}
    alone = [index for _, index in sorted(own)]  # where somebody else is reached too, what nobody said is not theirs
    said = or_(and_(i.society == society, i.person.in_(people)), and_(i.person == 0, i.sender_index.in_(alone)))
    told = or_(and_(n.society == society, n.person.in_(people)), and_(n.person == 0, n.recipient_index.in_(alone)))
    connection.execute(update(t.notice).where(told, n.state.in_(("waiting", "leased", "paused"))).values(
        state="cancelled", done_at=now, lease_until=0))
    connection.execute(delete(t.question).where(t.question.c.society == society, t.question.c.person.in_(people)))
    for table in (t.question, subscription, api_session):
        connection.execute(delete(table).where(table.c.sender_index.in_(alone)))
    connection.execute(delete(watchword).where(watchword.c.society == society, watchword.c.person.in_(people)))
    known = or_(type_coerce(p.phone, Text) != "", type_coerce(p.id_card, Text) != "")
    wiped = connection.execute(update(t.person).where(p.society == society, p.no.in_(people), known).values(
        phone="", id_card="", phone_index="", id_card_index=""))
    return {
        "numbers": int(wiped.rowcount), "addresses": int(gone),
        "messages": int(connection.execute(delete(t.inbox).where(said)).rowcount),
        "notices": int(connection.execute(update(t.notice).where(
            told, text("(facts <> '' OR recipient <> '')")).values(
            facts="", recipient="", recipient_index="")).rowcount),
    }
