"""WeChat's servers as far as we call them, as strict as they are: tokens, JSON, lengths, quotas, one-time codes.

Written from the documentation named at each call, and independent of the code it tests.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.http_fake import Answer, Call, HttpFake

WINDOW_SECONDS = 48 * 3600
PER_WINDOW = 5
TAP_SECONDS, PER_TAP = 60, 3
_FIELDS = {
    "thing": re.compile(r"(?s).{1,20}"),
    "number": re.compile(r"-?\d{1,32}(\.\d+)?", re.ASCII),
    "amount": re.compile(r"[¥￥$]?\d{1,10}(\.\d+)?元?", re.ASCII),
    "phrase": re.compile(r"[一-鿿]{1,5}"),
    "date": re.compile(r"\d{4}年\d{1,2}月\d{1,2}日( \d{1,2}:\d{2})?", re.ASCII),
    "time": re.compile(r"(\d{4}年\d{1,2}月\d{1,2}日 )?\d{1,2}:\d{2}", re.ASCII),
    "character_string": re.compile(r"[ -~]{1,32}"),
    "name": re.compile(r"[一-鿿]{1,10}|[A-Za-z ]{1,20}"),
    "phone_number": re.compile(r"[\d+-]{1,17}", re.ASCII),
}


class Code(Exception):
    """Ends a call with this errcode."""


@dataclass
class Follower:
    """What WeChat knows of one openid here."""

    wrote_at: float | None = None
    left: int = 0
    tapped_at: float | None = None
    left_of_tap: int = 0
    accepted: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """A message that reached a follower."""

    kind: str
    openid: str
    content: Any


class WeChatServer(HttpFake):
    """`sent` is what arrived on phones. `say_always` answers every call but the token's with one errcode;
    with `fickle_token` the token call then gives another one each time, with `stuck_token` never."""

    def __init__(self, app_id: str, app_secret: str, clock: Callable[[], float] = time.time) -> None:
        self.app_id, self.app_secret, self.clock = app_id, app_secret, clock
        self.sent: list[Sent] = []
        self.menu: Any = None
        self.say_always: int = 0
        self.say_at_token: int = 0
        self.stuck_token = False
        self.fickle_token = False
        self.followers: dict[str, Follower] = {}
        self.templates: dict[str, set[str]] = {}
        self.login_codes: dict[str, str] = {}
        self.phone_codes: dict[str, str] = {}
        self.say_at_login = 0
        self.country = "86"
        self.watermark_app_id, self.watermark_age = app_id, 0
        self._used: set[str] = set()
        self._once: dict[str, int] = {}
        self._token, self._token_good, self._tokens_made = "", False, 0
        super().__init__()

    # What a test does to the world outside.

    def follow(self, openid: str) -> Follower:
        return self.followers.setdefault(openid, Follower())

    def user_wrote(self, openid: str) -> None:
        """Opens the 48 hours in which five messages may be sent."""
        follower = self.follow(openid)
        follower.wrote_at, follower.left = self.clock(), PER_WINDOW

    def user_tapped(self, openid: str) -> None:
        """A menu, a scan, a follow: three messages within a minute."""
        follower = self.follow(openid)
        follower.tapped_at, follower.left_of_tap = self.clock(), PER_TAP

    def accept(self, openid: str, template_id: str) -> None:
        """One more message of this template is wanted."""
        accepted = self.follow(openid).accepted
        accepted[template_id] = accepted.get(template_id, 0) + 1

    def kill_token(self) -> None:
        with self.lock:
            self._token_good = False

    # The server itself.

    def answer(self, call: Call) -> Answer:
        route = _ROUTES.get(call.path)
        if route is None:
            return 404, b"not found"
        method, needs_token, work = route
        try:
            if call.method != method:
                raise Code(43002 if method == "POST" else 43001)
            if needs_token:
                self._check_token(call)
            return 200, work(self, call)
        except Code as code:
            return 200, {"errcode": code.args[0], "errmsg": "told by the fake"}

    def _check_token(self, call: Call) -> None:
        tokens = call.query.get("access_token", [])
        if len(tokens) != 1 or not tokens[0]:
            raise Code(41001)
        if self.say_always:
            self._token_good = self._token_good and not self.fickle_token
            raise Code(self.say_always)
        if tokens[0] != self._token or not self._token_good:
            raise Code(40001)

    def stable_token(self, call: Call) -> Any:
        """developers.weixin.qq.com/doc/offiaccount/Basic_Information/getStableAccessToken"""
        asked = _json(call, {"grant_type", "appid", "secret"}, {"force_refresh"})
        if self.say_at_token:
            raise Code(self.say_at_token)
        if asked["grant_type"] != "client_credential":
            raise Code(40002)
        if asked["appid"] != self.app_id:
            raise Code(40013)
        if asked["secret"] != self.app_secret:
            raise Code(40125)
        if not isinstance(asked.get("force_refresh", False), bool):
            raise Code(47001)
        if not self._token_good and not (self.stuck_token and self._token):
            self._tokens_made += 1
            self._token, self._token_good = f"{self._tokens_made}_" + "t" * 509, True
        return {"access_token": self._token, "expires_in": 7200}

    def custom_send(self, call: Call) -> Any:
        """developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages"""
        asked = _json(call, {"touser", "msgtype", "text"}, set())
        if asked["msgtype"] != "text" or not isinstance(asked["text"], dict) or set(asked["text"]) != {"content"}:
            raise Code(40008)
        content = asked["text"]["content"]
        if not isinstance(content, str) or not content:
            raise Code(44004)
        if len(content.encode()) > 2048:
            raise Code(45002)
        self._use_window(self._follower(asked["touser"]))
        self.sent.append(Sent("text", asked["touser"], content))
        return {"errcode": 0, "errmsg": "ok"}

    def _use_window(self, follower: Follower) -> None:
        now = self.clock()
        wrote = follower.wrote_at is not None and now - follower.wrote_at <= WINDOW_SECONDS
        tapped = follower.tapped_at is not None and now - follower.tapped_at <= TAP_SECONDS
        if not wrote and not tapped:
            raise Code(45015)
        if tapped and follower.left_of_tap:
            follower.left_of_tap -= 1
        elif wrote and follower.left:
            follower.left -= 1
        else:
            raise Code(45047)

    def template_send(self, call: Call) -> Any:
        """developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface"""
        asked = _json(call, {"touser", "template_id", "data"}, {"url", "miniprogram", "client_msg_id"})
        self._follower(asked["touser"])
        self._check_fields(asked)
        once = asked.get("client_msg_id") or f"#{len(self._once)}"
        if once not in self._once:
            self._once[once] = 200_000 + len(self._once)
            self.sent.append(Sent("template", asked["touser"], asked["data"]))
        return {"errcode": 0, "errmsg": "ok", "msgid": self._once[once]}

    def bizsend(self, call: Call) -> Any:
        """developers.weixin.qq.com/doc/offiaccount/Subscription_Messages/api"""
        asked = _json(call, {"touser", "template_id", "data"}, {"page", "miniprogram"})
        follower = self._follower(asked["touser"])
        self._check_fields(asked)
        if follower.accepted.get(asked["template_id"], 0) < 1:
            raise Code(43101)
        follower.accepted[asked["template_id"]] -= 1
        self.sent.append(Sent("subscribe", asked["touser"], asked["data"]))
        return {"errcode": 0, "errmsg": "ok"}

    def subscribe_send(self, call: Call) -> Any:
        """developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage"""
        asked = _json(call, {"touser", "template_id", "data"}, {"page", "miniprogram_state", "lang"})
        follower = self._follower(asked["touser"])
        self._check_fields(asked)
        if follower.accepted.get(asked["template_id"], 0) < 1:
            raise Code(43101)
        follower.accepted[asked["template_id"]] -= 1
        self.sent.append(Sent("subscribe_mini", asked["touser"], asked["data"]))
        return {"errcode": 0, "errmsg": "ok", "msgid": 300_000 + len(self.sent)}

    def menu_create(self, call: Call) -> Any:
        """developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu"""
        buttons = _json(call, {"button"}, set())["button"]
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
            raise Code(40017)
        for button in buttons:
            if not 1 <= len(button["name"].encode()) <= 16:
                raise Code(40018)
            if len(button.get("sub_button", [])) > 5:
                raise Code(40023)
            for inner in button.get("sub_button", []):
                if not 1 <= len(inner["name"].encode()) <= 60:
                    raise Code(40025)
                if inner["type"] not in {"click", "view"}:
                    raise Code(40016)
                if inner["type"] == "click" and not 1 <= len(inner["key"].encode()) <= 128:
                    raise Code(40019)
        self.menu = buttons
        return {"errcode": 0, "errmsg": "ok"}

    def menu_get(self, _call: Call) -> Any:
        """developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Querying_Custom_Menus"""
        if self.menu is None:
            raise Code(46003)
        return {"menu": {"button": self.menu}}

    def menu_delete(self, _call: Call) -> Any:
        """developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Deleting_Custom-Defined_Menu"""
        self.menu = None
        return {"errcode": 0, "errmsg": "ok"}

    def qrcode_create(self, call: Call) -> Any:
        """developers.weixin.qq.com/doc/offiaccount/Account_Management/Generating_a_Parametric_QR_Code"""
        asked = _json(call, {"action_name", "action_info"}, {"expire_seconds"})
        scene = asked["action_info"].get("scene", {}).get("scene_str")
        if asked["action_name"] != "QR_LIMIT_STR_SCENE" or "expire_seconds" in asked:
            raise Code(47001)
        if not isinstance(scene, str) or not 1 <= len(scene) <= 64:
            raise Code(40053)
        return {"ticket": f"ticket of {scene}==", "url": f"http://weixin.qq.com/q/{scene}"}

    def getwxacodeunlimit(self, call: Call) -> Any:
        """developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode"""
        asked = _json(call, {"scene"}, {"page", "check_path", "env_version", "width"})
        if not re.fullmatch(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}", asked["scene"]):
            raise Code(40129)
        if asked.get("page", "x").startswith("/") or asked.get("check_path", True):
            raise Code(41030)
        return b"\x89PNG of " + asked["scene"].encode()

    def jscode2session(self, call: Call) -> Any:
        """developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session"""
        if {name: len(values) for name, values in call.query.items()} != dict.fromkeys(
            ("appid", "secret", "js_code", "grant_type"), 1
        ):
            raise Code(41002)
        asked = {name: values[0] for name, values in call.query.items()}
        if self.say_at_login:
            raise Code(self.say_at_login)
        if asked["appid"] != self.app_id:
            raise Code(40013)
        if asked["secret"] != self.app_secret:
            raise Code(40125)
        if asked["grant_type"] != "authorization_code":
            raise Code(40002)
        if not 1 <= len(asked["js_code"]) <= 128:
            raise Code(40029)
        openid = self._once_only(asked["js_code"], self.login_codes)
        return {"openid": openid, "session_key": "c2Vzc2lvbi1rZXktMTIzNA=="}

    def getuserphonenumber(self, call: Call) -> Any:
        """developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber"""
        phone = self._once_only(_json(call, {"code"}, {"openid"})["code"], self.phone_codes)
        info = {"phoneNumber": f"+{self.country}{phone}", "purePhoneNumber": phone, "countryCode": self.country}
        mark = {"timestamp": int(self.clock()) - self.watermark_age, "appid": self.watermark_app_id}
        return {"errcode": 0, "errmsg": "ok", "phone_info": {**info, "watermark": mark}}

    def _once_only(self, code: str, codes: dict[str, str]) -> str:
        if code in self._used:
            raise Code(40163)
        if code not in codes:
            raise Code(40029)
        self._used.add(code)
        return codes[code]

    def _follower(self, openid: object) -> Follower:
        if not isinstance(openid, str) or openid not in self.followers:
            raise Code(40003)
        return self.followers[openid]

    def _check_fields(self, asked: dict[str, Any]) -> None:
        wanted = self.templates.get(asked["template_id"])
        if wanted is None:
            raise Code(40037)
        data = asked["data"]
        if not isinstance(data, dict) or set(data) != wanted:
            raise Code(47003)
        for name, item in data.items():
            shape = _FIELDS[name.rstrip("0123456789")]
            if set(item) != {"value"} or not isinstance(item["value"], str) or not shape.fullmatch(item["value"]):
                raise Code(47003)


def _json(call: Call, required: set[str], optional: set[str]) -> dict[str, Any]:
    if b"\\u" in call.body:
        raise Code(40033)
    try:
        value = json.loads(call.body.decode("utf-8"))
    except ValueError:
        raise Code(47001) from None
    if not isinstance(value, dict) or not required <= set(value) <= required | optional:
        raise Code(47001)
    return value


_ROUTES: dict[str, tuple[str, bool, Callable[[WeChatServer, Call], Any]]] = {
    "/cgi-bin/stable_token": ("POST", False, WeChatServer.stable_token),
    "/cgi-bin/message/custom/send": ("POST", True, WeChatServer.custom_send),
    "/cgi-bin/message/template/send": ("POST", True, WeChatServer.template_send),
    "/cgi-bin/message/subscribe/bizsend": ("POST", True, WeChatServer.bizsend),
    "/cgi-bin/message/subscribe/send": ("POST", True, WeChatServer.subscribe_send),
    "/cgi-bin/menu/create": ("POST", True, WeChatServer.menu_create),
    "/cgi-bin/menu/get": ("GET", True, WeChatServer.menu_get),
    "/cgi-bin/menu/delete": ("GET", True, WeChatServer.menu_delete),
    "/cgi-bin/qrcode/create": ("POST", True, WeChatServer.qrcode_create),
    "/wxa/getwxacodeunlimit": ("POST", True, WeChatServer.getwxacodeunlimit),
    "/sns/jscode2session": ("GET", False, WeChatServer.jscode2session),
    "/wxa/business/getuserphonenumber": ("POST", True, WeChatServer.getuserphonenumber),
}
