"""The door of the officers' desk: a code sent to the phone in the books, and whom a browser stands for after it.

Whether a number is an officer's is never told: every number gets the same page, and only an officer's gets a code. A
code counts once, for ten minutes, three tries, in the browser that asked for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot import cards, limits
from bot.channels.sms_http import is_mobile
from bot.services import Services
from bot.turn import speaker_of
from handlers import keys
from handlers.request import Speaker
from ledger import codes, identity
from ledger.records import Notice
from ledger.store import sessions
from ledger.store.books import Books
from ledger.store.mailbox import Mailbox, Question
from ledger.store.sessions import Session
from ledger.terms import OUTSIDE_ROLES, VILLAGE_ROLES

DESK = "desk"
"""Channel and account of the questions and sessions of this door; the sender is the phone."""
CODE_LIFE_S, LIFE_S = 600, 8 * 3600
"""A code lives ten minutes, a login one working day."""
TRIES = 3


class Refused(Exception):
    """A code that does not open the door. `left` tries are left; 0: a new code has to be asked for."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left


@dataclass(frozen=True)
class Guest:
    """Who sits at the desk: the living session and every office its phone holds today."""

    token_hash: str
    speakers: Sequence[Speaker]
    today: date


class Door:
    """Lets officers in and out; threads may share one."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def ask(self, number: str) -> str:
        """Send a code to the officer with this phone, if there is one; the secret of this attempt for the browser."""
        nonce, now = secrets.token_urlsafe(24), self._services.clock.now()
        if not is_mobile(number):
            return nonce
        with self._services.store.write() as books:
            mailbox = Mailbox(books.connection)
            today = self._services.clock.today(mailbox)
            found = _officers(books, number, today)
            if not found or not books.is_master():
                return nonce
            code, person = found[0].society.code, found[0].person.no
            if not limits.may_bind(self._services.turns, books, code, person, now):
                return nonce
            mailbox.ask(_at(number), Question(code, person, DESK, {}, "code", nonce, "", 0, now + CODE_LIFE_S))
            # Who reads this code sees the whole village's loans, so it goes where keys go and never by a dongle.
            facts = {"code_for": _parts(number, nonce), "secret": True}
            told = Notice(f"desk/{nonce}", person, "desk_code", facts, 1, ("sms", "", number))
            books.notify(code, [told], today, now)
        self._services.bell.ring()
        return nonce

    def enter(self, number: str, nonce: str, code: str) -> str:
        """The token of a new session for the right code; raises Refused."""
        now = self._services.clock.now()
        with self._services.store.write() as books:
            mailbox = Mailbox(books.connection)
            today = self._services.clock.today(mailbox)
            asked = mailbox.question(_at(number)) if is_mobile(number) else None
            found = _officers(books, number, today) if asked else []
            # Another browser's attempt costs this one no try.
            if asked is None or not found or asked.expires_at < now or not codes.same(nonce, asked.nonce):
                left = 0
            elif not self._right(books, asked, number, code):
                left = self._wrong(books, asked, number, today, now)
            else:
                mailbox.answered(_at(number))
                token = secrets.token_urlsafe(32)
                people = frozenset((one.society.code, one.person.no) for one in found)
                begun = Session(sessions.hashed(token), DESK, number, people, now, now + LIFE_S)
                sessions.begin(books.connection, begun, now)
                return token
        self._services.bell.ring()
        raise Refused(left)

    def _right(self, books: Books, asked: Question, number: str, code: str) -> bool:
        make = self._services.turns.make_code
        wanted = cards.wanted(books, asked.society, asked.person, _parts(number, asked.nonce), make)
        return bool(code) and codes.same(code, wanted)

    def _wrong(self, books: Books, asked: Question, number: str, today: date, now: int) -> int:
        """One try less; after the last the code is void, and the chair and the supervisors hear of it."""
        mailbox, tries = Mailbox(books.connection), asked.tries + 1
        if tries < TRIES:
            mailbox.ask(_at(number), replace(asked, tries=tries))
            return TRIES - tries
        mailbox.answered(_at(number))
        person = books.person(asked.society, asked.person)
        assert person is not None
        told = keys.wrong_codes(books, asked.society, person, today, f"desk/{asked.nonce}", TRIES)
        books.notify(asked.society, told, today, now)
        return 0

    def guest(self, token: str) -> Guest | None:
        """Whom a browser stands for now. An office that ended, or an officer who was stopped, ends the session."""
        if not 20 <= len(token) <= 128:
            return None
        token_hash, now = sessions.hashed(token), self._services.clock.now()
        with self._services.store.read() as books:
            session = sessions.find(books.connection, token_hash, now)
            if session is None or session.account != DESK:
                return None
            today = self._services.clock.today(Mailbox(books.connection))
            speakers = _officers(books, session.sender, today)
        if speakers and session.people <= {(one.society.code, one.person.no) for one in speakers}:
            return Guest(token_hash, speakers, today)
        with self._services.store.write() as books:
            sessions.end_all(books.connection, DESK, session.sender, now)
        return None

    def leave(self, guest: Guest) -> None:
        with self._services.store.write() as books:
            sessions.end(books.connection, guest.token_hash, self._services.clock.now())


def _at(number: str) -> tuple[str, str, str]:
    return DESK, DESK, number


def _parts(number: str, nonce: str) -> list[str | int]:
    return [DESK, number, nonce]


def _officers(books: Books, number: str, today: date) -> list[Speaker]:
    """Everybody with an office today whom this phone reaches and who is not stopped."""
    found = [speaker_of(books, one, today) for one in books.known("sms", "", number)]
    return [one for one in found if one.roles & (VILLAGE_ROLES | OUTSIDE_ROLES)
            and identity.frozen(books.freezes(one.society.code), one.person.no) is None]
