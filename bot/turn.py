"""The only route a message takes: claim → who → open question or phrase → row → handler → ask or save → words.

All of it is one transaction: the message, entries, loan, question, notices and the stored reply commit together or
not at all. A bug of ours rolls it back; the message is then kept with its failure and the person is told.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from bot import answering, binding, cards, choosing, grants, limits, new_phone, one_time, reconfirm, strangers, texts
from bot.almanac import placed
from bot.channels.base import Busy, Conflict, Message, Reply
from bot.channels.segments import segments
from bot.clock import Clock
from bot.metrics import Meter
from bot.said import DONE, FAILED, Said
from bot.understand import Reading, read
from bot.understand.engine import WITHIN
from handlers.guards import Guard
from handlers.request import Answer, Request, Speaker, refuse
from handlers.table import CODE, NONE, ONE, TABLE, Row
from ledger import codes
from ledger.offices import roles_of
from ledger.records import Notice
from ledger.store import senders
from ledger.store.books import Books, Saved
from ledger.store.mailbox import Mailbox, Question
from ledger.store.reads import Known
from ledger.store.store import Store, Unavailable, is_passing
from ledger.terms import VILLAGE_ROLES, Role

log = logging.getLogger(__name__)

QUESTION_LIFE_S = 30 * 60
REPLY_PRIORITY = 0
IDENTITY = frozenset({"change_phone", "add_phone", "vouch"})
TAP = "event:CLICK"
"""A tap on the menu says its key, as if it had been written."""


SHORT = 4
"""The words of every day are as short as this, and the same for everybody."""


@lru_cache(512)
def _read_short(text: str, role: str) -> Reading:
    return read(text, role)


class _ShowOnly(Exception):
    """Ends a dry turn: everything is rolled back, the reply is kept."""


class Broken(Exception):
    """A bug of ours, whatever it is: the turn is rolled back whole, then the message is kept with an apology."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        where = "".join(traceback.format_tb(error.__traceback__)[-3:])
        self.where = f"{type(error).__name__}\n{where}"[:4000]
        log.error("a turn failed: %s at %s", type(error).__name__, where)


@dataclass
class Turns:
    """Takes turns over one store. `bell` is rung after a commit that left notices to send; it may do nothing. With
    `limits` senders and officers may do only so much in a minute, an hour and a day (demo mode has none)."""

    store: Store
    clock: Clock
    secret: bytes
    bell: Callable[[], None] = lambda: None
    meter: Meter = field(default_factory=Meter)
    cards: bool = False
    """Whether officers who hold a printed code card are asked for a cell of it instead of being sent a code."""
    segment_fen: int = 0
    seen: limits.Seen = field(default_factory=limits.Seen)
    limits: bool = False
    messages_a_day: int = 0
    """So many messages of one phone a day are done over SMS; 0 for any number."""

    def take(self, message: Message, *, show_only: bool = False, send_reply: bool = True) -> Reply:
        """One message to its reply. Raises Busy when the books cannot be had in time, Conflict when a known id comes
        with other content. `send_reply` lets an SMS reply leave as a notice."""
        if self.limits and self._drowned(message):
            return Reply("")
        kept: list[Reply] = []
        begun, outcome = time.monotonic(), "busy"
        try:
            try:
                self._take(message, kept, show_only=show_only, send_reply=send_reply)
            except Broken as broken:
                self._take(message, kept, show_only=show_only, send_reply=send_reply, broken=broken)
            outcome = "repeated" if kept[0].repeated else "done"
        except _ShowOnly:
            outcome = "done"
            return kept[0]
        except Unavailable as error:
            outcome = "busy"
            raise Busy(str(error)) from error
        except Conflict:
            outcome = "conflict"
            raise
        finally:
            self.meter.turn(outcome, time.monotonic() - begun)
        if kept[0].notices and not kept[0].repeated:
            self.bell()
        return kept[0]

    def _take(
        self, message: Message, kept: list[Reply], *, show_only: bool, send_reply: bool, broken: Broken | None = None
    ) -> None:
        with self.store.write() as books:
            kept[:] = [OneTurn(self, books, message).take(send_reply=send_reply, broken=broken)]
            if show_only:
                raise _ShowOnly

    def postage(self, say: str, facts: Mapping[str, Any]) -> tuple[int, int]:
        """How many SMS segments these words are, and what one costs in fen."""
        return segments(texts.fill(say, facts)), self.segment_fen

    def _drowned(self, message: Message) -> bool:
        if self.seen.seldom(message.channel, message.sender, self.clock.now()):
            return False
        try:
            with self.store.read() as books:
                return limits.drowned(books, message, self.clock.now())
        except Unavailable as error:
            raise Busy(str(error)) from error

    def make_code(self, parts: Sequence[str | int]) -> str:
        return codes.one_time(self.secret, *parts)


