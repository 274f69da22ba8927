"""`huzhu bench rotate`: how long everything sealed takes to move to a newer key, and to be found by a newer index."""

from __future__ import annotations

import time

from ledger.records import Person
from ledger.store import rotation
from ledger.store.mapping import put
from ledger.store.migrations import upgrade
from ledger.store.sealing import Keyring, new_key
from ledger.store.store import Store

from . import Result, Setting

ROWS, LIMIT_S, BATCH = 100_000, 600, 5_000
CODE = "BR001"


def run(setting: Setting) -> Result:
    """So many people with a phone and an ID number, all under one key, moved to another."""
    folder, size = setting.folder, setting.size
    kept = [new_key("index"), new_key("seal")]
    store = Store(f"sqlite:///{folder / 'rotate'}.db", 60, keys=Keyring(lambda: " ".join(kept), "the bench's keys"))
    upgrade(store)
    for begin in range(0, size, BATCH):
        with store.write() as books:
            put(books.connection, [_person(no) for no in range(begin + 1, min(begin + BATCH, size) + 1)])
    begun = time.perf_counter()
    newest = rotation.begin(store, lambda: kept.append(new_key("seal")))
    moved = sum(rotation.move(store, newest))
    left = rotation.finish(store, newest)
    move_s = time.perf_counter() - begun
    begun = time.perf_counter()
    renamed = rotation.reindex(store, lambda: kept.append(new_key("index")))
    index_s = time.perf_counter() - begun
    with store.read() as books:
        person = books.person(CODE, size)
    good = left == 0 and moved == renamed == size and person == _person(size) and move_s <= LIMIT_S
    store.close()
    figures = {"rows": moved, "left": left, "move_s": round(move_s, 1), "index_s": round(index_s, 1)}
    return Result(figures, good, [
        f"{moved} rows under a newer key in {move_s:.1f} s, beside everything that runs (limit {LIMIT_S} s)",
        f"{renamed} rows under a newer index in {index_s:.1f} s, in one transaction",
    ])


def _person(no: int) -> Person:
    id_card = f"110101{1950 + no % 50}0101{no % 10_000:04d}"
    return Person(CODE, no, f"户{no}", "", f"199{no:08d}", id_card, f"{CODE}-{no:06d}")
