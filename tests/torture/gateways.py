"""Random requests for the other gateways' callbacks, the public pages and the demo, thrown by tests.torture.pushes.

Kannel's queries in every character set, the clouds' JSON alone and in lists, reports that name anything, addresses with
strange numbers and names in them: each kind is broken, repeated, mistyped and cut.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

HIDDEN = "0123456789abcdef-path"
SECTIONS = f"""
[sms.kannel]
secret = "{HIDDEN}"
username = "huzhu"
password = "0123456789abcdef-word"
[sms.aliyun]
secret = "{HIDDEN}"
key_id = "LTAI-test"
key_secret = "0123456789abcdef-key"
sign_name = "青山互助社"
notice_template = "SMS_1"
code_template = "SMS_2"
api_base = "http://127.0.0.1:9"
[sms.tencent]
secret = "{HIDDEN}"
key_id = "AKID-test"
key_secret = "0123456789abcdef-key"
app_id = "1400000001"
sign_name = "青山互助社"
notice_template = "1"
code_template = "2"
api_base = "http://127.0.0.1:9"
"""
"""These gateways beside the one that sends."""
CHARSETS = ("UTF-8", "utf-8", "UTF-16BE", "ucs-2", "ISO-8859-1", "GBK", "", "x", "utf-7", "\0", "idna", "hex", "9" * 50)
SOCIETIES = ("QS001", "YC001", "x", "..", "%00", "%FF%FE", "青山", "QS001%2F1", "a" * 300, "' OR 1=1")
NUMBERS = ("1", "2", "0", "-1", "1.5", "2147483648", "9" * 30, "%E0%A5%A8", "x", "")

Asked = tuple[str, str, bytes, str]
"""Method, address, body, kind of the body."""
Mutated = Callable[[random.Random, bytes], bytes]


def request(
    chance: random.Random, texts: tuple[str, ...], values: tuple[Any, ...], people: tuple[str, ...], mutated: Mutated
) -> Asked:
    """One request for one of these addresses."""
    how = chance.random()
    if how < 0.3:
        return _kannel(chance, texts, people)
    if how < 0.75:
        return _cloud(chance, texts, values, people, mutated)
    if how < 0.87:
        return _page(chance)
    if how < 0.95:
        return _desk(chance, texts, people, mutated)
    return _demo(chance, texts, values, people, mutated)


def _secret(chance: random.Random) -> str:
    return HIDDEN if chance.random() < 0.95 else chance.choice(["wrong-secret-0000", "%FF", "%00", "x" * 300])


def _kannel(chance: random.Random, texts: tuple[str, ...], people: tuple[str, ...]) -> Asked:
    charset = chance.choice(CHARSETS)
    words = chance.choice(texts)
    try:
        raw = words.encode({"ucs-2": "utf-16-be"}.get(charset, charset) or "utf-8", "replace")
    except (LookupError, ValueError):
        raw = words.encode("utf-8", "replace")
    fields: dict[str, str | bytes] = {
        "from": chance.choice(people), "to": "10690001", "text": raw, "coding": str(chance.randrange(-1, 4)),
        "charset": charset, "id": str(chance.randrange(60)), "smsc": "x", "t": "2026",
    }
    path = f"/sms/kannel/{_secret(chance)}"
    if chance.random() < 0.3:
        path += "/receipts"
        known = ["h-1", "n-7", "tencent:1:1", "wechat:9", "1", "", "x" * 200, "-", "h-" + "9" * 20]
        fields = {"id": chance.choice(known),
                  "type": chance.choice(["1", "2", "4", "8", "16", "999", "-1", "x", "", "\u0661"]),
                  "reply": chance.choice(["id:1 stat:EXPIRED err:34", "", "x" * 3000, "\0"]), "fid": "1"}
    pairs = [(name, value) for name, value in fields.items() if chance.random() < 0.95]
    if chance.random() < 0.15 and pairs:
        pairs.append((chance.choice(pairs)[0], chance.choice(["", "1", b"\xff\xfe"])))
    query = "&".join(f"{name}={quote(value)}" for name, value in pairs)
    if chance.random() < 0.1:
        query += chance.choice(["&" * 50, "&a=%", "&%=1", "&text=%ZZ", "&from", "&" + "b" * 20_000])
    return chance.choice(["GET", "GET", "POST"]), f"{path}?{query}", raw if chance.random() < 0.5 else b"", "text/plain"


def _cloud(
    chance: random.Random, texts: tuple[str, ...], values: tuple[Any, ...], people: tuple[str, ...], mutated: Mutated
) -> Asked:
    name = chance.choice(["aliyun", "tencent"])
    path, ends = f"/sms/{name}/{_secret(chance)}", chance.random() < 0.4
    items = [_item(chance, name, ends, texts, values, people) for _ in range(chance.choice([1, 1, 2, 3, 0]))]
    if chance.random() < 0.1:
        items.insert(0, chance.choice(values))
    asked: Any = items[0] if len(items) == 1 and chance.random() < 0.5 else items
    body = json.dumps(asked).encode()
    if chance.random() < 0.2:
        body = mutated(chance, body)
    elif chance.random() < 0.05:
        body = chance.choice([b"", b"[" * 3000, b"{" * 3000, b"null", b"\xff", b"[1", b"x" * 300_000])
    kind = chance.choice(["application/json", "application/json; charset=gbk", "text/plain", ""])
    return "POST", path + "/receipts" * ends, body, kind


def _item(
    chance: random.Random, name: str, ends: bool, texts: tuple[str, ...], values: tuple[Any, ...],
    people: tuple[str, ...],
) -> dict[str, Any]:
    who, words, number = chance.choice(people), chance.choice(texts), chance.randrange(60)
    if name == "aliyun":
        item = {"phone_number": who, "success": chance.random() < 0.5, "err_code": "NOROUTE", "out_id": f"h-{number}",
                "biz_id": "b"} if ends else {
            "phone_number": who, "content": words, "send_time": "2026-03-01 09:00:00",
            "sign_name": chance.choice(["青山互助社", "别人"]), "dest_code": "1", "sequence_id": number}
    else:
        item = {"mobile": who, "nationcode": "86", "report_status": chance.choice(["SUCCESS", "FAIL", "x"]),
                "errmsg": "MK:0001", "sid": f"2640:{number}"} if ends else {
            "extend": "", "mobile": who, "nationcode": "86", "sign": "青山互助社", "text": words,
            "time": 1772326800 + number}
    if chance.random() < 0.3:
        item[chance.choice([*item, "more"])] = chance.choice(values)
    return {key: value for key, value in item.items() if chance.random() < 0.97}


def _page(chance: random.Random) -> Asked:
    society, number = chance.choice(SOCIETIES), chance.choice(NUMBERS)
    path = chance.choice([f"/notices/{society}", f"/notices/{society}/{number}", f"/notices/{society}/{number}?print=1",
                          "/health/live", "/health/ready", "/metrics", "/" + society, f"/notices//{number}",
                          "/static/" + society, "/metrics?x=" + society])
    return chance.choice(["GET"] * 6 + ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]), path, b"", ""


def _desk(chance: random.Random, texts: tuple[str, ...], people: tuple[str, ...], mutated: Mutated) -> Asked:
    number, words = chance.choice(NUMBERS), quote(chance.choice(texts))
    method, path = chance.choice([
        ("GET", "/desk/"), ("GET", f"/desk/?society={chance.choice(SOCIETIES)}"), ("GET", "/desk/loans"),
        ("GET", f"/desk/loans/{number}"), ("GET", f"/desk/people?q={words}"), ("POST", "/desk/login"),
        ("POST", "/desk/code"), ("POST", "/desk/logout"),
    ])
    body = f"phone={quote(chance.choice(people))}&code={chance.choice(('123456', '0', '', words))}".encode()
    return method, path, mutated(chance, body) if chance.random() < 0.3 else body, "application/x-www-form-urlencoded"


def _demo(
    chance: random.Random, texts: tuple[str, ...], values: tuple[Any, ...], people: tuple[str, ...], mutated: Mutated
) -> Asked:
    method, path = chance.choice([
        ("GET", "/demo"), ("GET", "/demo/people"), ("GET", "/demo/next"), ("GET", "/demo/today"),
        ("GET", "/demo/messages?after=" + chance.choice(["0", "-1", "x", "9" * 30, "%FF"])), ("POST", "/demo/today"),
        ("POST", "/demo/send"), ("POST", "/demo/follow"), ("POST", "/demo/gateway"),
        ("POST", "/demo/weixin/cgi-bin/stable_token"),
        ("POST", "/demo/weixin/cgi-bin/message/custom/send?access_token=x"),
    ])
    # No right phone: the demo would send its words on to a port where nobody listens.
    strange = [one for one in values if one not in people]
    body = json.dumps({"phone": chance.choice(strange), "channel": chance.choice(values), "text": chance.choice(texts),
                       "day": chance.choice(values), "to": chance.choice(people)}).encode()
    return method, path, mutated(chance, body) if chance.random() < 0.5 else body, "application/json"
