"""The figures of contract section 6 on known books, each counted by hand from tests/cases/qingshan.xlsx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner

from huzhu import main
from jobs.figures import report
from ledger.store.figures import UnknownScope
from ledger.store.migrations import upgrade
from ledger.store.store import Store
from tests.keys import KEYS
from tests.village import CODE, FIRST_DAY, Village, Watch

OPENING: dict[str, Any] = {
    "societies": 1, "households_member": 62, "households_poor": 28, "fund_total_fen": 23_320_000,
    "fund_fiscal_fen": 20_000_000, "fund_member_fen": 2_420_000, "fund_donation_fen": 600_000,
    "fund_other_fen": 300_000, "loans_count": 14, "loans_poor_count": 9, "lent_total_fen": 5_660_000,
    "repaid_total_fen": 1_776_902, "outstanding_fen": 3_883_098, "overdue_fen": 0, "overdue_rate": Decimal("0.000000"),
    "on_time_rate": Decimal("0.000000"), "bad_rate": Decimal("0.000000"), "lent_ratio": Decimal("0.160713"),
    "amplification": Decimal("0.242710"), "fee_income_fen": 0, "reserves_fen": 703_062, "cash_fen": 0,
    "bank_fen": 20_278_616,
    "borrowers_by_category": {
        "脱贫户": Decimal("0.571429"), "监测户": Decimal("0.071429"), "低收入户": Decimal("0.214286"),
        "一般户": Decimal("0.142857"),
    },
    "average_income_gain_fen": 0,
}
# By 1 March fifteen instalments have fallen due since the opening, twelve of them paid; loans 5 and 8 are late.
FIRST_OF_MARCH = OPENING | {
    "overdue_fen": 500_000, "overdue_rate": Decimal("0.128763"), "on_time_rate": Decimal("0.800000"),
}


def figures(village: Village, scope: str = CODE, on: date | None = FIRST_DAY) -> dict[str, Any]:
    found = report(village.store, village.clock, scope, on)
    del found["flags"]
    return found


def test_the_first_of_march(village: Village) -> None:
    assert figures(village) == FIRST_OF_MARCH
    assert list(report(village.store, village.clock, CODE, None)) == [*OPENING, "flags"]
    assert figures(village, on=None) == FIRST_OF_MARCH


def test_the_day_of_the_opening_and_before_and_after(village: Village) -> None:
    assert figures(village, on=date(2026, 1, 1)) == OPENING
    before = figures(village, on=date(2025, 12, 31))
    assert not any(before.values())
    # Loan 8 has been late since 15 January: after ninety days it is bad, and with it loan 5 five days later.
    assert figures(village, on=date(2026, 4, 14))["bad_rate"] == 0
    assert figures(village, on=date(2026, 4, 15))["bad_rate"] == Decimal("0.025753")
    assert figures(village, on=date(2026, 4, 20))["bad_rate"] == Decimal("0.128763")
    # On the due day itself nothing is overdue, the day after it is.
    assert figures(village, on=date(2026, 1, 15))["overdue_fen"] == 0
    assert figures(village, on=date(2026, 1, 16))["overdue_fen"] == 50_000


@pytest.mark.parametrize("scope", ["all", "云川省", "云岭县", "云岭县/清河镇"])
def test_every_scope_that_holds_the_village(quick_village: Village, scope: str) -> None:
    assert figures(quick_village, scope) == FIRST_OF_MARCH


@pytest.mark.parametrize("scope", ["QS002", "", "云岭县/别的镇", "青山村", "云岭县/", "' OR 1=1 --"])
def test_an_unknown_scope(quick_village: Village, scope: str) -> None:
    with pytest.raises(UnknownScope):
        figures(quick_village, scope)


def test_a_loan_moves_the_figures_by_what_it_is(village: Village) -> None:
    village.collect()
    moved = figures(village, on=date(2026, 4, 4))
    assert moved["loans_count"] == 15 and moved["loans_poor_count"] == 10
    assert moved["lent_total_fen"] == 5_960_000 and moved["repaid_total_fen"] == 1_806_902
    assert moved["outstanding_fen"] == 4_153_098 and moved["fee_income_fen"] == 1_500
    assert moved["cash_fen"] == 31_500 and moved["bank_fen"] == 19_978_616
    assert moved["fund_total_fen"] == 23_320_000 and moved["households_member"] == 62
    # What was true before stays true.
    assert figures(village, on=FIRST_DAY) == FIRST_OF_MARCH
    assert figures(village, on=date(2026, 4, 3))["outstanding_fen"] == 4_183_098
    with village.store.read() as books:
        assert sum(books.totals(CODE).values()) == 0


@pytest.fixture
def empty(store_url: str) -> Iterator[Store]:
    store = Store(store_url, keys=KEYS)
    upgrade(store)
    yield store
    store.close()


def test_an_empty_database_has_zeros(empty: Store) -> None:
    found = report(empty, Watch(True), "all", FIRST_DAY)
    assert list(found) == [*OPENING, "flags"]
    assert not any(found.values())
    with pytest.raises(UnknownScope):
        report(empty, Watch(True), CODE, FIRST_DAY)


def test_the_command_line_says_the_same(village: Village, tmp_path: Any) -> None:
    path = tmp_path / "config.toml"
    url = village.store.url.render_as_string(hide_password=False)
    path.write_text(f'[server]\ndemo = true\ndata_dir = "."\n[database]\nurl = "{url}"\n', "utf-8")
    path.chmod(0o600)

    def ask(*words: str) -> Any:
        return CliRunner().invoke(main, ["report", *words, "--config", str(path)])

    said = ask(CODE, "--on", "2026-03-01", "--json")
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout, parse_float=Decimal)
    assert {name: found[name] for name in FIRST_OF_MARCH} == FIRST_OF_MARCH
    assert '"overdue_rate": 0.128763' in said.stdout
    assert {"rule", "level", "clause", "figures"} == set(found["flags"][0])
    wrong = ask("QS009")
    assert wrong.exit_code == 1 and wrong.stderr.count("\n") == 1 and "Traceback" not in wrong.output
    assert ask(CODE, "--on", "2026-02-30").exit_code == 1
