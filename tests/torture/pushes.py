"""Random bodies at each address beside the API: `python -m tests.torture.pushes [COUNT] [SEED]`.

`/wechat`, the callbacks of every SMS gateway, the public pages, health, figures, the demo; tests/torture/bodies.py
throws at the API and the mini-program's push. Bytes, broken envelopes, sealed pushes with anything inside, wrong types,
repeated fields, headers that lie: never an answer of 500 or more, never an apology for a bug of ours, and the books
right afterwards.
"""

from __future__ import annotations

import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from flask.testing import FlaskClient
from sqlalchemy import func, select
from tqdm import tqdm
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from bot.app import create_app
from bot.channels import callback
from bot.config import load
from bot.services import Services
from ledger.store import tables as t
from ledger.store.store import Store
from tests.channels.stage import AES_KEY, APP_ID, TOKEN
from tests.fakes.wechat_phone import Push, WeChatPhone
from tests.keys import KEYS
from tests.torture import gateways
from tests.village import SECRET, Village, open_books

HIDDEN = gateways.HIDDEN
GATE = f"/sms/http/{HIDDEN}"
TEXTS = ("余额", "批 23 482913", "借3000买化肥10个月", "1", "0", "停", "解停 1", "暗号 桂花香",
         "换号 陈桂花 13900000099", "证明 1", "不是本人", "绑定 19900000012", "绑定", "482913",
         "收 陈桂花 500", "x" * 3000, "\\u202e", "]]>", "{{7*7}}", "' OR 1=1", "😀" * 99, "余\x00额", "", " ", "\n",
         "３千５", "1" * 40)
