"""Charters as versions in the books: adopted by resolution, bounded by the county; old loans keep what they have."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from jobs import charters
from ledger.assembly_records import Motion
from ledger.charter import CharterError
from ledger.records import Act
from tests.ledger.charters import EXAMPLE_RULES, changed
from tests.village import CODE, Village

DAY = date(2026, 3, 10)


@pytest.fixture
def village(quick_village: Village) -> Iterator[Village]:
    yield quick_village


def adopt(
    village: Village, since: date = DAY, resolution: str = "2026-1", on: date | None = None, **changes: Any
) -> Any:
    return charters.adopt(village.store, CODE, changed(**changes), resolution, on or since, since, 0)


def test_a_new_version_holds_from_its_day_and_the_old_one_before(village: Village) -> None:
    made = adopt(village, loan__first_max_fen=300_000)
    assert (made.version, made.resolution, made.adopted_on) == (2, "2026-1", DAY)
    with village.store.read() as books:
        assert books.charter(CODE, None, date(2026, 3, 9)).loan.first_max_fen == 500_000
        assert books.charter(CODE, None, DAY).loan.first_max_fen == 300_000
    assert charters.show(village.store, CODE, None, DAY).version == 2
    assert charters.show(village.store, CODE, 1, DAY).version == 1


def test_a_loan_lives_under_the_version_of_its_application(village: Village) -> None:
    """新人新办法, 老人老办法: rate, grace and overdue charge of an old loan do not move (S20)."""
    village.sign()
    adopt(village, fee__ppm_month=5400, overdue__charge_percent=180, loan__grace_months=2)
    village.day(DAY)
    village.confirm("出纳", "放款 23")
    village.say("陈桂花", "收到 23")
    with village.store.read() as books:
        loan, rows = books.loan(CODE, 23), books.instalments(CODE, 23)
    assert loan is not None
    assert (loan.charter_version, loan.fee_ppm_month) == (1, 5000)
    assert (rows[0].due_on, rows[0].fee_fen) == (date(2026, 4, 10), 1500)
    village.day(date(2026, 4, 20))
    assert "该还315.75元" in village.say("陈桂花", "余额")
    assert village.fault() == ""


def test_a_vote_that_is_named_as_the_resolution_was_carried_about_the_charter_on_that_day(village: Village) -> None:
    begun_on, closes_on = date(2026, 3, 1), date(2026, 3, 8)
    carried = Motion(CODE, 1, "章程改为月费率5.4‰", True, 1, 62, "passed", begun_on, closes_on, DAY, 50, 2)
    others = (replace(carried, no=2, text="选张强当出纳"), replace(carried, no=3, state="failed"))
    with village.store.write() as books:
        books.save(CODE, Act((carried, *others)), DAY, 0)
    for resolution in ("表决2号", "表决3号", "表决4"):
        with pytest.raises(CharterError, match="carried no motion about the charter"):
            adopt(village, resolution=resolution)
    with pytest.raises(CharterError, match="vote 1 was carried on 2026-03-10, not on 2026-03-09"):
        adopt(village, resolution="表决1号", on=date(2026, 3, 9))
    assert adopt(village, resolution="表决1号", fee__ppm_month=5400).resolution == "表决1号"


def test_a_new_loan_gets_the_new_charter(village: Village) -> None:
    adopt(village, fee__ppm_month=5400)
    village.day(DAY)
    assert "占用费共89.10元" in village.say("陈桂花", "借3000买化肥10个月")


@pytest.mark.parametrize(("more", "fault"), [
    ({"resolution": " "}, "resolution: the number"),
    ({"since": date(2026, 3, 9), "on": DAY}, "a charter is never backdated"),
    ({"since": date(2024, 1, 1)}, "the books have entries"),
    ({"since": date(2001, 1, 1)}, "since: version 1 holds since"),
])
def test_a_version_without_a_resolution_or_out_of_time_is_refused(
    village: Village, more: dict[str, Any], fault: str
) -> None:
    with pytest.raises(CharterError, match=fault):
        adopt(village, **more)


def test_a_county_bounds_the_next_version_by_clause(village: Village) -> None:
    rules = tomllib.loads(EXAMPLE_RULES.read_text("utf-8"))
    with village.store.read() as books:
        place = books.society(CODE)
    assert place is not None
    rules |= {"province": place.province, "county": place.county}
    kept, outside = charters.bind(village.store, rules, date(2026, 1, 1), 0)
    assert (kept.version, outside) == (1, {})
    with pytest.raises(CharterError) as raised:
        adopt(village, loan__months_max=24, disclosure__loan_days=1)
    assert raised.value.faults == [
        "loan.months_max = 24: 第十条 allows at most 12", "disclosure.loan_days = 1: 第十六条 allows at least 3",
    ]
    adopt(village, loan__months_max=11)
    rules["bound"].append({"key": "loan.months_max", "max": 10, "clause": "第二十条"})
    kept, outside = charters.bind(village.store, rules, DAY, 0)
    assert (kept.version, list(outside)) == (2, [CODE])
    with pytest.raises(CharterError, match="holds since"):
        charters.bind(village.store, rules, date(2026, 1, 1), 0)


def test_what_is_not_there_is_said(village: Village) -> None:
    with pytest.raises(CharterError, match="no society X9"):
        charters.adopt(village.store, "X9", changed(), "1", DAY, DAY, 0)
    with pytest.raises(CharterError, match="no society X9"):
        charters.show(village.store, "X9", None, DAY)
    with pytest.raises(CharterError, match="has versions 1"):
        charters.show(village.store, CODE, 7, DAY)
    with pytest.raises(CharterError, match="cannot be read"):
        charters.read(EXAMPLE_RULES.parent / "none.toml")
