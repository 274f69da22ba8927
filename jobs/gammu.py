"""Looks into gammu-smsd's database every second: the worker runs it where the configuration names a dongle.

Of several workers one looks, by a lock in the data directory; if two ever did, each message would still be taken once.
"""

from __future__ import annotations

import fcntl
import logging
import os
from threading import Event

from bot.channels.gammu import Poller
from bot.outbox import INSTALLATION, on_receipt
from bot.services import Services
from ledger.records import Notice
from ledger.store.mailbox import Mailbox
from ledger.store.store import Unavailable

log = logging.getLogger(__name__)

LOOK_S = 1.0
AFTER_TROUBLE_S = 5.0
PRIORITY = 0


def poller(services: Services) -> Poller | None:
    """What looks, or None where no dongle is configured."""
    smsd = services.smsd
    if smsd is None:
        return None

    def receipt(reference: str, status: str, reason: str) -> None:
        on_receipt(services.store, reference, status, reason)

    def ask_again(number: str, key: str) -> None:
        told = Notice(f"partial/{key}", 0, "partial", {}, PRIORITY, ("sms", "", number))
        with services.store.write() as books:
            today = services.clock.today(Mailbox(books.connection))
            books.notify("", [told], today, services.clock.now())

    def prefix() -> str:
        with services.store.read() as books:
            return Mailbox(books.connection).setting(INSTALLATION)

    return Poller(smsd, services.turns.take, receipt, ask_again, prefix)


def run(services: Services, stopping: Event) -> None:
    """Look until told to stop; whatever goes wrong, look again."""
    looks = poller(services)
    if looks is None:
        return
    path = services.config.server.data_dir / "gammu.lock"
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _alone(file):
            if stopping.wait(AFTER_TROUBLE_S):
                return
        while not stopping.is_set():
            stopping.wait(_look(looks, services))
    finally:
        os.close(file)


def _look(looks: Poller, services: Services) -> float:
    try:
        if looks.look():
            services.bell.ring()
        return LOOK_S
    except Unavailable as error:
        log.warning("gammu-smsd's database or the books cannot be had now: %s", error)
    except Exception:
        log.exception("a look into gammu-smsd's database failed")
    return AFTER_TROUBLE_S


def _alone(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
