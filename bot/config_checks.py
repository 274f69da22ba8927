"""What single values of the configuration have to be: strong enough, a usable address, a database that keeps its data.

Also the secret key of the installation, which is made once and then kept beside the data.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import re
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from bot.config_reader import ConfigError, Reader
from bot.redis_address import SCHEMES, parse

SHORTEST_SECRET = 16
_FEWEST_DIFFERENT = 6
_PLACEHOLDER = re.compile(r"change.?me|your.?(secret|token|key)|placeholder|<.*>", re.IGNORECASE)


def check_strength(reader: Reader, key: str, value: str) -> None:
    """A secret that can be guessed lets anybody write messages in a villager's name."""
    if len(value) < SHORTEST_SECRET:
        reader.weak(key, f"is too short: at least {SHORTEST_SECRET} characters")
    elif len(set(value)) < _FEWEST_DIFFERENT or _PLACEHOLDER.search(value):
        reader.weak(key, "is easy to guess: write a random one")


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_near(host: str) -> bool:
    """Plain HTTP is fine inside one machine or one private network, such as a gateway box in the office."""
    try:
        return is_loopback(host) or ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host


def check_address(reader: Reader, key: str, value: str, *, called: bool = True) -> None:
    """An http address. One that we call ourselves has to stay on this machine in demo mode."""
    # Signs on which two address parsers may disagree about the host would defeat the check below.
    if re.search(r"[^!-~]|[\\@]", value):
        reader.refuse(key, "is not a plain web address: no spaces, @, backslashes or signs outside ASCII")
        return
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        reader.refuse(key, f"{value!r} is not an address that begins with http:// or https://")
    elif reader.demo and called and not is_loopback(host):
        reader.refuse(key, f"{host} is not this machine: demo mode only calls addresses like http://127.0.0.1:9000")
    elif parts.scheme == "http" and not _is_near(host):
        reader.weak(key, f"http:// to {host} would show secrets on the way: write https://")


def database_url(reader: Reader, value: str, data_dir: Path) -> str:
    """An SQLAlchemy address with an absolute path or the driver we ship; what forgets its data is refused."""
    key, written = "database.url", value
    if not value and "?" in str(data_dir):
        reader.refuse("server.data_dir", f"{data_dir} has a ? in it, which a database address cannot hold")
    if not value:
        return f"sqlite:///{data_dir / 'huzhu.db'}"
    scheme, separator, rest = value.partition("://")
    if not separator:
        reader.refuse(key, "has to look like sqlite:///huzhu.db or postgresql://user@host/name")
    elif scheme in ("sqlite", "sqlite+pysqlite"):
        path = rest[1:] if rest.startswith("/") else ""
        if not path or ":memory:" in path or "mode=memory" in path:
            reader.refuse(key, "names no file: the books would be gone when the program stops")
        elif "?" in path:
            reader.refuse(key, "an SQLite address takes no options after ?")
        else:
            value = f"sqlite:///{reader.path(path)}"
    elif scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        value = f"postgresql+psycopg://{rest}"
    else:
        reader.refuse(key, f"{scheme} is not available: sqlite or postgresql")
    _forget_unless_password(reader, key, written)
    return value


def redis_url(reader: Reader, value: str) -> str:
    key = "redis.url"
    scheme = value.partition("://")[0]
    far, password = "", ""
    try:
        if "+" in scheme and (found := parse(value)):
            far = next((host for host, _ in found.hosts if not is_loopback(host)), "")
            password = found.password
        else:
            parts = urlsplit(value)
            host, _, password = parts.hostname or "", parts.port, parts.password or ""
            far = "" if is_loopback(host) else host
            scheme = "" if scheme in ("redis", "rediss") and not host else scheme
            scheme = "" if scheme == "unix" and not parts.path.startswith("/") else scheme
    except ValueError as error:
        reader.refuse(key, f"cannot be used: {error}")
        return value
    if value != "embedded" and scheme not in SCHEMES:
        reader.refuse(key, "has to be embedded, redis://host:port/0, rediss://…, unix:///path/to/socket, "
                      "redis+sentinel://host:26379,host:26379/mymaster or redis+cluster://host:6379,host:6379")
    elif far and not password and scheme != "unix" and value != "embedded":
        reader.warn(key, f"{far} asks for no password, and who can write there decides what the workers do")
    _forget_unless_password(reader, key, value)
    return value


def _forget_unless_password(reader: Reader, key: str, written: str) -> None:
    """An address without a password in it is no secret, so the file that holds it may be open."""
    if key in reader.written_secrets and not re.search(r"://[^/]*:[^/]*@|password=", written):
        reader.written_secrets.remove(key)


def kept_secret_key(data_dir: Path) -> str:
    """The key in `data_dir/secret_key`; made by the first process that asks, the same for all that come after."""
    path = data_dir / "secret_key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # Held until the file stands, so that of two processes starting at once one makes it and one reads it.
            fcntl.flock(directory, fcntl.LOCK_EX)
            if not path.exists():
                _write_whole(path, secrets.token_urlsafe(48))
                os.fsync(directory)
            key = path.read_text("utf-8").strip()
        finally:
            os.close(directory)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is damaged"
        raise ConfigError([f"server.data_dir: the secret key cannot be kept in {path}: {why}"]) from None
    if len(key) < SHORTEST_SECRET:
        raise ConfigError([f"server.data_dir: {path} is damaged: put the old key back, or delete it for a new one"])
    return key


def _write_whole(path: Path, text: str) -> None:
    """Under its name the file is either complete or not there, also when the power goes."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(file, f"{text}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)
    unfinished.rename(path)
