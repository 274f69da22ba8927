"""The eight published villages of rules.md 4.10: their workbooks go in, and every published figure comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.workbook import read_village, write_village
from jobs import books
from jobs.figures import report
from jobs.intake import take_over
from ledger.money import from_yuan
from ledger.store.migrations import upgrade
from ledger.store.store import Store
from ledger.village import VillageLoan
from tests.books.scene import village
from tests.keys import KEYS

DAY = date(2026, 1, 1)


@dataclass(frozen=True)
class Published:
    """One row of the table, in yuan as printed."""

    name: str
    cash: str
    bank: str
    lent: str
    assets: str
    members: str
    government: str
    liabilities: str
    net: str
    share: str


ROWS = tuple(Published(*line.split()) for line in """
茨沟 0 191816.41 556000 747816.41 54600 693780 748380 -563.59 74.35
东河 0 307102.74 451000 758102.74 39400 713420 752820 5282.74 59.49
金星 0 237406.44 555000 792406.44 48300 741740 790040 2366.44 70.04
田凤 0 494204.05 305000 799204.05 27000 770950 797950 1254.05 38.16
田堰 0 441926.13 310000 751926.13 29900 715700 745600 6326.13 41.23
上七 0 500379.17 0 500379.17 0 500000 500000 379.17 0.00
龙泉 237 170990.74 370000 541227.74 42700 500000 542700 -1472.26 68.36
中银 47 246524.64 412000 658571.64 41900 600000 641900 16671.64 62.56
""".strip().splitlines())


def fen(yuan: str) -> int:
    return from_yuan(yuan, allow_negative=True)


def workbook(row: Published, code: str, folder: Path) -> Path:
    """The village as its treasurer would have written it: loans of 10,000 or less, one a household."""
    lent, sizes = fen(row.lent), []
    while lent:
        sizes.append(min(lent, 1_000_000))
        lent -= sizes[-1]
    homes = max(len(sizes), 1)
    loans = tuple(
        VillageLoan(n, f"{code}-{n:03}", size, date(2025, 12, 1), 12, "bullet", 5000, "养猪", 0, 0, "", "")
        for n, size in enumerate(sizes, 1)
    )
    told = village(
        code, homes=homes, contribution_fen=0, fiscal_fen=fen(row.government), loans=loans,
        库存现金=fen(row.cash), 累计结余=fen(row.net), 会员互助金=fen(row.members),
    )
    share, rest = divmod(fen(row.members), homes)
    paid = tuple(
        replace(home, contribution_fen=share + (rest if n == 0 else 0)) for n, home in enumerate(told.households)
    )
    path = folder / f"{code}.xlsx"
    write_village(replace(told, households=paid), path)
    return path


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_every_published_figure_comes_out(store_url: str, tmp_path: Path, number: int) -> None:
    row, code = ROWS[number], f"HY{number:03}"
    told, faults, _ = read_village(workbook(row, code, tmp_path), {"示范章程"})
    assert told is not None, faults
    store = Store(store_url, keys=KEYS)
    upgrade(store)
    take_over(store, told, 0)
    with store.read() as reading:
        made = books.make(reading, "balance", code, None, DAY, DAY)
    amounts = {one["account"]: one["amount_fen"] for one in made.rows}
    assert (amounts["cash"], amounts["bank"], amounts["loans"]) == (fen(row.cash), fen(row.bank), fen(row.lent))
    assert (amounts["contribution"], amounts["fiscal"]) == (fen(row.members), fen(row.government))
    sums = made.sums
    assert sums["assets_fen"] == fen(row.assets) and sums["liabilities_fen"] == fen(row.liabilities)
    assert sums["net_fen"] == fen(row.net) and sums["agrees"]
    # The published share is cut or rounded to two places of a percent.
    assert abs(sums["lent_share_ppm"] - round(float(row.share) * 10_000)) <= 50
    shown = report(store, Clock(demo=True), code, DAY)
    assert shown["outstanding_fen"] == fen(row.lent) and shown["fund_member_fen"] == fen(row.members)
    assert f"{shown['lent_ratio'] * 100:.2f}" == row.share
    store.close()
