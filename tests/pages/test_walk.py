"""The whole story of one loan over HTTP, and how its failure is told."""

from __future__ import annotations

import pytest

from bot.pages.demo import stage
from bot.pages.demo.walk import WalkFailed, walk
from tests.pages.conftest import Demo


def test_one_loan_is_walked_from_the_question_to_the_locked_group(demo: Demo) -> None:
    lines: list[str] = []
    walk(demo.base_url, lines.append)
    text = "\n".join(lines)
    assert "陈桂花 收 收到您23号还款315元" in text
    assert "胡满仓 收 第三组有人晚还7天" in text
    assert "郭小兰 收 陈桂花申请23号借款3000元用于买化肥" in text, "what came before the number was known is shown too"
    assert "还有" in lines[-1]


def test_the_same_loan_is_walked_over_wechat(demo: Demo) -> None:
    """Sealed pushes in, passive replies and customer messages out; no code but the one that binds comes by SMS."""
    lines: list[str] = []
    walk(demo.base_url, lines.append, wechat=True)
    text = "\n".join(lines)
    assert "陈桂花 收 收到您23号还款315元" in text and "胡满仓 收 第三组有人晚还7天" in text
    assert "请回1" in text and "确认请回验证码" not in text
    assert "还有" in lines[-1]


def test_a_text_that_does_not_come_ends_the_walk_with_step_phone_and_what_is_there(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "WAIT_S", 0.2)
    demo.delivering.clear()
    with pytest.raises(WalkFailed) as failure:
        walk(demo.base_url, lambda _: None)
    said = str(failure.value)
    assert said.startswith("第1步 陈桂花问余额，申请借款：陈桂花的手机 19900000012 在0秒内没有收到含“互助金”")
    assert "sent 余额" in said


def test_without_a_server_the_walk_says_so() -> None:
    with pytest.raises(WalkFailed, match="没有应答"):
        walk("http://127.0.0.1:9", lambda _: None)
