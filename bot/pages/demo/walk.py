"""One loan, walked through a running demo over HTTP alone: asked, vouched for, approved, disclosed, signed, paid out,
reminded of, repaid with a receipt, and then late.

Each step waits for the text that a person would wait for; the first one that does not come ends the walk.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from .stage import Stage, WalkFailed, after, found

__all__ = ["WalkFailed", "walk"]

BORROWER, LEADER, MATE, NEIGHBOUR = "陈桂花", "刘大山", "孙二妹", "胡满仓"
TREASURER, CHAIR, CASHIER = "李秀英", "王建国", "张强"
AMOUNT, CAPITAL, FIRST = "3000元", "叁仟元整", "315元"


def walk(base_url: str, say: Callable[[str], None], *, wechat: bool = False) -> None:
    """Walks the loan and gives the transcript to `say`, line by line. Raises WalkFailed where it stops. With `wechat`
    everybody who acts binds the official account first and writes only there."""
    stage = Stage(base_url, say)
    if wechat:
        stage.step("大家关注公众号，绑定手机")
        for name in (BORROWER, LEADER, MATE, NEIGHBOUR, TREASURER, CHAIR, CASHIER):
            stage.go_over_to_wechat(name)
    _borrow(stage)
    _vouch(stage)
    _approve(stage)
    _disclose(stage)
    _sign(stage)
    first_due = _pay_out(stage)
    _remind(stage, first_due)
    _repay(stage)
    _late(stage, _second_due(stage))
    _locked(stage)
    stage.page("/health/ready", "true")
    phones, texts = stage.others()
    say(f"\n走完了：{stage.loan}号借款从申请到收据，再到逾期。全村还有{phones}部手机收到{texts}条别的借款的提醒和催款。")


def _borrow(stage: Stage) -> None:
    stage.step(f"{BORROWER}问余额，申请借款")
    stage.send(BORROWER, "余额")
    stage.hear(BORROWER, "互助金", "没有借款")
    stage.send(BORROWER, "借3000买化肥10个月")
    stage.hear(BORROWER, AMOUNT, CAPITAL, FIRST, "回1确认")
    stage.send(BORROWER, "1")
    stage.begin(int(found(r"([0-9]+)号", stage.hear(BORROWER, "已申请"))))


def _vouch(stage: Stage) -> None:
    stage.step("同组的人联保")
    for name in (LEADER, MATE):
        stage.hear(name, BORROWER, AMOUNT, f"同意联保 {stage.loan}")
    for name in (LEADER, MATE):
        stage.send(name, f"同意联保 {stage.loan}")
        stage.hear(name, "您同意给", "联保")
    stage.hear(BORROWER, LEADER, MATE, "已同意联保")


def _approve(stage: Stage) -> None:
    stage.step("会计和理事长各凭自己手机上的码审批")
    for name, answer in ((TREASURER, "等另一位审批"), (CHAIR, "两人都批了")):
        code = found(rf"批 {stage.loan} ([0-9]{{6}})", stage.hear(name, BORROWER, CAPITAL, f"批 {stage.loan} "))
        stage.send(name, f"批 {stage.loan} {code}")
        stage.hear(name, f"已批{stage.loan}号", answer)


def _disclose(stage: Stage) -> None:
    stage.step("公示")
    closes = stage.day_in(stage.hear(BORROWER, "已批准", "公示到"))
    board = f"/notices/{stage.society}"
    stage.page(board, BORROWER, AMOUNT)
    page = f"{board}/{stage.notice()}"
    stage.page(page, BORROWER, AMOUNT, CAPITAL, "公示中")
    stage.page(f"{page}?print=1", BORROWER, CAPITAL)
    stage.tell(f"公示栏 {page} 挂出来了，海报可打印")
    stage.move(after(closes, 1))
    for name in (BORROWER, LEADER, MATE):
        stage.hear(name, "公示完了", f"签 {stage.loan}")
    stage.page(page, "公示结束")


def _sign(stage: Stage) -> None:
    stage.step("借款人和代偿人签字")
    for name, term in ((BORROWER, "首期315元"), (LEADER, "连带责任"), (MATE, "连带责任")):
        stage.send(name, f"签 {stage.loan}")
        stage.confirm(name, f"{stage.loan}号合同", CAPITAL, term)
        stage.hear(name, f"已签字：{stage.loan}号")
    stage.hear(BORROWER, "手续齐了")


def _pay_out(stage: Stage) -> date:
    stage.step("出纳放款，本人收到")
    stage.hear(CASHIER, f"放款 {stage.loan}")
    stage.send(CASHIER, f"放款 {stage.loan}")
    stage.confirm(CASHIER, BORROWER, CAPITAL)
    stage.hear(CASHIER, f"已放款{stage.loan}号", "凭证")
    told = stage.hear(BORROWER, "已放款", f"收到 {stage.loan}", FIRST)
    for name in (LEADER, MATE):
        stage.hear(name, "今天已放款", "代偿人")
    stage.send(BORROWER, f"收到 {stage.loan}")
    stage.hear(BORROWER, "已记下您收到")
    return stage.day_in(found(r"(第一期.*)", told))


def _remind(stage: Stage, due: date) -> None:
    stage.step("到期前七天、前一天、当天提醒")
    for days in (7, 1):
        stage.move(after(due, -days))
        stage.hear(BORROWER, "提醒", FIRST, f"还有{days}天")
    stage.move(due)
    stage.hear(BORROWER, "提醒", "今天该还", FIRST)


def _repay(stage: Stage) -> None:
    stage.step("出纳收款，本人得收据并核对")
    stage.send(CASHIER, f"收 {BORROWER} 315")
    stage.confirm(CASHIER, BORROWER, FIRST, "叁佰壹拾伍元整")
    stage.hear(CASHIER, "已入账", FIRST)
    check = found(r"收据([0-9A-Z]{5})", stage.hear(BORROWER, "还款315元", "收据", "还剩2700元"))
    stage.send(BORROWER, f"验 {check}")
    stage.hear(BORROWER, "真的", FIRST)


def _second_due(stage: Stage) -> date:
    stage.send(BORROWER, "还款计划")
    return stage.day_in(found(r"：(.*)", stage.hear(BORROWER, f"{stage.loan}号还剩2700元")))


def _late(stage: Stage, due: date) -> None:
    stage.step("第二期晚了，一步一步告诉该知道的人")
    stage.move(after(due, 1))
    stage.hear(BORROWER, "已晚1天")
    stage.hear(LEADER, BORROWER, "已晚1天")
    stage.move(after(due, 4))
    stage.hear(BORROWER, "已晚4天")
    for name in (MATE, NEIGHBOUR):
        stage.hear(name, BORROWER, "已晚4天", "全组暂不能借款")
    stage.move(after(due, 7))
    for name in (CHAIR, TREASURER):
        stage.hear(name, BORROWER, f"{stage.loan}号", "已晚7天")
    stage.hear(MATE, BORROWER, "已晚7天", "代偿人")


def _locked(stage: Stage) -> None:
    stage.step("同组的人这时借不了款")
    stage.send(NEIGHBOUR, "借1000买种子")
    stage.hear(NEIGHBOUR, "还清后全组才能借")
