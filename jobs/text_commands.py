"""`huzhu texts`: every text that people get, with example facts, for a treasurer or a county to read and approve."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bot import examples, texts

from .books_commands import Tools

TITLES = {
    "greeting": "还没登记的人", "help": "帮助", "say": "一般的答复", "unknown": "没看懂", "still_open": "有事等着确认",
    "menu": "按数字选的", "which": "问是哪一个", "ambiguous": "问缺什么", "balance": "余额", "statement": "明细",
    "schedule": "还款计划", "payoff": "结清", "notices": "公示", "check": "验收据", "rules": "能借多少",
    "contacts": "找谁", "template": "微信模板消息的标题", "wechat_menu": "公众号菜单",
    "borrow": "借款", "withdraw": "撤回", "consent": "同意联保", "refuse": "不同意联保", "sign": "签字",
    "received": "收到钱", "not_received": "没收到钱", "repay": "说还了钱", "dispute": "对不上", "approve": "审批",
    "reject": "驳回", "hold": "暂停", "release": "恢复", "object": "异议", "answer": "答复", "pay_out": "放款",
    "collect": "收款", "undo": "撤账", "reverse": "冲正", "extend": "展期", "extension": "展期", "write_off": "核销",
    "credit": "多收待退",
    "spend": "支出", "bank_in": "存银行", "bank_out": "取款", "fund_in": "入账", "count": "点钞",
    "pending": "待办", "overdue": "逾期", "find": "查人", "day_sheet": "今日账", "join": "入社", "propose": "报请",
    "second": "复核",
    "turn_down": "退回", "fee": "入社费", "contribute": "补交互助金", "leave": "退社", "stay": "不退社",
    "refund": "退互助金", "group": "小组", "kin": "亲属", "pair": "结对", "assent": "征求同意", "stand_in": "代签代借",
    "reconfirm": "好久没用的手机", "phone": "换手机", "freeze": "停和解冻", "password": "暗号",
    "motion": "社员表决", "figures": "县里查数", "alerts": "县里预警",
    "rectify": "县里整改", "notice": "社里主动发的", "refusal": "办不了的原因",
}
HEAD = """# 互助社发给大家的话

这里是系统会发出的每一句话，人名、钱数、日子都是例子。会计和县里可以逐句看，觉得不妥的，
县里写一个文件换掉（配置 `[server] texts`），不用改程序。“短信”是这个例子占几条短信，一条70个字，最多三条。

本文件由 `huzhu texts > docs/messages.zh-CN.md` 生成，不要手改。
"""


def page() -> str:
    """The whole list as Markdown."""
    lines, last = [HEAD], ""
    for key in examples.every_key():
        section, _, name = key.partition(".")
        if section != last:
            lines.append(f"\n## {TITLES.get(section, section)}（{section}）\n\n| 话 | 短信 | 名字 |\n|---|---|---|")
            last = section
        said = examples.said(key).replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {said} | {examples.parts(key)} | {name} |")
    return "\n".join(lines) + "\n"


def add(main: click.Group, tools: Tools) -> None:
    """Hang the command into the command line."""

    @main.command("texts")
    @tools._command
    def every_text(config_path: Path | None, as_json: bool) -> None:
        """Every text that people get, with example facts, as Markdown (docs/messages.zh-CN.md)."""
        if as_json:
            said: dict[str, Any] = {key: examples.said(key) for key in examples.every_key()}
            tools._print_json(said)
            return
        click.echo(page(), nl=False)

    assert every_text is not None and texts.FILE.exists()
