"""The sections of SMS gateways: what each one needs, and which of them may carry what.

One gateway sends; every other whose section is there still takes what comes in. A dongle in the village office is read
by whoever holds it, so with `gammu` the configuration has to say where key-holders' codes and complaints go instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bot.config_checks import check_address, check_strength
from bot.config_reader import Key, Reader

GATEWAYS = ("http", "kannel", "gammu", "aliyun", "tencent")
VILLAGE_GATEWAYS = ("gammu",)
"""What they carry can be read, and written, in the village office."""
NEUTRAL_GATEWAYS = ("aliyun", "tencent")
"""They carry registered templates only (docs/gateways.md)."""
_NOWHERE = "http://127.0.0.1:9"
_ADDRESSES = {"aliyun": "https://dysmsapi.aliyuncs.com", "tencent": "https://sms.tencentcloudapi.com"}
_PER_SECOND = Key(int, 20, least=1, most=5000)
_TEMPLATES = {
    "sign_name": Key(str, None),
    "notice_template": Key(str, None),
    "code_template": Key(str, None),
    "api_base": Key(str, ""),
    "per_second": _PER_SECOND,
}
TABLE = {
    "sms": {
        "gateway": Key(str, "http"),
        "codes": Key(str, ""),
        "reminders_a_day": Key(int, 3, least=1, most=100),
        "messages_a_day": Key(int, 300, least=20, most=10_000),
        "segment_fen": Key(int, 5, least=0, most=1000),
    },
    "sms.http": {
        "secret": Key(str, None, secret=True),
        "send_url": Key(str, None),
        "key": Key(str, None, secret=True),
        "per_second": _PER_SECOND,
    },
    "sms.kannel": {
        "secret": Key(str, None, secret=True),
        "username": Key(str, None),
        "password": Key(str, None, secret=True),
        "send_url": Key(str, "http://127.0.0.1:13013/cgi-bin/sendsms"),
        "sender": Key(str, ""),
        "smsc": Key(str, ""),
        "callback_url": Key(str, ""),
        "per_second": _PER_SECOND,
    },
    "sms.gammu": {"database": Key(str, None, secret=True), "phone_id": Key(str, "")},
    "sms.aliyun": {
        "secret": Key(str, None, secret=True),
        "key_id": Key(str, None),
        "key_secret": Key(str, None, secret=True),
        **_TEMPLATES,
    },
    "sms.tencent": {
        "secret": Key(str, None, secret=True),
        "key_id": Key(str, None),
        "key_secret": Key(str, None, secret=True),
        "app_id": Key(str, None),
        "region": Key(str, "ap-guangzhou"),
        **_TEMPLATES,
    },
}


@dataclass(frozen=True)
class SmsHttp:
    secret: str = field(repr=False)
    send_url: str
    key: str = field(repr=False)
    per_second: int = 20


@dataclass(frozen=True)
class Kannel:
    """`callback_url` is how Kannel reaches us with its reports; `sender` and `smsc` may stay Kannel's own defaults."""

    secret: str = field(repr=False)
    username: str
    password: str = field(repr=False)
    send_url: str
    sender: str
    smsc: str
    callback_url: str
    per_second: int


@dataclass(frozen=True)
class Gammu:
    """`database` is the one that gammu-smsd keeps, `phone_id` its phoneid where several modems share one."""

    database: str = field(repr=False)
    phone_id: str


@dataclass(frozen=True)
class Aliyun:
    secret: str = field(repr=False)
    key_id: str
    key_secret: str = field(repr=False)
    sign_name: str
    notice_template: str
    code_template: str
    api_base: str
    per_second: int


@dataclass(frozen=True)
class Tencent:
    secret: str = field(repr=False)
    key_id: str
    key_secret: str = field(repr=False)
    app_id: str
    region: str
    sign_name: str
    notice_template: str
    code_template: str
    api_base: str
    per_second: int


@dataclass(frozen=True)
class Sms:
    """`codes` says what carries key-holders' codes and complaints: a gateway's name; `wechat` for nothing but it;
    `card` where texts name a cell of a printed card instead, and complaints go by WeChat."""

    gateway: str
    codes: str
    reminders_a_day: int
    http: SmsHttp | None = None
    kannel: Kannel | None = None
    gammu: Gammu | None = None
    aliyun: Aliyun | None = None
    tencent: Tencent | None = None
    segment_fen: int = 5
    messages_a_day: int = 300

    def configured(self) -> tuple[str, ...]:
        return tuple(name for name in GATEWAYS if getattr(self, name) is not None)


_KINDS: dict[str, Any] = {"http": SmsHttp, "kannel": Kannel, "gammu": Gammu, "aliyun": Aliyun, "tencent": Tencent}


