"""A process that forks real workers, timetables and clerks on request, so that a thousand kills cost no imports.

`python -m tests.processes.nursery CONFIG` reads one role a line and answers with the process number; every child is a
process of its own that runs the program's own code and may be killed like any other.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import time
from pathlib import Path

from bot.app import digest_of
from bot.channels.base import Busy, Message
from bot.config import load
from bot.lifeline import die_with_parent
from bot.services import Services
from jobs.timetable import Timetable
from jobs.worker import Worker

CASHIER = "19900000036"
PAUSE_S = 0.1
"""A clerk is a person: without a pause the only writer would be this one."""
CODE = re.compile(r"(?<!\d)(\d{6})(?![\d元号月日])")


def clerk(services: Services, first: int, last: int, book: Path) -> None:
    """Collects money again and again; writes down each number only once its second message was answered."""

    def say(key: str, text: str) -> str:
        while True:
            with contextlib.suppress(Busy):
                return services.turns.take(Message("sms", "http", CASHIER, key, text, "text", digest_of(text))).text

    with book.open("a", buffering=1) as written:
        for number in range(first, last):
            asked = say(f"c{number}", f"收 石大柱 {1 + number / 100:.2f}")
            said = say(f"y{number}", CODE.findall(asked)[0])
            assert "已入账" in said or "收" in said, said
            written.write(f"{number}\n")
            time.sleep(PAUSE_S)


def child(words: list[str]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    services = Services(load(Path(sys.argv[1])))
    if words[0] == "worker":
        Worker(services).run()
    elif words[0] == "timetable":
        Timetable(services).run()
    else:
        clerk(services, int(words[1]), int(words[2]), Path(words[3]))


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are buried by the kernel
    nursery = os.getpid()
    Services(load(Path(sys.argv[1]))).store.close()  # the database's driver too is imported once; nothing is connected
    for line in sys.stdin:
        if number := os.fork():
            print(number, flush=True)
            continue
        die_with_parent(nursery, signal.SIGKILL)
        status = 1
        try:
            child(line.split())
            status = 0
        finally:
            os._exit(status)


if __name__ == "__main__":
    main()
