"""Words of an officer to many, made set by set: who they reach, their notices, how far they are, what is stopped.

No recipient ever passes through Python: `settle` moves a few thousand of them at a time inside the database, each step
a transaction that may be killed and repeated, so a broadcast to a county costs no more memory than one to a village.
"""

# ruff: noqa: S608  (what is put into a statement's text is our own; every value is a parameter)
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Integer, and_, func, or_, select, text, update
from sqlalchemy.engine import Connection

from ..broadcasts import GOING, GROUP, LOANS, OUTSIDE, STOPPED
from ..records import Broadcast
from ..terms import OUTSIDE_ROLES, TITLES
from . import tables as t
from .books import FAIR_PER_S
from .mapping import to_record
from .reads import Reads
from .sealing import keys_of

STEP = 5_000
"""So many recipients a transaction: about 0.1 s of a writer's lock on SQLite, so that a turn hardly waits."""
PRIORITY = 9
SAY, PASS_ON = "notice.broadcast", "notice.broadcast_pass"

_TITLES = ", ".join(f"'{title}'" for title, role in TITLES.items() if role in OUTSIDE_ROLES)
SUPERVISED = (
    "SELECT a.society FROM address a JOIN office o ON o.society = a.society AND o.person = a.person"
    f" AND o.title IN ({_TITLES}) AND o.since <= :day AND (o.until IS NULL OR o.until >= :day)"
    " WHERE a.channel = 'sms' AND a.account = '' AND a.sender_index = :phone AND a.ended_on IS NULL"
)
"""The villages somebody supervises: where this phone holds an office of the township, the county or above."""
_SCOPES = {
    LOANS: "EXISTS (SELECT 1 FROM loan l WHERE l.society = {h}.society AND l.household = {h}.no"
           " AND l.status = 'paid_out')",
    GROUP: "{h}.group_name = :group_name",
}
_ANY = "EXISTS (SELECT 1 FROM address a WHERE a.society = h.society AND a.person = h.person AND a.ended_on IS NULL)"
OPEN = _ANY.removesuffix(")") + " AND a.silent = 0 AND a.away = 0)"


def in_scope(scope: str, home: str = "h") -> str:
    """Which households of a village a broadcast means."""
    return f"{home}.left_on IS NULL AND " + _SCOPES.get(scope, "1 = 1").format(h=home)


def absent(scope: str, within: str = "h.society = :society") -> str:
    """Those of a society who have no phone, and who stands in for each: the group's leader, else the supervisors."""
    return (
        "SELECT h.society AS society, p.name AS name, p.no AS no, coalesce((SELECT min(l.person) FROM household l"
        " WHERE l.society = h.society AND l.group_name = h.group_name AND h.group_name <> '' AND l.leader = 1"
        " AND l.left_on IS NULL AND l.no <> h.no), (SELECT o.person FROM office o WHERE o.society = h.society"
        " AND o.title = '监事长' AND o.person <> h.person ORDER BY o.since DESC LIMIT 1)) AS other"
        " FROM household h JOIN person p ON p.society = h.society AND p.no = h.person"
        f" WHERE {within} AND {in_scope(scope)} AND NOT {_ANY}"
    )


INTO = (
    "INSERT INTO notice (society, key, person, say, facts, priority, day, state, not_before, made_at, turn, broadcast)"
)


def passed_on(absentees: str, which: str) -> str:
    """The statement that makes one more message to everybody who stands in for `absentees` (see `absent`) of the
    broadcasts b that `which` names; it asks for :say, :priority, :day, :not_before and :now."""
    return (
        f"{INTO} SELECT DISTINCT b.society, 'broadcast/' || b.no || '/pass/' || x.other, x.other, :say, '', :priority,"
        " :day, 'waiting', :not_before, :now, :now, b.no"
        f" FROM broadcast b JOIN ({absentees}) x ON x.society = b.society"
        f" WHERE {which} AND x.other IS NOT NULL ON CONFLICT (society, key) DO NOTHING"
    )


@dataclass(frozen=True)
class Audience:
    """Whom a broadcast would reach: `reached` phones (or people with WeChat alone), of them `by_sms` with a number,
    `by_wechat` people with WeChat bound;
    `silent` opted out, `absent` have no phone and are told by who stands in for them."""

    villages: int
    reached: int
    by_sms: int
    by_wechat: int
    silent: int
    absent: int


@dataclass(frozen=True)
class Progress:
    """How far a broadcast is: its notices by state, the SMS segments sent so far, villages whose notices all stand."""

    states: Counter[str]
    segments: int
    villages: int
    made: int

    @property
    def total(self) -> int:
        return sum(self.states.values())


