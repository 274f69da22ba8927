"""Binding a WeChat to the phone in the books: a code goes to the phone, and only who reads it there is bound.

Whether a phone is known is never told: both get the same answer, and only a known one gets a code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from bot import cards, limits, one_time, texts
from bot.channels.sms_http import is_mobile, phone
from bot.said import DONE
from bot.understand import Reading
from handlers.phone import rebound
from ledger import codes
from ledger.identity_records import Rebinding
from ledger.records import Act, Address, Notice
from ledger.store import mastery, sessions, subscriptions
from ledger.store.books import Books
from ledger.store.mailbox import Question
from ledger.store.reads import Known

if TYPE_CHECKING:
    from bot.turn import OneTurn

CODE_LIFE_S = 10 * 60
TRIES = 3


def answer(turn: OneTurn, reading: Reading, question: Question | None) -> str | None:
    """What a message says in the matter of binding; None when it says nothing to it."""
    if turn.message.channel == "sms":
        return None
    if turn.order is not None and turn.order.phone:
        return _proved(turn, turn.order.phone)
    wanted = str(reading.slots.get("phone") or "") if reading.command == "bind" else ""
    code = str(reading.slots.get("code") or "")
    text = "".join(turn.message.text.split())
    if not code and text.isascii() and text.isdigit() and len(text) == 6:
        code = text
    if question is not None and question.command == "bind" and code:
        return _finish(turn, question, code)
    if reading.command != "bind":
        return None
    number = phone(wanted)
    if not is_mobile(number):
        return turn.tell("bind_how")
    return _begin(turn, number)


def _parts(turn: OneTurn, number: str, nonce: str) -> list[str | int]:
    return ["bind", *turn.address, number, nonce]


def _begin(turn: OneTurn, number: str) -> str:
    turn.mailbox.ask(turn.address, Question(
        "", 0, "bind", {"phone": number}, "code", turn.key, "", 0, turn.now + CODE_LIFE_S
    ))
    known = turn.books.known("sms", "", number)
    if known and limits.may_bind(turn.turns, turn.books, known[0].address.society, known[0].person.no, turn.now):
        facts: dict[str, Any] = {"code_for": _parts(turn, number, turn.key)}
        who = _holder(known)
        assert who is not None
        if who.offices:
            facts["secret"] = True  # who binds an officer's phone can act for the officer
        told = Notice(f"bind/{turn.key}", who.person.no, "bind_code", facts, 1, ("sms", "", number))
        turn.told += turn.books.notify(who.address.society, [told], turn.today, turn.now)
    return texts.fill("bind_ask", {})


def _holder(known: Sequence[Known]) -> Known | None:
    """Of those on one phone the officer, whose code has to be kept safest."""
    return next((one for one in known if one.offices), known[0] if known else None)


def _finish(turn: OneTurn, question: Question, code: str) -> str:
    number = str(question.slots["phone"])
    if question.expires_at < turn.now:
        turn.mailbox.answered(turn.address)
        return turn.tell("expired")
    known = turn.books.known("sms", "", number)
    parts = _parts(turn, number, question.nonce)
    who = _holder(known)
    wanted = turn.turns.make_code(parts) if who is None else cards.wanted(
        turn.books, who.address.society, who.person.no, parts, turn.turns.make_code)
    if not codes.same(code, wanted):
        return one_time.wrong(turn, question)
    turn.mailbox.answered(turn.address)
    if not known:
        return turn.tell("expired")
    return _bind(turn, known)


def _proved(turn: OneTurn, number: str) -> str:
    """The channel itself has proved that the phone is the sender's, so whether it is known may be told."""
    known = turn.books.known("sms", "", number) if is_mobile(number) else []
    if not known:
        return turn.tell("bind_unknown")
    turn.mailbox.answered(turn.address)
    return _bind(turn, known)


def let_go(books: Books, place: tuple[str, str, str], today: date, now: int) -> None:
    """Somebody took back what WeChat let us know of them (PIPL art. 15): nothing is sent or taken there any more, and
    every login there is over. The phone in the books stays as it is."""
    if not mastery.is_master(books.connection):
        return
    for one in books.known(*place):
        books.save(one.address.society, Act((replace(one.address, ended_on=today),)), today, now)
    sessions.end_all(books.connection, place[1], place[2], now)
    for template in subscriptions.left(books.connection, place[1], place[2]):
        subscriptions.refused(books.connection, place[1], place[2], template)


def _rebound(turn: OneTurn, one: Known) -> None:
    """Another WeChat than before: it rests for two days, and the phone and every officer hear of it."""
    channel, account, sender = turn.address
    before = turn.books.bound_before(one.address.society, one.person.no, channel, account)
    if not before or all(address.sender == sender for address in before):
        return
    told = rebound(turn.books, one.address.society, one.person, turn.today, turn.key)
    act = Act((Rebinding(one.address.society, one.person.no, turn.now, channel),), (), tuple(told))
    turn.told += turn.books.save(one.address.society, act, turn.today, turn.now).notices


def _bind(turn: OneTurn, known: Sequence[Known]) -> str:
    channel, account, sender = turn.address
    for one in known:
        _rebound(turn, one)
        bound = Address(channel, account, sender, one.address.society, one.person.no, turn.today)
        turn.books.save(one.address.society, Act((bound,)), turn.today, turn.now)
    if channel == "miniprogram":
        here = turn.books.known(channel, account, sender)
        people = {(one.address.society, one.person.no) for one in here}
        sessions.speaks_for(turn.books.connection, account, sender, people)
    turn.command = "bind"
    return turn.tell("bind_done", {"name": known[0].person.name}, outcome=DONE)
