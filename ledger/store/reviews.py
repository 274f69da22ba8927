"""Named reads about what binds and befalls loans: county rules, reviews on their way, quotes that hold, old money."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Text, and_, cast, func, or_, select

from ..notices import OVERDUE
from ..records import CountyRules, Disclosure, Loan, LoanReview, Matter, Quote
from ..reviews import CLOSED
from ..terms import Account
from . import tables as t
from .mapping import to_record
from .reads import Reads, _whole

V = t.loan_review.c


class ReviewReads(Reads):
    """Reads about rules and reviews inside one transaction."""

    def county_rules(self, province: str, county: str, on: date | None = None) -> CountyRules | None:
        """The county's newest rules, or those that hold on `on`; None where it has none."""
        c = t.county_rules.c
        where = [c.province == province, c.county == county] + ([c.since <= on] if on else [])
        row = self.connection.execute(
            _whole(CountyRules).where(*where).order_by(c.version.desc()).limit(1)
        ).first()
        return to_record(self.keys, CountyRules, row) if row else None

    def reviews_of(self, society: str, loan: int, kind: str | None = None) -> list[LoanReview]:
        """Every review a loan ever had, the oldest first."""
        where = [V.society == society, V.loan == loan] + ([V.kind == kind] if kind else [])
        return self._all(LoanReview, *where, order=(V.asked_on, V.no))

    def reviews_done(self, society: str) -> list[LoanReview]:
        """Every review that took effect, by loan and in the order it did."""
        return self._list(LoanReview, ("loan", "done_on", "no"), society=society, stage="done")

    def open_review(self, society: str, loan: int) -> LoanReview | None:
        """The review a loan has on its way; there is never more than one."""
        return self._one(LoanReview, V.society == society, V.loan == loan, V.stage.not_in(CLOSED))

    def open_reviews(self, society: str, stages: Collection[str] = ()) -> list[LoanReview]:
        where = V.stage.in_(sorted(stages)) if stages else V.stage.not_in(CLOSED)
        return self._all(LoanReview, V.society == society, where, order=(V.loan, V.no))

    def reviews_asked(self, society: str, person: int, part: str) -> list[LoanReview]:
        """Open reviews where this person was asked for `part` (consent, key) and has not answered."""
        e = t.endorsement.c
        query = (
            _whole(LoanReview)
            .join(t.endorsement, and_(e.society == V.society, e.loan == V.loan,
                                      e.kind == V.kind + cast(V.no, Text) + f".{part}"))
            .where(V.society == society, e.person == person, e.answer == "", V.stage.not_in(CLOSED))
            .order_by(V.loan)
        )
        return [to_record(self.keys, LoanReview, row) for row in self.connection.execute(query)]

    def reviews_shown(self, today: date) -> list[LoanReview]:
        """Reviews of every society whose last day of disclosure is past."""
        return self._all(
            LoanReview, V.stage == "disclosed", V.closes_on < today, order=(V.closes_on, V.society, V.loan)
        )

    def page_about(self, society: str, loan: int, kind: str) -> Disclosure | None:
        """The newest public notice of one kind about a loan."""
        c = t.disclosure.c
        row = self.connection.execute(
            _whole(Disclosure).where(c.society == society, c.loan == loan, c.kind == kind)
            .order_by(c.no.desc()).limit(1)
        ).first()
        return to_record(self.keys, Disclosure, row) if row else None

    def overdue_pages(self) -> list[Disclosure]:
        """The open notices of late loans, of every society."""
        c = t.disclosure.c
        return self._all(Disclosure, c.kind == OVERDUE, c.closed_on.is_(None), order=(c.society, c.no))

    def quote(self, society: str, loan: int) -> Quote | None:
        """The newest payoff quote of a loan."""
        return self._find(Quote, last="on", society=society, loan=loan)

    def contribution_since(self, society: str, household: str, joined_on: date, day: date) -> int:
        """The household's own money in fen that it has had in the fund at least since `day`.

        The opening balance is as old as the membership. What was taken out since counts against it.
        """
        p, e = t.posting.c, t.entry.c
        counted = or_(e.on <= day, p.amount_fen > 0)
        if joined_on <= day:
            counted = or_(counted, e.kind == "opening")
        query = (
            select(func.coalesce(func.sum(p.amount_fen), 0))
            .join(t.entry, and_(e.society == p.society, e.seq == p.seq))
            .where(p.society == society, p.account == str(Account.CONTRIBUTION), p.sub == household, counted)
        )
        return max(0, -int(self.connection.execute(query).scalar() or 0))

    def unrecovered(self, society: str, household: str) -> list[Loan]:
        """Written-off loans of a household that are not paid back."""
        query = (
            _whole(Loan)
            .where(t.loan.c.society == society, t.loan.c.household == household, t.loan.c.status == "written_off")
            .order_by(t.loan.c.no)
        )
        loans: list[Loan] = [to_record(self.keys, Loan, row) for row in self.connection.execute(query)]
        return [loan for loan in loans if any(
            row.paid_principal_fen < row.principal_fen for row in self.instalments(society, loan.no)
        )]

    def granted(self, society: str, kind: str, person: int, since: date, loan: int = 0) -> Matter | None:
        """What a supervisor or the board granted a person or a loan lately: a special case, a place before the poor."""
        c = t.matter.c
        row = self.connection.execute(
            _whole(Matter).where(c.society == society, c.kind == kind, c.person == person, c.loan == loan,
                                 c.raised_on >= since).order_by(c.no.desc()).limit(1)
        ).first()
        return to_record(self.keys, Matter, row) if row else None

    def borrower_categories(self, society: str, statuses: Collection[str]) -> list[tuple[Loan, str]]:
        """Loans in these statuses with the category of their household, oldest application first."""
        query = (
            _whole(Loan).add_columns(t.household.c.category)
            .join(t.household, and_(t.household.c.society == t.loan.c.society, t.household.c.no == t.loan.c.household))
            .where(t.loan.c.society == society, t.loan.c.status.in_(sorted(statuses)))
            .order_by(t.loan.c.applied_on, t.loan.c.no)
        )
        return [(to_record(self.keys, Loan, row), str(row[-1])) for row in self.connection.execute(query)]
