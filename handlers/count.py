"""The cash box counted twice, blind: cashier and supervisor each send a figure and neither sees the other's.

Equal figures are compared with the book; a difference to it stands visibly on its own account (reliability.md A7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ledger import identity, journal, notices
from ledger.fund_records import CashCount
from ledger.records import Act, EntryRef, Notice, Refusal
from ledger.store.fund_reads import Funds
from ledger.terms import Account, Role

from .people import posts
from .request import Answer, Request, refuse


def count(request: Request) -> Answer:
    """`点 3200`: the first figure waits for the other officer's; the second one settles it."""
    if request.slots.get("amount_fen") is None:
        return refuse(Refusal("money.no_amount"))
    counted_fen = int(request.slots["amount_fen"])
    role = Role.CASHIER if Role.CASHIER in request.speaker.roles else Role.SUPERVISOR
    book_fen = request.books.totals(request.code)[Account.CASH]
    newest = Funds(request.books, request.code).newest_count()
    me = request.speaker.person.no
    if newest is None or newest.state != "open" or newest.day != request.today or newest.book_fen != book_fen:
        number = newest.no + 1 if newest else 1
        opened = CashCount(request.code, number, request.today, book_fen, me, str(role), counted_fen)
        void = (replace(newest, state="void"),) if newest and newest.state == "open" else ()
        act = Act((*void, opened), (), _asked(request, role, number))
        return Answer("count.first", {"amount_fen": counted_fen}, act)
    if newest.first_role == role:
        # The same side counts again: its own figure is replaced, the other's is still unknown.
        again = replace(newest, first_by=me, first_fen=counted_fen)
        return Answer("count.first", {"amount_fen": counted_fen}, Act((again,)))
    first = request.books.people(request.code, {newest.first_by})[newest.first_by]
    if not identity.two_homes(first, request.speaker.person):
        return refuse(Refusal("count.two_people"))
    return _settle(request, replace(newest, second_by=me, second_fen=counted_fen), book_fen)


def _settle(request: Request, both: CashCount, book_fen: int) -> Answer:
    if both.first_fen != both.second_fen:
        told = _told(request, both, "notice.count_differs", {})
        return Answer("count.differs", {}, Act((replace(both, state="differed"),), (), told))
    difference_fen = both.first_fen - book_fen
    facts = {"amount_fen": both.first_fen, "book_fen": book_fen, "short_fen": max(0, -difference_fen),
             "over_fen": max(0, difference_fen)}
    agreed = replace(both, state="agreed")
    if not difference_fen:
        return Answer("count.agrees", facts, Act((agreed,), (), _told(request, both, "notice.count_agrees", facts)))
    draft = journal.cash_count(difference_fen, request.today, f"count/{both.no}", request.speaker.person.no)
    seq = request.books.head(request.code)[0] + 1
    told = _told(request, both, "notice.count_off", facts | {"entry": EntryRef(0)})
    return Answer("count.off", facts, Act((replace(agreed, entry=seq),), (draft,), told))


def _asked(request: Request, role: Role, number: int) -> tuple[Notice, ...]:
    """The other side is asked to count, without a figure."""
    other = Role.SUPERVISOR if role == Role.CASHIER else Role.CASHIER
    return tuple(
        Notice(f"count/{number}/{person}", person, "notice.count_asked", {}, notices.ASK)
        for person in officers(request, {other}) if person != request.speaker.person.no
    )


def _told(request: Request, both: CashCount, say: str, facts: Mapping[str, object]) -> tuple[Notice, ...]:
    """Treasurer, chair and the other counter learn how it ended."""
    people = officers(request, {Role.TREASURER, Role.CHAIR}) | {both.first_by}
    return tuple(
        Notice(f"counted/{both.no}/{both.second_fen}/{person}", person, say, dict(facts), notices.TOLD)
        for person in sorted(people - {request.speaker.person.no})
    )


def officers(request: Request, roles: set[Role]) -> set[int]:
    """The people who hold one of these offices today."""
    return {one.no for one in posts(request, *roles)}
