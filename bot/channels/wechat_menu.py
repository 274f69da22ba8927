"""The official account's menu: three buttons with what villagers ask most; a tap says the same as the written word.

developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu: three buttons of 16 bytes, five
inside each of 60 bytes, keys of 128.
"""

from __future__ import annotations

from typing import Any

from bot import texts
from bot.channels.wechat_api import WeChatApi

MENU = (
    ("wechat_menu.mine", ("wechat_menu.balance", "wechat_menu.schedule", "wechat_menu.statement",
                          "wechat_menu.payoff")),
    ("wechat_menu.loan", ("wechat_menu.rules", "wechat_menu.borrow", "wechat_menu.repay")),
    ("wechat_menu.fund", ("wechat_menu.notices", "wechat_menu.contacts", "wechat_menu.bind", "wechat_menu.help")),
)


def buttons() -> list[dict[str, Any]]:
    """The menu as WeChat takes it. A button inside is written `name=what a tap says`."""
    found = []
    for outer, inner in MENU:
        taps = []
        for key in inner:
            name, _, says = str(texts.find(key)).partition("=")
            taps.append({"type": "click", "name": name, "key": says})
        found.append({"name": str(texts.find(outer)), "sub_button": taps})
    return found


def install(api: WeChatApi) -> None:
    """Put our menu in the place of whatever is there. Raises what `WeChatApi` raises."""
    api.menu.create({"button": buttons()})


def remove(api: WeChatApi) -> None:
    api.menu.delete()


def installed(api: WeChatApi) -> list[dict[str, Any]]:
    """The menu that followers see now; empty when there is none (wechatpy gives None for WeChat's 46003)."""
    told = api.menu.get() or {}
    return list(told.get("menu", {}).get("button", []))
