"""What a household had and owed on an earlier day: as the books said on that day, and as they say now about it.

Only balances and who was found can be asked about an earlier day; the day itself was read in bot/understand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from ledger import replay
from ledger.records import Household, Loan, Person, Refusal
from ledger.reviews import FREEZE, Stage
from ledger.store.statements import Statements
from ledger.terms import Account

from .request import Answer, Request, refuse

AGO = timedelta(days=31)
"""A loan that ended so long before a day owed nothing on it, however late its last payment was booked."""


def asked(request: Request) -> bool:
    """Whether the question is about another day than today."""
    said = any(request.slots.get(name) for name in ("day", "day_unclear", "day_ahead"))
    return said and _day(request) != request.today


def balance(request: Request, home: Household) -> Answer:
    """`我去年春节欠多少`: the speaker's own household on that day."""
    wrong = _wrong_day(request) or _too_early(request, home)
    if wrong:
        return refuse(wrong)
    facts = _facts(request, home) | {"name": request.speaker.person.name}
    return Answer("balance.then", facts)


def find(request: Request, found: Sequence[tuple[Household, Person]]) -> Answer:
    """`查 陈桂花 去年春节`: a member on that day, for those who may ask how she stands today."""
    wrong = _wrong_day(request)
    if wrong:
        return refuse(wrong)
    known = [(home, person) for home, person in found if not _too_early(request, home)]
    if not known:
        home, person = found[0]
        return refuse(_too_early(request, home))
    lines = []
    for home, person in known:
        facts = _facts(request, home)
        lines.append([
            person.name, home.no.rpartition("-")[2], facts["then_own_fen"], facts["then_left_fen"],
            facts["now_own_fen"], facts["now_left_fen"], facts["then_fee_fen"], facts["now_fee_fen"],
        ])
    return Answer("find.then", _spoken(request) | {"lines": lines})


def _day(request: Request) -> date | None:
    said = request.slots.get("day")
    return date.fromisoformat(str(said)) if said else None


def _wrong_day(request: Request) -> Refusal | None:
    """A day that is none, that has not come, or that lies before the books."""
    day = _day(request)
    if request.slots.get("day_ahead") or (day is not None and day > request.today):
        return Refusal("day.ahead", {"word": str(request.slots.get("day_ahead") or day)})
    if day is None:
        return Refusal("day.unclear", {"word": str(request.slots.get("day_unclear"))})
    opened_on = request.speaker.society.opened_on
    if day < opened_on:
        return Refusal("day.before_books", _spoken(request) | _year(request, opened_on, "opened"))
    return None


def _too_early(request: Request, home: Household) -> Refusal | None:
    day = _day(request)
    if day is not None and day < home.joined_on:
        return Refusal("day.before_joining", _spoken(request) | _year(request, home.joined_on, "joined"))
    return None


def _facts(request: Request, home: Household) -> dict[str, Any]:
    """Own money, what was out in loans and what fee was due, in fen, then and now; `changed` where they differ."""
    books, code, day = request.books, request.code, _day(request)
    assert day is not None
    loans = [loan for loan in books.loans_of(code, home.no) if loan.paid_out_on is not None]
    own = (str(Account.CONTRIBUTION), home.no)
    out = [(str(Account.LOANS), str(loan.no)) for loan in loans]
    held = Statements(books, code, request.today).then_and_now([own, *out], day)
    fees = _fees(request, loans, day)
    then, now = ([-held[own][i], sum(held[place][i] for place in out), fees[i]] for i in (0, 1))
    names = ("own_fen", "left_fen", "fee_fen")
    return _spoken(request) | {
        **{f"then_{name}": fen for name, fen in zip(names, then, strict=True)},
        **{f"now_{name}": fen for name, fen in zip(names, now, strict=True)},
        "changed": then != now, "same": then == now,
    }


def _fees(request: Request, loans: Sequence[Loan], day: date) -> tuple[int, int]:
    """Fee and overdue charge due by that day and unpaid, in fen: as the books said on it, and as they say now.

    A payment counts for the day it was paid; a disaster declared since then for the days it froze.
    """
    books, code, top = request.books, request.code, request.books.newest_by(request.code, day)
    then = now = 0
    for loan in loans:
        if loan.paid_out_on is None or loan.paid_out_on > day or (loan.ended_on and loan.ended_on + AGO < day):
            continue
        charter, reviews = request.charter(loan.charter_version), books.reviews_of(code, loan.no)
        done = [one for one in reviews if one.stage == Stage.DONE and one.done_on]
        known = [one for one in done if one.done_on and one.done_on <= day]
        frozen = [one for one in done if one.kind == FREEZE and one.disclosed_on and one.disclosed_on <= day]
        since = [
            (seq, on_day) for seq, parts in books.standing_payments(code, loan.no)
            if (on_day := [part for part in parts if part.paid_on <= day])
        ]
        known_fen = replay.fee_owed(loan, charter, books.standing_payments(code, loan.no, top), known, day)
        later = [*known, *(one for one in frozen if one not in known)]
        now_fen = replay.fee_owed(loan, charter, since, later, day)
        then += known_fen or 0
        now += (known_fen if now_fen is None else now_fen) or 0
    return then, now


def _spoken(request: Request) -> dict[str, Any]:
    day = _day(request)
    return {} if day is None else _year(request, day, "day")


def _year(request: Request, day: date, name: str) -> dict[str, Any]:
    """A day with which year it lies in: dates carry no year, so that this and the last two are said by their words."""
    back = request.today.year - day.year
    words = {f"{name}_this": back == 0, f"{name}_last": back == 1, f"{name}_before": back == 2}
    return {f"{name}_on": day, f"{name}_year": day.year if back not in (0, 1, 2) else 0, **words}