BYTES = (b"", b"<", b"<xml/>", b"<xml>", b"\xff\xfe\x00", b"\x00" * 50, b"{" * 2000, b"[]", b"null", b"<xml>" * 300,
         b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>', b"x" * 70_000, b"a=1&a=2", b"%ff%fe=1", b"from=1&to=2&text=3")
EVENTS = ("subscribe", "unsubscribe", "SCAN", "CLICK", "VIEW", "LOCATION", "TEMPLATESENDJOBFINISH", "nothing",
          "subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event")
VALUES = (None, True, 1, -1, 2**64, 0.5, "", "19900000012", "10690001", "\ud800", "\0", [], {}, [[]], "x" * 500)
PEOPLE = ("19900000012", "19900000024", "13900000001", "+8619900000012", "95588", "", "x")


def village_on(folder: Path) -> Village:
    store = Store(f"sqlite:///{folder}/pushes.db", keys=KEYS)
    open_books(store)
    return Village(store)


@contextmanager
def served(folder: Path) -> Iterator[tuple[Village, FlaskClient]]:
    """The real application over a village of its own, with every channel on; an early report is asked for at once."""
    village = village_on(folder)
    path = folder / "config.toml"
    path.write_text(
        f'[server]\ndemo = true\nsecret_key = "{SECRET.decode()}"\ndata_dir = "{folder}"\n'
        f'[wechat]\napp_id = "{APP_ID}"\napp_secret = "0123456789abcdef0123"\ntoken = "{TOKEN}"\n'
        f'aes_key = "{AES_KEY}"\n[sms]\n[sms.http]\nsecret = "{HIDDEN}"\nsend_url = "http://127.0.0.1:9"\n'
        f'key = "0123456789abcdef-key"\n{gateways.SECTIONS}', "utf-8")
    path.chmod(0o600)
    services = Services(load(path))
    vars(services).update(store=village.store, clock=village.clock, turns=village.turns, redis=None)
    waits, callback.EARLY_S = callback.EARLY_S, 0
    try:
        yield village, create_app(services.config, services).test_client()
    finally:
        callback.EARLY_S = waits
        village.store.close()


def throw(client: FlaskClient, seed: int, count: int) -> Counter[str]:
    """So many requests; counts by status. Raises AssertionError at the first answer that may not be."""
    chance, seen = random.Random(seed), Counter[str]()
    phone = WeChatPhone(TOKEN, AES_KEY, APP_ID, clock=time.time)
    for number in tqdm(range(count), disable=not sys.stderr.isatty()):
        method, path, body, kind = _any(chance, phone)
        answer = client.open(path, method=method, data=body, headers={"Content-Type": kind})
        where = f"request {number} of seed {seed}, {method} {path}"
        assert answer.status_code < 500, f"{where}: {answer.status_code} for {body[:200]!r}"
        seen[f"{_rule(client, answer.request.path, method)} {answer.status_code}"] += 1
    return seen


def _rule(client: FlaskClient, path: str, method: str) -> str:
    """The rule that an address falls under, with its parameters unnamed."""
    try:
        rule, _ = client.application.url_map.bind("").match(path, method, return_rule=True)
    except (HTTPException, RequestRedirect):
        return "none"
    return unnamed(rule.rule)


def unnamed(rule: str) -> str:
    return re.sub("<[^>]*>", "…", rule)


def _any(chance: random.Random, phone: WeChatPhone) -> gateways.Asked:
    how = chance.random()
    if how < 0.4:
        return "POST", *_wechat(chance, phone)
    if how < 0.65:
        return "POST", *_sms(chance)
    return gateways.request(chance, TEXTS, VALUES, PEOPLE, _mutated)


def _wechat(chance: random.Random, phone: WeChatPhone) -> tuple[str, bytes, str]:
    push = _push(chance, phone)
    body = push.body
    if chance.random() < 0.2:
        body = _mutated(chance, body)
    if chance.random() < 0.1:
        body = chance.choice(BYTES)
    query = dict(push.query)
    if chance.random() < 0.1:
        query[chance.choice([*query])] = chance.choice(["", "0", "x" * 300, "\ud7ff", "1700000000"])
    return Push(query, body).target, body, chance.choice(["text/xml", "application/json", ""])


def _push(chance: random.Random, phone: WeChatPhone) -> Push:
    phone.openid = f"o{chance.randrange(4)}"
    how = chance.random()
    if how < 0.35:
        words = chance.choice(TEXTS).replace("\0", "").replace("\\u202e", "\u202e")
        return phone.text(words, chance.choice([None, 7, 8]))
    if how < 0.6:
        said = str(chance.choice(VALUES))[:80].encode("utf-8", "replace").decode()
        inner = "".join(f"<{name}>{escape(said)}</{name}>"
                        for name in chance.sample(["MsgID", "Status", "Ticket", "Latitude", "EventKey"], 2))
        lists = "<SubscribeMsgPopupEvent><List><TemplateId>T-1</TemplateId><SubscribeStatusString>accept" \
                "</SubscribeStatusString></List></SubscribeMsgPopupEvent>" * chance.randrange(2)
        return phone.event(chance.choice(EVENTS), chance.choice([None, "QS001", "qrscene_QS001", "余额", "x" * 200]),
                           (inner + lists).replace("\0", ""))
    if how < 0.8:
        return phone.seal(chance.choice(BYTES)[:4000])
    return phone.seal(_mutated(chance, phone.head("text").encode() + b"<Content>1</Content><MsgId>9</MsgId></xml>"))


def _sms(chance: random.Random) -> tuple[str, bytes, str]:
    path = chance.choice([GATE, GATE, f"{GATE}/receipts", "/sms/http/wrong-secret-0000"])
    names = ["id", "status", "reason"] if path.endswith("receipts") else ["from", "to", "text", "id", "received_at"]
    fields: dict[str, Any] = {
        "from": chance.choice(PEOPLE), "to": "10690001", "text": chance.choice(TEXTS),
        "id": chance.choice([str(chance.randrange(60)), "h-3", "tencent:1:1", "wechat:7"]),
        "status": chance.choice(["delivered", "failed", "unknown", "x"]), "reason": "", "received_at": "2026-03-01",
    }
    asked = {name: fields[name] for name in names if chance.random() < 0.95}
    if chance.random() < 0.3 and asked:
        asked[chance.choice([*asked, "more"])] = chance.choice(VALUES)
    body = json.dumps(asked).encode()
    how = chance.random()
    if how < 0.2:
        body = _mutated(chance, body)
    elif how < 0.3:
        body = chance.choice(BYTES)
    return path, body, chance.choice(["application/json"] * 4 + ["application/x-www-form-urlencoded", "text/plain", ""])


def _mutated(chance: random.Random, body: bytes) -> bytes:
    """A few bytes changed, taken out, doubled, or the end cut off."""
    raw = bytearray(body or b"x")
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(raw))
        match chance.randrange(4):
            case 0:
                raw[at] = chance.randrange(256)
            case 1:
                del raw[at:at + chance.randrange(1, 9)]
            case 2:
                raw[at:at] = raw[at:at + 20]
            case _:
                del raw[at:]
        raw = raw or bytearray(b"<")
    return bytes(raw)


def apologies(village: Village) -> int:
    """Turns that failed: our bugs, whatever was sent."""
    with village.store.read() as books:
        return int(books.connection.execute(
            select(func.count()).select_from(t.inbox).where(t.inbox.c.state == "failed")).scalar() or 0)


def main() -> int:
    given = [int(word) for word in sys.argv[1:]]
    count, seed = [*given, *(1_000_000, 1)[len(given):]][:2]
    with tempfile.TemporaryDirectory(prefix="huzhu-pushes-") as folder, served(Path(folder)) as (village, client):
        seen = throw(client, seed, count)
        fault, failed = village.fault(), apologies(village)
    print(f"{count} requests, seed {seed}: {dict(sorted(seen.items()))}")
    print(f"failed turns: {failed}; books: {fault or 'right'}")
    return 1 if fault or failed else 0


if __name__ == "__main__":
    sys.exit(main())
