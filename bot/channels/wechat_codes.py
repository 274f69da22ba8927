"""Codes to hang up in the village: who scans one is known to mean this society.

The official account's brings `qrscene_<society>` with the follow (bot/strangers.py); the mini-program's opens a page
with the society as its scene.
"""

from __future__ import annotations

import json
import re

from bot.channels.wechat_api import WeChatApi

SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@._~-]{1,32}", re.ASCII)
"""What a scene may be (developers.weixin.qq.com getUnlimitedQRCode); the official account's may be longer."""
_PAGE = re.compile(r"[0-9A-Za-z_-]+(/[0-9A-Za-z_-]+)*", re.ASCII)


def official(api: WeChatApi, scene: str) -> str:
    """The address of the picture of a code that never ends. Raises ValueError for what is no scene.

    developers.weixin.qq.com/doc/offiaccount/Account_Management/Generating_a_Parametric_QR_Code; an account has
    100,000 of them, and the same scene gives the same code.
    """
    _check(scene)
    made = api.qrcode.create({
        "action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}})
    return str(api.qrcode.get_url(made))


def of_miniprogram(api: WeChatApi, scene: str, page: str) -> bytes:
    """The picture itself. The page need not be published yet. Raises ValueError for what is no scene or page."""
    _check(scene)
    if not _PAGE.fullmatch(page):
        raise ValueError(f"{page!r} is no page of a mini-program: they look like pages/index/index")
    asked = {"scene": scene, "page": page, "check_path": False}
    return api.picture("/wxa/getwxacodeunlimit", json.dumps(asked).encode())


def _check(scene: str) -> None:
    if not SCENE.fullmatch(scene):
        raise ValueError(f"{scene!r} cannot be a scene: 1 to 32 letters, digits and signs of addresses")
