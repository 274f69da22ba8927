"""Money and messages at the same moment: every payment is booked once and the books still verify."""

from __future__ import annotations

import threading
from datetime import date

from ledger.records import Act, Draft, Line
from ledger.terms import Account
from tests.village import CODE, Village

DAY = date(2026, 3, 1)
HANDS, EACH = 4, 6


def test_entries_at_the_same_moment_stand_in_one_order(village: Village) -> None:
    start = threading.Barrier(HANDS)
    failures: list[str] = []
    before = village.entries()

    def book(hand: int) -> None:
        start.wait(20)
        for number in range(EACH):
            lines = (Line(Account.CASH, 100), Line(Account.BANK, -100))
            draft = Draft("bank_out", DAY, lines, f"race/{hand}/{number}", 1)
            try:
                with village.store.write() as books:
                    books.lock(CODE)
                    books.save(CODE, Act((), (draft,)), DAY, 1)
            except Exception as error:
                failures.append(repr(error))

    hands = [threading.Thread(target=book, args=(hand,)) for hand in range(HANDS)]
    for one in hands:
        one.start()
    for one in hands:
        one.join()
    assert not failures
    assert village.entries() == before + HANDS * EACH
    assert village.fault() == ""


def test_one_message_four_times_at_once_is_taken_once(village: Village) -> None:
    start = threading.Barrier(HANDS)
    replies = []

    def say() -> None:
        start.wait(20)
        replies.append(village.take("陈桂花", "借3000买化肥10个月", key="same"))

    hands = [threading.Thread(target=say) for _ in range(HANDS)]
    for one in hands:
        one.start()
    for one in hands:
        one.join()
    assert len(replies) == HANDS and len({one.text for one in replies}) == 1
    assert sum(not one.repeated for one in replies) == 1


def test_a_reminder_is_written_once_though_days_pass(quick_village: Village) -> None:
    village = quick_village
    village.pay_out()
    for day in (28, 29, 30):
        village.day(date(2026, 3, day))
    assert sum("23号借款" in text and "提醒" in text for text in village.phones.heard[village.phone("陈桂花")]) == 1
