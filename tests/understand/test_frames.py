"""The same request with its values in every spelling and its words in every order: the frame must not decide.

Each value is tried in one frame and each frame with one value, so that a spelling that fails is named by its test.
"""

from __future__ import annotations

import pytest

from bot.understand import read

SUMS = {
    "6千": 6000, "1千八": 1800, "一千8": 1800, "3600": 3600, "八千六": 8600, "一万一千五": 11500, "8600元": 8600,
    "2.5千": 2500, "1万2千5": 12500, "一万二": 12000, "5K": 5000, "五千块钱": 5000, "伍仟元整": 5000, "¥2000": 2000,
    "2,500": 2500, "一千零五十": 1050, "3千零50": 3050, "950": 950, "1.5万元": 15000, "两千八": 2800,
}  # fmt: skip
TERMS = {
    "十个月": 10, "10个月": 10, "一年": 12, "半年": 6, "一年半": 18, "十一个月": 11, "一年零两个月": 14,
    "一年四个月": 16, "1年零3个月": 15, "十二期": 12, "俩月": 2, "一个季度": 3, "两年": 24, "拾贰个月": 12,
}  # fmt: skip
BORROW = (
    "借{sum}买羊，{term}", "{term}，借{sum}，买羊", "我家想买羊，借{sum}，{term}还",
    "申请借款{sum}，用途买羊，期限{term}",
    "放{sum}给我买羊，{term}还清", "急等{sum}买羊，{term}就还上", "贷给我{sum}，买羊，{term}",
    "买羊差{sum}，想借，{term}还", "麻烦了，借{sum}，{term}，买羊，要得不",
)  # fmt: skip
REPAY = ("我还了{sum}", "这个月的还了，{sum}", "刚才还给出纳{sum}", "会计你好，还款{sum}，谢谢", "{sum}已经还了")
OFFICER = {
    "spend": ("支出{sum}买账本", "买账本花了{sum}", "买账本{sum}，支出"),
    "bank_in": ("存银行{sum}", "{sum}送存银行", "存专户{sum}"),
    "bank_out": ("取款{sum}", "从专户取{sum}放款用"),
    "count": ("点{sum}", "库存现金{sum}", "数了一遍{sum}"),
}
EITHER = (
    "23还是24", "23号或者24号", "二十三还是二十四", "好像是23又好像是24", "不是23就是24", "23、24记不清",
    "23还是24来着",
)  # fmt: skip
TWO = {
    "member": ("签{}", "同意联保{}", "撤回{}", "结清{}要多少"), "treasurer": ("批{}",), "cashier": ("放款{}",),
    "supervisor": ("恢复{}",),
}  # fmt: skip
RECTIFY = (
    "整改 龙潭 半个月 白条抵库", "给龙潭半个月整改，白条抵库", "龙潭半个月之内改过来，整改白条抵库",
    "叫龙潭半个月里整改好，白条抵库", "龙潭，白条抵库，限半个月整改", "龙潭，半个月，整改，白条抵库",
)  # fmt: skip


@pytest.mark.parametrize("frame", BORROW)
def test_a_wish_in_every_order(frame: str) -> None:
    reading = read(frame.format(sum="八千六", term="一年零两个月"))
    assert (reading.command, reading.ambiguous) == ("borrow", [])
    assert reading.slots == {"amount_fen": 860_000, "months": 14, "purpose": reading.slots["purpose"]}
    assert "买羊" in reading.slots["purpose"]


@pytest.mark.parametrize(("written", "yuan"), SUMS.items())
def test_a_sum_in_every_spelling(written: str, yuan: int) -> None:
    for role, command, frame in (
        ("member", "borrow", BORROW[0]), ("member", "borrow", BORROW[1]), ("member", "repay", REPAY[0]),
        ("cashier", "bank_in", "存银行{sum}"), ("treasurer", "spend", "买账本花了{sum}"),
    ):  # fmt: skip
        reading = read(frame.format(sum=written, term="半年"), role)
        assert (reading.command, reading.slots.get("amount_fen"), reading.ambiguous) == (command, yuan * 100, [])


@pytest.mark.parametrize(("written", "months"), TERMS.items())
def test_a_term_in_every_spelling(written: str, months: int) -> None:
    for frame in BORROW[:4]:
        assert read(frame.format(sum="3000", term=written)).slots["months"] == months


@pytest.mark.parametrize("frame", REPAY)
def test_a_payment_in_every_order(frame: str) -> None:
    assert read(frame.format(sum="四百五")).slots == {"amount_fen": 45_000}


@pytest.mark.parametrize(("command", "frame"), [(c, f) for c, frames in OFFICER.items() for f in frames])
def test_an_officer_s_entry_in_every_order(command: str, frame: str) -> None:
    reading = read(frame.format(sum="一千二"), "treasurer" if command == "spend" else "cashier")
    assert (reading.command, reading.slots["amount_fen"]) == (command, 120_000)


@pytest.mark.parametrize("either", EITHER)
def test_one_loan_or_another_is_asked(either: str) -> None:
    for role, frames in TWO.items():
        for frame in frames:
            reading = read(frame.format(either), role)
            assert "loan" not in reading.slots and reading.ambiguous == ["loan"], frame
            assert reading.choices["loan"] == [23, 24]


@pytest.mark.parametrize("text", RECTIFY)
def test_rectifying_in_every_order(text: str) -> None:
    slots = read(text, "county").slots
    assert (slots["society"], slots["days"]) == ("龙潭", 15) and "白条抵库" in slots["text"]


@pytest.mark.parametrize("text", [
    "收 周大贵 400 杨秀珍 全", "今日收还款：1、周大贵 400；2、杨秀珍 全", "收周大贵400，杨秀珍把剩下的都还清了",
    "周大贵还了四百，杨秀珍全还清", "收 周大贵 400、杨秀珍 全，共两笔",
])  # fmt: skip
def test_a_list_in_every_form(text: str) -> None:
    assert read(text, "cashier").slots["lines"] == [
        {"person": "周大贵", "amount_fen": 40_000}, {"person": "杨秀珍", "amount_fen": "all"},
    ]  # fmt: skip


@pytest.mark.parametrize("text", [
    "我弟想借三千买羊", "要是能借三千就买羊", "等有空了再借三千买羊", "去年借三千买羊，赔了", "听说他借了三千买羊",
    "收到货款八百", "刘二叫我给他担保，我没吭声", "联保联保，保来保去都是亲戚", "八几年借生产队二十块，还了三年",
    "我弟还了三百", "明天还三百", "还差三百没凑齐", "老王还了我三百", "31号说要放款，可我今天不在村里",
])  # fmt: skip
def test_the_same_words_told_or_imagined_bind_nobody(text: str) -> None:
    for role in ("member", "cashier", "treasurer"):
        reading = read(text, role)
        assert reading.command in ("unknown", "balance", "overdue", "rules"), (role, reading)


@pytest.mark.parametrize("text", ["不对 274", "不符 274", "不对 K7Q2M"])
def test_a_receipt_is_disputed_by_its_number(text: str) -> None:
    for role in ("member", "treasurer"):
        reading = read(text, role)
        assert reading.command == "dispute" and ("274" in reading.slots["text"] or "K7Q2M" in reading.slots["text"])
