"""A file sealed with a passphrase: scrypt makes the key, AES-GCM seals chunk by chunk, so size does not matter.

Each chunk is bound to its place and the last one is marked, so that nothing can be cut, swapped or glued on unseen.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"HUZHU-SEALED-1\n"
SALT, CHUNK, TAG = 16, 1 << 20, 16
SCRYPT_N = 1 << 15
SHORTEST = 12


class EnvelopeError(Exception):
    """The file cannot be sealed or opened; the text is one line for the operator."""


def is_sealed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def seal(source: Path, target: Path, passphrase: str) -> None:
    """Write `source` sealed into `target`. Raises EnvelopeError for a passphrase under 12 signs."""
    if len(passphrase) < SHORTEST:
        raise EnvelopeError(f"the passphrase is too short: {SHORTEST} signs at least")
    salt = os.urandom(SALT)
    cipher = AESGCM(_key(passphrase, salt))
    with source.open("rb") as plain, target.open("xb") as sealed:
        sealed.write(MAGIC + salt)
        for number, chunk, last in _chunks(plain, CHUNK):
            sealed.write(cipher.encrypt(_nonce(number, last), chunk, MAGIC + salt))


def unseal(source: Path, target: Path, passphrase: str) -> None:
    """Write what `source` holds into `target`. Raises EnvelopeError for a wrong passphrase or a damaged file."""
    try:
        with source.open("rb") as sealed, target.open("xb") as plain:
            salt = sealed.read(len(MAGIC) + SALT)[len(MAGIC) :]
            cipher = AESGCM(_key(passphrase, salt))
            for number, chunk, last in _chunks(sealed, CHUNK + TAG):
                plain.write(cipher.decrypt(_nonce(number, last), chunk, MAGIC + salt))
    except (InvalidTag, ValueError):
        target.unlink(missing_ok=True)
        raise EnvelopeError("the passphrase is wrong or the file is damaged") from None


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=SCRYPT_N, r=8, p=1).derive(passphrase.encode())


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">IQ", int(last), number)


def _chunks(file: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """(number, bytes, whether it is the last one); an empty file is one empty chunk."""
    number, chunk = 0, file.read(size)
    while True:
        following = file.read(size)
        yield number, chunk, not following
        if not following:
            return
        number, chunk = number + 1, following
