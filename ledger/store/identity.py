"""Named reads about who is speaking: what is frozen, what changed lately, whose new phone waits for its code."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Text, and_, bindparam, func, select, text

from ..identity_records import Freeze, Watchword
from ..records import Address, Proposal
from . import identity_tables as i
from . import tables as t
from .reads import CHARTER_ON, Reads, _keyed

OUT = text(
    "SELECT count(DISTINCT e.seq), coalesce(sum(p.amount_fen), 0) FROM entry e LEFT JOIN (SELECT society, seq,"
    " CASE WHEN sum(amount_fen) < 0 THEN -sum(amount_fen) ELSE 0 END AS amount_fen FROM posting"
    " WHERE society = :society AND account IN ('cash','bank') AND seq >= (SELECT min(seq) FROM entry"
    " WHERE society = :society AND booked_on = :day) GROUP BY society, seq) p"
    " ON p.society = e.society AND p.seq = e.seq WHERE e.society = :society AND e.booked_on = :day AND e.by = :person"
)


REBOUND = select(func.max(i.rebinding.c.at)).where(
    i.rebinding.c.society == bindparam("society"), i.rebinding.c.person == bindparam("person"))
TURNED = (
    select(func.count(), func.coalesce(func.sum(t.loan.c.amount_fen), 0)).select_from(t.endorsement)
    .join(t.loan, and_(t.loan.c.society == t.endorsement.c.society, t.loan.c.no == t.endorsement.c.loan))
    .where(t.endorsement.c.society == bindparam("society"), t.endorsement.c.person == bindparam("person"),
           t.endorsement.c.said_on == bindparam("day", type_=Text), t.KEYS_TURNED)
)


class IdentityReads(Reads):
    """Reads about identity inside one transaction."""

    def guarding(self, society: str, person: int, day: date, *, daily: bool) -> list[tuple[Any, dict[str, Any]]]:
        """What is asked of whoever is about to do something with money."""
        given = {"society": society, "person": person}
        dated = given | {"day": day.isoformat()}
        asked: list[tuple[Any, dict[str, Any]]] = [
            (_keyed(Freeze, ("society", "ended_at"), "", ("no",)), {"society": society, "ended_at": 0}),
            (REBOUND, given), (CHARTER_ON, {"society": society, "on": day}),
        ]
        return [*asked, (OUT, dated), (TURNED, dated)] if daily else asked

    def freezes(self, society: str) -> list[Freeze]:
        """What is frozen now: mostly nothing."""
        return self._list(Freeze, ("no",), society=society, ended_at=0)

    def next_freeze_no(self, society: str) -> int:
        query = select(func.max(i.freeze.c.no)).where(i.freeze.c.society == society)
        return int(self.connection.execute(query).scalar() or 0) + 1

    def rebound_at(self, society: str, person: int) -> int:
        """When this person's phone or WeChat last changed; 0 for never."""
        return int(self.rows(REBOUND, {"society": society, "person": person})[0][0] or 0)

    def watchword(self, society: str, person: int) -> str:
        found = self._find(Watchword, society=society, person=person)
        return found.word if found else ""

    def watchwords(self, people: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
        """The words of these people who have one, for a whole batch."""
        if not people:
            return {}
        c = i.watchword.c
        found = self._all(
            Watchword, c.society.in_(sorted({one[0] for one in people})),
            c.person.in_(sorted({one[1] for one in people})), c.word != "",
        )
        return {(one.society, one.person): one.word for one in found if (one.society, one.person) in people}

    def bound_before(self, society: str, person: int, channel: str, account: str) -> list[Address]:
        """Every address a person has or had on one channel, ended ones too."""
        c = t.address.c
        return self._all(
            Address, c.society == society, c.person == person, c.channel == channel, c.account == account,
            order=(c.bound_on,),
        )

    def phones_to_prove(self, number: str) -> list[Proposal]:
        """Changes of phone that others vouched for and that wait for a code from this very number."""
        c = t.proposal.c
        waiting = self._all(Proposal, and_(c.kind == "phone", c.state == "agreed"), order=(c.society, c.no))
        return [one for one in waiting if one.body["new"] == number]

    def acts_of(self, society: str, person: int, day: date) -> tuple[int, int]:
        """What an officer did with money on one business day: entries booked and keys turned, and the fen that went out
        or were approved."""
        given = {"society": society, "person": person, "day": day.isoformat()}
        booked, out_fen = self.rows(OUT, given)[0]
        keys = self.rows(TURNED, given)[0]
        return int(booked) + int(keys[0]), int(out_fen) + int(keys[1])
