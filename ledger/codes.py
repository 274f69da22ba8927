"""One-time codes and receipt codes, derived with a key instead of stored: a stolen copy of the books shows none.

A code is bound to all its parts; change one (another loan, amount, person, issue) and it is another code.
"""

from __future__ import annotations

import hashlib
import hmac

RECEIPT_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs without 0, 1, I and O, which look alike on an old phone."""
_PAIRS = [low + high for high in RECEIPT_ALPHABET for low in RECEIPT_ALPHABET]
"""The two signs of ten bits, the lower five first."""


def one_time(secret: bytes, *parts: str | int) -> str:
    """Six digits for exactly these parts (ASVS 6.5.4: at least 20 bits with three tries)."""
    digest = hmac.new(secret, "\x1f".join(str(part) for part in parts).encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def same(given: str, right: str) -> bool:
    """Constant-time comparison of two codes."""
    return hmac.compare_digest(given.encode(), right.encode())


def receipt(entry_hash: str) -> str:
    """The five signs on a receipt that name a sealed entry (`验 K7Q2M`)."""
    number = int(entry_hash[:8], 16)
    return _PAIRS[number & 1023] + _PAIRS[number >> 10 & 1023] + RECEIPT_ALPHABET[number >> 20 & 31]


def content_of(*parts: str | int) -> str:
    """A short fingerprint of what a code or an answer is bound to."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:32]
