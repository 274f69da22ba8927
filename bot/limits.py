"""Floods and guesses, answered calmly: who sends too fast hears so once and then only now and then; who asks for code
after code gets none for an hour, and the officers hear of it; numbers in no book cost little.

Counted in the books and not in Redis (reliability.md T3, T8, B9); off in demo mode.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bot import texts
from bot.channels.base import Message
from handlers import keys
from handlers.request import Speaker
from ledger.records import Notice, Refusal
from ledger.store import senders
from ledger.store.books import Books

if TYPE_CHECKING:
    from bot.turn import OneTurn, Turns

BURST, BURST_S = 3, 2
"""So many messages within so many seconds are more than a person writes."""
MOST_A_MINUTE = 20
ANSWERS_TO_A_FLOOD = 3
"""Answers a minute to who floods; as many of the messages are done."""
SELDOM = 5
"""Up to so many messages of one sender a minute that a process saw, it asks of no flood before it takes one."""
KEPT_OF_A_FLOOD = 60
"""Messages of a flood a minute that are kept; what comes beyond is dropped before anything is written."""
HOUR_S, DAY_S = 3600, 86400
ZONE_S = 8 * HOUR_S
"""China's days begin so much before UTC's."""
SELDOM_A_DAY = 10
"""Up to so many messages of one sender a day that a process saw, it does not ask how many there were."""
BRAKES = frozenset({"freeze", "doubt", "hold", "object", "not_received", "dispute", "refuse", "stop"})
"""What is done however much somebody wrote."""
STRANGER_A_DAY, STRANGERS_AN_HOUR = 3, 300
"""Answers by SMS to one number in no book, and to all of them together."""
BIND_CODES_AN_HOUR = 5


class Seen:
    """How many messages of each sender this process saw in the running minute and day; it only spares a question.

    A flood is what the books say; a process that saw few of a sender's messages need not ask them first.
    """

    def __init__(self) -> None:
        self._minute, self._counts = 0, Counter[tuple[str, str]]()
        self._day, self._today = 0, Counter[str]()

    def seldom_today(self, sender: str, now: int) -> bool:
        """Count one more of this day; whether there were few of them."""
        if (now + ZONE_S) // DAY_S != self._day:
            self._day, self._today = (now + ZONE_S) // DAY_S, Counter()
        self._today[sender] += 1
        return self._today[sender] <= SELDOM_A_DAY

    def seldom(self, channel: str, sender: str, now: int) -> bool:
        """Count one more; whether there were few of them."""
        if now // 60 != self._minute:
            self._minute, self._counts = now // 60, Counter()
        self._counts[channel, sender] += 1
        return self._counts[channel, sender] <= SELDOM


def drowned(books: Books, message: Message, now: int) -> bool:
    """Whether a message belongs to a flood of which enough is kept."""
    came = senders.lately(books, message.channel, message.sender, now - 59)
    return sum(one.state in (senders.FLOOD, senders.DAY_SPENT) for one in came) >= KEPT_OF_A_FLOOD


def asking(turn: OneTurn) -> list[tuple[Any, dict[str, Any]]]:
    """What `flooded` will ask, where it is asked at all."""
    if not turn.turns.limits or turn.order is not None:
        return []
    return [senders.asking(turn.books, turn.message.channel, turn.message.sender, turn.now - 59)]


def too_much(turn: OneTurn) -> str | None:
    """The answer to a message too many, of a minute or of a day; None where it is to be done. Marks the message."""
    over = flooded(turn)
    if over is not None:
        turn.state = senders.FLOOD
        return over
    over = spent(turn)
    if over is not None:
        turn.state = senders.DAY_SPENT
    return over


def spent(turn: OneTurn) -> str | None:
    """The answer to a phone that wrote too much today: said once, then nothing until tomorrow.

    What stops money or words is done all the same, for somebody may write in a victim's name to keep it quiet.
    """
    most, message = turn.turns.messages_a_day, turn.message
    if not most or message.channel != "sms" or turn.turns.seen.seldom_today(message.sender, turn.now):
        return None
    states = senders.today(turn.books, message.channel, message.sender, turn.now - (turn.now + ZONE_S) % DAY_S, most)
    if len(states) < most or turn.reading().command in BRAKES:
        return None
    return "" if senders.DAY_SPENT in states else texts.fill("too_many_today", {})


def flooded(turn: OneTurn) -> str | None:
    """The answer to one message too many, mostly none; None where the message is to be done."""
    message = turn.message
    came = senders.lately(turn.books, message.channel, message.sender, turn.now - 59)
    if any(one.state == senders.FLOOD for one in came):
        return None if sum(one.answered for one in came) < ANSWERS_TO_A_FLOOD else ""
    burst = 1 + sum(one.at > turn.now - BURST_S for one in came) >= BURST
    if not burst and len(came) < MOST_A_MINUTE:
        return None
    return texts.fill("too_fast", {})


def stranger_is_heard_out(turn: OneTurn) -> bool:
    """Whether a number in no book, or all of them together, had its answers."""
    if not turn.turns.limits or turn.message.channel != "sms":
        return False
    connection = turn.books.connection
    came = senders.lately(turn.books, "sms", turn.message.sender, turn.now - DAY_S)
    if sum(one.answered for one in came) >= STRANGER_A_DAY:
        return True
    return senders.to_strangers(connection, turn.now - HOUR_S) >= STRANGERS_AN_HOUR


def too_many_codes(turn: OneTurn, speaker: Speaker) -> Refusal | None:
    """Codes asked for and not used within the hour; the chair and the supervisors hear of it once an hour."""
    if not turn.turns.limits:
        return None
    came = senders.lately(turn.books, turn.message.channel, turn.message.sender, turn.now - HOUR_S)
    asked = sum(one.state == senders.CODE_ASKED for one in came)
    used = sum(one.state == senders.CODE_USED for one in came)
    charter = turn.books.charter(speaker.society.code, None, turn.today)
    if asked - used < charter.identity.codes_an_hour:
        turn.state = senders.CODE_ASKED
        return None
    code, no = speaker.society.code, speaker.person.no
    facts = {"name": speaker.person.name}
    told = [
        Notice(f"locked/{no}/{turn.now // HOUR_S}/{one}", one, "notice.codes_locked", facts, 1)
        for one in keys.watching(turn.books, code, speaker.person, turn.today)
    ]
    turn.told += turn.books.notify(code, told, turn.today, turn.now)
    return Refusal("guard.codes", {"count": charter.identity.codes_an_hour})


def may_bind(turns: Turns, books: Books, society: str, person: int, now: int) -> bool:
    """Whether another code for binding or for the desk may go to a phone: nobody's phone is filled with them."""
    if not turns.limits:
        return True
    sent = senders.binding_codes(books.connection, society, person, now - HOUR_S)
    return sent < BIND_CODES_AN_HOUR
