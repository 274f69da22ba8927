"""Reads one TOML text against a table of known keys, and collects every problem in it with the key's name and line.

It knows nothing of what the keys mean; `config.py` does, and adds its own problems to the same list.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_BYTES = 1 << 20
_HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_.\-]+)\s*\]")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z0-9_.\-]+)\s*=")
_WORDS = {bool: "true or false", int: "a whole number", str: "a text in quotes", dict: "a section"}


class ConfigError(Exception):
    """The configuration is refused. `problems` holds every reason, each one line; the text is all of them in one."""

    def __init__(self, problems: list[str] | tuple[str, ...]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True)
class Key:
    """What one key accepts. `default` None means that it has to be given once its section is there."""

    kind: type[bool] | type[int] | type[str]
    default: bool | int | str | None
    secret: bool = False
    least: int = 0
    most: int = 65535


Table = Mapping[str, Mapping[str, Key]]


def read_text(path: Path) -> str:
    """The file's text without a byte order mark; every way in which a file cannot be read is a `ConfigError`."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except IsADirectoryError:
        raise ConfigError([f"{path} is a directory, not a configuration file"]) from None
    except FileNotFoundError:
        raise ConfigError([f"{path} does not exist"]) from None
    except (OSError, ValueError) as error:
        raise ConfigError([f"{path} cannot be read: {getattr(error, 'strerror', None) or error}"]) from None
    if len(raw) > MOST_BYTES:
        raise ConfigError([f"{path} is larger than {MOST_BYTES >> 20} MiB"])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        raise ConfigError([f"{path} is not UTF-8 (line {line}, byte {column}): save it as UTF-8"]) from None


def _lines(text: str) -> dict[str, int]:
    """Where each key stands. `tomllib` does not say, and a miss only costs the line number in a message."""
    found: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            section = header[1]
            found.setdefault(section, number)
        elif assignment := _ASSIGNMENT.match(line):
            found.setdefault(f"{section}.{assignment[1]}" if section else assignment[1], number)
    return found


class Reader:
    """One configuration being read: the values so far, and all the problems and warnings about them."""

    def __init__(self, text: str, name: str, base: Path) -> None:
        self.name, self.base = name, base
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self.written_secrets: list[str] = []
        self.demo = False
        self._lines = _lines(text)
        try:
            self.tree = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError([f"{name}: {error}"]) from None
        except RecursionError:
            raise ConfigError([f"{name}: nested too deeply"]) from None

    def at(self, key: str) -> str:
        return f" (line {self._lines[key]})" if key in self._lines else ""

    def refuse(self, key: str, why: str) -> None:
        self.problems.append(f"{key}{self.at(key)}: {why}")

    def warn(self, key: str, why: str) -> None:
        self.warnings.append(f"{key}{self.at(key)}: {why}")

    def raise_all(self) -> None:
        if self.problems:
            raise ConfigError([f"{self.name}: {self.problems[0]}", *self.problems[1:]])

    def path(self, value: str) -> Path:
        """Relative paths are meant from the file they stand in, so every process finds the same place."""
        try:
            return self.base / Path(value).expanduser()
        except RuntimeError:
            return self.base / value

    def section(self, name: str) -> dict[str, Any] | None:
        """The raw section, None when absent; `sms.http` is the section `http` inside `sms`."""
        node: Any = self.tree
        for part in name.split("."):
            node = node.get(part) if isinstance(node, dict) else None
        return node if isinstance(node, dict) else None

    def check_names(self, table: Table, also: frozenset[str] = frozenset()) -> None:
        """Refuses every section and key that the table does not know, with the nearest name that it does."""
        top = {name for name in table if "." not in name}
        for name, value in self.tree.items():
            if name not in top:
                self.refuse(name, f"unknown section{_nearest(name, top)}{self._home(name, table)}")
            elif not isinstance(value, dict):
                self.refuse(name, f"has to be a section: write [{name}] on a line of its own")
        for section, keys in table.items():
            inner = {name.rpartition(".")[2] for name in table if name.rpartition(".")[0] == section}
            for name, value in (self.section(section) or {}).items():
                full = f"{section}.{name}"
                if name in keys or full in also:
                    continue
                if name not in inner:
                    self.refuse(full, f"unknown key{_nearest(name, set(keys) | inner) or self._home(name, table)}")
                elif not isinstance(value, dict):
                    self.refuse(full, f"has to be a section: write [{full}] on a line of its own")

    def _home(self, name: str, table: Table) -> str:
        homes = [section for section, keys in table.items() if name in keys]
        return f": it belongs under [{'] or ['.join(homes)}]" if 1 <= len(homes) <= 2 else ""

    def values(self, section: str, keys: Mapping[str, Key]) -> dict[str, Any]:
        """The section's keys with their defaults; a problem leaves the default, so that checking goes on."""
        raw = self.section(section) or {}
        return {name: self._value(f"{section}.{name}", key, raw.get(name)) for name, key in keys.items()}

    def _value(self, full: str, key: Key, value: Any) -> Any:
        fallback = key.kind() if key.default is None else key.default
        if value is None:
            if key.default is None:
                self.refuse(full, "is missing")
            return fallback
        # A bool is an int to isinstance, so the very type is asked.
        if type(value) is not key.kind:
            got = _WORDS.get(type(value), f"a {type(value).__name__}")
            self.refuse(full, f"has to be {_WORDS[key.kind]}, not {got}")
            return fallback
        if isinstance(value, int) and key.kind is int and not key.least <= value <= key.most:
            self.refuse(full, f"has to be between {key.least} and {key.most}, not {value}")
            return fallback
        if isinstance(value, str) and any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
            self.refuse(full, "has control characters in it")
            return fallback
        return self._secret(full, str(value)) if key.secret else value

    def _secret(self, full: str, value: str) -> str:
        """Follows `env:NAME` and `file:PATH`; what is written out is remembered for the check of the file's mode."""
        how, _, rest = value.partition(":")
        if how == "env":
            if not os.environ.get(rest):
                self.refuse(full, f"the environment has no {rest}")
            return os.environ.get(rest, "")
        if how == "file":
            path = self.path(rest)
            try:
                text = read_text(path).strip()
            except ConfigError as error:
                self.refuse(full, str(error))
                return ""
            self.check_mode(full, path)
            return text
        if value:
            self.written_secrets.append(full)
        return value

    def check_mode(self, key: str, path: Path) -> None:
        """A file with secrets that everybody on the machine may read or change."""
        try:
            open_to_all = path.stat().st_mode & 0o007
        except OSError:
            return
        if open_to_all:
            self.weak(key, f"{path} holds secrets and is open to every user of this machine: chmod 600 {path}")

    def weak(self, key: str, why: str) -> None:
        """Refused where money is real, only warned of in demo mode."""
        (self.warn if self.demo else self.refuse)(key, why)


def _nearest(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    return f": did you mean {close[0]}?" if close else ""
