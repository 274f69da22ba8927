"""Named reads about who is speaking: what is frozen, what changed lately, whose new phone waits for its code."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, func, select, text

from ..identity_records import Freeze, Watchword
from ..records import Address, Proposal
from . import identity_tables as i
from . import tables as t
from .reads import Reads

OUT = text(
    "SELECT count(DISTINCT e.seq), coalesce(sum(p.amount_fen), 0) FROM entry e LEFT JOIN (SELECT society, seq,"
    " CASE WHEN sum(amount_fen) < 0 THEN -sum(amount_fen) ELSE 0 END AS amount_fen FROM posting"
    " WHERE society = :society AND account IN ('cash','bank') AND seq >= (SELECT min(seq) FROM entry"
    " WHERE society = :society AND booked_on = :day) GROUP BY society, seq) p"
    " ON p.society = e.society AND p.seq = e.seq WHERE e.society = :society AND e.booked_on = :day AND e.by = :person"
)


class IdentityReads(Reads):
    """Reads about identity inside one transaction."""

    def freezes(self, society: str) -> list[Freeze]:
        """What is frozen now: mostly nothing."""
        return self._all(Freeze, i.freeze.c.society == society, i.freeze.c.ended_at == 0, order=(i.freeze.c.no,))

    def next_freeze_no(self, society: str) -> int:
        query = select(func.max(i.freeze.c.no)).where(i.freeze.c.society == society)
        return int(self.connection.execute(query).scalar() or 0) + 1

    def rebound_at(self, society: str, person: int) -> int:
        """When this person's phone or WeChat last changed; 0 for never."""
        c = i.rebinding.c
        query = select(func.max(c.at)).where(c.society == society, c.person == person)
        return int(self.connection.execute(query).scalar() or 0)

    def watchword(self, society: str, person: int) -> str:
        found = self._one(Watchword, i.watchword.c.society == society, i.watchword.c.person == person)
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
        e, loan = t.endorsement.c, t.loan.c
        booked, out_fen = self.connection.execute(
            OUT, {"society": society, "person": person, "day": day.isoformat()}).one()
        keys = self.connection.execute(
            select(func.count(), func.coalesce(func.sum(loan.amount_fen), 0)).select_from(t.endorsement).join(
                t.loan, and_(loan.society == e.society, loan.no == e.loan))
            .where(e.society == society, e.person == person, e.said_on == day, t.KEYS_TURNED)
        ).one()
        return int(booked) + int(keys[0]), int(out_fen) + int(keys[1])
