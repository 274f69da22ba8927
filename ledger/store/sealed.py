"""What a sealed column and a column of blind indexes are: both refuse a clear value, so that none gets in by mistake.

How values are sealed and opened stands in sealing.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Dialect, Table, Text, TypeDecorator


class Ciphertext(str):
    """A sealed value; only such a one may be written into a sealed column."""

    __slots__ = ()


class BlindIndex(str):
    """The keyed index of a value; a column of indexes is compared with nothing else."""

    __slots__ = ()


class Sealed(TypeDecorator[str]):
    """A column whose values are ciphertext. `index` names the column with its blind index, `label` what is indexed;
    `plain_json` says that the clear value is plain data and not text. An empty text stays empty."""

    impl = Text
    cache_ok = True

    def __init__(self, index: str = "", label: str = "", *, plain_json: bool = False) -> None:
        super().__init__()
        self.index, self.label, self.plain_json = index, label, plain_json

    def process_bind_param(self, value: object, _dialect: Dialect) -> str | None:
        if value is None or value == "" or isinstance(value, Ciphertext):
            return None if value is None else str(value)
        raise TypeError("a clear value on its way into a sealed column")

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Ciphertext | None:
        return None if value is None else Ciphertext(value)


class Blind(TypeDecorator[str]):
    """A column of blind indexes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, _dialect: Dialect) -> str | None:
        if value is None or value == "" or isinstance(value, BlindIndex):
            return None if value is None else str(value)
        raise TypeError("a clear value compared with a blind index")

    def process_result_value(self, value: str | None, _dialect: Dialect) -> BlindIndex | None:
        return None if value is None else BlindIndex(value)


@dataclass(frozen=True)
class Plan:
    """What of a table is sealed, and the columns that name a row of it for good."""

    table: str
    key: tuple[str, ...]
    sealed: tuple[tuple[str, Sealed], ...]

    @cached_property
    def blind(self) -> tuple[str, ...]:
        """The columns of blind indexes."""
        return tuple(kind.index for _, kind in self.sealed if kind.index)

    def place(self, row: dict[str, Any]) -> str:
        return "\x1f".join([self.table, *(str(row[name]) for name in self.key)])


@cache
def plan_of(table: Table) -> Plan | None:
    """None for a table without sealed columns. A row is named by its primary key, or by `info["row"]`."""
    sealed = tuple((column.name, column.type) for column in table.columns if isinstance(column.type, Sealed))
    key = table.info.get("row") or tuple(column.name for column in table.primary_key.columns)
    return Plan(table.name, key, sealed) if sealed else None


def to_text(value: object) -> str:
    """Plain data as JSON text, the same bytes in both databases."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
