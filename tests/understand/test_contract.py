"""The table of the outside contract, row by row and role by role: what stands there is read as it stands there."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understand import read

OFFICERS = ("director", "chair", "treasurer", "cashier", "supervisor")
MEMBERS = ("member", *OFFICERS)
ABOVE = ("township", "county")
ALL = (*MEMBERS, *ABOVE, "finance", "province", "nation")
LOAN = {"loan": 23}

TABLE: list[tuple[tuple[str, ...], str, str, dict[str, Any]]] = [
    (ALL, "帮助", "help", {}),
    (ALL, "1", "yes", {}), (ALL, "是", "yes", {}), (ALL, "确认", "yes", {}), (ALL, "同意", "yes", {}),
    (ALL, "0", "no", {}), (ALL, "否", "no", {}), (ALL, "取消", "no", {}), (ALL, "不同意", "no", {}),
    (MEMBERS, "余额", "balance", {}), (MEMBERS, "鱼额", "balance", {}), (MEMBERS, "明细", "statement", {}),
    (MEMBERS, "还款计划", "schedule", {}), (MEMBERS, "還款計劃", "schedule", {}),
    (MEMBERS, "借3000买化肥6个月", "borrow", {"amount_fen": 300000, "purpose": "买化肥", "months": 6}),
    (MEMBERS, "借3千5", "borrow", {"amount_fen": 350000}),
    (MEMBERS, "借叁仟伍佰元整", "borrow", {"amount_fen": 350000}),
    (MEMBERS, "借1.5万", "borrow", {"amount_fen": 1500000}), (MEMBERS, "借两百", "borrow", {"amount_fen": 20000}),
    (MEMBERS, "撤回 23", "withdraw", LOAN), (MEMBERS, "同意联保 23", "consent", LOAN),
    (MEMBERS, "不同意联保 23", "refuse", LOAN), (MEMBERS, "签 23", "sign", LOAN), (MEMBERS, "签23号", "sign", LOAN),
    (MEMBERS, "收到 23", "received", LOAN), (MEMBERS, "收到23号", "received", LOAN),
    (MEMBERS, "没收到 23", "not_received", LOAN), (MEMBERS, "我还了500", "repay", {"amount_fen": 50000}),
    (MEMBERS, "结清要多少", "payoff", {}), (MEMBERS, "不符 我还的是600", "dispute", {"text": "我还的是600"}),
    (MEMBERS, "展期 23 3个月 猪没出栏", "extend", {"loan": 23, "months": 3, "text": "猪没出栏"}),
    (ALL, "公示", "notices", {}), (MEMBERS, "异议 23 理由", "object", {"loan": 23, "text": "理由"}),
    (ALL, "投诉 内容", "complain", {"text": "内容"}), (ALL, "入社", "join", {}), (MEMBERS, "退社", "leave", {}),
    (ALL, "能借多少", "rules", {}), (ALL, "占用费多少", "rules", {}),
    (ALL, "找谁", "contacts", {}), (ALL, "会计电话", "contacts", {}),
    (ALL, "退订", "stop", {}), (ALL, "TD", "stop", {}), (ALL, "T", "stop", {}), (ALL, "R", "stop", {}),
    (ALL, "订阅", "resume", {}), (ALL, "绑定", "bind", {}),
    (ALL, "绑定 13800138000", "bind", {"phone": "13800138000"}),
    (MEMBERS, "投票 3 赞成", "vote", {"vote": 3, "choice": "赞成"}),
    (MEMBERS, "投票 3 弃权", "vote", {"vote": 3, "choice": "弃权"}),
    (ALL, "验 k7q2m", "check", {"code": "K7Q2M"}), ((*OFFICERS, *ABOVE), "待办", "pending", {}),
    (OFFICERS, "批 23", "approve", LOAN), (OFFICERS, "批 23 482913", "approve", {"loan": 23, "code": "482913"}),
    (OFFICERS, "驳回 23 理由", "reject", {"loan": 23, "text": "理由"}), (("cashier",), "放款 23", "pay_out", LOAN),
    (("cashier",), "收 陈桂花 500 王五 300 李四 全", "collect", {"lines": [
        {"person": "陈桂花", "amount_fen": 50000}, {"person": "王五", "amount_fen": 30000},
        {"person": "李四", "amount_fen": "all"}]}),
    (("cashier", "treasurer"), "撤", "undo", {}),
    (("treasurer",), "冲正 118 记错人", "reverse", {"entry": 118, "text": "记错人"}),
    (("treasurer",), "支出 50 打印纸", "spend", {"amount_fen": 5000, "text": "打印纸"}),
    (("cashier",), "存银行 2000", "bank_in", {"amount_fen": 200000}),
    (("cashier",), "取款 2000", "bank_out", {"amount_fen": 200000}),
    (("treasurer",), "入账 财政 150000", "fund_in", {"source": "财政", "amount_fen": 15000000}),
    (("treasurer",), "入账 捐赠 500", "fund_in", {"source": "捐赠", "amount_fen": 50000}),
    (("cashier", "supervisor"), "点 3200", "count", {"amount_fen": 320000}),
    (OFFICERS, "今日账", "day_sheet", {}), (OFFICERS, "逾期", "overdue", {}),
    (OFFICERS, "查 陈桂花", "find", {"person": "陈桂花"}), (ABOVE, "查 陈桂花", "figures", {"society": "陈桂花"}),
    (ABOVE, "查 上坪 逾期", "figures", {"society": "上坪", "topic": "逾期"}),
    (ABOVE, "查 QS001", "figures", {"society": "QS001"}), (ABOVE, "汇总", "figures", {}),
    (("treasurer", "supervisor"), "发公示", "publish", {}),
    (OFFICERS, "通知 明天上午开会", "broadcast", {"text": "明天上午开会"}),
    (("chair",), "表决 章程改为月费率4‰", "start_vote", {"text": "章程改为月费率4‰"}),
    (("supervisor",), "暂停 23 理由", "hold", {"loan": 23, "text": "理由"}),
    (("supervisor",), "恢复 23", "release", LOAN),
    (OFFICERS, "答复 5 内容", "answer", {"item": 5, "text": "内容"}), (ABOVE, "预警", "alerts", {}),
    (("county",), "整改 上坪 30天 内容", "rectify", {"society": "上坪", "days": 30, "text": "内容"}),
    (ALL, "23", "unknown", {}),
]


@pytest.mark.parametrize(("roles", "text", "command", "slots"), TABLE, ids=[text for _, text, _, _ in TABLE])
def test_as_the_table_says(roles: tuple[str, ...], text: str, command: str, slots: dict[str, Any]) -> None:
    for role in roles:
        found = read(text, role)
        assert (found.command, found.slots, list(found.ambiguous)) == (command, slots, []), role


def test_a_cashier_who_takes_money_in_is_no_borrower() -> None:
    assert read("收到500元", "cashier").command == "collect"
    assert read("收到王五 500", "cashier").command == "collect"
