"""What a loan truly costs a year is held to four times the LPR of the day, whatever plan hides it (rules.md 4.3, 6)."""

from datetime import date

import pytest

from ledger import cost, supervision
from ledger.charter import CharterError
from tests.ledger.charters import charter

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(("on", "since", "ppm"), [
    (date(2019, 8, 19), date(2019, 8, 20), 42_500), (date(2019, 8, 20), date(2019, 8, 20), 42_500),
    (date(2024, 10, 20), date(2024, 7, 22), 33_500), (date(2024, 10, 21), date(2024, 10, 21), 31_000),
    (date(2025, 5, 19), date(2024, 10, 21), 31_000), (date(2025, 5, 20), date(2025, 5, 20), 30_000),
])
def test_a_rate_holds_from_the_day_it_was_published(on: date, since: date, ppm: int) -> None:
    assert cost.lpr(on) == (since, ppm)


def test_the_default_charter_costs_what_its_flat_plan_costs() -> None:
    found = cost.dearest(charter())
    assert (found.ppm_year, found.why) == (108_963, "等本等费 over 12 months")
    assert cost.faults(charter(), TODAY) == []


def test_where_nothing_is_flat_the_overdue_charge_is_the_dearest() -> None:
    found = cost.dearest(charter(loan__months_max=1, loan__months_default=1))
    assert (found.ppm_year, found.why) == (90_000, "the overdue charge of 150 %")


def test_a_charter_that_quotes_nine_percent_and_costs_sixteen_is_refused_by_key() -> None:
    (fault,) = cost.faults(charter(fee__ppm_month=7500), TODAY)
    assert fault.startswith("cost.lpr_multiple: at fee.ppm_month 7500 a loan truly costs 16.")
    assert fault.endswith("at most 4 times the LPR of 2025-05-20, 12.00 %")
    with pytest.raises(CharterError, match=r"cost\.lpr_multiple"):
        cost.check(charter(fee__ppm_month=7500), TODAY)


def test_the_charge_counts_into_the_cap_to_the_last_part_of_a_million() -> None:
    one_month = {"loan__months_max": 1, "loan__months_default": 1}
    assert cost.faults(charter(overdue__charge_percent=200, **one_month), TODAY) == []
    assert cost.faults(charter(overdue__charge_percent=201, **one_month), TODAY) != []
    cost.check(charter(overdue__charge_percent=200, **one_month), TODAY)


def test_a_charter_without_a_cap_is_let_be() -> None:
    assert cost.faults(charter(fee__ppm_month=7500, cost__lpr_multiple=0), TODAY) == []


def test_a_charter_whose_cap_came_down_later_is_a_red_flag_and_goes_on() -> None:
    dear = charter(fee__ppm_month=5700)
    assert cost.faults(dear, date(2024, 7, 1)) == [] and supervision.dear(dear, date(2024, 7, 1)) == []
    (flag,) = supervision.dear(dear, TODAY)
    assert (flag["rule"], flag["level"], flag["clause"]) == ("true_cost", "red", "cost.lpr_multiple")
    assert flag["figures"].endswith("/12.00%")
