"""County rules bound charters: each refused by clause, both ways; the rules themselves are checked by key."""

from datetime import date
from typing import Any

import pytest

from ledger import charter as charters
from ledger import county
from ledger.charter import CharterError
from ledger.records import CountyRules
from tests.ledger.charters import EXAMPLE_RULES, changed


def rules(**bound: Any) -> dict[str, Any]:
    head = {"name": "细则", "province": "某省", "county": "某县", "source": "某发1号"}
    return {**head, "bound": [{"clause": "第一条", **bound}]}


def told(body: dict[str, Any], **settings: Any) -> list[str]:
    return [str(one) for one in county.breaches(county.bounds(body), charters.from_body(changed(**settings)))]


@pytest.mark.parametrize(("bound", "settings", "breach"), [
    ({"key": "fee.ppm_month", "max": 5000}, {}, ""),
    ({"key": "fee.ppm_month", "max": 4999}, {}, "fee.ppm_month = 5000: 第一条 allows at most 4999"),
    ({"key": "fee.ppm_month", "min": 5000}, {}, ""),
    ({"key": "fee.ppm_month", "min": 5001}, {}, "fee.ppm_month = 5000: 第一条 allows at least 5001"),
    ({"key": "loan.plan_default", "one_of": ["bullet"]}, {},
     "loan.plan_default = equal_principal: 第一条 allows one of bullet"),
    ({"key": "loan.plan_default", "one_of": ["bullet", "equal_principal"]}, {}, ""),
    ({"key": "group.guarantor_may_borrow", "equals": False}, {}, ""),
    ({"key": "group.guarantor_may_borrow", "equals": False}, {"group__guarantor_may_borrow": True},
     "group.guarantor_may_borrow = True: 第一条 allows only False"),
    ({"key": "loan.forbidden_purposes", "includes": ["赌"]}, {}, ""),
    ({"key": "loan.forbidden_purposes", "includes": ["赌", "酒席"]}, {}, "allows a list with 酒席"),
    ({"key": "remind.days_before", "max": 7}, {}, ""),
    ({"key": "remind.days_before", "max": 6}, {}, "allows at most 6"),
    ({"key": "approval.keys", "equals": ["treasurer", "chair"]}, {}, ""),
])
def test_a_bound_allows_and_refuses(bound: dict[str, Any], settings: dict[str, Any], breach: str) -> None:
    found = told(rules(**bound), **settings)
    assert len(found) == (1 if breach else 0)
    assert breach in "".join(found)


@pytest.mark.parametrize(("bound", "fault"), [
    ({"key": "fee.none", "max": 1}, "bound 1: key must name"),
    ({"key": "fee.ppm_month"}, "one of min, max, equals, one_of, includes is needed"),
    ({"key": "fee.ppm_month", "max": "5"}, "max is for whole numbers"),
    ({"key": "fee.day_count", "max": 5}, "max is for whole numbers"),
    ({"key": "fee.ppm_month", "max": 1, "min": 2}, "min is above max"),
    ({"key": "fee.ppm_month", "max": 1, "clause": ""}, "the clause it stands in is needed"),
    ({"key": "fee.ppm_month", "most": 1}, "unknown most"),
    ({"key": "fee.day_count", "one_of": "days_360"}, "one_of is a list"),
])
def test_rules_with_faults_are_refused_by_key(bound: dict[str, Any], fault: str) -> None:
    with pytest.raises(CharterError, match=fault):
        county.bounds(rules(**bound))


def test_rules_need_their_head_and_a_list() -> None:
    with pytest.raises(CharterError) as raised:
        county.bounds({"name": "细则", "more": 1, "bound": []})
    assert raised.value.faults == [
        "more: unknown key", "province: a text is needed", "county: a text is needed", "source: a text is needed",
    ]
    with pytest.raises(CharterError, match="bound: a list of tables is needed"):
        county.bounds({**rules(), "bound": "fee"})
    with pytest.raises(CharterError, match="key must name"):
        county.bounds({**rules(), "bound": ["fee"]})


def test_the_example_rules_bind_and_the_default_charter_fits_them() -> None:
    body = charters.tomllib.loads(EXAMPLE_RULES.read_text("utf-8"))
    kept = CountyRules(body["province"], body["county"], 1, body["name"], date(2026, 1, 1), body["source"], body)
    county.check(kept, charters.from_body(changed()))
    county.check(None, charters.from_body(changed(loan__months_max=36)))
    with pytest.raises(CharterError) as raised:
        county.check(kept, charters.from_body(changed(loan__months_max=36, extension__times_max=2)))
    assert raised.value.faults == [
        "loan.months_max = 36: 第十条 allows at most 12", "extension.times_max = 2: 第十五条 allows at most 1",
    ]

