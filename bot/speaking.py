"""An officer's words to many on their way out: made step by step between two batches, worded, or held back.

A broadcast that was paused or stopped lets nothing more leave, whatever of it had been leased already.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot import texts
from bot.routing import Policy, quiet_until
from ledger.broadcasts import GOING
from ledger.store import bulk, spreading
from ledger.store.books import Books
from ledger.store.broadcasts import PASS_ON, SAY, Broadcasts
from ledger.store.mailbox import Waiting
from ledger.store.store import is_passing

log = logging.getLogger(__name__)


STRETCH_S, STRETCH = 0.1, 64
"""So long at most, and so many steps, one transaction makes notices: a county of small villages is not a commit each,
and no turn waits longer for its village."""


def step(books: Books, policy: Policy, now: int) -> bool:
    """A stretch of steps of the oldest broadcasts whose notices do not stand as they should; whether there was one."""
    begun = time.monotonic()
    for number in range(STRETCH):
        if number and time.monotonic() - begun > STRETCH_S:
            break
        if not _one_step(books, policy, now):
            return number > 0
    return True


def _one_step(books: Books, policy: Policy, now: int) -> bool:
    kept = Broadcasts(books.connection)
    found = kept.unsettled()
    if found is None:
        return False
    not_before = quiet_until(policy, now)
    # What waits to be sent must not wait for a turn that holds the society: the step is made the next time.
    villages = books.lock_those_free(spreading.fresh_beside(books.connection, *found))
    if len(villages) > 1 and _done(books, lambda: spreading.make(books.connection, *found, villages, now, not_before)):
        return True
    if not books.lock_if_free(found[0]):
        return False
    if _done(books, lambda: kept.settle(*found, now, not_before)):
        return True
    kept.later(*found, now)
    return False


def _done(books: Books, act: Callable[[], None]) -> bool:
    """Whether that could be done; what is our own mistake is undone and must not keep other words from leaving."""
    savepoint = books.connection.begin_nested()
    try:
        act()
        savepoint.commit()
    except Exception as error:
        savepoint.rollback()
        if is_passing(error):
            raise
        log.exception("a broadcast cannot be made")
        return False
    return True


def spoken(books: Books, waiting: list[Waiting], now: int) -> list[Waiting]:
    """Leased notices of broadcasts with their words; what must not leave now is put aside and left out."""
    keys = {(one.society, one.broadcast) for one in waiting if one.broadcast}
    if not keys:
        return waiting
    left, out, connection = [], [], books.connection
    standing = bulk.standing(connection, keys)
    same = bulk.same_phone(connection, [one for one in waiting if one.broadcast and one.attempt == 1])
    for one in waiting:
        if one.broadcast:
            told = standing[one.society, one.broadcast]
            state = bulk.SAME_PHONE if one.id in same and told.state == GOING else told.state
            if state != GOING:
                out.append((one.id, one.attempt, state))
                continue
            # What a page says in short stands for itself; who passes it on is told so.
            say = "raw" if told.page and one.say == SAY else one.say
            facts = one.facts | _words(told)
            if one.say == PASS_ON:
                facts["names"] = bulk.names_for(connection, one, told)
            one = replace(one, facts=facts, say=say)
        left.append(one)
    bulk.leave_out(connection, out, now)
    return left


def _words(told: bulk.Standing) -> dict[str, Any]:
    """The facts of a broadcast's notice: an officer's text, or what a public page says in short."""
    if not told.page:
        return {"text": told.text, "society": told.society}
    facts = told.facts | {"page": told.page, "society": told.society}
    return {"text": texts.Ready(texts.fill("notice.broadcast_sheet", facts)), "society": told.society}
