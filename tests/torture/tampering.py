"""10,000 random tamperings of each database, all to be found: `python -m tests.torture.tampering [COUNT]`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.books import tamper
from tests.books.scene import lived_in, reviewed
from tests.engines import Postgres


def main(count: int) -> int:
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        postgres = Postgres()
        try:
            for url in (f"sqlite:///{Path(folder) / 'huzhu.db'}", postgres.url(postgres.create())):
                scene, begun = reviewed(lived_in(url)), time.monotonic()
                done, missed = tamper.run(scene.store, count, seed=10)
                scene.store.close()
                name = url.partition(":")[0]
                print(f"{name}: {done} tamperings, {len(missed)} missed, {time.monotonic() - begun:.0f} s")
                print("\n".join(missed[:20]))
                worst += len(missed)
        finally:
            postgres.stop()
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
