"""发公示: the figures of the running month, posted on the public board and told to everybody, after they were seen.

The words are the books' own, so it needs no second officer as a broadcast does: a supervisor must be able to publish
what the others would rather not.
"""

from __future__ import annotations

from ledger import broadcasts, sheets
from ledger.records import Act, Broadcast, Refusal
from ledger.store import sheet_reads
from ledger.store.broadcasts import Broadcasts

from .request import Answer, Request, refuse


def publish(request: Request) -> Answer:
    """`发公示`: what came in, was lent, came back and was spent since the first of the month, and what is there."""
    books, code, society = request.books, request.code, request.speaker.society
    period = sheets.interim(society.opened_on, request.today)
    head = books.head(code)
    before = next((one for one in books.disclosures(code, 20) if one.kind == sheets.INTERIM), None)
    if before is not None and before.head_seq == head[0] and before.facts["first_on"] == str(period.first):
        return refuse(Refusal("publish.same", {"page": before.no}))
    page = sheets.page(
        code, books.next_disclosure_no(code), period, sheet_reads.facts(books, code, period, request.today),
        request.charter().sheets.days, request.today, head,
    )
    facts = page.facts | {"page": page.no}
    reached = Broadcasts(books.connection).audience(code, broadcasts.ALL, "", "", request.today)
    segments, fen = request.postage("notice.broadcast_sheet", facts | {"society": society.name})
    facts |= {"reached": reached.reached, "cost_fen": reached.by_sms * segments * fen, "segments": segments}
    number = Broadcasts(books.connection).next_no(code)
    told = Broadcast(
        code, number, "", broadcasts.ALL, "", request.speaker.person.no, 0, broadcasts.GOING, request.today,
        request.now, page=page.no,
    )
    return Answer("publish.done", facts | {"item": number}, Act((page, told)), ask="publish.ask")
