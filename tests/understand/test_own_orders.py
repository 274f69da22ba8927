"""The fund's own orders, which nobody wrote for the weights, are read as they are written, whoever is named in them."""

from __future__ import annotations

import pytest

from bot.understand import read
from ledger.codes import receipt

ORDERS = {
    "form_group": ("chair", "组建 第二组 组长钱大海 钱小梅 钱长福 钱秀英 钱建国"),
    "apply_for": ("chair", "代借 钱大海 3000买化肥10个月"),
    "permit": ("supervisor", "特批 钱大海"),
    "pair": ("chair", "结对 范文才 钱大海"),
    "set_off": ("treasurer", "抵扣 23"),
    "go_first": ("chair", "先办 23 她家孩子上学"),
    "sent_to": ("treasurer", "送达 钱大海"),
}


@pytest.mark.parametrize("command", ORDERS)
def test_from_end_to_end(command: str) -> None:
    role, text = ORDERS[command]
    assert read(text, role).command == command


@pytest.mark.parametrize("written", ["验 {}", "验{}", "验证 {}"])
def test_every_code_that_a_receipt_can_carry(written: str) -> None:
    """Also those of letters alone, which are every sixth: no weight may take them for talk."""
    for number in range(0, 1 << 25, 22_369):
        code = receipt(f"{number:08x}")
        found = read(written.format(code if number % 2 else code.lower()))
        assert (found.command, found.slots) == ("check", {"code": code}), code
