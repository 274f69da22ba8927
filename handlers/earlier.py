"""What a household had and owed on an earlier day: as the books said on that day, and as they say now about it.

Only balances and who was found can be asked about an earlier day; the day itself was read in bot/understand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from ledger.records import Household, Person, Refusal
from ledger.store.statements import Statements
from ledger.terms import Account

from .request import Answer, Request, refuse


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
            facts["now_own_fen"], facts["now_left_fen"],
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
    """Own money and what was still out in loans, in fen, each then and now; `changed` where they differ."""
    books, code, day = request.books, request.code, _day(request)
    assert day is not None
    loans = [str(loan.no) for loan in books.loans_of(code, home.no) if loan.paid_out_on is not None]
    own = (str(Account.CONTRIBUTION), home.no)
    out = [(str(Account.LOANS), number) for number in loans]
    held = Statements(books, code, request.today).then_and_now([own, *out], day)
    then, now = ([-held[own][i], sum(held[place][i] for place in out)] for i in (0, 1))
    return _spoken(request) | {
        "then_own_fen": then[0], "then_left_fen": then[1], "now_own_fen": now[0], "now_left_fen": now[1],
        "changed": then != now, "same": then == now,
    }


def _spoken(request: Request) -> dict[str, Any]:
    day = _day(request)
    return {} if day is None else _year(request, day, "day")


def _year(request: Request, day: date, name: str) -> dict[str, Any]:
    """A day with which year it lies in: dates carry no year, so that this and the last two are said by their words."""
    back = request.today.year - day.year
    words = {f"{name}_this": back == 0, f"{name}_last": back == 1, f"{name}_before": back == 2}
    return {f"{name}_on": day, f"{name}_year": day.year if back not in (0, 1, 2) else 0, **words}
