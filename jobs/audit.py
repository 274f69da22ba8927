"""The nightly proof: every society's books recomputed; the first thing wrong is told, nothing is put right silently."""

from __future__ import annotations

from ledger.store.store import Store
from ledger.store.verify import Verified, verify


def audit(store: Store, societies: list[str] | None = None) -> list[Verified]:
    """Verify the named societies, or all of them; one consistent view each."""
    if societies is None:
        with store.read() as books:
            societies = [one.code for one in books.societies()]
    found = []
    for code in societies:
        with store.read() as books:
            found.append(verify(books, code))
    return found
