"""Random bodies at the mini-program's addresses: `python -m tests.torture.bodies [COUNT] [SEED] [--postgresql]`.

Bytes, broken and mutated JSON, wrong types, strange numbers, numbers in the address, headers that lie, sealed pushes
with anything inside: never an answer of 500 or more, every refusal in the one shape, and the books right afterwards.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bot.channels import callback
from ledger.store.store import Store
from tests.api.stage import AES_KEY, APP_ID, ROOT, TOKEN, Mini, Stage, staged
from tests.channels.test_miniprogram_push import event, in_json, told
from tests.engines import Postgres
from tests.fakes.wechat_phone import Push, WeChatPhone
from tests.keys import KEYS
from tests.village import Village, open_books

PUSH = "/miniprogram/push"
LONG = "x" * 43
PEOPLE = ("陈桂花", "会计", "理事长", "出纳", "监事长", "县主管")
BYTES = (b"", b"{", b"}", b"null", b"[]", b'""', b"\xff\xfe", b"\x00", b"{" * 3000, b"[" * 3000, b'{"a":1,"a":2}',
         b'{"amount_fen":NaN}', b'{"amount_fen":1e999}', b'{"amount_fen":' + b"9" * 5000 + b"}", b"x" * 70_000)
VALUES = (None, True, False, 0, -1, 1, 23, 300_000, 2**31, 2**63, 2**64, 10**40, 0.5, 28.0, 1e308, "", "1", "0", "23",
          "买化肥", "482913", "\0", "\ud800", "\u202e", "x" * 300, "😀" * 50, [], {}, ["T1"], [[]], {"a": {"b": []}},
          "批 23 482913", "equal_principal", "login1", "13800000000", "' OR 1=1 --", "{{7*7}}", "../../etc/passwd")
NUMBERS = ("1", "5", "23", "999999", "0", "-1", "99999999999999999999", "1e3", "२३", "%00", "a", "1/2", "1?me=QS001/12",
           "1?me=YC001/1", "1?me=x", "1?me=&me=2", "1?x=1", "")
KINDS = ("application/json", "application/json; charset=utf-8", "application/json; charset=gbk", "text/plain", "",
         "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x", "é")


class Broken(AssertionError):
    """An answer that must not be, with what asked for it."""


@contextmanager
def village_on(folder: Path, url: str = "") -> Iterator[Stage]:
    """A fresh village with the mini-program and one loan on its way."""
    store = Store(url or f"sqlite:///{folder / 'huzhu.db'}", keys=KEYS)
    open_books(store)
    village = Village(store)
    village.apply()
    waits, callback.EARLY_S = callback.EARLY_S, 0  # a report that nobody knows is asked for again at once
    with staged(village, folder) as stage:
        yield stage
    callback.EARLY_S = waits
    store.close()


def throw(stage: Stage, seed: int, count: int) -> Counter[str]:
    """`count` requests, the same for the same seed; how often each status came. Raises Broken."""
    chance, seen = random.Random(seed), Counter[str]()
    people = [stage.bound(who) for who in PEOPLE]
    schema = stage.app.test_client().get(f"{ROOT}/openapi.json").json
    shapes = {(method, path): _fields(schema, one) for path, item in schema["paths"].items()
              for method, one in item.items()}
    phone = WeChatPhone(TOKEN, AES_KEY, APP_ID, openid=people[0].openid)
    for _ in tqdm(range(count), disable=None, unit=""):
        if chance.randrange(8) == 0:
            status = _push(stage, chance, phone)
        else:
            status = _ask(stage, chance, chance.choice(people), shapes)
        seen[str(status)] += 1
    return seen


def _ask(stage: Stage, chance: random.Random, mini: Mini, shapes: dict[tuple[str, str], list[str]]) -> int:
    method, path = chance.choice(sorted(shapes))
    if "logout" in path and chance.randrange(20):
        method, path = "get", f"{ROOT}/loans/{{no}}"  # few of many, for each costs a new login
    fields = shapes[method, path]
    path = path.replace("{no}", chance.choice(NUMBERS))
    if chance.randrange(12) == 0:
        method = chance.choice(("get", "post", "put", "delete", "patch", "options", "head"))
    headers = {"Authorization": f"Bearer {mini.token}", "Idempotency-Key": f"{chance.getrandbits(128):032x}"}
    if chance.randrange(12) == 0:
        headers["Idempotency-Key"] = chance.choice(("", "x", "key-used-again", "é" * 9, "x" * 200))
    if chance.randrange(25) == 0:
        headers["Authorization"] = chance.choice(("", "Bearer", "Bearer x", f"Basic {mini.token}", f"Bearer {LONG}"))
    kind = KINDS[0] if chance.randrange(6) else chance.choice(KINDS)
    body = _body(chance, fields) if method != "get" or chance.randrange(4) == 0 else b""
    answer = stage.app.test_client().open(path, method=method.upper(), headers=headers, data=body, content_type=kind)
    if answer.status_code == 401:
        mini.login()
    _judge(answer, f"{method} {path} {kind} {body[:200]!r}")
    return int(answer.status_code)


def _judge(answer: Any, asked: str) -> None:
    if answer.status_code >= 500:
        raise Broken(f"{answer.status_code} for {asked}: {answer.text[:300]}")
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        told = json.loads(answer.text)
        if answer.mimetype != "application/problem+json" or not told["detail"] or told["status"] != answer.status_code:
            raise Broken(f"{answer.status_code} in a strange shape for {asked}: {answer.text[:300]}")


def _push(stage: Stage, chance: random.Random, phone: WeChatPhone) -> int:
    inside: Any = told(MsgId=chance.getrandbits(40) + 1, Content=chance.choice(("余额", "借3000", "1", "", "\0")))
    if chance.randrange(3) == 0:
        inside = event(chance.choice(("user_enter_tempsession", "subscribe_msg_change_event", "x" * 90,
                                      "subscribe_msg_sent_event", "user_authorization_revoke")))
        inside["List"] = [{"TemplateId": "T1", "MsgID": str(chance.randrange(9)), "ErrorCode": chance.choice(VALUES),
                           "SubscribeStatusString": "reject"}] * chance.randrange(3)
    inside["FromUserName"] = phone.openid
    for _ in range(chance.randrange(3)):
        inside[chance.choice([*sorted(inside), "List"])] = chance.choice(VALUES)
    raw = json.dumps(inside).encode() if chance.randrange(4) else chance.choice(BYTES)
    push = in_json(phone, raw, APP_ID)
    if chance.randrange(4) == 0:
        push = Push({**push.query, chance.choice(sorted(push.query)): str(chance.choice(VALUES))}, push.body)
    body = push.body if chance.randrange(4) else chance.choice((raw, *BYTES))
    query = {name: value.encode("utf-8", "replace").decode() for name, value in push.query.items()}
    answer = stage.app.test_client().post(PUSH, query_string=query, data=body)
    if answer.status_code >= 500:
        raise Broken(f"{answer.status_code} for a push of {raw[:200]!r}")
    return int(answer.status_code)


def _body(chance: random.Random, fields: list[str]) -> bytes:
    kind = chance.randrange(8)
    if kind == 0:
        return chance.choice(BYTES)
    if kind == 1:
        return chance.randbytes(chance.randrange(200))
    value: Any = {name: chance.choice(VALUES) for name in fields if chance.randrange(6)}
    if kind == 2:
        value[chance.choice(("extra", "openid", "society", "person", "", "ключ"))] = chance.choice(VALUES)
    if kind == 3:
        value = chance.choice([*VALUES, [value]])
    raw = json.dumps(value).encode()
    if kind == 4 and raw:
        at = chance.randrange(len(raw))
        raw = raw[:at] + chance.randbytes(chance.randrange(4)) + raw[at + chance.randrange(4):]
    return raw


def _fields(schema: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    if "requestBody" not in operation:
        return []
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return sorted(schema["components"]["schemas"][name]["properties"])


def main() -> int:
    given = [word for word in sys.argv[1:] if word.isdigit()]
    count, seed = [*map(int, given), *(1_000_000, 1)[len(given):]][:2]
    server = Postgres() if "--postgresql" in sys.argv else None
    url = server.url(server.create()) if server else ""
    with tempfile.TemporaryDirectory(prefix="huzhu-bodies-") as folder, village_on(Path(folder), url) as stage:
        seen = throw(stage, seed, count)
        fault = stage.village.fault()
    if server:
        server.stop()
    print(f"{count} requests, seed {seed}: {dict(sorted(seen.items()))}; books: {fault or 'right'}")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
