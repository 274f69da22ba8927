"""Whether time tells what exists: `python -m tests.torture.timing [ROUNDS]` (T11).

Every command that names something is given the neighbour's and what is nowhere, in turns; the CPU time of each answer
is compared by its median. More than a tenth apart for any command ends with 1.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from tqdm import tqdm

from ledger.store.store import Store
from tests.keys import KEYS
from tests.privacy.test_neighbours import TAKES, ask, found
from tests.village import Village, open_books

WHO = ("陈桂花", "会计")
MOST = 1.1


def apart(village: Village, rounds: int) -> dict[str, float]:
    """For each role and command the median for what is next door as a part of the median for what is nowhere."""
    there, nowhere = found(village)
    cases = [(who, command) for who in WHO for command, kinds in TAKES.items() if kinds]
    spent: dict[tuple[str, str, bool], list[float]] = {}
    for number in tqdm(range(rounds + 1), disable=None, unit=""):
        for who, command in cases:
            for far in (number % 2 == 0, number % 2 == 1):
                begun = time.thread_time()
                ask(village, who, command, there if far else nowhere)
                if number:  # the first of each only warms up
                    spent.setdefault((who, command, far), []).append(time.thread_time() - begun)
    return {f"{command} by {who}": statistics.median(spent[who, command, True])
            / statistics.median(spent[who, command, False]) for who, command in cases}




def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory(prefix="huzhu-timing-") as folder:
        store = Store(f"sqlite:///{Path(folder) / 'huzhu.db'}", keys=KEYS)
        open_books(store)
        ratios = apart(Village(store), rounds)
        store.close()
    ordered = sorted(ratios.items(), key=lambda one: one[1])
    print(f"{len(ordered)} commands, {rounds} rounds: median {statistics.median(ratios.values()):.3f}, from "
          f"{ordered[0][1]:.3f} ({ordered[0][0]}) to {ordered[-1][1]:.3f} ({ordered[-1][0]})")
    return 1 if ordered[-1][1] > MOST or ordered[0][1] < 1 / MOST else 0


if __name__ == "__main__":
    sys.exit(main())
