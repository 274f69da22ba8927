"""A charter with a fault is not used: each fault is named by its key, all of them at once."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ledger import charter as charters
from ledger.charter import CharterError

BODY = charters.body_of("")
KEYS = [f"{section}.{key}" for section, table in BODY.items() if isinstance(table, dict) for key in table]


def faults(body: dict[str, Any]) -> list[str]:
    try:
        charters.from_body(body)
    except CharterError as error:
        return error.faults
    return []


def changed(**settings: Any) -> dict[str, Any]:
    """The default charter with values set by `section__key`."""
    body = copy.deepcopy(BODY)
    for name, value in settings.items():
        section, _, key = name.partition("__")
        body[section][key] = value
    return body


def test_the_default_charter_is_the_contract_s() -> None:
    made = charters.from_body(BODY)
    assert made == charters.from_body(charters.body_of("示范章程"))
    assert (made.loan.plan_default, made.loan.months_default, made.loan.grace_months) == ("equal_principal", 10, 0)
    assert (made.loan.first_max_fen, made.loan.later_max_fen, made.loan.months_max) == (500_000, 1_000_000, 12)
    assert made.loan.concurrent == 1 and made.fee.ppm_month == 5_000
    assert set(made.approval.keys) == {"treasurer", "chair"}
    assert (made.approval.code_hours, made.approval.code_tries) == (24, 3)
    assert made.disclosure.loan_days == 3
    assert made.group.borrowers_permille == 400 and not made.group.guarantor_may_borrow
    assert made.group.substitute_payers == 2 and made.group.locked_after_days == 4
    assert set(made.remind.days_before) == {7, 1, 0} and set(made.remind.bullet_days_before) == {30, 7, 1, 0}
    assert (made.cash.overnight_max_fen, made.cash.bank_within_days, made.collect.back_days_max) == (50_000, 3, 3)


@pytest.mark.parametrize("key", KEYS)
def test_each_key_is_needed_and_has_its_kind(key: str) -> None:
    section, name = key.split(".")
    missing = copy.deepcopy(BODY)
    del missing[section][name]
    assert any(fault.startswith(f"{key}:") for fault in faults(missing))
    wrongs: tuple[Any, ...] = ("0.5", 1.5, None, {}, [None], -1)
    for wrong in wrongs:
        if isinstance(wrong, str) and isinstance(BODY[section][name], str):
            continue
        body = copy.deepcopy(BODY)
        body[section][name] = wrong
        found = faults(body)
        assert any(fault.startswith(f"{key}:") for fault in found), f"{key} = {wrong!r}: {found}"


def test_true_is_no_number() -> None:
    assert faults(changed(loan__months_max=True)) == ["loan.months_max: a whole number from 0 is needed"]


def test_all_faults_at_once() -> None:
    body = changed(loan__months_max="12", fee__ppm_month=-1, loan__month_max=12)
    del body["cash"]
    body["cahs"] = {}
    named = {fault.split(":")[0] for fault in faults(body)}
    assert named == {"loan.months_max", "fee.ppm_month", "loan.month_max", "cash", "cahs"}


CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "loan.plan_default": {"loan__plan_default": "when convenient"},
    "loan.months_default": {"loan__months_default": 13},
    "fee.ppm_month": {"fee__ppm_month": 7_501},
    "loan.first_max_fen": {"loan__first_max_fen": 1_000_001},
    "approval.keys": {"approval__keys": ["treasurer", "cashier"]},
    "approval.code_tries": {"approval__code_tries": 4},
    "approval.code_hours": {"approval__code_hours": 25},
    "disclosure.loan_days": {"disclosure__loan_days": 0},
    "loan.pool_permille": {"loan__pool_permille": 1_001},
    "group.size_min": {"group__size_min": 9},
    "overdue.charge_percent": {"overdue__charge_percent": 301},
}


@pytest.mark.parametrize("key", CONTRADICTIONS)
def test_numbers_do_not_contradict_each_other(key: str) -> None:
    found = faults(changed(**CONTRADICTIONS[key]))
    assert [fault.split(":")[0] for fault in found] == [key]


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        # One person never holds both keys; the two are two posts.
        ("approval.keys", {"approval__keys": ["treasurer", "treasurer"]}),
        ("approval.keys", {"approval__keys": ["chair"]}),
        # Two substitute payers stand in every loan; the record and the texts know exactly two.
        ("group.substitute_payers", {"group__substitute_payers": 1}),
        ("group.substitute_payers", {"group__substitute_payers": 3}),
        ("fee.day_count", {"fee__day_count": "as the crow flies"}),
        # What a society gives with a share is told for every category and is never more than the share.
        ("contribution.gifted_fen", {"contribution__gifted_fen": [0, 0]}),
        ("contribution.matched_fen", {"contribution__matched_fen": [0, 0, 0]}),
        ("contribution.gifted_fen", {"contribution__gifted_fen": [20_001, 0, 0, 0, 0]}),
        ("contribution.shares_min", {"contribution__shares_min": 6}),
        ("contribution.shares_min", {"contribution__share_fen": 0}),
        ("overdue.charge_percent", {"overdue__charge_percent": 301}),
        # The year's split is whole, and no dividend is paid.
        ("distribution.base", {"distribution__base": "both"}),
        ("distribution", {"distribution__risk": 31}),
        ("distribution.dividend", {"distribution__dividend": True}),
        ("budget.lines", {"budget__lines": ["办公", "办公"]}),
        ("risk_fund.loss_permille", {"risk_fund__pool_permille": 1001}),
        ("relief.months_max", {"relief__months_max": 13}),
        ("ending.order", {"ending__order": ["members", "costs", "donations"]}),
    ],
)
def test_what_the_code_cannot_do_is_refused(key: str, settings: dict[str, Any]) -> None:
    assert [fault.split(":")[0] for fault in faults(changed(**settings))] == [key]


@pytest.mark.parametrize("name", ["没有这个", "../terms", "/etc/passwd", "示范章程.toml", "."])
def test_a_charter_is_a_file_of_its_folder(name: str) -> None:
    with pytest.raises(CharterError):
        charters.body_of(name)
