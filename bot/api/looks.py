"""Everything that only looks: the same handlers and named reads as the words, their facts in fields.

What a person may see is their own household's, what they were asked about, and what is public; anything else is
answered as if it were not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint

from bot import strangers, texts
from bot.api import asked
from bot.api import shapes as s
from bot.api.door import CHANNEL, caller
from bot.api.problems import Trouble
from bot.api.replies import persons, reply
from bot.said import asked as question_of
from bot.said import plain
from bot.services import Services
from bot.understand import read
from handlers.request import Answer, Request, Speaker
from handlers.table import MEMBER, TABLE
from ledger import repayment
from ledger.complaints import HIDDEN, KINDS, NAMED, goes_up_on, state
from ledger.records import Loan
from ledger.store import subscriptions
from ledger.store.books import Books
from ledger.store.mailbox import Mailbox
from ledger.terms import ASKING, STATUS_WORDS, Role, Status


class Looks:
    """One look of the caller of the current request into the books."""

    def __init__(self, services: Services, books: Books) -> None:
        self.services, self.books = services, books
        self.today = services.clock.today(Mailbox(books.connection))

    def speaker(self, me: str, who: frozenset[Role]) -> Speaker:
        """Who looks: the person that is named, or the only one who may."""
        mine = caller().bound().speakers(self.books, self.services)
        if me:
            society, _, number = me.partition("/")
            mine = [one for one in mine if (one.society.code, one.person.no) == (society, int(number))]
            if not mine:
                raise Trouble("not_you", texts.fill("not_you", {}))
        fitting = [one for one in mine if one.roles & who]
        if not fitting:
            raise Trouble("wrong_role", texts.fill("wrong_role", {"roles": texts.role_words(who)}))
        if len({(one.society.code, one.person.no) for one in fitting}) > 1:
            raise Trouble("which_person")
        return fitting[0]

    def run(self, speaker: Speaker, command: str, slots: Mapping[str, Any]) -> Answer:
        """A row of the table that writes nothing, as a message would run it."""
        row = TABLE[command]
        assert not row.writes, "what writes takes a turn"
        services = self.services
        answer = row.run(Request(
            speaker, command, slots, self.today, services.clock.now(), "look", CHANNEL, self.books, services.secret
        ))
        if answer.refusals:
            reasons = [{"key": one.key, "text": texts.refused([one]), "facts": plain(one.facts)}
                       for one in answer.refusals]
            kind = "not_found" if answer.refusals[0].key in NOT_THERE else "refused"
            raise Trouble(kind, texts.refused(answer.refusals), {"refusals": reasons})
        return answer


NOT_THERE = frozenset({"loan.none_open"})


def add(api: APIBlueprint, services: Services) -> None:
    """Adds the addresses that look."""

    @contextmanager
    def looking() -> Iterator[Looks]:
        with services.store.read() as books:
            yield Looks(services, books)

    _self(api, services, looking)
    _money(api, looking)
    _loans(api, looking)
    _public(api, looking)
    _complaints(api, looking)


def _self(api: APIBlueprint, services: Services, looking: Any) -> None:
    @api.get("/me", responses={200: s.Self}, operation_id="me")
    def me() -> Response:
        """Who this login stands for, the open question and the subscription messages that are left."""
        who = caller()
        with looking() as look:
            question = Mailbox(look.books.connection).question(who.address)
            alive = question is not None and question.expires_at >= services.clock.now()
            return reply(s.Self(
                people=persons(who.speakers(look.books, services)),
                question=s.Question(**question_of(question)) if question is not None and alive else None,
                subscriptions=subscriptions.left(look.books.connection, *who.address[1:]),
            ))


def _money(api: APIBlueprint, looking: Any) -> None:
    @api.get("/balance", responses={200: s.Balance}, operation_id="balance")
    def balance(query: asked.Me) -> Response:
        """The household's contribution, what is owed, and what is due next."""
        with looking() as look:
            answer = look.run(look.speaker(query.me, MEMBER), "balance", {})
        facts, owing = answer.facts, answer.say in {"balance.owing", "balance.late"}
        return reply(s.Balance(
            text=texts.fill(answer.say, facts), contribution_fen=facts["contribution_fen"],
            given_fen=facts["given_fen"], credit_fen=facts["credit_fen"], loan=facts["loan"] if owing else None,
            left_fen=facts.get("left_fen", 0), owed_fen=facts.get("owed_fen", 0), days_late=facts.get("days", 0),
            due_on=facts.get("due_on"), due_fen=facts.get("due_fen", 0),
        ))

    @api.get("/statement", responses={200: s.Statement}, operation_id="statement")
    def statement(query: asked.Me) -> Response:
        """The newest repayments with their receipt codes."""
        with looking() as look:
            answer = look.run(look.speaker(query.me, MEMBER), "statement", {})
        return reply(s.Statement(repayments=[
            s.Repaid(on=on, paid_fen=fen, receipt=code) for on, fen, code in answer.facts["lines"]
        ]))

    @api.get("/loans/<int:no>/schedule", responses={200: s.Schedule}, operation_id="schedule")
    def schedule(query: asked.Me, path: asked.ByLoan) -> Response:
        """What was paid and what is still to pay, instalment by instalment."""
        with looking() as look:
            speaker = look.speaker(query.me, MEMBER)
            answer = look.run(speaker, "schedule", {"loan": path.no})
            rows = look.books.instalments(speaker.society.code, path.no)
        return reply(s.Schedule(loan=path.no, left_fen=answer.facts["left_fen"], instalments=[
            s.Instalment(
                n=row.n, due_on=row.due_on, principal_fen=row.principal_fen, fee_fen=row.fee_fen,
                charge_fen=row.charge_fen, open_fen=repayment.open_total(row),
                paid_fen=row.paid_principal_fen + row.paid_fee_fen + row.charge_paid_fen,
            )
            for row in rows
        ]))


