"""What a declared disaster does to open loans: no overdue charge from its day on, and more time in a batch.

The county declares it with its days (rules.md section 6, disaster); what the assembly resolves afterwards is an act of
its own and no extension of the loan's own. One entry seals each for all loans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from . import journal, repayment, replay
from .calendar import add_months
from .charter import Charter
from .fund_records import Disaster
from .funds import FORCE_MAJEURE
from .records import Act, Loan, LoanInstalment, LoanReview, Refusal
from .reviews import FREEZE, RELIEF, Stage, sealed

Case = tuple[Loan, Charter, Sequence[LoanInstalment]]
"""An open loan, the charter it lives under, its instalments."""


def against_declaring(found: Disaster, months_max: int, today: date, before: Sequence[Disaster]) -> list[Refusal]:
    """Why the county may not declare this. One disaster at a time: their days do not overlap."""
    assert found.until is not None
    wrong = []
    if found.event not in FORCE_MAJEURE:
        wrong.append(Refusal("risk.not_force_majeure", {"event": found.event}))
    if not 1 <= found.months <= months_max:
        wrong.append(Refusal("relief.months", {"months": found.months, "months_max": months_max}))
    if not found.order:
        wrong.append(Refusal("relief.no_order"))
    if found.since > today:
        wrong.append(Refusal("relief.to_come", {"since_on": found.since}))
    if not found.since < found.until <= add_months(found.since, months_max):
        wrong.append(Refusal("relief.until", {"until_on": found.until, "months_max": months_max}))
    running = next((one for one in before if one.until and one.until > found.since), None)
    if running is not None:
        wrong.append(Refusal("relief.running", {"event": running.event, "until_on": running.until}))
    return wrong


def against_granting(
    found: Disaster | None, months: int, resolution: str, shown_until: date | None, today: date
) -> list[Refusal]:
    """Why the batch may not be granted: nothing declared, granted before, too long, no resolution, still on notice."""
    if found is None or shown_until is None:
        return [Refusal("relief.none")]
    wrong = []
    if found.granted_on:
        wrong.append(Refusal("relief.granted_before", {"on": found.granted_on}))
    if not 1 <= months <= found.months:
        wrong.append(Refusal("relief.months", {"months": months, "months_max": found.months}))
    if not resolution.strip():
        wrong.append(Refusal("relief.no_resolution"))
    if shown_until >= today:
        wrong.append(Refusal("relief.not_published", {"closes_on": shown_until}))
    return wrong


def shown_until(found: Disaster, days: int) -> date:
    """The last day of the notice of a declaration that is on notice for `days` days."""
    return found.declared_on + timedelta(days=days - 1)


def declare(found: Disaster, cases: Sequence[Case], today: date, head_seq: int) -> Act:
    """The charges of all open loans stand still from the disaster's day until it ends."""
    assert found.until is not None
    return _act(found, cases, today, head_seq, FREEZE, 0, (found.since, found.until))


def grant(found: Disaster, cases: Sequence[Case], months: int, resolution: str, days: int, today: date,
          head_seq: int) -> Act:
    """Every open loan gets `months` more time; its fee goes on, its frozen charge stays frozen."""
    done = replace(found, resolution=resolution.strip(), granted_on=today)
    return _act(done, cases, today, head_seq, RELIEF, months, (found.declared_on, shown_until(found, days)))


def _act(
    found: Disaster, cases: Sequence[Case], today: date, head_seq: int, kind: str, months: int, shown: tuple[date, date]
) -> Act:
    made: list[LoanReview] = []
    after: list[LoanInstalment] = []
    for loan, charter, rows in cases:
        review = LoanReview(
            loan.society, loan.no, kind, found.no, Stage.DONE, months, repayment.outstanding(rows), found.event,
            found.declared_on, 0, found.resolution, found.order, *shown, today, head_seq,
        )
        made.append(review)
        after += replay.reviewed(loan, charter, rows, review)
    facts = [sealed(one) for one in made]
    memo = f"{found.event} {found.resolution or found.order}"
    # Without an open loan there is nothing to seal: no entry is without money.
    entries = (journal.more_time(kind, facts, today, memo, f"{kind}/{found.no}"),) if facts else ()
    return Act((found, *made, *after), entries)
