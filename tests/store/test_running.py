"""Running balances and the chain over random acts: kept by `save`, recomputed here by other means, proved by verify."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ledger import journal
from ledger.records import Act, Draft
from ledger.store.books import Books
from ledger.store.store import Store
from ledger.store.verify import verify
from ledger.terms import Account
from tests.keys import KEYS
from tests.village import CODE, FIRST_DAY, Village, open_books

SOURCES = (Account.FISCAL, Account.DONATION, Account.OTHER)
MONEY = (Account.CASH, Account.BANK)
move = st.tuples(st.sampled_from(["fund", "spend", "in", "out", "reverse"]), st.integers(1, 10**7), st.integers(0, 3))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def long_lived(request: pytest.FixtureRequest) -> Iterator[Store]:
    """One village whose books grow through all examples: every example adds to a longer chain."""
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        name = postgres.create()
        store = Store(postgres.url(name), keys=KEYS)
        open_books(store)
        yield store
        store.close()
        postgres.drop(name)
    else:
        with tempfile.TemporaryDirectory() as folder:
            store = Store(f"sqlite:///{Path(folder) / 'huzhu.db'}", keys=KEYS)
            open_books(store)
            yield store
            store.close()


def drafts_of(books: Books, moves: list[tuple[str, int, int]], on: date) -> list[Draft]:
    """Money acts that the books can bear, one after the other."""
    there = {account: books.totals(CODE)[account] for account in MONEY}
    seq, _ = books.head(CODE)
    made: list[Draft] = []
    for what, fen, place in moves:
        key = f"{seq}/{len(made)}"
        money, other = MONEY[place % 2], MONEY[1 - place % 2]
        fen = min(fen, there[money])
        if what == "fund":
            draft = journal.fund_in(SOURCES[place % 3], fen + 1, on, "", key, 1)
        elif not fen:
            continue
        elif what == "spend":
            draft = journal.spend(fen, on, money, "纸", key, 1)
        elif what == "reverse" and made and not made[-1].reverses:
            draft = journal.reversal(seq + len(made), made[-1].lines, (), 0, on, "记错", 1)
        else:
            draft = journal.move_cash(fen, on, other, money, key, 1)
        after = dict(there)
        for line in draft.lines:
            if line.account in after:
                after[Account(line.account)] += line.amount_fen
        if min(after.values()) >= 0:
            made.append(draft)
            there = after
    return made


def recomputed(books: Books) -> tuple[dict[tuple[str, str], int], str]:
    """Every balance, and the head's hash, from the bare rows and nothing of ours."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    totals: dict[str, int] = defaultdict(int)
    chain = "0" * 64
    heads = books.connection.execute(text(
        'SELECT seq, kind, "on", booked_on, memo, loan, reverses, "by", key, hash FROM entry'
        " WHERE society = 'QS001' ORDER BY seq"
    )).all()
    assert [row[0] for row in heads] == list(range(1, len(heads) + 1))
    for row in heads:
        lines = books.connection.execute(text(
            "SELECT account, sub, amount_fen, balance_fen, total_fen FROM posting"
            " WHERE society = 'QS001' AND seq = :seq ORDER BY line"
        ), {"seq": row[0]}).all()
        assert sum(line[2] for line in lines) == 0 and len(lines) >= 2
        for account, sub, amount, balance, total in lines:
            sums[account, sub] += amount
            totals[account] += amount
            assert (balance, total) == (sums[account, sub], totals[account])
        assert totals["cash"] >= 0 and totals["bank"] >= 0
        if row[0] > 1:
            names = ("seq", "kind", "on", "booked_on", "memo", "loan", "reverses", "by", "key")
            said = dict(zip(names, row, strict=False))
            said |= {"society": CODE, "lines": [list(line) for line in lines], "parts": []}
            whole = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
            chain = hashlib.sha256(b"\0" + chain.encode() + whole).hexdigest()
            assert chain == row[9]
        chain = row[9]
    return sums, chain


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(move, min_size=1, max_size=8), st.integers(0, 2))
def test_balances_and_chain(long_lived: Store, moves: list[tuple[str, int, int]], later: int) -> None:
    with long_lived.write() as books:
        newest = books.newest_day() or FIRST_DAY
        today = newest + timedelta(days=later)
        before, _ = books.head(CODE)
        drafts = drafts_of(books, moves, today)
        saved = books.save(CODE, Act(entries=tuple(drafts)), today, 0)
        assert saved.entries == tuple(range(before + 1, before + 1 + len(drafts)))
        assert all(len(code) == 5 for code in saved.codes)
    with long_lived.read() as books:
        sums, chain = recomputed(books)
        proved = verify(books, CODE)
        assert proved.fault == "" and proved.hash == chain and books.head(CODE) == (proved.entries, chain)
        assert {place: books.balance(CODE, *place) for place in sums} == dict(sums)
        totals: dict[str, int] = defaultdict(int)
        for (account, _), fen in sums.items():
            totals[account] += fen
        assert books.totals(CODE) == {str(account): totals[account] for account in Account}


