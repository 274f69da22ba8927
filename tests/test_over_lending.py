"""Two approvers at once with room for one loan: two hundred rounds, and never more is promised than there is.

The defaults of both databases let nearly every such round through (reliability.md M1, M4, M5).
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

from ledger import codes, loans, notices
from ledger.records import Act, Challenge, Endorsement, Loan
from ledger.terms import Status
from tests.village import CODE, SECRET, Village

DAY = date(2026, 3, 1)
ROUNDS = 200
ROOM_FEN, EACH_FEN = 600_000, 400_000
CHAIR, TREASURER = 7, 24
WAITING = (("QS001-013", 13, "QS001-012", "QS001-014"), ("QS001-061", 61, "QS001-058", "QS001-062"))
"""Two ordinary households of groups where nobody is late and neither officer belongs: household, person, payers."""


def asked(number: int, place: int) -> Loan:
    household, person, one, two = WAITING[place]
    return Loan(
        CODE, number, household, person, EACH_FEN, "化肥", 10, "equal_principal", 5000, 1, Status.VOUCHED, DAY, one, two
    )


def last_key(village: Village, loan: Loan, holder: int, other: int) -> tuple[list[Endorsement | Challenge | Loan], str]:
    """A loan whose one key has turned, and the message that turns the other."""
    turned = Endorsement(CODE, loan.no, "key", other, "yes", 1, DAY)
    open_key = Endorsement(CODE, loan.no, "key", holder, "", 2, None)
    challenge = Challenge(CODE, loan.no, holder, 1, loans.content(loan), village.clock.now())
    code = codes.one_time(SECRET, *notices.code_for(challenge))
    return [loan, turned, open_key, challenge], f"批 {loan.no} {code}"


def test_two_approvers_at_once_never_over_lend(village: Village) -> None:
    with village.store.write() as books:
        pool = books.pool(CODE)
        room = min(pool.fund_fen * 900 // 1000 - pool.outstanding_fen, pool.cash_fen + pool.bank_fen)
        filler = replace(asked(900, 0), amount_fen=room - ROOM_FEN, status=Status.SIGNED, household="QS001-030")
        books.save(CODE, Act((filler,)), DAY, 1)
    for turn in range(ROUNDS):
        pair = [asked(100 + 2 * turn + place, place) for place in (0, 1)]
        keys = [last_key(village, pair[0], CHAIR, TREASURER), last_key(village, pair[1], TREASURER, CHAIR)]
        with village.store.write() as books:
            books.save(CODE, Act(tuple(record for records, _ in keys for record in records)), DAY, 1)
        start, said = threading.Barrier(2), []

        def turn_key(who: str, text: str, start: threading.Barrier = start, said: list[str] = said) -> None:
            start.wait(20)
            said.append(village.take(who, text).text)

        hands = [
            threading.Thread(target=turn_key, args=(who, text))
            for who, (_, text) in zip(("王建国", "李秀英"), keys, strict=True)
        ]
        for one in hands:
            one.start()
        for one in hands:
            one.join()
        with village.store.write() as books:
            now = [books.loan(CODE, one.no) for one in pair]
            standing = sorted(one.status for one in now if one is not None)
            assert standing == [Status.DISCLOSED, Status.VOUCHED], (turn, said)
            ended = tuple(replace(one, status=Status.WITHDRAWN, ended_on=DAY) for one in now if one is not None)
            books.save(CODE, Act(ended), DAY, 1)
        assert sum("不够" in one or "最多" in one for one in said) == 1, said
    assert village.fault() == ""