def read_sms(reader: Reader, port: int) -> Sms | None:
    """The gateways, or None without a section [sms] or with a gateway that we do not know."""
    if reader.section("sms") is None:
        return None
    raw = reader.values("sms", TABLE["sms"])
    if raw["gateway"] not in GATEWAYS:
        reader.refuse("sms.gateway", f"{raw['gateway']!r} is not a gateway we know: {', '.join(GATEWAYS)}")
        return None
    found = {}
    for name in GATEWAYS:
        if name == raw["gateway"] or reader.section(f"sms.{name}") is not None:
            found[name] = _KINDS[name](**_gateway(reader, name, port))
    return Sms(raw["gateway"], _codes(reader, raw, found), raw["reminders_a_day"], **found,
               segment_fen=raw["segment_fen"], messages_a_day=raw["messages_a_day"])


def _codes(reader: Reader, raw: dict[str, Any], found: dict[str, Any]) -> str:
    """Where key-holders' codes go. Also in demo mode a village dongle is no answer, for nobody would notice later."""
    codes = raw["codes"]
    if not codes and raw["gateway"] not in VILLAGE_GATEWAYS:
        return str(raw["gateway"])
    ways = [name for name in GATEWAYS if name not in VILLAGE_GATEWAYS]
    if not codes:
        reader.refuse("sms.codes", "is missing: a village dongle never carries key-holders' codes or complaints; "
                      f'write codes = "card", "wechat" or a county gateway: {", ".join(ways)}')
    elif codes == "card":
        pass  # the numbers are on paper; what else is secret goes by WeChat where that is configured
    elif codes == "wechat":
        if reader.section("wechat") is None:
            reader.refuse("sms.codes", "wechat carries the codes, but there is no section [wechat]")
    elif codes not in ways:
        reader.refuse("sms.codes", f"{codes!r} cannot carry codes: card, wechat, {', '.join(ways)}")
    elif codes not in found:
        reader.refuse("sms.codes", f"{codes} carries the codes, but there is no section [sms.{codes}]")
    return str(codes)


def _gateway(reader: Reader, name: str, port: int) -> dict[str, Any]:
    section = f"sms.{name}"
    raw = reader.values(section, TABLE[section])
    given = reader.section(section) or {}
    for key, kind in TABLE[section].items():
        if given.get(key) == "" and kind.default is None:
            reader.refuse(f"{section}.{key}", "is empty")
        elif raw[key] and kind.secret and key != "database":
            check_strength(reader, f"{section}.{key}", raw[key])
    if not re.fullmatch(r"[A-Za-z0-9._~-]*", raw.get("secret", "")):
        reader.refuse(f"{section}.secret", "is part of a web address: only letters, digits and . _ ~ - are possible")
    for key in ("key", "username", "password", "sender", "smsc", "phone_id", "key_id", "key_secret", "app_id",
                "region", "notice_template", "code_template"):
        if not re.fullmatch(r"[!-~]*", str(raw.get(key, ""))):
            reader.refuse(f"{section}.{key}", "only ASCII letters, digits and signs are possible")
    if raw.get("send_url"):
        check_address(reader, f"{section}.send_url", raw["send_url"])
    if name == "kannel":
        if raw["callback_url"]:
            check_address(reader, f"{section}.callback_url", raw["callback_url"], called=False)
        raw["callback_url"] = (raw["callback_url"] or f"http://127.0.0.1:{port}").rstrip("/")
    elif name == "gammu":
        raw["database"] = _smsd_database(reader, raw["database"])
    elif name in NEUTRAL_GATEWAYS:
        raw["api_base"] = _api_base(reader, name, raw["api_base"])
    return raw


def _smsd_database(reader: Reader, value: str) -> str:
    """gammu-smsd's own database, at the place that its smsdrc names."""
    key = "sms.gammu.database"
    scheme, _, rest = value.partition("://")
    if key in reader.written_secrets and not re.search(r"://[^/]*:[^/]*@|password=", value):
        reader.written_secrets.remove(key)
    if scheme == "sqlite" and len(rest) > 1 and rest.startswith("/") and ":memory:" not in rest and "?" not in rest:
        return f"sqlite:///{reader.path(rest[1:])}"
    if scheme in ("postgresql", "postgres"):
        return f"postgresql+psycopg://{rest}"
    if value:
        reader.refuse(key, "has to look like sqlite:////var/lib/huzhu-sms/smsd.db or postgresql://user@host/smsd")
    return value


def _api_base(reader: Reader, name: str, value: str) -> str:
    if value:
        check_address(reader, f"sms.{name}.api_base", value)
    elif reader.demo:
        reader.warn(f"sms.{name}.api_base", "is not set: in demo mode nothing is sent to the real service")
        return _NOWHERE
    return (value or _ADDRESSES[name]).rstrip("/")
