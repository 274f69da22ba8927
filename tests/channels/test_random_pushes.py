"""Random bodies at `/wechat` and `/sms/http/…`: no 5xx, no failed turn, right books; more in `make torture`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot import app
from tests.torture.pushes import apologies, served, throw

BODIES = int(os.environ.get("HUZHU_BODIES", "2500"))


def test_random_bodies_never_break_the_webhooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "EARLY_S", 0)
    with served(tmp_path) as (village, client):
        seen = throw(client, 20260301, BODIES)
        assert village.fault() == "" and apologies(village) == 0
    wanted = {"/wechat 200", "/wechat 400", "/wechat 403", "/wechat 409", "/sms/http/… 200", "/sms/http/… 400",
              "/sms/http/…/receipts 200", "/sms/http/wrong-secret-0000 403"}
    assert wanted <= set(seen), seen