def test_the_same_acts_make_the_same_chain_in_both_databases(sqlite_copy: str, postgres_copy: str) -> None:
    """One spelling of an entry: what was sealed in one database is proved in the other."""
    hashes = set()
    for url in (sqlite_copy, postgres_copy):
        store = Store(url, keys=KEYS)
        village = Village(store)
        drafts = (
            journal.fund_in(Account.FISCAL, 15_000_000, FIRST_DAY, "财政“衔接资金”\n二批", "k1", 24),
            journal.move_cash(31_550, FIRST_DAY, Account.CASH, Account.BANK, "k2", 36),
            journal.spend(5_000, FIRST_DAY, Account.CASH, "打印纸 🖨", "k3", 24),
        )
        with store.write() as books:
            books.save(CODE, Act(entries=drafts), FIRST_DAY, 0)
        assert village.fault() == ""
        with store.read() as books:
            hashes.add(books.head(CODE))
        store.close()
    assert len(hashes) == 1


def unguarded(store: Store, table: str) -> list[str]:
    """How somebody with the database's password takes its guards away."""
    if store.sqlite:
        return [f"DROP TRIGGER {table}_no_update", f"DROP TRIGGER {table}_no_delete"]
    return [f"ALTER TABLE {table} DISABLE TRIGGER USER"]


TAMPERED = {
    "UPDATE posting SET amount_fen = amount_fen + 1 WHERE seq = 3 AND line = 1": ("posting", "entry 3 "),
    "UPDATE posting SET balance_fen = balance_fen + 1 WHERE seq = 4 AND line = 1": ("posting", "entry 4 "),
    "UPDATE entry SET memo = 'something else' WHERE seq = 3": ("entry", "entry 3 "),
    "UPDATE entry SET code = 'AAAAA' WHERE seq = 2": ("entry", "entry 2 "),
    "UPDATE entry SET \"by\" = 1 WHERE seq = 4": ("entry", "entry 4 "),
    "UPDATE allocation SET fee_fen = fee_fen - 1, principal_fen = principal_fen + 1 WHERE seq = 4 AND n = 1": (
        "allocation", "entry 4 ",
    ),
    "UPDATE loan_instalment SET paid_principal_fen = 0 WHERE loan = 23 AND n = 1": ("", "loan 23 "),
    "UPDATE loan SET amount_fen = amount_fen + 100 WHERE no = 23": ("", "loan 23 "),
}


class _Undone(Exception):
    pass


def test_tampering_is_found_at_its_first_entry(village: Village) -> None:
    village.pay_out()
    village.confirm("出纳", "取款 100")
    village.confirm("出纳", "收 陈桂花 315")
    assert village.entries() == 4 and village.fault() == ""
    for statement, (table, where) in TAMPERED.items():
        with pytest.raises(_Undone), village.store.write() as books:
            for line in unguarded(village.store, table) if table else []:
                books.connection.execute(text(line))
            assert books.connection.execute(text(statement)).rowcount == 1
            assert where in verify(books, CODE).fault, statement
            raise _Undone
    assert village.fault() == ""