def _loans(api: APIBlueprint, looking: Any) -> None:
    @api.get("/loans", responses={200: s.Loans}, operation_id="loans")
    def loans(query: asked.Me) -> Response:
        """The own household's loans, and those this person is asked about."""
        with looking() as look:
            speaker = look.speaker(query.me, frozenset(Role))
            code, me = speaker.society.code, speaker.person.no
            waits: dict[int, list[str]] = {}
            found: dict[int, Loan] = {}
            for kind in ("consent", "signature", "key"):
                for one in look.books.asked_of(code, me, kind):
                    waits.setdefault(one.no, []).append(kind)
                    found[one.no] = one
            if speaker.household is not None:
                found |= {one.no: one for one in look.books.loans_of(code, speaker.household.no)}
            return reply(s.Loans(loans=_shown(look, speaker, found, waits)))

    @api.get("/loans/<int:no>", responses={200: s.Loan}, operation_id="loan")
    def loan(query: asked.Me, path: asked.ByLoan) -> Response:
        """One loan of the own household, or one this person was asked about."""
        with looking() as look:
            speaker = look.speaker(query.me, frozenset(Role))
            code = speaker.society.code
            one = look.books.loan(code, path.no)
            said = [it for it in look.books.endorsements(code, path.no) if it.person == speaker.person.no]
            if one is None or not (said or _own(speaker, one)):
                raise Trouble("not_found")
            open_now = [it.kind for it in said if it.kind in ENDORSED and not it.answer and one.status in ASKING]
            return reply(_shown(look, speaker, {one.no: one}, {one.no: open_now})[0])


ENDORSED = frozenset({"consent", "signature", "key"})


def _own(speaker: Speaker, loan: Loan) -> bool:
    return speaker.household is not None and speaker.household.no == loan.household


