"""The parts of a charter about telling: broadcasts, disclosure sheets, and what waits while China rests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DisclosureTerms:
    loan_days: int


@dataclass(frozen=True)
class Remind:
    days_before: tuple[int, ...]
    bullet_days_before: tuple[int, ...]


@dataclass(frozen=True)
class BroadcastTerms:
    """`second_above`: with more recipients a second person has to agree; `text_max`: signs in one broadcast."""

    second_above: int
    text_max: int


@dataclass(frozen=True)
class SheetTerms:
    """`days` a sheet is open on the board; `county_day` of the month after a quarter by which the county has it;
    `to_members`: whether every member is told of a month's sheet, or only who holds an office."""

    days: int
    county_day: int
    to_members: bool


@dataclass(frozen=True)
class CalendarTerms:
    """What shifts on weekends and public holidays (docs/reliability.md says why for each).

    `bank`: days by which cash is banked are working days. `remind`: a reminder whose day is one of rest comes on the
    last working day before. `overdue`: nobody is told of a loan as late before a working day has passed since it fell
    due. Due days themselves are contract and never shift.
    """

    bank: bool
    remind: bool
    overdue: bool


@dataclass(frozen=True)
class ComplaintTerms:
    """`answer_days`: so many days the supervisors have for a complaint; on the next the county hears of it."""

    answer_days: int


def faults(broadcast: BroadcastTerms, sheets: SheetTerms, complaint: ComplaintTerms) -> list[str]:
    wrong = []
    if not 1 <= complaint.answer_days <= 60:
        wrong.append("complaint.answer_days: 1 to 60")
    if not 10 <= broadcast.text_max <= 180:
        wrong.append("broadcast.text_max: 10 to 180, so that it stays within three SMS")
    if not 1 <= sheets.county_day <= 28:
        wrong.append("sheets.county_day: 1 to 28")
    if sheets.days < 1:
        wrong.append("sheets.days: at least 1")
    return wrong
