"""The configuration as frozen, typed values: what every key is, its default, and what is too weak to start with.

It is read once where a process starts and handed down; nothing else looks at the file or at the environment.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot import county_texts
from bot.channels.wechat_templates import KINDS, Template, parse
from bot.config_checks import check_address, check_strength, database_url, is_loopback, kept_secret_key, redis_url
from bot.config_reader import ConfigError, Key, Reader, read_text
from bot.config_sms import TABLE as SMS_TABLE
from bot.config_sms import Sms, SmsHttp, read_sms
from bot.keys import VARIABLE, Keys, default_file
from ledger.store import sealing

__all__ = ["Config", "ConfigError", "Database", "MiniProgram", "Redis", "Server", "Sms", "SmsHttp", "WeChat", "load"]

_WEIXIN = "https://api.weixin.qq.com"
# In demo mode nothing may leave the machine, so a channel without an address of its own talks to a closed port.
_NOWHERE = "http://127.0.0.1:9"

_ACCOUNT = {
    "app_id": Key(str, None),
    "app_secret": Key(str, None, secret=True),
    "token": Key(str, None, secret=True),
    "aes_key": Key(str, None, secret=True),
    "api_base": Key(str, ""),
}
TABLE = {
    "server": {
        "demo": Key(bool, False),
        "host": Key(str, "127.0.0.1"),
        "port": Key(int, 8000, least=1),
        "secret_key": Key(str, "", secret=True),
        "data_dir": Key(str, "var"),
        "base_url": Key(str, ""),
        "texts": Key(str, ""),
        "web_processes": Key(int, 2, least=1, most=64),
        "worker_processes": Key(int, 1, least=1, most=64),
        "operator_phone": Key(str, ""),
    },
    "database": {"url": Key(str, "", secret=True)},
    "keys": {"file": Key(str, ""), "ring": Key(str, "", secret=True)},
    "keep": {
        "messages_days": Key(int, 183, least=30, most=3650),
        "left_years": Key(int, 3, least=1, most=30),
    },
    "redis": {"url": Key(str, "embedded", secret=True)},
    "wechat": _ACCOUNT,
    "wechat.templates": {kind: Key(str, "") for kind in KINDS},
    "wechat.subscriptions": {kind: Key(str, "") for kind in KINDS},
    "miniprogram.subscriptions": {kind: Key(str, "") for kind in KINDS},
    "miniprogram": {**_ACCOUNT, "login_hours": Key(int, 24, least=1, most=720)},
    **SMS_TABLE,
}


@dataclass(frozen=True)
class Server:
    demo: bool
    host: str
    port: int
    secret_key: str = field(repr=False)
    data_dir: Path
    base_url: str
    texts: Path | None
    web_processes: int
    worker_processes: int
    operator_phone: str


@dataclass(frozen=True)
class Database:
    url: str = field(repr=False)


@dataclass(frozen=True)
class Keep:
    """How long: words of messages in days, numbers of those who left in years (docs/privacy.md says why)."""

    messages_days: int = 183
    left_years: int = 3


@dataclass(frozen=True)
class Redis:
    """`url` is `embedded` or an address; `Config.redis_url` turns both into an address."""

    url: str = field(repr=False)


@dataclass(frozen=True)
class WeChat:
    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    api_base: str
    templates: Mapping[str, Template] = field(default_factory=dict)
    subscriptions: Mapping[str, Template] = field(default_factory=dict)


@dataclass(frozen=True)
class MiniProgram:
    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    api_base: str
    login_hours: int = 24
    subscriptions: Mapping[str, Template] = field(default_factory=dict)


@dataclass(frozen=True)
class Config:
    """Everything one process was told. A channel that is None is switched off."""

    server: Server
    database: Database
    keys: Keys
    keep: Keep
    redis: Redis
    wechat: WeChat | None
    miniprogram: MiniProgram | None
    sms: Sms | None
    warnings: tuple[str, ...]
    path: Path | None

    def redis_url(self) -> str | None:
        """Where Redis is now; None while the embedded one is not running."""
        return embedded_redis_url(self.server.data_dir) if self.redis.url == "embedded" else self.redis.url


def embedded_redis_url(data_dir: Path) -> str | None:
    """The address that the embedded Redis of this directory has left in `redis/socket`, if it is alive."""
    try:
        path = (data_dir / "redis" / "socket").read_text("utf-8").strip()
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            probe.connect(path)
    except OSError:
        return None
    return socket_url(path)


def socket_url(path: str | Path) -> str:
    """Redis clients unquote the path, so a blank or a per cent sign in it has to be quoted."""
    return f"unix://{quote(str(path))}"


def load(path: Path | None = None) -> Config:
    """Reads the given file, else `$HUZHU_CONFIG`, else `./config.toml` where it exists, else the defaults."""
    if path is None:
        if named := os.environ.get("HUZHU_CONFIG"):
            path = Path(named)
        elif Path("config.toml").exists():
            path = Path("config.toml")
    if path is None:
        return _read("", None, Path.cwd())
    path = path.absolute()
    return _read(read_text(path), path, path.parent)


def _read(text: str, path: Path | None, base: Path) -> Config:
    reader = Reader(text, path.name if path else "configuration", base)
    reader.check_names(TABLE)
    raw = reader.values("server", TABLE["server"])
    reader.demo = raw["demo"]
    raw_database = reader.values("database", TABLE["database"])["url"]
    raw_redis = reader.values("redis", TABLE["redis"])["url"]
    database = Database(database_url(reader, raw_database, reader.path(raw["data_dir"])))
    redis = Redis(redis_url(reader, raw_redis))
    wechat = _wechat(reader)
    miniprogram = _miniprogram(reader)
    sms = read_sms(reader, raw["port"])
    server = _server(reader, raw)
    keys, keep = _keys(reader, server.data_dir), Keep(**reader.values("keep", TABLE["keep"]))
    if path and reader.written_secrets:
        reader.check_mode(", ".join(reader.written_secrets), path)
    reader.raise_all()
    if not server.secret_key:
        server = Server(**{**vars(server), "secret_key": kept_secret_key(server.data_dir)})
    return Config(server, database, keys, keep, redis, wechat, miniprogram, sms, tuple(reader.warnings), path)


def _server(reader: Reader, raw: dict[str, Any]) -> Server:
    raw["data_dir"] = reader.path(raw["data_dir"])
    raw["texts"] = reader.path(raw["texts"]) if raw["texts"] else None
    for fault in county_texts.read(raw["texts"])[1] if raw["texts"] else ():
        reader.refuse("server.texts", fault)
    if raw["secret_key"]:
        check_strength(reader, "server.secret_key", raw["secret_key"])
    elif "secret_key" in (reader.section("server") or {}):
        reader.weak("server.secret_key", "is empty: leave the line out and a key is made and kept in the data_dir")
    if not re.fullmatch(r"[0-9A-Za-z.:_-]+", raw["host"]):
        reader.refuse("server.host", f"{raw['host']!r} is not a host name or address")
    elif raw["demo"] and not is_loopback(raw["host"]):
        reader.warn("server.host", "demo mode has no passwords, and other machines can reach this address")
    if raw["operator_phone"] and not re.fullmatch(r"1[3-9][0-9]{9}", raw["operator_phone"]):
        reader.refuse("server.operator_phone", "has to be a mobile number of 11 digits")
    if raw["base_url"]:
        check_address(reader, "server.base_url", raw["base_url"], called=False)
    else:
        host = f"[{raw['host']}]" if ":" in raw["host"] else raw["host"]
        raw["base_url"] = f"http://{host}:{raw['port']}"
    raw["base_url"] = raw["base_url"].rstrip("/")
    return Server(**raw)


def _wechat(reader: Reader) -> WeChat | None:
    account = _account(reader, "wechat")
    if account is None:
        return None
    return WeChat(**account, templates=_templates(reader, "wechat.templates"),
                  subscriptions=_templates(reader, "wechat.subscriptions"))


def _miniprogram(reader: Reader) -> MiniProgram | None:
    account = _account(reader, "miniprogram")
    if account is None:
        return None
    return MiniProgram(**account, subscriptions=_templates(reader, "miniprogram.subscriptions"))


def _templates(reader: Reader, section: str) -> dict[str, Template]:
    """The templates of one section by kind of notice; a kind without one goes by SMS."""
    found = {}
    for kind, written in reader.values(section, TABLE[section]).items():
        try:
            if written:
                found[kind] = parse(written)
        except ValueError as wrong:
            reader.refuse(f"{section}.{kind}", str(wrong))
    return found


def _keys(reader: Reader, data_dir: Path) -> Keys:
    """Given as a text, named as a file, in the environment, or in the user's own configuration; in this order."""
    raw = reader.values("keys", TABLE["keys"])
    if raw["ring"]:
        made = Keys(default_file(), raw["ring"], "keys.ring")
    elif raw["file"]:
        made = Keys(reader.path(raw["file"]).absolute(), "")
    else:
        given = os.environ.get(VARIABLE, "")
        made = Keys(default_file().absolute(), given, f"${VARIABLE}" if given else "")
    try:
        sealing.parse(made.ring, made.name)
    except sealing.WrongKeys as error:
        reader.refuse("keys.ring", str(error))
    if not made.ring:
        if made.file.resolve().is_relative_to(data_dir.resolve()):
            why = f"{made.file} lies in the data_dir: who copies the data would have its keys as well"
            (reader.weak if raw["file"] else reader.warn)("keys.file", why)
        reader.check_mode("keys.file", made.file)
    return made


def _account(reader: Reader, name: str) -> dict[str, Any] | None:
    if reader.section(name) is None:
        return None
    raw = reader.values(name, TABLE[name])
    given = reader.section(name) or {}
    for key in ("app_id", "app_secret", "token", "aes_key"):
        if given.get(key) == "":
            reader.weak(f"{name}.{key}", "is empty")
        elif raw[key] and key in ("app_secret", "token"):
            check_strength(reader, f"{name}.{key}", raw[key])
    if raw["aes_key"] and not re.fullmatch(r"[A-Za-z0-9+/]{43}", raw["aes_key"]):
        # Not weak but wrong: with it no push is ever opened, so nobody would be answered.
        reader.refuse(f"{name}.aes_key", "has to be the 43 letters and digits of the EncodingAESKey")
    if raw["api_base"]:
        check_address(reader, f"{name}.api_base", raw["api_base"])
    elif reader.demo:
        raw["api_base"] = _NOWHERE
        reader.warn(f"{name}.api_base", "is not set: in demo mode nothing is sent to the real service")
    raw["api_base"] = (raw["api_base"] or _WEIXIN).rstrip("/")
    return raw
