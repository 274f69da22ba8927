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


TABLE = (Path(__file__).parent.parent / "worked" / "4.10-villages.txt").read_text("utf-8").split("\n\n")[1]
ROWS = tuple(Published(*line.split()) for line in TABLE.strip().splitlines()[1:])


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
