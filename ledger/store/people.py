"""Named reads about people: proposals and who agreed to them, papers, kin, pairings, and who stands where already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select, text

from ..records import Assent, Endorsement, Household, Kin, Loan, Matter, Pairing, Paper, Person, Proposal
from ..terms import ASKING, PAIRED, Account
from . import cards, sending
from . import tables as t
from .mapping import to_record
from .reads import FEW, Reads

ALIVE = ("open", "agreed")


@cache
def _reached_of(count: int) -> Select[Any]:
    c = t.address.c
    return select(c.person).where(
        c.society == bindparam("society"), c.person.in_([bindparam(f"person{place}") for place in range(count)]),
        c.ended_on.is_(None),
    )


def reached(society: str, people: Sequence[int]) -> tuple[Select[Any], dict[str, Any]]:
    """The question which of these few people any address leads to."""
    return _reached_of(len(people)), {"society": society} | {f"person{n}": one for n, one in enumerate(people)}


class PeopleReads(Reads):
    """Reads about membership inside one transaction."""

    def cell(self, society: str, person: int, content: str) -> cards.Cell | None:
        """The cell of this person's printed code card that was asked for exactly this, if any."""
        return cards.asked(self.connection, society, person, content)

    def reached(self, society: str, person: int) -> list[sending.Reached]:
        """What became of the newest messages to this person."""
        return sending.reached(self.connection, society, person)

    def proposal(self, society: str, no: int) -> Proposal | None:
        return self._one(Proposal, t.proposal.c.society == society, t.proposal.c.no == no)

    def proposals(
        self, society: str, kind: str | None = None, states: Sequence[str] = ALIVE, household: str | None = None
    ) -> list[Proposal]:
        c = t.proposal.c
        where = [c.society == society, c.state.in_(states)]
        if kind is not None:
            where.append(c.kind == kind)
        if household is not None:
            where.append(c.household == household)
        return self._all(Proposal, *where, order=(c.no,))

    def leaving_on(self, day: date) -> list[Proposal]:
        """Agreed requests to leave of every society whose day has come by `day`."""
        c = t.proposal.c
        return self._all(
            Proposal, c.kind == "leave", c.state == "agreed", c.due_on <= day, order=(c.society, c.no)
        )

    def next_proposal_no(self, society: str) -> int:
        query = select(func.max(t.proposal.c.no)).where(t.proposal.c.society == society)
        return int(self.connection.execute(query).scalar() or 0) + 1

    def assents(self, society: str, proposal: int) -> list[Assent]:
        c = t.assent.c
        return self._all(Assent, c.society == society, c.proposal == proposal, order=(c.person,))

    def asked_to_agree(self, society: str, person: int) -> list[Proposal]:
        """Open proposals where this person was asked and has not answered."""
        c, a = t.proposal.c, t.assent.c
        query = (
            select(*t.proposal.columns)
            .join(t.assent, and_(a.society == c.society, a.proposal == c.no))
            .where(a.society == society, a.person == person, a.answer == "", c.state == "open")
            .order_by(c.no)
        )
        return [to_record(self.keys, Proposal, row) for row in self.connection.execute(query)]

    def papers(self, society: str, loan: int, kinds: Collection[str] | None = None) -> list[Paper]:
        c = t.paper.c
        where = [c.society == society, c.loan == loan]
        if kinds is not None:
            where.append(c.kind.in_(sorted(kinds)))
        return self._all(Paper, *where, order=(c.said_on, c.kind, c.person, c.side))

    def kin(self, society: str) -> list[Kin]:
        """The near relatives among the households, as far as they were told."""
        return self._all(Kin, t.kin.c.society == society, t.kin.c.ended_on.is_(None), order=(t.kin.c.one,))

    def pairing(self, society: str, household: str) -> Pairing | None:
        c = t.pairing.c
        return self._one(Pairing, c.society == society, c.household == household, c.ended_on.is_(None))

    def raised_by(self, society: str, person: int, limit: int = 20, kinds: Collection[str] = ()) -> list[Matter]:
        """The newest matters of one person, of all kinds or of these: objections, complaints, disputes."""
        c = t.matter.c
        query = select(*t.matter.columns).where(c.society == society, c.person == person)
        if kinds:
            query = query.where(c.kind.in_(sorted(kinds)))
        query = query.order_by(c.no.desc()).limit(limit)
        return [to_record(self.keys, Matter, row) for row in self.connection.execute(query)]

    def cadres_of(self, society: str, loans: Collection[int]) -> dict[int, list[int]]:
        """Who vouched for each of these loans beside the group, as the cadre paired with the household."""
        found: dict[int, list[int]] = {}
        said = self._list(
            Endorsement, ("loan", "person"), "loan", sorted(loans),
            society=society, kind="consent", title=PAIRED, answer="yes",
        )
        for one in said:
            found.setdefault(one.loan, []).append(one.person)
        return found

    def keys_of(self, society: str, loans: Collection[int]) -> dict[int, list[int]]:
        """Who turned a key of each of these loans."""
        found: dict[int, list[int]] = {}
        said = self._list(
            Endorsement, ("loan", "person"), "loan", sorted(loans), society=society, kind="key", answer="yes")
        for one in said:
            found.setdefault(one.loan, []).append(one.person)
        return found

    def said_by(self, society: str, person: int) -> list[Endorsement]:
        """All that this person was asked and said on loans."""
        c = t.endorsement.c
        return self._all(Endorsement, c.society == society, c.person == person, order=(c.loan, c.kind))

    def loans_vouched(self, society: str, household: str) -> list[Loan]:
        """Loans on their way that this household asked for or stands for."""
        c = t.loan.c
        return self._all(
            Loan, c.society == society, c.status.in_([str(one) for one in sorted(ASKING)]),
            or_(c.household == household, c.payer_one == household, c.payer_two == household), order=(c.no,),
        )

    # Who stands where already.

    def next_person_no(self, society: str) -> int:
        query = select(func.max(t.person.c.no)).where(t.person.c.society == society)
        return int(self.connection.execute(query).scalar() or 0) + 1

    def next_household_no(self, society: str) -> str:
        """The next 户号: one more than the highest that ever was, also of those who left."""
        rows = self.connection.execute(select(t.household.c.no).where(t.household.c.society == society))
        tails = [row[0].rpartition("-")[2] for row in rows]
        highest = max((int(tail) for tail in tails if tail.isascii() and tail.isdigit()), default=0)
        return f"{society}-{highest + 1:03d}"

    def members_by(self, *, phone: str = "", id_card: str = "") -> list[tuple[Household, Person]]:
        """Member households of any society whose person has this phone or ID number."""
        h, p = t.household.c, t.person.c
        query = (
            select(*t.household.columns, *t.person.columns)
            .join(t.person, and_(p.society == h.society, p.no == h.person))
            .where(h.left_on.is_(None),
                   or_(and_(p.phone_index == self.keys.index("phone", phone), p.phone_index != ""),
                       and_(p.id_card_index == self.keys.index("id_card", id_card), p.id_card_index != "")))
            .order_by(h.society, h.no)
        )
        width = len(t.household.columns)
        return [
            (to_record(self.keys, Household, row), to_record(self.keys, Person, row, width))
            for row in self.connection.execute(query)
        ]

    def given_fen(self, society: str) -> int:
        """What member households hold as gifted and matched shares, in fen."""
        c = t.household.c
        query = select(func.coalesce(func.sum(c.gifted_fen + c.matched_fen), 0)).where(
            c.society == society, c.left_on.is_(None)
        )
        return int(self.connection.execute(query).scalar() or 0)

    def contribution_fen(self, society: str, household: str) -> int:
        """A household's own money in the fund, in fen."""
        return -self.balance(society, Account.CONTRIBUTION, household)

    def stand_ins(self, society: str, people: Collection[int]) -> dict[int, tuple[str, int]]:
        """For those of `people` whom no address leads to: their name, and who is to pass word on to them.

        That is the leader of the household's group, or else the newest head of the supervisors.
        """
        wanted = sorted(set(people) - {0})
        found_rows: Iterable[Any]
        if 0 < len(wanted) <= FEW:
            found_rows = self.rows(*reached(society, wanted))
        else:
            c = t.address.c
            found_rows = self.connection.execute(
                select(c.person).where(c.society == society, c.person.in_(wanted), c.ended_on.is_(None)))
        missing = set(wanted) - {row[0] for row in found_rows}
        found: dict[int, tuple[str, int]] = {}
        for number in sorted(missing):
            row = self.connection.execute(STAND_IN, {"society": society, "no": number}).first()
            if row and (row[1] or row[2]):
                found[number] = (row[0], int(row[1] or row[2]))
        return found


STAND_IN = text(
    "SELECT p.name, (SELECT l.person FROM household h JOIN household l ON l.society = h.society"
    " AND l.group_name = h.group_name AND l.leader = 1 AND l.left_on IS NULL AND l.no <> h.no"
    " WHERE h.society = p.society AND h.no = p.household AND h.group_name <> '' ORDER BY l.no LIMIT 1),"
    " (SELECT o.person FROM office o WHERE o.society = p.society AND o.title = '监事长'"
    " AND o.person <> p.no ORDER BY o.since DESC LIMIT 1)"
    " FROM person p WHERE p.society = :society AND p.no = :no"
)
