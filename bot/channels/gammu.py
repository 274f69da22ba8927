"""A SIM dongle in the village office behind gammu-smsd (SQL service): its inbox is read, its outbox filled.

Durable both ways: smsd deletes a message from the SIM after it stands in its database, and what is queued there goes
out after any restart. Columns and states follow the Gammu SMSD manual ("SMSD Database Structure").
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.channels.base import Busy, Conflict, Fate, Message, Outcome, Parcel, Turn
from bot.channels.callback import OnReceipt, digest_of
from bot.channels.plain_text import sayable, storable
from bot.channels.segments import split
from bot.channels.sms_http import CHANNEL, is_mobile, phone
from ledger.store.smsd import Piece, Progress, Smsd
from ledger.store.store import Unavailable

log = logging.getLogger(__name__)

ACCOUNT = "gammu"
PATIENCE_S = 60
"""How long the rest of a long message is waited for; then the person is asked to send it again."""
WIPED = frozenset({"complain"})
"""Commands whose words do not stay in the village's database."""
_LONGEST = 10
_FAILED = frozenset({"SendingError", "DeliveryFailed", "Error"})


class Sender:
    """Queues messages in smsd's database. Threads may share one."""

    # The reference stands in CreatorID, and what stands there already is not queued again.
    tells_repeats = True

    def __init__(self, smsd: Smsd, phone_id: str = "") -> None:
        self._smsd, self._phone_id = smsd, phone_id

    def send_parcel(self, parcel: Parcel) -> Outcome:
        """One attempt. A database that cannot be had may still have taken it, and telling it again is safe."""
        if not is_mobile(parcel.to):
            return Outcome(Fate.REFUSED, "not a mainland mobile number")
        parts = split(sayable(parcel.text))
        if not parts[0].strip():
            return Outcome(Fate.REFUSED, "empty text")
        if len(parts) > _LONGEST:
            return Outcome(Fate.REFUSED, f"longer than {_LONGEST} messages")
        mark = int(hashlib.sha256(parcel.reference.encode()).hexdigest()[:2], 16)
        pieces = [("", parts[0])] if len(parts) == 1 else [
            (f"050003{mark:02X}{len(parts):02X}{n:02X}", part) for n, part in enumerate(parts, 1)
        ]
        try:
            # smsd takes the higher number first.
            self._smsd.put(parcel.reference, f"+86{parcel.to}", pieces, self._phone_id, 1 if parcel.urgent else 0)
        except Unavailable as failure:
            return Outcome(Fate.RETRY, f"gammu-smsd's database: {failure}")
        return Outcome(Fate.ACCEPTED)


@dataclass
class Poller:
    """Looks into smsd's database: what came in takes its turn, what ended is reported."""

    smsd: Smsd
    take_turn: Turn
    on_receipt: OnReceipt
    ask_again: Callable[[str, str], object]
    """Told the number of a person whose long message never came whole, and what that message is known by."""
    prefix: Callable[[], str]
    """What our references begin with."""
    _since: str = field(default="", init=False)
    _told: dict[str, str] = field(default_factory=dict, init=False)

    def look(self) -> int:
        """One look; how many messages were taken in."""
        taken = sum(self._take(pieces) for pieces in _messages(self.smsd.pieces()))
        self._report()
        return taken

    def _take(self, pieces: list[Piece]) -> bool:
        """One message with the parts that are there. It is marked only after its turn, so a crash repeats the turn."""
        _, total, _ = _part(pieces[0].header)
        ids = [piece.id for piece in pieces]
        if len({_part(piece.header)[2] for piece in pieces}) < total:
            if max(piece.age_s for piece in pieces) < PATIENCE_S:
                return False
            log.warning("a message of %s parts came with %s", total, len(pieces))
            self.ask_again(phone(pieces[0].sender), _key(pieces, ""))
            self.smsd.done(ids)
            return False
        text = storable(_words(pieces))
        try:
            reply = self.take_turn(Message(
                CHANNEL, ACCOUNT, phone(pieces[0].sender)[:32], _key(pieces, text), text, "text", digest_of(text)))
        except Busy:
            return False
        except Conflict:
            log.error("sms refused: a known id came with other content")
            self.smsd.done(ids)
            return False
        self.smsd.done(ids, forget=reply.command in WIPED)
        return True

    def _report(self) -> None:
        found, newest = self.smsd.progress(self._since, self.prefix() + "-")
        for one in found:
            state = _state(one)
            if state and self._told.get(one.reference) != state:
                self.on_receipt(one.reference, state, "gammu-smsd could not send it" if state == "failed" else "")
                self._told[one.reference] = state
        if newest > self._since:
            # Only what changed in the very last second can come again.
            self._told = {one.reference: _state(one) for one in found}
            self._since = newest


def _words(pieces: list[Piece]) -> str:
    """What a message says: its parts' own bytes put together first, for an emoji may be cut in two between them."""
    try:
        raw = b"".join(bytes.fromhex(piece.raw) for piece in pieces)
    except ValueError:
        raw = b""
    return raw.decode("utf-16-be", "replace") if raw else "".join(piece.text for piece in pieces)


def _messages(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces put together: those of one sender with one reference and total are one message, in their right order."""
    found: dict[object, list[Piece]] = {}
    for piece in pieces:
        reference, total, _ = _part(piece.header)
        found.setdefault((piece.sender, reference, total) if total > 1 else piece.id, []).append(piece)
    return [sorted(one, key=lambda piece: _part(piece.header)[2]) for one in found.values()]


def _part(header: str) -> tuple[str, int, int]:
    """(reference, total, number) of a concatenation header (3GPP TS 23.040, 9.2.3.24.1 and .8), else ("", 1, 1)."""
    try:
        raw = bytes.fromhex(header)[1:]
    except ValueError:
        return "", 1, 1
    while len(raw) >= 2:
        kind, length = raw[0], raw[1]
        value, raw = raw[2 : 2 + length], raw[2 + length :]
        if (kind, length) in ((0x00, 3), (0x08, 4)) and len(value) == length:
            total, number = value[-2], value[-1]
            if 1 <= number <= total:
                return value[:-2].hex(), total, number
    return "", 1, 1


def _key(pieces: list[Piece], text: str) -> str:
    """What a message is known by. smsd that died before it cleared the SIM reads the same message in again under
    another ID, so the ID says nothing; the operator's own time with the words does."""
    first = pieces[0]
    told = "\n".join((first.sender, first.received_at, _part(first.header)[0], text))
    return hashlib.sha256(told.encode()).hexdigest()[:40]


def _state(one: Progress) -> str:
    """What smsd's states of all parts mean together; empty while nothing more is known than that it was sent."""
    if any(state in _FAILED for state in one.states):
        return "failed"
    if all(state == "DeliveryOK" for state in one.states):
        return "delivered"
    return "unknown" if "DeliveryUnknown" in one.states else ""