def _shown(look: Looks, speaker: Speaker, loans: Mapping[int, Loan], waits: Mapping[int, list[str]]) -> list[s.Loan]:
    """Loans as shapes, with one read for all their rows and one for all their names."""
    code = speaker.society.code
    names = look.books.people(code, {one.person for one in loans.values()}) if loans else {}
    paid_out = [one.no for one in loans.values() if one.status == Status.PAID_OUT]
    rows = look.books.instalments_of(code, paid_out) if paid_out else {}
    made = []
    for number, one in sorted(loans.items(), reverse=True):
        waiting: list[Any] = list(waits.get(number, ()))
        if _own(speaker, one) and one.status == Status.PAID_OUT and one.received_on is None:
            waiting.append("received")
        made.append(s.Loan(
            loan=number, mine=_own(speaker, one), borrower=names[one.person].name, amount_fen=one.amount_fen,
            purpose=one.purpose, months=one.months, plan=one.plan, fee_ppm_month=one.fee_ppm_month, status=one.status,
            status_word=STATUS_WORDS[Status(one.status)], held=bool(one.held), applied_on=one.applied_on,
            closes_on=one.closes_on, paid_out_on=one.paid_out_on, received_on=one.received_on, ended_on=one.ended_on,
            left_fen=repayment.outstanding(rows[number]) if number in rows else 0, waits_for=waiting,
        ))
    return made


def _public(api: APIBlueprint, looking: Any) -> None:
    @api.get("/notices", responses={200: s.Pages}, operation_id="notices")
    def notices(query: asked.Me) -> Response:
        """The public notices of the society that are open now."""
        with looking() as look:
            society = look.speaker(query.me, frozenset(Role)).society.code
            pages = [one for one in look.books.disclosures(society) if one.closed_on is None]
        return reply(s.Pages(notices=[
            s.Page(
                number=one.no, kind=one.kind, loan=one.loan, name=str(one.facts.get("name", "")),
                amount_fen=int(one.facts.get("amount_fen", 0)), opened_on=one.opened_on, closes_on=one.closes_on,
                path=f"/notices/{society}/{one.no}",
            )
            for one in pages
        ]))

    @api.get("/matters", responses={200: s.Matters}, operation_id="matters")
    def matters(query: asked.Me) -> Response:
        """What this person raised: objections, complaints, disputes; the newest first, with their answers."""
        with looking() as look:
            speaker = look.speaker(query.me, frozenset(Role))
            found = look.books.raised_by(speaker.society.code, speaker.person.no)
        return reply(s.Matters(matters=[
            s.Matter(
                item=one.no, kind=NAMED if one.kind == HIDDEN else one.kind, loan=one.loan or None, text=one.text,
                raised_on=one.raised_on,
                answered_on=one.answered_on, answer=one.answer,
            )
            for one in found
        ]))

    @api.get("/todo", responses={200: s.Todos}, operation_id="todo")
    def todo(query: asked.Me) -> Response:
        """What waits for this officer; each line is a command of the table, with its number."""
        with looking() as look:
            speaker = look.speaker(query.me, TABLE["pending"].who)
            lines = look.run(speaker, "pending", {}).facts["all"]
            voice = strangers.voice_of(speaker.roles)
        return reply(s.Todos(todo=[_todo(line, voice) for line in lines]))


def _complaints(api: APIBlueprint, looking: Any) -> None:
    @api.get("/complaints", responses={200: s.Complaints}, operation_id="complaints")
    def complaints(query: asked.Me) -> Response:
        """The own complaints, the newest first, with how each stands; nobody else's are ever told here."""
        with looking() as look:
            speaker = look.speaker(query.me, frozenset(Role))
            code, today = speaker.society.code, look.today
            terms = look.books.charter(code, None, today).complaint
            found = look.books.raised_by(code, speaker.person.no, kinds=KINDS)
        return reply(s.Complaints(complaints=[
            s.Complaint(
                item=one.no, text=one.text, anonymous=one.kind == HIDDEN, state=state(one, terms, today).value,
                raised_on=one.raised_on, above_on=goes_up_on(one, terms), answered_on=one.answered_on,
                answer=one.answer,
            )
            for one in found
        ]))


def _todo(line: str, voice: str) -> s.Todo:
    reading = read(line, voice)
    number = reading.slots.get("loan") or reading.slots.get("item")
    return s.Todo(text=line, command=reading.command, number=int(number) if number else None)
