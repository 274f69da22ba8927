"""A village with the mini-program: the application, WeChat's servers as a strict fake, and people's phones with it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from werkzeug.test import TestResponse

from bot.app import create_app
from bot.config import load
from bot.services import Services
from tests.fakes.wechat_server import WeChatServer
from tests.village import SECRET, Village

APP_ID = "wxminiprogram0001"
APP_SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "mini-program-token-0123456789"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ROOT = "/api/v1"


@dataclass
class Stage:
    """Everything around the API of one village."""

    village: Village
    app: Flask
    weixin: WeChatServer
    services: Services
    _codes: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def code(self, openid: str) -> str:
        """What `wx.login` gives on the phone of this openid."""
        code = f"login{next(self._codes)}"
        self.weixin.login_codes[code] = openid
        return code

    def phone_code(self, number: str) -> str:
        """What a `getPhoneNumber` button gives on the phone with this number."""
        code = f"phone{next(self._codes)}"
        self.weixin.phone_codes[code] = number
        return code

    def open(self, openid: str) -> Mini:
        """Somebody opens the mini-program and is logged in."""
        mini = Mini(self, openid)
        mini.login()
        return mini

    def bound(self, who: str) -> Mini:
        """Somebody of the village opens the mini-program for the first time and binds the own phone."""
        number = self.village.phone(who)
        mini = self.open(f"mini-{number}")
        answer = mini.post("/phone/weixin", {"code": self.phone_code(number)})
        assert answer.status_code == 200, answer.text
        return mini


@dataclass
class Mini:
    """The mini-program on one phone."""

    stage: Stage
    openid: str
    token: str = ""

    def __post_init__(self) -> None:
        self.client = self.stage.app.test_client()

    def login(self) -> TestResponse:
        answer = self.client.post(f"{ROOT}/login", json={"code": self.stage.code(self.openid)})
        if answer.status_code == 200:
            self.token = answer.json["token"]
        return answer

    def headers(self, key: str = "") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})

    def get(self, path: str) -> TestResponse:
        return self.client.get(ROOT + path, headers=self.headers())

    def post(self, path: str, body: Any = None, key: str = "") -> TestResponse:
        """An act under a key of its own, unless a key is given."""
        headers = self.headers(key or str(uuid4()))
        if body is None:
            return self.client.post(ROOT + path, headers=headers)
        return self.client.post(ROOT + path, headers=headers, json=body)

    def do(self, path: str, body: Any = None) -> dict[str, Any]:
        """An act that is done or asked about, and everything it causes delivered; what came back."""
        answer = self.post(path, body)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        self.stage.village.deliver()
        found = answer.json
        assert isinstance(found, dict)
        return found

    def confirm(self, path: str, body: Any = None) -> dict[str, Any]:
        """An act and its second step."""
        asked = self.do(path, body)
        assert asked["outcome"] == "asked" and asked["question"]["wants"] == "yes", asked
        return self.do("/answers", {"question": asked["question"]["id"], "answer": "1"})


@contextmanager
def staged(village: Village, folder: Path, app_id: str = APP_ID, login_hours: int = 0) -> Iterator[Stage]:
    """The application over this village's own store, clock and turns; `login_hours` 0 leaves the default."""
    hours = f"login_hours = {login_hours}\n" if login_hours else ""
    with WeChatServer(app_id, APP_SECRET) as weixin:
        path = folder / f"{app_id}.toml"
        path.write_text(
            f'[server]\ndemo = true\nsecret_key = "{SECRET.decode()}"\ndata_dir = "{folder}"\n'
            f'[miniprogram]\napp_id = "{app_id}"\napp_secret = "{APP_SECRET}"\ntoken = "{TOKEN}"\n'
            f'aes_key = "{AES_KEY}"\napi_base = "{weixin.url}"\n{hours}', "utf-8",
        )
        path.chmod(0o600)
        services = Services(load(path))
        vars(services).update(store=village.store, clock=village.clock, turns=village.turns, redis=None)
        yield Stage(village, create_app(services.config, services), weixin, services)
