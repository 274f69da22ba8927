"""Sending what waits. As an RQ job it carries no arguments: the outbox in the database says what is owed."""

from __future__ import annotations

from collections import Counter

from bot.outbox import Outbox
from bot.services import Services

_here: list[Services] = []
"""The services of this worker process, set once at its start: an RQ job can be given nothing but plain data."""


def use(services: Services) -> None:
    """Make the services of this process known to its jobs."""
    _here[:] = [services]


def deliver() -> dict[str, int]:
    """The RQ job: send everything that is due now; counts by `channel/outcome`."""
    return dict(deliver_due(_here[0].outbox))


def deliver_due(outbox: Outbox) -> Counter[str]:
    return outbox.deliver()
