"""One message for one person and day, none for what is paid, and the same words however often it is tried."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot import merged
from bot.channels.base import Fate, Outcome
from bot.channels.segments import segments
from ledger import notices
from ledger.records import Notice
from ledger.store.mailbox import Mailbox
from tests.village import CODE, Village

DAY = date(2026, 4, 4)


def put(village: Village, *told: Notice) -> None:
    with village.store.write() as books:
        books.notify(CODE, told, DAY, 1)


def person(village: Village, name: str) -> int:
    with village.store.read() as books:
        return next(one.no for one in books.people(CODE).values() if one.name == name)


def open_items(village: Village, loan: int) -> list[tuple[date, int]]:
    with village.store.read() as books:
        return [
            (one.due_on, one.principal_fen + one.fee_fen - one.paid_principal_fen - one.paid_fee_fen)
            for one in books.all_instalments(CODE)[loan] if one.paid_on is None
        ]


def overdue(loan: int, who: int, due_on: date, part: str = "board") -> Notice:
    facts = {"name": "陈桂花", "days": 8, "due_on": due_on, "society": "青山村互助社", "owed_fen": 31_500}
    return notices.overdue(loan, part, who, due_on, 7, facts)


def states(village: Village) -> dict[str, int]:
    with village.store.read() as books:
        return Mailbox(books.connection).counts()


def test_several_reminders_of_one_person_leave_as_one(village: Village) -> None:
    village.pay_out()
    who, other = person(village, "陈桂花"), person(village, "王建国")
    [(first, first_fen), (second, second_fen), *_] = open_items(village, 23)
    before = states(village)
    put(village, notices.reminder(23, who, second, second_fen, 7, 7), overdue(23, other, first),
        overdue(23, who, first, "borrower"))
    village.deliver()
    after = states(village)
    assert after["sent"] - before["sent"] == 2 and after["merged"] - before["merged"] == 1
    assert after["sent"] + after["merged"] == sum(after.values())
    told = village.phones.heard[village.phone("陈桂花")][-1]
    assert "2件事：您的23号晚8天" in told and "；23号5月4日该还" in told
    assert "件事" not in village.phones.heard[village.phone("王建国")][-1]
    assert first_fen > 0


def test_what_was_paid_in_the_meantime_is_told_nobody(village: Village) -> None:
    village.pay_out()
    who = person(village, "陈桂花")
    [(first, first_fen), (second, second_fen), *_] = open_items(village, 23)
    village.set_day(date(2026, 4, 4))
    put(village, notices.reminder(23, who, first, first_fen, 0, 0), notices.reminder(23, who, second, second_fen, 7, 7))
    heard, before = len(village.phones.heard[village.phone("陈桂花")]), states(village).get("cancelled", 0)
    hold(village, 10**12)
    village.confirm("出纳", "收 陈桂花 315")
    hold(village, 0)
    village.deliver()
    new = village.phones.heard[village.phone("陈桂花")][heard:]
    assert [("收据" in text, "该还" in text) for text in new] == [(True, False), (False, True)], new
    assert "5月4日" in new[1] and "今天" not in new[1]
    assert states(village)["cancelled"] - before == 1


def hold(village: Village, until: int) -> None:
    """Reminders wait, as they do at night."""
    with village.store.write() as books:
        books.connection.exec_driver_sql(
            f"UPDATE notice SET not_before = {until} WHERE priority = 5 AND state = 'waiting'"
        )


def test_a_repeat_says_the_same_words(village: Village) -> None:
    village.pay_out()
    who = person(village, "陈桂花")
    [(first, first_fen), (second, second_fen), (third, third_fen), *_] = open_items(village, 23)
    put(village, notices.reminder(23, who, first, first_fen, 0, 0), notices.reminder(23, who, second, second_fen, 7, 7))
    tried: list[tuple[str, str]] = []

    class Timeout:
        def send(self, reference: str, _to: str, text: str) -> Outcome:
            tried.append((reference, text))
            return Outcome(Fate.UNKNOWN if len(tried) == 1 else Fate.ACCEPTED)

    village.outbox.sms = Timeout()
    village.deliver()
    put(village, notices.reminder(23, who, third, third_fen, 7, 7))
    village.clock.pass_by(60)
    village.deliver()
    assert len(tried) == 3 and tried[0] in tried[1:], tried


def test_a_long_message_counts_what_it_leaves_out() -> None:
    item: dict[str, Any] = {"say": "notice.overdue_payer", "facts": overdue(1234, 1, DAY, "payer").facts}
    said = merged.words({"items": [item] * 40})
    assert segments(said) <= 3
    assert "40件事" in said and "还有" in said
    assert "还有" not in merged.words({"items": [item] * 3})
