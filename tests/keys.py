"""The keys that tests seal under, in this process and, through the environment, in every process they start."""

from __future__ import annotations

from ledger.store.sealing import Keyring

TEXT = "index:aHV6aHUtdGVzdC1pbmRleC1rZXktMDEyMzQ1Njc4OWE seal:aHV6aHUtdGVzdC1zZWFsLWtleS0wMTIzNDU2Nzg5YWI"
VARIABLE = "HUZHU_KEYS"


def keyring(text: str = TEXT) -> Keyring:
    """A ring of its own: what one store is told of newer keys, no other learns."""
    return Keyring(lambda: text, "the keys of the tests")


KEYS = keyring()