class Broadcasts:
    """Broadcasts inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.keys = connection, keys_of(connection)

    def next_no(self, society: str) -> int:
        c = t.broadcast.c
        return int(self.connection.execute(select(func.max(c.no)).where(c.society == society)).scalar() or 0) + 1

    def get(self, society: str, no: int) -> Broadcast | None:
        c = t.broadcast.c
        row = self.connection.execute(
            select(*t.broadcast.columns).where(c.society == society, c.no == no)).first()
        return to_record(self.keys, Broadcast, row) if row else None

    def newest(self, society: str) -> Broadcast | None:
        c = t.broadcast.c
        row = self.connection.execute(
            select(*t.broadcast.columns).where(c.society == society, c.origin == "").order_by(c.no.desc()).limit(1)
        ).first()
        return to_record(self.keys, Broadcast, row) if row else None

    def audience(self, society: str, scope: str, group_name: str, phone: str, day: date) -> Audience:
        """Whom it would reach, counted by the database. `phone` is the speaker's where several villages are meant."""
        where = f"h.society IN ({SUPERVISED})" if phone else "h.society = :society"
        query = text(
            "WITH wanted AS MATERIALIZED (SELECT DISTINCT h.society AS society, h.person AS person FROM household h"
            f" WHERE {where} AND {in_scope(scope)}), found AS MATERIALIZED (SELECT a.society, a.person,"
            " max((1 - a.silent) * (1 - a.away)) AS open,"
            " max(CASE WHEN a.silent = 0 AND a.away = 0 AND a.channel = 'sms' THEN a.sender_index END) AS sms,"
            " max(CASE WHEN a.silent = 0 AND a.away = 0 AND a.channel = 'wechat' THEN a.sender_index END) AS wechat"
            " FROM wanted w JOIN address a ON a.society = w.society AND a.person = w.person"
            " WHERE a.ended_on IS NULL GROUP BY a.society, a.person)"
            " SELECT count(DISTINCT w.society), count(DISTINCT CASE WHEN f.open = 1 THEN w.society || '/'"
            " || coalesce(f.sms, 'no. ' || w.person) END), count(DISTINCT w.society || '/' || f.sms), count(f.wechat),"
            " sum(CASE WHEN f.open = 0 THEN 1 ELSE 0 END), sum(CASE WHEN f.open IS NULL THEN 1 ELSE 0 END)"
            " FROM wanted w LEFT JOIN found f ON f.society = w.society AND f.person = w.person"
        )
        given = {
            "society": society, "phone": str(self.keys.index(t.SENDER, phone)), "day": str(day),
            "group_name": group_name,
        }
        return Audience(*(int(value or 0) for value in self.connection.execute(query, given).one()))

    def progress(self, one: Broadcast) -> Progress:
        """How far it is, over all its villages."""
        b, n = t.broadcast.c, t.notice.c
        mine = or_(and_(b.society == one.society, b.no == one.no),
                   and_(b.origin == one.society, b.origin_no == one.no))
        rows = self.connection.execute(
            select(n.state, func.count(), func.sum(n.segments))
            .select_from(t.broadcast.join(t.notice, and_(n.society == b.society, n.broadcast == b.no)))
            .where(mine, n.broadcast > 0).group_by(n.state)
        ).all()
        villages, made = self.connection.execute(
            select(func.count(), func.sum(b.made, type_=Integer)).select_from(t.broadcast)
            .where(mine, b.scope != OUTSIDE)
        ).one()
        return Progress(
            Counter({row[0]: int(row[1]) for row in rows}), sum(int(row[2]) for row in rows), villages, int(made or 0))

    # What a worker does.

    def unsettled(self) -> tuple[str, int] | None:
        """The oldest broadcast whose notices do not stand yet as they should."""
        c = t.broadcast.c
        row = self.connection.execute(
            select(c.society, c.no).where(text("settled = 0")).order_by(c.begun_at, c.society, c.no).limit(1)).first()
        return (row[0], row[1]) if row else None

    def later(self, society: str, no: int, now: int) -> None:
        """A broadcast that cannot be made lets the others go first."""
        c = t.broadcast.c
        self.connection.execute(
            update(t.broadcast).where(c.society == society, c.no == no).values(begun_at=now))

    def settle(self, society: str, no: int, now: int, not_before: int = 0, step: int = STEP) -> None:
        """One step towards what the broadcast should be; the society is locked by the caller. Safe to repeat.

        `not_before` is when notices made now may leave (the end of the quiet hours).
        """
        one = self.get(society, no)
        if one is None or one.settled:
            return
        if not one.spread and one.state == GOING:
            self._spread(one)
            return self._set(one, spread=True)
        self._pass_down(one)
        if one.state == GOING and not one.made and one.scope != OUTSIDE:
            last, count = self._make(one, now, not_before, step)
            if count >= step:
                return self._set(one, made_to=last)
            # A small village is done in one step.
            self._pass_on(one, now, not_before)
            return self._set(one, made_to=last, made=True, settled=not self._turn(one, now, step))
        if not self._turn(one, now, step):
            self._set(one, settled=True)

    def _set(self, one: Broadcast, **values: Any) -> None:
        c = t.broadcast.c
        self.connection.execute(
            update(t.broadcast).where(c.society == one.society, c.no == one.no).values(values))

    def _spread(self, one: Broadcast) -> None:
        """A row for every village the speaker supervises; one that is there already stays as it is."""
        query = text(
            "INSERT INTO broadcast (society, no, text, scope, group_name, \"by\", second_by, state, begun_on, begun_at,"
            " origin, origin_no, spread, made, made_to, settled)"
            " SELECT v.society, 1 + coalesce((SELECT max(no) FROM broadcast m WHERE m.society = v.society), 0),"
            " '', f.group_name, '', 0, 0, f.state, f.begun_on, f.begun_at, f.society, f.no,"
            " 1, 0, 0, 0"
            f" FROM (SELECT DISTINCT x.society FROM ({SUPERVISED}) x) v"
            " JOIN broadcast f ON f.society = :society AND f.no = :no"
            " WHERE NOT EXISTS (SELECT 1 FROM broadcast o WHERE o.origin = f.society AND o.origin_no = f.no"
            " AND o.society = v.society)"
        )
        speaker = Reads(self.connection).person(one.society, one.by)
        phone = str(self.keys.index(t.SENDER, speaker.phone if speaker else ""))
        self.connection.execute(
            query, {"society": one.society, "no": one.no, "phone": phone, "day": str(one.begun_on)})

    def _pass_down(self, one: Broadcast) -> None:
        """The broadcasts of the single villages follow the first."""
        if one.scope == OUTSIDE:
            c = t.broadcast.c
            self.connection.execute(
                update(t.broadcast).where(c.origin == one.society, c.origin_no == one.no, c.state != one.state)
                .values(state=one.state, settled=False))

    def _make(self, one: Broadcast, now: int, not_before: int, step: int) -> tuple[int, int]:
        """The next notices, in the order of the persons; the last person made, and how many these were."""
        given = {
            "society": one.society, "no": one.no, "group_name": one.group_name, "after": one.made_to, "step": step,
            "now": now, "day": str(one.begun_on), "not_before": not_before, "say": SAY, "priority": PRIORITY,
            "fair": FAIR_PER_S,
        }
        chunk = (
            f"SELECT DISTINCT h.person FROM household h WHERE h.society = :society AND h.person > :after"
            f" AND {in_scope(one.scope)} AND {OPEN}"
            " ORDER BY h.person LIMIT :step"
        )
        last, count = self.connection.execute(
            text(f"SELECT max(c.person), count(*) FROM ({chunk}) c"), given).one()
        if not count:
            return one.made_to, 0
        self.connection.execute(text(
            f"{INTO} SELECT :society, 'broadcast/' || :no_text || '/' || c.person, c.person, :say, '', :priority,"
            " :day, 'waiting', :not_before, :now,"
            " :now + (SELECT count(*) FROM notice s WHERE s.society = :society AND s.broadcast = :no) / :fair"
            f" + (row_number() OVER (ORDER BY c.person)) / :fair, :no FROM ({chunk}) c WHERE 1 = 1"
            " ON CONFLICT (society, key) DO NOTHING"
        ), given | {"no_text": str(one.no)})
        return int(last), int(count)

    def _pass_on(self, one: Broadcast, now: int, not_before: int) -> None:
        """Who stands in for those without a phone gets one more message; it names them when it leaves (bulk.py)."""
        query = text(passed_on(absent(one.scope), "b.society = :society AND b.no = :no"))
        self.connection.execute(query, {
            "society": one.society, "no": one.no, "group_name": one.group_name, "now": now, "day": str(one.begun_on),
            "not_before": not_before, "say": PASS_ON, "priority": PRIORITY})

    def _turn(self, one: Broadcast, now: int, step: int) -> int:
        """Notices that wait turned to what the broadcast is now; how many there were."""
        was, becomes, why = {
            GOING: (("paused",), "waiting", ""), STOPPED: (("waiting", "paused"), "cancelled", "stopped"),
        }.get(one.state, (("waiting",), "paused", ""))
        c = t.notice.c
        some = select(c.id).where(
            c.society == one.society, c.broadcast == one.no, c.broadcast > 0, c.state.in_(was)).limit(step)
        done = self.connection.execute(update(t.notice).where(c.id.in_(some)).values(
            state=becomes, reason=why, done_at=now if why else 0))
        return int(done.rowcount)
