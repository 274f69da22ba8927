"""Every money command wrapped in talk: denied, asked about, told of others, wished, feared. None of it books anything.

The wrappings are grammar, not examples: each one must hold for each command and each officer who might say it.
"""

from __future__ import annotations

import pytest

from bot.understand import read
from tests.understand.score import is_money

ORDERS = {
    "member": [
        "借3000买化肥",
        "借3000",
        "还了500",
        "还500",
        "同意联保23",
        "签23",
        "签字",
        "收到23",
        "收到钱",
        "收到23号",
    ],
    "treasurer": ["批23", "批准23号", "冲正118", "支出50买纸", "入账财政5000", "撤"],
    "cashier": ["放款23", "收王五500", "收 陈桂花 500", "存银行2000", "取款2000", "点3200", "撤"],
}
TALK = """
    要是{}就好了 如果{}怎么办 他说{} 听说{} 我没有{} 我没{} 我不{} 不{} 他{}了吗 {}了吗 {}没有 老王{}了 王五{}了
    王五要{} 明天{} 等有空再{} 早知道就{} 谁{}了 别{} 不要{} 为什么{} {}是什么意思 我哥{}
    去年{} 万一{}呢 假如{} 不用{} 他{}
    有人{} 我妈{}了 能不能不{} 我什么时候{}了 {}？ 昨天梦见{} 先别{} 暂时不{} 还没{} 我还没{} 他让我{} 以前{}过
    {}的话会怎样 我想知道怎么{} 新闻说{} 是不是要{} 我差点{} 不想{} 谁让你{}的 你{}
"""


@pytest.mark.parametrize(("role", "order"), [(role, order) for role, orders in ORDERS.items() for order in orders])
def test_wrapped_in_talk(role: str, order: str) -> None:
    assert is_money(read(order, role)), "the bare order is one"
    for wrapping in TALK.split():
        text = wrapping.format(order)
        assert not is_money(read(text, role)), text
