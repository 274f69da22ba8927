"""Everything that changes something: each request becomes one message that takes the same turn as an SMS.

The idempotency key is the message's own; what the turn stored is the answer, the first time and every time after.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Response, request
from flask_openapi3 import APIBlueprint
from pydantic import BaseModel

from bot.api import asked
from bot.api import shapes as s
from bot.api.door import CHANNEL, caller
from bot.api.problems import Trouble, of_said
from bot.api.replies import reply
from bot.channels.base import Message, Order
from bot.channels.plain_text import storable
from bot.said import ASKED, DONE
from bot.services import Services
from ledger.store.mailbox import Mailbox

OUTCOME: dict[Any, Any] = {200: s.Outcome}


class Acts:
    """Takes turns for the caller of the current request."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def take(
        self, once: asked.Once, order: Order, body: BaseModel | None, me: str = "", words: str = "", *,
        anyone: bool = False, kind: str = "order",
    ) -> Response:
        """One act to its answer. Raises Trouble for all that is not done or asked, Conflict for a key used before."""
        who = caller() if anyone else caller().bound()
        if me:
            society, _, number = me.partition("/")
            order = Order(order.command, order.slots, (society, int(number)), order.answers, order.phone)
        message = self._message(once, who.address, order, body, words, kind)
        done = self._services.turns.take(message)
        return _answer(done.text)

    def stored(self, once: asked.Once, order: Order, body: BaseModel) -> Response | None:
        """The answer this act got before, if it was here. Raises Trouble and Conflict as the act did."""
        message = self._message(once, caller().address, order, body, "", "order")
        with self._services.store.read() as books:
            found = Mailbox(books.connection).stored((message.channel, message.account, message.sender), message.key)
        if found is None or found.digest != message.digest:
            return None  # a key used for something else is refused by the turn itself
        return _answer(found.reply)

    def _message(
        self, once: asked.Once, address: tuple[str, str, str], order: Order, body: BaseModel | None, words: str,
        kind: str,
    ) -> Message:
        given = body.model_dump_json() if body is not None else ""
        digest = hashlib.sha256(json.dumps([request.full_path, given]).encode()).hexdigest()
        # What is kept of an order is what it says, not what proved it.
        kept = words or json.dumps({"command": order.command, **order.slots}, ensure_ascii=False, sort_keys=True)
        return Message(CHANNEL, address[1], address[2], f"api:{once.key}", storable(kept), kind, digest, order)


def _answer(stored: str) -> Response:
    if not stored:
        raise Trouble("too_old")  # words are kept for a term only (jobs/forget.py); the act stays once
    said = json.loads(stored)
    if said["outcome"] not in (DONE, ASKED):
        raise of_said(said)
    return reply(s.Outcome(
        outcome=said["outcome"], text=said["text"], facts=said["facts"], question=said["question"],
    ))


def add(api: APIBlueprint, acts: Acts) -> None:
    """Adds the addresses of what a member does, and of what officers do."""
    _member(api, acts)
    _asked(api, acts)
    _words(api, acts)
    _officers(api, acts)


def _slots(body: BaseModel, **more: Any) -> dict[str, Any]:
    """What was given, under the names of the contract's slots; what was left out stays out."""
    given = {name: value for name, value in body.model_dump().items() if value not in (None, "", False)}
    return {name: storable(value) if isinstance(value, str) else value for name, value in {**given, **more}.items()}


