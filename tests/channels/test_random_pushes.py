"""Random bodies at each address beside the API: no 5xx, no failed turn, right books; more in `make torture`."""

from __future__ import annotations

import os
from pathlib import Path

from tests.torture.pushes import apologies, served, throw, unnamed

BODIES = int(os.environ.get("HUZHU_BODIES", "2500"))


def test_random_bodies_never_break_the_webhooks(tmp_path: Path) -> None:
    with served(tmp_path) as (village, client):
        seen = throw(client, 20260301, BODIES)
        assert village.fault() == "" and apologies(village) == 0
        rules = {unnamed(one.rule) for one in client.application.url_map.iter_rules()}
    wanted = {"/wechat 200", "/wechat 400", "/wechat 403", "/wechat 409", "/sms/http/… 200",
              "/sms/http/… 400", "/sms/http/…/receipts 200", "/sms/http/… 403",
              "/sms/aliyun/… 200", "/sms/tencent/…/receipts 200", "/sms/kannel/… 403"}
    assert wanted <= set(seen), seen
    assert rules - {"/demo/static/…"} <= {one.rpartition(" ")[0] for one in seen}, "each address is met"