def speaker_of(books: Books, known: Known, today: date) -> Speaker:
    """Somebody an address stands for, with the roles of today."""
    society = books.society(known.address.society)
    assert society is not None
    roles = roles_of(known.person, known.offices, today, member=known.household is not None)
    return Speaker(society, known.person, known.household, roles)


class OneTurn:
    """One message inside its transaction."""

    def __init__(self, turns: Turns, books: Books, message: Message) -> None:
        self.turns, self.books, self.message = turns, books, message
        self.mailbox = Mailbox(books.connection)
        # A phone is a phone through whichever gateway it came; an openid belongs to its account.
        self.address = (message.channel, "" if message.channel == "sms" else message.account, message.sender)
        self.now = turns.clock.now()
        self.today: date = turns.clock.today(self.mailbox)
        self.key = self.mailbox.mark_of(message.channel, message.account, message.sender, message.key)
        self.told: list[Notice] = []
        self.secret = False
        self.society, self.person, self.command = "", 0, ""
        self.picked = ""  # the words of a choice that is confirmed once more
        self.guessed = ""  # the command that words without a phrase seem to mean
        self.order = message.order
        self.said = Said()
        self.state = "done"

    def take(self, *, send_reply: bool, broken: Broken | None = None) -> Reply:
        """The turn; or, where it was `broken` and everything was rolled back, the apology for it."""
        message = self.message
        origin = (message.channel, message.account, message.sender)
        asking = [
            *self.mailbox.opening(self.address), *self.books.opening(self.address),
            *self.books.opening_words(self.address), *limits.asking(self),
        ]
        stored = self.mailbox.claim(
            origin, message.key, message.digest, message.kind, message.text, self.now, asking, self._opened)
        if stored is not None:
            if stored.digest != message.digest:
                raise Conflict
            return Reply(stored.reply, repeated=True, command=stored.command)
        failure = ""
        if broken is not None:
            self.said, self.state = Said(FAILED, "apology"), "failed"
            text, failure = texts.fill("apology", {}), broken.where
        else:
            try:
                over = limits.too_much(self) if self.turns.limits and self.order is None else None
                text = self._marked(self._answer()) if over is None else over
            except Exception as error:
                if is_passing(error):
                    raise
                raise Broken(error) from error
        if self.order is not None:
            # What is open now goes with it, whoever opened it: a client shows a question as long as it stands.
            text = self.said.document(text, self.open_question(), self.key)
        if send_reply and text and self._replies_later():
            self._send_reply(text)
        self.mailbox.finish(
            origin, message.key, command=self.command, society=self.society, person=self.person, reply=text,
            state=self.state, failure=failure,
        )
        return Reply(text, False, self.command, self.society, tuple(one.key for one in self.told))

    def _opened(self, found: list[list[Any]]) -> None:
        """What was asked together with the claim."""
        self.mailbox.keep_opening(found[0])
        self.books.keep_opening(self.address, found[1:])
        for (statement, given), rows in zip(limits.asking(self), found[5:], strict=True):
            self.books.keep(statement, given, rows)

    def _replies_later(self) -> bool:
        """Whether the channel takes no answer within the request: SMS, and words written in the mini-program."""
        return self.message.channel == "sms" or (self.message.channel == "miniprogram" and self.order is None)

    def _marked(self, text: str) -> str:
        """With the person's own word (暗号) behind it, where there is one: what lacks it is not from us."""
        if not text or not self.person or self.order is not None:
            return text
        return texts.marked(text, self.books.watchword(self.society, self.person))

    def _send_reply(self, text: str) -> None:
        """A channel that cannot answer within the request sends its reply as a notice of the highest priority."""
        facts = {"text": text} | ({"secret": True} if self.secret else {})
        reply = Notice(f"reply/{self.key}", self.person, "raw", facts, REPLY_PRIORITY, self.address)
        self.told += self.books.notify(self.society, [reply], self.today, self.now)

    def tell(self, key: str, facts: Mapping[str, Any] | None = None, outcome: str = "") -> str:
        """Words that no row said; a client with forms is told their key, and that nothing was done unless `outcome`."""
        self.said = Said(outcome or self.said.outcome, key)
        return texts.fill(key, facts or {})

    def open_question(self) -> Question | None:
        question = self.mailbox.question(self.address)
        return question if question is not None and question.expires_at >= self.now else None

    def reading(self, voice: str = "", names: Sequence[str] = ()) -> Reading:
        """What the message says: as its order has it, else as its words are understood."""
        if self.order is not None and self.order.command:
            return Reading(self.order.command, dict(self.order.slots), certainty=1.0)
        text, role = self.message.text, voice or "member"
        if not names and len(text) <= SHORT:
            return deepcopy(_read_short(text, role))
        return read(text, role, names)

    # Who.

    def _answer(self) -> str:
        known = self.books.known(*self.address)
        kind = self.message.kind
        if self.order is not None and self.order.answers:
            question = self.open_question()
            if question is None or question.nonce != self.order.answers:
                return self.tell("expired")
        if kind == grants.KIND:
            return grants.take(self)
        if kind.startswith("event:") and kind != TAP:
            return strangers.event(self, kind.removeprefix("event:"), known)
        proved = new_phone.answer(self)
        if proved is not None:
            return proved
        if not known:
            return strangers.stranger(self)
        speakers = [speaker_of(self.books, one, self.today) for one in known]
        if self.order is not None and self.order.speaker is not None:
            speakers = [one for one in speakers if (one.society.code, one.person.no) == self.order.speaker]
            if not speakers:
                return self.tell("not_you")
        self.society, self.person = speakers[0].society.code, speakers[0].person.no
        with texts.tongue(known[0].address.tongue):
            shown = reconfirm.answer(self, known)
            return self._hear(speakers) if shown is None else shown

    # What.

    def _hear(self, speakers: list[Speaker]) -> str:
        roles = frozenset().union(*(speaker.roles for speaker in speakers))
        named = roles & VILLAGE_ROLES and not choosing.bare(self.message.text)
        names: list[str] = self.books.names(self.society) if named else []
        reading = self.reading(strangers.voice_of(roles), names)
        question = self.mailbox.question(self.address)
        if question is not None:
            said = answering.answer_to(self, question, reading, speakers)
            if said is not None:
                return said
        self.command = reading.command
        guessed = reading.certainty < WITHIN and reading.command in choosing.MEANT
        self.guessed = reading.command if guessed else ""
        if reading.command == "bind":
            return binding.answer(self, reading, question) or texts.fill("bind_by_sms", {})
        row = self._row(reading.command)
        fitting = [one for one in speakers if one.roles & row.who]
        if not fitting:
            return self.tell("wrong_role", {"roles": texts.role_words(row.who)})
        if question is not None and reading.command != "unknown":
            self.mailbox.answered(self.address)  # new words replace the question
        slots = reading.slots | placed(reading.extras, self.today)
        if not self.message.text.strip():
            slots |= {"unheard": self.message.kind}
        fitting = choosing.narrowed(self, row.command, fitting, slots)
        if choosing.unclear(row, fitting):
            return choosing.which_speaker(self, row.command, slots, reading.ambiguous, fitting)
        return self.go(row, fitting[0], slots, reading.ambiguous, reading.choices)

    def _row(self, command: str) -> Row:
        """The row of a command; a bare digit that answers nothing opens the list of what there is."""
        digits = choosing.bare(self.message.text)
        if command == "unknown" and len(digits) == 1:
            command = self.command = "help"
        return TABLE.get(command, TABLE["unknown"])

    def go(
        self, row: Row, speaker: Speaker, slots: dict[str, Any], asked: Sequence[str],
        offers: Mapping[str, Sequence[Any]],
    ) -> str:
        """A command of a known speaker: what is still to be asked for is asked, else the row is run."""
        self.society, self.person, self.command = speaker.society.code, speaker.person.no, row.command
        if asked:
            return choosing.ask_gap(self, speaker, row.command, slots, asked, offers)
        return self.do(row, speaker, slots, confirmed=False)

    # The row.

    def do(
        self, row: Row, speaker: Speaker, slots: dict[str, Any], *, confirmed: bool, shown: str = ""
    ) -> str:
        """Run a row: preview and ask, or decide and save. The preview is the real decision unsaved."""
        if row.writes and not self.books.is_master():
            return self.tell("not_master")
        if row.writes:
            code, me = speaker.society.code, speaker.person.no
            guarded = self.books.guarding(code, me, self.today, daily=self.turns.limits) if row.confirm else ()
            self.books.lock(code, *guarded)
        request = Request(
            speaker, row.command, slots, self.today, self.now, self.key, self.message.channel, self.books,
            self.turns.secret, self.turns.postage,
        )
        answer = self._guarded(row, request)
        shown_choices: dict[str, Any] = {}
        if answer.choices:
            shown_choices["choices"] = choosing.offer(self, speaker, row.command, slots, answer.choices)
        if answer.refusals:
            self._save(speaker, answer)
            refusals = tuple(replace(one, facts=one.facts | shown_choices) for one in answer.refusals)
            self.said = Said(refusals=refusals)
            return texts.refused(refusals)
        unsure = self.picked or self.guessed == row.command or (self.message.kind == "voice" and row.writes)
        confirm = row.confirm or (ONE if unsure else NONE)
        if confirm and answer.act is not None:
            if not confirmed:
                return self._ask(row, speaker, slots, answer, confirm)
            if shown != self._content(row, slots, answer):
                return texts.fill("asked_again", {}) + self._ask(row, speaker, slots, answer, confirm)
        saved = self._save(speaker, answer)
        facts = saved.resolve(answer.facts) | shown_choices
        if saved.entries:
            facts |= {"entry": facts.get("entry") or saved.entries[0]}
        self.said = Said(DONE, answer.say, facts)
        if "code_for" not in facts:
            return texts.fill(answer.say, facts)
        return texts.fill(answer.say, facts, lambda parts: self._code(speaker, parts))

    def _code(self, speaker: Speaker, parts: Sequence[str | int]) -> str:
        """An officer's code as a reply shows it: the number, which never passes what the village can read, or the
        cell of a card that names it (bot/routing.py, bot/cards.py)."""
        if self.turns.cards:
            cell = cards.ask(self.books, speaker.society.code, speaker.person.no, parts, self.now)
            if cell is not None:
                return cards.words(cell.no)
        self.secret = True
        return self.turns.make_code(parts)

    def _guarded(self, row: Row, request: Request) -> Answer:
        """The row's answer, unless its speaker may do nothing with money now (asked again when it takes effect)."""
        against = Guard(daily=self.turns.limits).against(request, coded=row.confirm == CODE)
        answer = refuse(*against) if against else row.run(request)
        if answer.act is not None and not answer.refusals:
            if "code_for" in answer.facts and (locked := limits.too_many_codes(self, request.speaker)):
                return refuse(locked)
            if request.slots.get("code") and row.confirm != CODE:
                self.state = senders.CODE_USED
        return answer

    def _save(self, speaker: Speaker, answer: Answer) -> Saved:
        if answer.act is None:
            return Saved()
        saved = self.books.save(speaker.society.code, answer.act, self.today, self.now)
        self.told += saved.notices
        return saved

    def _content(self, row: Row, slots: dict[str, Any], answer: Answer) -> str:
        """The fingerprint of what a person is shown before saying yes: the command and the very words."""
        shown = texts.fill(answer.ask, answer.facts | {"confirm": ""}) if answer.ask else ""
        return codes.content_of(row.command, json.dumps(slots, sort_keys=True, ensure_ascii=False), shown)

    def _ask(self, row: Row, speaker: Speaker, slots: dict[str, Any], answer: Answer, confirm: str) -> str:
        wants = CODE if confirm == CODE and self.message.channel == "sms" else ONE
        if wants == CODE and (locked := limits.too_many_codes(self, speaker)):
            self.said = Said(refusals=(locked,))
            return texts.refused([locked])
        content = self._content(row, slots, answer)
        self.mailbox.ask(self.address, Question(
            speaker.society.code, speaker.person.no, row.command, dict(slots), wants, self.key, content, 0,
            self.now + QUESTION_LIFE_S,
        ))
        way = "1"
        self.said = Said(facts=answer.facts)
        if wants == CODE:
            parts = one_time.parts(self.address, self.key, content)
            # 换号 and 证明 are everybody's to ask for; an officer's word there decides who speaks for whom.
            officers = Role.MEMBER not in row.who or bool(row.command in IDENTITY and speaker.roles & VILLAGE_ROLES)
            code = self._code(speaker, parts) if officers else self.turns.make_code(parts)
            way = texts.fill("confirm_code", {"code": code}) if code.isdigit() else code
        if not answer.ask and self.guessed == row.command:
            return texts.fill(f"meant.{row.command}", {})
        if not answer.ask:
            return texts.fill("picked_ask", {"text": self.picked}) if self.picked else texts.fill(
                "voice_ask", {"text": self.message.text})
        return texts.fill(answer.ask, answer.facts | {"confirm": way})
