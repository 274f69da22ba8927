"""A thousand kills and fifty flushes: nothing lost, no money twice (reliability.md B5).

`python -m tests.torture.faults --kills 1000 --flushes 50 [--seconds 600] [--postgresql]` prints what was done and what
was found, and ends with 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.engines import Postgres
from tests.processes.siege import Siege


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--flushes", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=1200.0, help="the longest it may go on killing")
    parser.add_argument("--pause", type=float, default=0.3, help="the longest rest between two blows, in seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--postgresql", action="store_true")
    given = parser.parse_args()
    server = Postgres() if given.postgresql else None
    try:
        with tempfile.TemporaryDirectory(prefix="huzhu-siege-") as folder:
            url = server.url(server.create()) if server else ""
            with Siege(Path(folder) / "huzhu", url, given.seed, given.workers) as siege:
                siege.start_all()
                report = siege.run(given.kills, given.flushes, given.seconds, given.pause)
                print(f"{'PostgreSQL' if server else 'SQLite'}, seed {given.seed}\n{report}")
                if not report.good():
                    print((siege.folder / "log.txt").read_text("utf-8", "replace")[-4000:], file=sys.stderr)
                return 0 if report.good() else 1
    finally:
        if server:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
