"""The books only grow: what the database refuses whatever our own code, or somebody with its password, tries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from ledger import journal
from ledger.records import Act, Draft, Line, Loan
from ledger.store import tables as t
from ledger.terms import Account
from tests.keys import KEYS
from tests.test_twice import state
from tests.village import CODE, FIRST_DAY, Village

GROW = "books only grow"


def bank_out(fen: int = 10_000, key: str = "k") -> Draft:
    return journal.move_cash(fen, FIRST_DAY, Account.CASH, Account.BANK, key, 1)


def book(village: Village, *drafts: Draft) -> tuple[int, ...]:
    with village.store.write() as books:
        return books.save(CODE, Act(entries=drafts), FIRST_DAY, 0).entries


def refused(village: Village, act: Callable[[Any], object]) -> str:
    """Runs an act that must fail; what the database says. Nothing has changed."""
    before = state(village)
    with pytest.raises(DBAPIError) as caught, village.store.write() as books:
        act(books)
    assert state(village) == before
    assert village.fault() == ""
    return str(caught.value.orig)


EDITS = (
    "UPDATE entry SET memo = 'x'",
    'UPDATE entry SET "on" = booked_on WHERE seq = 1',
    "DELETE FROM entry WHERE seq = 1",
    "DELETE FROM entry",
    "UPDATE posting SET amount_fen = amount_fen + 1 WHERE line = 1",
    "UPDATE posting SET balance_fen = 0",
    "DELETE FROM posting WHERE line = 2",
    "UPDATE allocation SET principal_fen = 0",
    "DELETE FROM allocation",
)


def execute(statement: str) -> Callable[[Any], object]:
    return lambda books: books.connection.execute(text(statement))


def test_books_only_grow(village: Village) -> None:
    for statement in EDITS:
        assert GROW in refused(village, execute(statement)), statement


def test_nothing_is_replaced_or_emptied(village: Village) -> None:
    """SQLite's REPLACE deletes without a word, PostgreSQL's TRUNCATE does not look at rows."""
    for table in ("entry", "posting", "allocation"):
        replace, empty = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1", f"TRUNCATE {table} CASCADE"
        said = refused(village, execute(replace if village.store.sqlite else empty))
        assert GROW in said or "entry is closed" in said, table


def posting(seq: int, line: int, fen: int, **more: Any) -> dict[str, Any]:
    row = {"society": CODE, "seq": seq, "line": line, "account": "bank", "sub": "", "amount_fen": fen}
    return row | {"balance_fen": 20_278_616 + fen, "total_fen": 20_278_616 + fen} | more


def head(seq: int, **more: Any) -> dict[str, Any]:
    row = {"society": CODE, "seq": seq, "kind": "spend", "on": FIRST_DAY, "booked_on": FIRST_DAY, "memo": ""}
    return row | {"loan": 0, "reverses": 0, "by": 1, "key": f"k{seq}", "hash": "h", "code": "c"} | more


def insert(lines: list[dict[str, Any]], *heads: dict[str, Any]) -> Callable[[Any], None]:
    def act(books: Any) -> None:
        if lines:
            books.connection.execute(t.posting.insert(), lines)
        for one in heads:
            books.connection.execute(t.entry.insert(), one)

    return act


def test_an_entry_balances(village: Village) -> None:
    lines = [posting(2, 1, 100), posting(2, 2, -99)]
    assert "does not balance" in refused(village, insert(lines, head(2)))
    assert "does not balance" in refused(village, insert([], head(2)))


def test_postings_have_a_head_in_the_end(village: Village) -> None:
    assert "foreign key" in refused(village, insert([posting(2, 1, 100), posting(2, 2, -100)])).lower()


def test_no_posting_comes_to_a_standing_entry(village: Village) -> None:
    assert "entry is closed" in refused(village, insert([posting(1, 98, 100), posting(1, 99, -100)]))


UNSOUND = {
    "nothing": [posting(2, 1, 0), posting(2, 2, 100), posting(2, 3, -100)],
    "endless": [posting(2, 1, 10**15), posting(2, 2, -(10**15))],
    "one line twice": [posting(2, 1, 100), posting(2, 1, -100)],
    "a bank below zero": [posting(2, 1, 100, total_fen=-1), posting(2, 2, -100)],
}


def test_lines_are_sound(village: Village) -> None:
    for why, lines in UNSOUND.items():
        assert refused(village, insert(lines, head(2))), why


def test_an_entry_is_not_of_a_day_to_come(village: Village) -> None:
    lines = [posting(2, 1, 100), posting(2, 2, -100)]
    assert refused(village, insert(lines, head(2, on=date(2026, 3, 2))))


def test_the_box_is_never_below_zero(village: Village) -> None:
    spent = journal.spend(1, FIRST_DAY, Account.CASH, "钉子", "spend", 1)
    assert refused(village, lambda books: books.save(CODE, Act(entries=(spent,)), FIRST_DAY, 0))
    # Not even on the way: what is spent comes before what comes in.
    into = bank_out(100, "in")
    assert refused(village, lambda books: books.save(CODE, Act(entries=(spent, into)), FIRST_DAY, 0))
    assert book(village, into, spent) == (2, 3)


def test_an_entry_is_booked_once(village: Village) -> None:
    book(village, bank_out())
    assert refused(village, lambda books: books.save(CODE, Act(entries=(bank_out(),)), FIRST_DAY, 0))


def test_an_entry_is_reversed_once(village: Village) -> None:
    draft = bank_out()
    book(village, draft)
    back = journal.reversal(2, draft.lines, (), 0, FIRST_DAY, "记错", 1)
    book(village, back)
    again = Draft(back.kind, back.on, back.lines, "another key", back.by, reverses=2)
    assert refused(village, lambda books: books.save(CODE, Act(entries=(again,)), FIRST_DAY, 0))


def test_lines_that_do_not_sum_up_are_never_drafted() -> None:
    with pytest.raises(journal.Unbalanced):
        journal.opening(FIRST_DAY, [Line(Account.CASH, 100), Line(Account.FISCAL, -99)])
    with pytest.raises(journal.Unbalanced):
        journal.spend(0, FIRST_DAY, Account.CASH, "", "k", 1)


UNSOUND_RECORDS = (
    "UPDATE loan SET amount_fen = 0 WHERE no = 5",
    "UPDATE loan SET payer_two = payer_one WHERE no = 5",
    "UPDATE loan SET payer_one = household WHERE no = 5",
    "UPDATE loan_instalment SET paid_principal_fen = principal_fen + 1 WHERE loan = 5",
    "UPDATE loan_instalment SET paid_fee_fen = -1 WHERE loan = 5",
    "UPDATE office SET until = '2000-01-01'",
    "UPDATE household SET gifted_fen = -1",
    "INSERT INTO notice (society, key, person, facts, priority, made_at, day, state) "
    "VALUES ('QS001', 'x', 1, '{}', 1, 0, '2026-03-01', 'lost')",
)


def test_records_are_sound(village: Village) -> None:
    for statement in UNSOUND_RECORDS:
        assert refused(village, execute(statement)), statement


def test_a_bug_of_ours_leaves_nothing_but_the_message(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row refused by the database in the middle of a turn: rolled back, kept, answered; the next turn is well."""
    from handlers import table
    from handlers.request import Answer, Request

    def broken(request: Request) -> Answer:
        loan = request.books.loan(request.code, 5)
        assert isinstance(loan, Loan)
        with_entry = Act((loan,), (bank_out(), journal.spend(10**9, FIRST_DAY, Account.CASH, "", "x", 1)))
        return Answer("balance.free", {}, with_entry)

    row = table.TABLE["balance"]
    monkeypatch.setitem(table.TABLE, "balance", table.Row(row.command, row.who, row.confirm, True, broken))
    before = state(village, "notice")
    reply = village.take("陈桂花", "余额", key="first")
    assert reply.text.startswith("系统刚才出了点问题")
    assert state(village, "notice") == before
    with village.store.read() as books:
        row = books.connection.execute(select(*t.inbox.columns).where(t.inbox.c.state == "failed")).one()
        opened = KEYS.open_row(t.inbox, dict(row._mapping))
        kept = (opened["state"], opened["failure"], opened["text"])
    assert (kept[0] == "failed" and "IntegrityError" in kept[1]) or "CheckViolation" in kept[1]
    assert kept[2] == "余额"
    assert village.take("陈桂花", "余额", key="first").text == reply.text
    monkeypatch.undo()
    assert village.say("陈桂花", "余额").startswith("陈桂花：互助金200元")
