"""The village workbook in both directions: an untrusted .xlsx to a checked village, and a village to an .xlsx.

Everything that touches a spreadsheet stands behind these two functions, so the rest of the house knows only `Village`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from bot.workbook import check_money, check_people
from bot.workbook.columns import COLUMNS
from bot.workbook.flags import FLAGS
from bot.workbook.read import Draft, read_draft
from bot.workbook.safe import Refused
from bot.workbook.write import write_village
from ledger.reviews import EXTENSION
from ledger.village import Fault, Village

__all__ = ["read_village", "write_village"]


def read_village(path: Path, charters: Collection[str] = ()) -> tuple[Village | None, list[Fault], list[Fault]]:
    """The village in the workbook, all its faults, and flags on what is odd but allowed.

    The village is None where there is any fault. A fault without sheet, row and column is about the file as a whole.
    """
    try:
        draft, faults = read_draft(path)
    except Refused as refusal:
        return None, [Fault("", None, None, str(refusal))], []
    for rule in (*check_people.RULES, *check_money.RULES):
        faults += rule(draft)
    faults += check_people.charter_is_known(draft, charters)
    if faults:
        return None, sorted(faults, key=_place), []
    return _village(draft), [], [flag for look in FLAGS for flag in look(draft)]


def _place(fault: Fault) -> tuple[int, int]:
    """Faults are told in the order of the workbook: by sheet, the sheet as a whole first, then by row."""
    sheets = list(COLUMNS)
    return sheets.index(fault.sheet) if fault.sheet in sheets else -1, fault.row or 0


def _village(draft: Draft) -> Village:
    return Village(
        society=draft.society.lines[0].record,
        households=tuple(line.record for line in draft.households.lines),
        offices=tuple(line.record for line in draft.offices.lines),
        opening=check_money.amounts_of(draft),
        loans=tuple(line.record for line in draft.loans.lines),
        extensions=tuple(
            replace(line.record, kind=line.record.kind or EXTENSION) for line in draft.extensions.lines
        ),
    )
