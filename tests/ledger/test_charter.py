"""A charter is checked when it is loaded: every fault is named by its key, all of them at once."""

from typing import Any

import pytest

from ledger import charter as charters
from ledger.charter import CharterError
from tests.ledger.charters import changed


def faults(**settings: Any) -> list[str]:
    try:
        charters.from_body(changed(**settings))
    except CharterError as error:
        return error.faults
    return []


def test_the_default_charter_has_no_fault() -> None:
    assert faults() == []
    assert charters.from_body(charters.body_of("示范章程")).name == "示范章程"


def test_a_charter_kept_before_may_hold_a_key_that_nothing_reads_any_more() -> None:
    assert faults(group__special_case_days=30) == []
    assert charters.FORMER & {f"group.{key}" for key in charters.body_of("")["group"]} == set()


def test_every_number_of_the_default_charter_names_its_source() -> None:
    lines = (charters.FOLDER / "示范章程.toml").read_text("utf-8").splitlines()
    bare = [line for line in lines if "=" in line and not line.startswith(("name", "#")) and "#" not in line]
    assert bare == []


@pytest.mark.parametrize(("settings", "fault"), [
    ({"loan": None}, "loan: missing"),
    ({"loan": 3}, "loan: must be a table"),
    ({"lon": {}}, "lon: unknown key"),
    ({"loan__months": 3}, "loan.months: unknown key"),
    ({"loan__months_max": None}, "loan.months_max: a whole number from 0 is needed"),
    ({"loan__months_max": -1}, "loan.months_max: a whole number from 0 is needed"),
    ({"loan__months_max": 12.5}, "loan.months_max: a whole number from 0 is needed"),
    ({"loan__months_max": True}, "loan.months_max: a whole number from 0 is needed"),
    ({"group__guarantor_may_borrow": 1}, "group.guarantor_may_borrow: true or false is needed"),
    ({"loan__plan_default": 5}, "loan.plan_default: a text is needed"),
    ({"remind__days_before": 7}, "remind.days_before: a list of int is needed"),
    ({"remind__days_before": ["7"]}, "remind.days_before: a list of int is needed"),
    ({"loan__forbidden_purposes": [1]}, "loan.forbidden_purposes: a list of str is needed"),
    ({"loan__plan_default": "weekly"}, "loan.plan_default: not a plan"),
    ({"loan__months_default": 13}, "loan.months_default: not within 1 and loan.months_max"),
    ({"loan__months_default": 0}, "loan.months_default: not within 1 and loan.months_max"),
    ({"fee__ppm_month": 7501}, "fee.ppm_month: above fee.ppm_month_max"),
    ({"loan__first_max_fen": 1000001}, "loan.first_max_fen: above loan.later_max_fen"),
    ({"approval__keys": ["chair"]}, "approval.keys: two of treasurer, chair, director are needed"),
    ({"approval__keys": ["chair", "cashier"]}, "approval.keys: two of treasurer, chair, director are needed"),
    ({"approval__code_tries": 4}, "approval.code_tries: 1 to 3"),
    ({"approval__code_hours": 25}, "approval.code_hours: 1 to 24"),
    ({"disclosure__loan_days": 0}, "disclosure.loan_days: at least 1"),
    ({"loan__pool_permille": 1001}, "loan.pool_permille: at most 1000"),
    ({"group__size_min": 9}, "group.size_min: above group.size_max"),
    ({"overdue__charge_percent": 301}, "overdue.charge_percent: at most 300"),
    ({"fee__day_count": "weeks"}, "fee.day_count: one of"),
    ({"early__plan": "never"}, "early.plan: one of keep, shorten, lower is needed"),
    ({"early__quote_hour": 25}, "early.quote_hour: 0 to 24"),
    ({"early__quote_days": 4}, "early.quote_days at most 3"),
    ({"extension__months_max": 0}, "extension.months_max: with extension.disclosure_days at least 1"),
    ({"extension__disclosure_days": 0}, "it must be published"),
    ({"write_off__disclosure_days": 0}, "write_off.disclosure_days: at least 1"),
    ({"write_off__reserves": ["retained"]}, "write_off.reserves: risk_reserve first"),
    ({"write_off__reserves": []}, "write_off.reserves: risk_reserve first"),
    ({"write_off__reserves": ["risk_reserve", "cash"]}, "write_off.reserves: risk_reserve first"),
    ({"write_off__reserves": ["risk_reserve", "risk_reserve"]}, "write_off.reserves: one account is named twice"),
    ({"window__last_day": 32}, "window.last_day: a day of the month"),
    ({"priority__poor_first": "last"}, "priority.poor_first: one of off, short, waiting is needed"),
    ({"broadcast__text_max": 181}, "broadcast.text_max: 10 to 180"),
    ({"sheets__county_day": 29}, "sheets.county_day: 1 to 28"),
    ({"sheets__days": 0}, "sheets.days: at least 1"),
    ({"identity__rebind_hours": 23}, "identity.rebind_hours: at least 24"),
    ({"identity__vouchers": 1}, "identity.vouchers: 2"),
    ({"identity__codes_an_hour": 21}, "identity.codes_an_hour: 1 to 20"),
    ({"identity__reconfirm_days": 29}, "identity.reconfirm_days: at least 30"),
    ({"identity__officer_acts_a_day": 0}, "identity.officer_acts_a_day: at least 1"),
    ({"subsidy__poor_permille": 1001}, "subsidy.poor_permille: at most 1000"),
    ({"overdue__steps_days": [1, 4, 7]}, "overdue.steps_days: a day from 1 for each of told, locked"),
    ({"overdue__steps_days": [1, 4, 7, 15, 30, 60, 90, 912, 150]}, "each later than the one before"),
    ({"overdue__steps_days": [1, 4, 4, 15, 30, 60, 90, 150, 912]}, "each later than the one before"),
    ({"overdue__steps_days": [0, 4, 7, 15, 30, 60, 90, 150, 912]}, "overdue.steps_days: a day from 1"),
    ({"society__poor_share_permille": 1001}, "society.poor_share_permille: at most 1000"),
    ({"society__founding_refused": True, "society__min_households": 0}, "society.min_households: at least 1"),
    ({"roles__apart": ["treasurer cashier", "chair member"]}, "roles.apart: chair member: two of cashier, chair"),
    ({"roles__apart": ["treasurer cashier", "chair chair"]}, "roles.apart: chair chair: two of"),
    ({"roles__apart": ["chair supervisor"]}, "roles.apart: treasurer cashier is needed"),
    ({"board__day": 29}, "board.day: a day that every month has"),
    ({"board__day": 14, "window__last_day": 15}, "board.day: not before window.last_day"),
    ({"alert__lent_red_permille": 601}, "alert.lent_red_permille: not above alert.lent_yellow_permille"),
    ({"alert__lent_yellow_permille": 1001}, "alert.lent_red_permille: not above"),
    ({"alert__bad_yellow_permille": 151}, "alert.bad_yellow_permille: 1 to alert.bad_red_permille"),
    ({"alert__bad_yellow_permille": 0}, "alert.bad_yellow_permille: 1 to"),
    ({"alert__bad_red_permille": 1001}, "alert.bad_yellow_permille: 1 to"),
    ({"alert__on_time_permille": 1001}, "alert.on_time_permille: at most 1000"),
])
def test_a_fault_is_named_by_its_key(settings: dict[str, Any], fault: str) -> None:
    found = faults(**settings)
    assert any(fault in one for one in found), found


