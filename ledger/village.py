"""A village as a treasurer's workbook tells it (contract.md section 5): plain rows, before anything is booked.

Both directions use it: the workbook reader makes a `Village`, `founding.py` turns it into books, and the books of a
day are written out as a `Village` again. Amounts are fen, dates `datetime.date`, rates parts per million a month.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class VillageSociety:
    """Sheet 互助社. `charter` is the name of a charter file; empty and 示范章程 mean the default one."""

    code: str
    name: str
    province: str
    county: str
    township: str
    village: str
    founded_on: date
    charter: str
    village_phone: str
    township_phone: str
    county_phone: str
    opened_on: date


@dataclass(frozen=True)
class VillageHousehold:
    """Sheet 农户. `no` is the whole 户号; `member` the person who joined for the household; `head` its 户主."""

    no: str
    head: str
    member: str
    sex: str
    id_card: str
    phone: str
    category: str
    joined_on: date
    contribution_fen: int
    gifted_fen: int
    matched_fen: int
    group: str
    leader: bool


@dataclass(frozen=True)
class VillageOffice:
    """Sheet 职务. `office` is the Chinese word of the sheet; `until` is None while no end is known."""

    name: str
    phone: str
    office: str
    since: date
    until: date | None


@dataclass(frozen=True)
class VillageLoan:
    """Sheet 借款. `plan` is the contract's name (`equal_principal` …); `fee_ppm_month` is ‰ a month times 1000."""

    no: int
    household: str
    principal_fen: int
    paid_out_on: date
    months: int
    plan: str
    fee_ppm_month: int
    purpose: str
    repaid_principal_fen: int
    repaid_fee_fen: int
    payer_one: str
    payer_two: str


@dataclass(frozen=True)
class VillageExtension:
    """Sheet 展期: more time that loan `no` was given on the day `on`, and what had been repaid on it by then.

    `shown_until` is the last day of its notice: without one none counts (rules.md 3.7). `kind` is extension, relief
    (more time for all after a disaster, which is no extension of the loan's own), or freeze: no overdue charge runs
    from `since` to `until`, and there are neither months nor a notice.
    """

    no: int
    on: date
    months: int
    shown_until: date | None
    repaid_principal_fen: int
    repaid_fee_fen: int
    kind: str = "extension"
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Village:
    """One workbook. `opening` maps the Chinese account word of sheet 期初余额 to fen; all ten words are present."""

    society: VillageSociety
    households: tuple[VillageHousehold, ...]
    offices: tuple[VillageOffice, ...]
    opening: dict[str, int]
    loans: tuple[VillageLoan, ...]
    extensions: tuple[VillageExtension, ...] = ()


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a workbook. `row` is Excel's (1 is the header); None where the sheet as a whole is meant.

    `why` says what is wrong and what to write instead, in the treasurer's Chinese.
    """

    sheet: str
    row: int | None
    column: str | None
    why: str
    difference_fen: int | None = None
