"""What a declared disaster does to open loans: no overdue charge from its day on, and more time in a batch.

The county declares it with its days (rules.md section 6, disaster); what the assembly resolves afterwards is an act of
its own and no extension of the loan's own. One entry seals each for all loans, a page of the public board shows it, and
everybody whom it concerns is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from . import journal, notices, repayment, replay
from .calendar import add_months
from .charter import Charter
from .fund_records import Disaster
from .funds import FORCE_MAJEURE
from .records import Act, Disclosure, Loan, LoanInstalment, LoanReview, Notice, Refusal
from .reviews import FREEZE, RELIEF, Stage, sealed

Case = tuple[Loan, Charter, Sequence[LoanInstalment]]
"""An open loan, the charter it lives under, its instalments."""

DISASTER = "disaster"
KINDS = (DISASTER, RELIEF)
"""The kinds of their pages on the board: what the county declared, what the assembly gave."""


@dataclass(frozen=True)
class Board:
    """What is needed to publish and to tell: the day, the head of the books, the page's number and its days; the
    village's officers, and by loan the persons of its substitute payers; names by person."""

    today: date
    head: tuple[int, str]
    page: int
    days: int
    officers: Sequence[int] = ()
    payers: Mapping[int, Sequence[int]] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)


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


def declare(found: Disaster, cases: Sequence[Case], board: Board) -> Act:
    """The charges of all open loans stand still from the disaster's day until it ends; who owes and who holds an office
    is told."""
    assert found.until is not None
    page = _page(found, DISASTER, cases, found.months, board)
    facts: dict[str, Any] = {"event": found.event, "since_on": found.since, "until_on": found.until}
    told = [
        Notice(f"disaster/{found.no}/{loan.no}", loan.person, "notice.disaster", facts | {"loan": loan.no},
               notices.TOLD)
        for loan, _, _ in cases
    ]
    told += _watch(found, "disaster", facts | {"months": found.months, "closes_on": page.closes_on}, page, board)
    return _act(found, cases, FREEZE, 0, (found.since, found.until), page, board) + Act((), (), tuple(told))


def grant(found: Disaster, cases: Sequence[Case], months: int, resolution: str, board: Board) -> Act:
    """Every open loan gets `months` more time; its fee goes on, its frozen charge stays frozen. The borrower, who
    answers for the loan and the officers hear of it."""
    done = replace(found, resolution=resolution.strip(), granted_on=board.today)
    page = _page(done, RELIEF, cases, months, board)
    act = _act(done, cases, RELIEF, months, (found.declared_on, shown_until(found, board.days)), page, board)
    after: dict[int, list[LoanInstalment]] = {}
    for one in act.records:
        if isinstance(one, LoanInstalment):
            after.setdefault(one.loan, []).append(one)
    told: list[Notice] = []
    for loan, _, _ in cases:
        coming = min((row for row in after[loan.no] if repayment.open_total(row)), key=lambda row: row.due_on)
        facts: dict[str, Any] = {
            "event": found.event, "loan": loan.no, "name": board.names.get(loan.person, ""), "months": months,
            "due_on": coming.due_on, "due_fen": repayment.open_total(coming),
        }
        key = f"relief/{found.no}/{loan.no}"
        told.append(Notice(key, loan.person, "notice.relief", facts, notices.TOLD))
        told += [Notice(f"{key}/{person}", person, "notice.relief_payer", facts, notices.TOLD)
                 for person in board.payers.get(loan.no, ())]
    told += _watch(done, "relief", {"event": found.event, "months": months}, page, board)
    return act + Act((), (), tuple(told))


def _watch(found: Disaster, event: str, facts: dict[str, Any], page: Disclosure, board: Board) -> list[Notice]:
    """To the officers: what was decided, for how many loans, and which page shows it."""
    shown = facts | {"count": page.facts["count"], "page": page.no}
    return [
        Notice(f"{event}/{found.no}/watch/{person}", person, f"notice.{event}_watch", shown, notices.TOLD)
        for person in board.officers
    ]


def _page(found: Disaster, kind: str, cases: Sequence[Case], months: int, board: Board) -> Disclosure:
    """The public notice: for how many loans, and what of them is still out."""
    facts = {
        "item": found.no, "event": found.event, "since_on": str(found.since), "until_on": str(found.until),
        "months": months, "order": found.order, "resolution": found.resolution, "count": len(cases),
        "amount_fen": sum(repayment.outstanding(rows) for _, _, rows in cases),
    }
    closes_on = board.today + timedelta(days=board.days - 1)
    return Disclosure(found.society, board.page, kind, 0, board.today, closes_on, None, *board.head, facts)


def _act(
    found: Disaster, cases: Sequence[Case], kind: str, months: int, shown: tuple[date, date], page: Disclosure,
    board: Board,
) -> Act:
    made: list[LoanReview] = []
    after: list[LoanInstalment] = []
    for loan, charter, rows in cases:
        review = LoanReview(
            loan.society, loan.no, kind, found.no, Stage.DONE, months, repayment.outstanding(rows), found.event,
            found.declared_on, 0, found.resolution, found.order, *shown, board.today, board.head[0],
        )
        made.append(review)
        after += replay.reviewed(loan, charter, rows, review)
    facts = [sealed(one) for one in made]
    memo = f"{found.event} {found.resolution or found.order}"
    # Without an open loan there is nothing to seal: no entry is without money.
    entries = (journal.more_time(kind, facts, board.today, memo, f"{kind}/{found.no}"),) if facts else ()
    return Act((found, page, *made, *after), entries)