@pytest.mark.parametrize("settings", [
    {"extension__times_max": 0, "extension__months_max": 0}, {"window__last_day": 15}, {"early__plan": "lower"},
    {"write_off__reserves": ["risk_reserve"]}, {"subsidy__poor_permille": 1000}, {"priority__poor_first": "off"},
    {"board__day": 20, "window__last_day": 15, "board__supervisor": True}, {"cost__lpr_multiple": 0},
    {"board__day": 15, "window__last_day": 15}, {"overdue__steps_days": [2, 5, 10, 20, 31, 61, 91, 151, 913]},
    {"roles__apart": ["cashier treasurer"]}, {"society__min_households": 40, "society__founding_refused": True},
    {"fee__day_count": "days_365"}, {"loan__contribution_multiple": 10}, {"overdue__charge_percent": 0},
])
def test_what_a_society_may_choose(settings: dict[str, Any]) -> None:
    assert faults(**settings) == []


def test_all_faults_are_named_at_once() -> None:
    assert len(faults(loan__months_max="12", fee__ppm_month=-1, window=None)) == 3
    assert len(faults(approval__code_tries=9, window__last_day=40, early__plan="x")) == 3


def test_a_charter_that_is_no_file_is_refused() -> None:
    for name in ("没有这个", "../示范章程", "counties/示范细则"):
        with pytest.raises(CharterError, match="no charter is called"):
            charters.body_of(name)


def test_a_charter_kept_before_these_tables_were_known_has_the_defaults_of_them() -> None:
    old = changed(society=None, roles=None, board=None, cost=None, alert=None)
    assert charters.from_body(old) == charters.from_body(charters.body_of(""))
