"""A process that has locked a society in the middle of a turn, says so and stays there:
`python -m tests.processes.holding CONFIG SOCIETY`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from bot.config import load
from bot.services import Services
from ledger.store.books import HEAD


def main(config: Path, society: str) -> None:
    services = Services(load(config))
    with services.store.write() as books:
        books.lock(society, (HEAD, {"society": society}))  # a pipeline, as in every turn
        print("held", flush=True)
        signal.pause()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