def _member(api: APIBlueprint, acts: Acts) -> None:
    @api.post("/loans", responses=OUTCOME, operation_id="borrow")
    def borrow(header: asked.Once, query: asked.Me, body: asked.Borrow) -> Response:
        """Apply for a loan: the echo with its question first, the application after the yes."""
        return acts.take(header, Order("borrow", _slots(body)), body, query.me)

    @api.post("/loans/<int:no>/payoff", responses=OUTCOME, operation_id="payoff")
    def payoff(header: asked.Once, query: asked.Me, path: asked.ByLoan) -> Response:
        """What settles the loan today; the sum holds until the hour it names."""
        return acts.take(header, Order("payoff", {"loan": path.no}), None, query.me)

    @api.post("/loans/<int:no>/extend", responses=OUTCOME, operation_id="extend")
    def extend(header: asked.Once, query: asked.Me, path: asked.ByLoan, body: asked.Extend) -> Response:
        """Ask for more time."""
        return acts.take(header, Order("extend", _slots(body, loan=path.no)), body, query.me)

    @api.post("/repayments", responses=OUTCOME, operation_id="repay")
    def repay(header: asked.Once, query: asked.Me, body: asked.Repayment) -> Response:
        """Say that money was paid: the cashier is asked to look; nothing is booked on the borrower's own word."""
        return acts.take(header, Order("repay", _slots(body)), body, query.me)

    @api.post("/disputes", responses=OUTCOME, operation_id="dispute")
    def dispute(header: asked.Once, query: asked.Me, body: asked.Dispute) -> Response:
        """Say that a receipt is not right."""
        return acts.take(header, Order("dispute", _slots(body)), body, query.me)

    @api.post("/complaints", responses=OUTCOME, operation_id="complain")
    def complain(header: asked.Once, query: asked.Me, body: asked.Complaint) -> Response:
        """Complain, with the own name or without."""
        return acts.take(header, Order("complain", _slots(body)), body, query.me)

    @api.post("/loans/<int:no>/objections", responses=OUTCOME, operation_id="object")
    def object_to(header: asked.Once, query: asked.Me, path: asked.ByLoan, body: asked.Text) -> Response:
        """Object to a loan before its money is out; it waits until that is answered."""
        return acts.take(header, Order("object", _slots(body, loan=path.no)), body, query.me)


PLAIN = {
    "withdraw": "Take an application back.",
    "consent": "Vouch for a loan of the own group.",
    "refuse": "Decline to vouch.",
    "sign": "Sign: the full terms with their question first, the signature after the yes.",
    "received": "The borrower has the money in hand.",
    "not-received": "The money has not come: chair and supervisors are told at once.",
}
"""Acts on a loan that need nothing but its number: the address's last part, which is the command, and what it does."""


def _asked(api: APIBlueprint, acts: Acts) -> None:
    for name, summary in PLAIN.items():
        command = name.replace("-", "_")

        def act(header: asked.Once, query: asked.Me, path: asked.ByLoan, command: str = command) -> Response:
            return acts.take(header, Order(command, {"loan": path.no}), None, query.me)

        api.post(f"/loans/<int:no>/{name}", responses=OUTCOME, summary=summary, operation_id=command,
                 endpoint=command)(act)


def _words(api: APIBlueprint, acts: Acts) -> None:
    @api.post("/answers", responses=OUTCOME, operation_id="answer")
    def answers(header: asked.Once, body: asked.Answered) -> Response:
        """Answer the open question: the second step of every act that wants one, and a code by SMS."""
        return acts.take(header, Order(answers=body.question), body, words=body.answer, anyone=True)

    @api.post("/messages", responses=OUTCOME, operation_id="say")
    def say(header: asked.Once, query: asked.Me, body: asked.Spoken) -> Response:
        """Write words, as over SMS or WeChat: everything the table of commands knows."""
        return acts.take(header, Order(), body, query.me, words=body.text)


def _officers(api: APIBlueprint, acts: Acts) -> None:
    @api.post("/loans/<int:no>/approve", responses=OUTCOME, operation_id="approve")
    def approve(header: asked.Once, query: asked.Me, path: asked.ByLoan, body: asked.Approve) -> Response:
        """Turn one's key with the code that came for exactly this loan; without a code another one is given."""
        return acts.take(header, Order("approve", _slots(body, loan=path.no)), body, query.me)

    @api.post("/loans/<int:no>/reject", responses=OUTCOME, operation_id="reject")
    def reject(header: asked.Once, query: asked.Me, path: asked.ByLoan, body: asked.Text) -> Response:
        """Say no, with a reason the borrower reads; a second step confirms it."""
        return acts.take(header, Order("reject", _slots(body, loan=path.no)), body, query.me)

    @api.post("/loans/<int:no>/pay-out", responses=OUTCOME, operation_id="pay_out")
    def pay_out(header: asked.Once, query: asked.Me, path: asked.ByLoan, body: asked.PayOut) -> Response:
        """Pay a loan out: the echo with its question first, the money after the second step."""
        slots = {"loan": path.no} | ({"via": "现金"} if body.cash else {})
        return acts.take(header, Order("pay_out", slots), body, query.me)
