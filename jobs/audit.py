"""The nightly proof: every society's books recomputed; the first thing wrong is told, nothing is put right silently."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.proof import KeptHead
from ledger.store.store import Store
from ledger.store.verify import Verified, newest_heads, verify


def audit(store: Store, societies: list[str] | None = None, heads: Sequence[KeptHead] = ()) -> list[Verified]:
    """Verify the named societies, or all of them, against heads kept outside; one consistent view each."""
    if societies is None:
        with store.read() as books:
            told = {one.code for one in books.societies()} | set(books.fund_books())
            societies = sorted(told | {one.society for one in heads})
    found = []
    for code in societies:
        with store.read() as books:
            found.append(verify(books, code, heads))
    return found


def heads(store: Store, societies: Sequence[str], every: str = "") -> list[KeptHead]:
    """The heads to keep outside: the newest of each society, with `every` those of each `day` or `entry`."""
    with store.read() as books:
        return [head for code in societies for head in newest_heads(books, code, every=every)]
