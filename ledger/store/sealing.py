"""Phones, ID numbers, openids and people's own words as the database holds them: sealed, and found by a blind index.

AES-GCM under a key that the ciphertext names, bound to table, column and row, so that nothing can be put elsewhere; the
index is an HMAC under a second key, so that a copy without the keys neither shows nor confirms a number (reliability.md
T20, T21). The keys are given to the store; nothing above this floor sees them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
from binascii import Error as NotBase64
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Table, inspect, text

from .sealed import BlindIndex, Ciphertext, Plan, plan_of, to_text

OPTION = "huzhu_keys"
"""The execution option of the store's engine under which every connection carries the keys."""
KEY_BYTES, NONCE_BYTES, TAG_BYTES, INDEX_BYTES = 32, 12, 16, 16
MOST_KNOWN = 256
"""So many blind indexes are remembered."""
_TOKEN = re.compile(r"(seal|index):([A-Za-z0-9_-]{43})")


class WrongKeys(Exception):
    """These keys are not those of the database, or none were given; the text is one line for the operator."""


class StaleKeys(Exception):
    """The database is indexed under a newer key than this process had until now; asking again is right."""


class Moved(Exception):
    """A sealed value does not open where it stands: it was changed, or belongs to another row or column."""


class Keyring:
    """The keys of one installation. `read` gives their text as it is now, empty for none; `name` says where from, and
    `make` makes the first ones there.

    The text holds words `seal:…` and `index:…`, each 32 random bytes in base64url, the newest last. A key's id is its
    fingerprint, so a wrong key cannot pass under a right one's name. The database says which ids it is sealed under.
    """

    def __init__(self, read: Callable[[], str], name: str, make: Callable[[], None] | None = None) -> None:
        self._read, self.name, self._make = read, name, make
        self._ciphers: dict[str, AESGCM] = {}
        self._indexes: dict[str, bytes] = {}
        self._sealing = self._indexing = ""
        self._memo: dict[tuple[str, str], BlindIndex] = {}  # one turn asks for the same few again and again

    # Which keys.

    def reload(self) -> None:
        """Read the text again. Raises WrongKeys for one that is none."""
        ciphers, indexes = parse(self._read(), self.name)
        self._ciphers = {name: AESGCM(key) for name, key in ciphers.items()}
        self._indexes = indexes

    def fresh(self) -> None:
        """Seal under the newest keys there are, or the first: for a database that is not sealed yet."""
        self.reload()
        if not self._ciphers and self._make is not None:
            self._make()
            self.reload()
        if not self._ciphers or not self._indexes:
            raise WrongKeys(f"{self.name} holds no keys: one seal: and one index: are needed")
        self._take(list(self._ciphers)[-1], list(self._indexes)[-1])

    def use(self, names: str) -> None:
        """Take the keys that a database names: `index-id seal-id …`, the last one seals. Raises WrongKeys."""
        index, *seals = names.split()
        if index not in self._indexes or not set(seals) <= set(self._ciphers):
            self.reload()
        missing = [one for one in seals if one not in self._ciphers] + [index] * (index not in self._indexes)
        if missing:
            raise WrongKeys(
                f"the books are sealed under the key {missing[0]}, which {self.name} does not hold:"
                " put the key file of these books there, or name it as [keys] file"
            )
        self._take(seals[-1], index)

    def _take(self, sealing: str, indexing: str) -> None:
        if indexing != self._indexing:
            self._memo = {}
        self._sealing, self._indexing = sealing, indexing

    def copy(self) -> Keyring:
        """Another ring over the same text, which may use other keys of it."""
        return Keyring(self._read, self.name)

    def newest(self) -> tuple[str, str]:
        """The ids of the newest index key and the newest sealing key of the text."""
        self.reload()
        return list(self._indexes)[-1], list(self._ciphers)[-1]

    @property
    def names(self) -> str:
        """The ids in use, as the database keeps them."""
        return f"{self._indexing} {self._sealing}"

    # Values.

    def index(self, label: str, value: str) -> BlindIndex:
        """The blind index of a value; `label` keeps equal values of different kinds apart. Empty for an empty one."""
        if not value:
            return BlindIndex("")
        memo = self._memo
        found = memo.get((label, value))
        if found is None:
            found = BlindIndex(b2a_base64(self._digest(label, value)[:INDEX_BYTES], newline=False).decode("ascii"))
            if len(memo) >= MOST_KNOWN:
                memo.clear()
            memo[label, value] = found
        return found

    def mark(self, value: str) -> str:
        """24 hexadecimal signs that stand for a value where nobody needs to find it again."""
        return self._digest("mark", value).hex()[:24]

    def _digest(self, label: str, value: str) -> bytes:
        return hmac.digest(self._indexes[self._indexing], f"{label}\x1f{value}".encode(), "sha256")

    def seal(self, place: str, column: str, value: str) -> Ciphertext:
        """`key-id.nonce+ciphertext+tag`, openable at this place only."""
        if not value:
            return Ciphertext("")
        nonce = os.urandom(NONCE_BYTES)
        bound = f"{self._sealing}\x1f{column}\x1f{place}".encode()
        sealed = self._ciphers[self._sealing].encrypt(nonce, value.encode(), bound)
        return Ciphertext(f"{self._sealing}.{b2a_base64(nonce + sealed, newline=False).decode('ascii')}")

    def open(self, place: str, column: str, value: str) -> str:
        """The clear value. Raises Moved, or WrongKeys when its key is not there."""
        if not value:
            return ""
        name, _, body = value.partition(".")
        if name not in self._ciphers:
            # Somebody began to seal under a newer key: from now on so do we.
            self.reload()
            if name not in self._ciphers:
                raise WrongKeys(f"the books are sealed under the key {name}, which {self.name} does not hold")
            self._sealing = name
        try:
            raw = a2b_base64(body, strict_mode=True)
            bound = f"{name}\x1f{column}\x1f{place}".encode()
            return self._ciphers[name].decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound).decode()
        except (InvalidTag, ValueError):
            raise Moved(f"{column} of {place.partition(chr(31))[0]} does not open where it stands") from None

    # Rows.

    def seal_row(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        """The row as it is stored: indexes computed, clear values sealed; a table without sealed columns as it is."""
        plan = plan_of(table)
        return row if plan is None else self.sealed(plan, row)

    def open_row(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        """The same row with clear values; it has to hold the columns that name it."""
        plan = plan_of(table)
        return row if plan is None else self.opened(plan, row)

    def sealed(self, plan: Plan, row: dict[str, Any]) -> dict[str, Any]:
        made = dict(row)
        for name, kind in plan.sealed:
            if kind.index and name in row:
                made[kind.index] = self.index(kind.label, str(row[name]))
        place = plan.place(made)
        for name, kind in plan.sealed:
            if name in row:
                made[name] = self.seal(place, name, to_text(row[name]) if kind.plain_json else str(row[name]))
        return made

    def opened(self, plan: Plan, row: dict[str, Any]) -> dict[str, Any]:
        place, made = plan.place(row), dict(row)
        for name, kind in plan.sealed:
            if name in row:
                clear = self.open(place, name, row[name])
                # What is made set by set inside the database holds no facts of its own: there is nothing to open.
                made[name] = (json.loads(clear) if clear else {}) if kind.plain_json else clear
        return made


def keys_of(connection: Connection) -> Keyring:
    """The keys that this connection's store was opened with. Raises WrongKeys when there are none."""
    keys = connection.get_execution_options().get(OPTION)
    if keys is None:
        raise WrongKeys("this store was opened without keys: Store(url, keys=…)")
    assert isinstance(keys, Keyring)
    return keys


NAMES = "keys"
"""The setting with the ids of the keys a database is sealed under."""


def names_kept(connection: Connection, *, there: bool = False) -> str:
    """The ids of the keys that a database names; empty before it is sealed. `there` says that it has its tables."""
    if not there and not inspect(connection).has_table("setting"):
        return ""
    found = connection.execute(text("SELECT value FROM setting WHERE name = :name"), {"name": NAMES})
    return str(found.scalar() or "")


def new_key(kind: str) -> str:
    """A word for a text of keys; `kind` is seal or index."""
    return f"{kind}:{_encode(os.urandom(KEY_BYTES))}"


def passing_keys() -> Keyring:
    """Keys that last as long as this object, for books nobody keeps."""
    made = f"{new_key('index')} {new_key('seal')}"
    return Keyring(lambda: made, "keys made in passing")


def parse(words: str, name: str) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """(sealing keys, index keys) of a text by their ids, in its order; a line that begins with # is a remark."""
    found: dict[str, dict[str, bytes]] = {"seal": {}, "index": {}}
    for line in words.splitlines():
        for word in [] if line.lstrip().startswith("#") else line.replace(",", " ").split():
            match = _TOKEN.fullmatch(word)
            if match is None:
                raise WrongKeys(f"{name} holds something that is no key: seal: or index: and 43 signs are expected")
            key = _decode(match[2])
            found[match[1]][fingerprint(match[1], key)] = key
    return found["seal"], found["index"]


def fingerprint(kind: str, key: bytes) -> str:
    """Eight hexadecimal signs that name a key of 256 random bits and tell nothing of it."""
    return hashlib.sha256(f"huzhu {kind} key".encode() + key).hexdigest()[:8]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except NotBase64 as error:
        raise ValueError(str(error)) from None
