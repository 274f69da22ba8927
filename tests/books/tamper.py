"""Random tampering with a store, as somebody with the database password would: edit, cut, re-hash, swap, insert.

Everything happens in one transaction that is rolled back, with the database's own guards taken away first.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from ledger import codes, journal, register
from ledger.proof import KeptHead
from ledger.store.store import Store
from ledger.store.verify import newest_heads, verify
from tests.books.scene import CODE

Tampering = Callable[[Connection, Random], str]

KEYS = {
    "entry": ("seq",), "posting": ("seq", "line"), "allocation": ("seq", "loan", "n"), "loan": ("no",),
    "loan_instalment": ("loan", "n"), "charter_version": ("version",), "loan_review": ("loan", "kind", "no"),
    "household": ("no",), "person": ("no",), "office": ("person", "title", "since"),
    "endorsement": ("loan", "kind", "person"),
}
COLUMNS = {
    "entry": ("seq", "kind", "on", "booked_on", "memo", "loan", "reverses", "by", "key", "hash", "code",
              "facts"),
    "posting": ("seq", "line", "account", "sub", "amount_fen", "balance_fen", "total_fen"),
    "allocation": ("seq", "loan", "n", "principal_fen", "fee_fen", "charge_fen", "paid_on"),
    "loan": ("household", "amount_fen", "months", "plan", "fee_ppm_month", "charter_version", "status", "paid_out_on"),
    "loan_instalment": ("due_on", "principal_fen", "fee_fen", "paid_principal_fen", "paid_fee_fen", "charge_fen",
                        "charge_paid_fen", "charged_to", "paid_on"),
    "charter_version": ("body",),
    "loan_review": ("kind", "stage", "months", "amount_fen", "asked_on", "disclosed_on", "closes_on", "done_on",
                    "after_seq"),
    "household": register.HOUSEHOLD[1:], "person": ("household",), "office": ("title", "until", "rank"),
    "endorsement": ("kind", "person", "answer", "rank", "said_on", "title"),
}
REVIEWS = ("extension", "relief", "freeze", "write_off")
CHARTER = (("overdue", "charge_percent", 10), ("loan", "grace_months", 2), ("fee", "day_count", "days_365"),
           ("early", "plan", "lower"))
"""The numbers of a charter that a loan's sums depend on, each with another value it may have."""


def some(link: Connection, random: Random, table: str) -> dict[str, Any]:
    where = "paid_out_on IS NOT NULL AND society = :s" if table == "loan" else "society = :s"
    keys = ", ".join(f'"{name}"' for name in KEYS[table])
    rows = link.execute(text(f'SELECT * FROM "{table}" WHERE {where} ORDER BY {keys}'), {"s": CODE}).mappings().all()
    return dict(random.choice(rows))


def where(table: str, row: dict[str, Any]) -> str:
    named = (f"{name} = '{row[name]}'" if isinstance(row[name], str) else f"{name} = {row[name]}"
             for name in KEYS[table])
    return " AND ".join([f"society = '{CODE}'", *named])


def another(random: Random, value: Any, column: str) -> Any:
    if isinstance(value, int):
        return value + random.choice((-100, -1, 1, 2, 50, 10000))
    if column in {"on", "booked_on", "paid_on", "due_on", "paid_out_on", "charged_to", "asked_on",
                  "disclosed_on", "closes_on", "done_on", "joined_on", "left_on", "deferred_until", "until",
                  "said_on"}:
        return f"2026-0{random.randint(1, 9)}-1{random.randint(0, 9)}"
    if column == "body":
        section, name, other = random.choice(CHARTER)
        body = json.loads(value)
        body[section][name] = other
        return json.dumps(body, ensure_ascii=False)
    if column == "plan":
        return random.choice(("equal_principal", "equal_payment", "flat", "bullet"))
    if column == "status":
        return random.choice(("paid_out", "settled", "written_off"))
    if column == "stage":
        return random.choice(("asked", "disclosed", "rejected"))
    if column == "answer":
        return random.choice(("yes", "no", "moved", ""))
    if column == "kind" and value in ("consent", "key", "signature"):
        return random.choice(("consent", "key", "signature"))
    if column == "kind" and value in REVIEWS:
        return random.choice(REVIEWS)
    if column == "account":
        return random.choice(("cash", "bank", "loans", "fiscal", "running_costs"))
    value = value or ""
    place = random.randrange(len(value) + 1)
    return value[:place] + random.choice("0af9改") + value[place + random.randint(0, 1) :]


def edit(link: Connection, random: Random) -> str:
    """Any column of any row of the books or of a loan's money."""
    table = random.choice(list(COLUMNS))
    column = random.choice(COLUMNS[table])
    row = some(link, random, table)
    new = another(random, row[column], column)
    if new == row[column]:
        return ""
    link.execute(text(f'UPDATE "{table}" SET "{column}" = :new WHERE {where(table, row)}'), {"new": new})
    return f"edit {table}.{column} {row[column]!r} to {new!r}"


def drop_from(link: Connection, first: int, last: int) -> None:
    for table in ("allocation", "posting", "entry"):
        link.execute(text(f"DELETE FROM {table} WHERE society = '{CODE}' AND seq BETWEEN {first} AND {last}"))


def cut(link: Connection, random: Random) -> str:
    """The newest entries, one in the middle, or a single line or allocation, are gone."""
    top = link.execute(text(f"SELECT max(seq) FROM entry WHERE society = '{CODE}'")).scalar_one()
    how = random.choice(("tail", "middle", "line"))
    if how == "line":
        table = random.choice(("posting", "allocation", "loan_review", "household", "person", "office", "endorsement"))
        row = some(link, random, table)
        link.execute(text(f"DELETE FROM {table} WHERE {where(table, row)}"))
        return f"cut a row of {table}"
    first = random.randint(1, top)
    drop_from(link, first, top if how == "tail" else first)
    return f"cut {how} {first}"


def swap(link: Connection, random: Random) -> str:
    """Two entries change places, or two amounts change between lines."""
    one, two = some(link, random, "posting"), some(link, random, "posting")
    if random.random() < 0.5:
        if one["amount_fen"] == two["amount_fen"]:
            return ""
        for row, other in ((one, two), (two, one)):
            change = f"UPDATE posting SET amount_fen = :fen WHERE {where('posting', row)}"
            link.execute(text(change), {"fen": other["amount_fen"]})
        return "swap amounts"
    if one["seq"] == two["seq"]:
        return ""
    for table in ("allocation", "posting", "entry"):
        for old, new in ((one["seq"], 9_000_000), (two["seq"], one["seq"]), (9_000_000, two["seq"])):
            link.execute(text(f"UPDATE {table} SET seq = {new} WHERE society = '{CODE}' AND seq = {old}"))
    return f"swap entries {one['seq']} {two['seq']}"


def insert(link: Connection, random: Random) -> str:
    """A made-up entry with its right place in the numbers, or a line or allocation beside the true ones."""
    if random.random() < 0.3:
        row = some(link, random, "posting") | {"line": random.randint(3, 90)}
        _put(link, "posting", row)
        return "insert a line"
    if random.random() < 0.2:
        row = some(link, random, "loan_review") | {"no": random.randint(2, 9), "loan": random.randint(1, 5)}
        _put(link, "loan_review", row)
        return f"insert a {row['kind']}"
    if random.random() < 0.3:
        row = some(link, random, "allocation") | {"n": random.randint(1, 12), "seq": random.randint(0, 9)}
        _put(link, "allocation", row)
        return "insert an allocation"
    if random.random() < 0.3:
        table, changed = random.choice((
            ("household", {"no": f"{CODE}-0{random.randint(10, 99)}"}), ("office", {"person": random.randint(1, 9)}),
            ("endorsement", {"person": random.randint(20, 99)}),
        ))
        _put(link, table, some(link, random, table) | changed)
        return f"insert a row of {table}"
    top = link.execute(text(f"SELECT max(seq) FROM entry WHERE society = '{CODE}'")).scalar_one()
    head = some(link, random, "entry") | {"seq": top + 1, "key": "made up", "reverses": 0, "booked_on": "2026-06-01"}
    for line, (account, fen) in enumerate((("bank", -500), ("running_costs", 500)), 1):
        _put(link, "posting", {
            "society": CODE, "seq": top + 1, "line": line, "account": account, "sub": "", "amount_fen": fen,
            "balance_fen": fen, "total_fen": random.randint(0, 10**7),
        })
    _put(link, "entry", head)
    return "insert an entry"


def _put(link: Connection, table: str, row: dict[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    link.execute(text(f'INSERT INTO {table} ({names}) VALUES ({", ".join(":" + name for name in row)})'), row)


def rehash(link: Connection, random: Random) -> str:
    """A true edit of an amount or a memo, and every balance, hash and receipt code after it made anew."""
    row = some(link, random, "posting")
    change = random.choice(("memo", "amount", "cut"))
    top = link.execute(text(f"SELECT max(seq) FROM entry WHERE society = '{CODE}'")).scalar_one()
    if change == "cut":
        drop_from(link, max(2, row["seq"]), top)
    elif change == "memo":
        link.execute(text(f"UPDATE entry SET memo = memo || '改' WHERE society = '{CODE}' AND seq = {row['seq']}"))
    else:
        # Both sides of an entry that concerns no loan grow by a fen, so that everything still balances.
        rows = link.execute(text(
            f"SELECT seq FROM entry WHERE society = '{CODE}' AND kind IN ('fund_in','spend','bank_out','cash_count')"
        )).scalars().all()
        seq = random.choice(rows)
        link.execute(text(
            f"UPDATE posting SET amount_fen = amount_fen + CASE WHEN amount_fen > 0 THEN 1 ELSE -1 END"
            f" WHERE society = '{CODE}' AND seq = {seq}"
        ))
    seal_anew(link)
    return f"re-hash after {change} at {row['seq']}"


def seal_anew(link: Connection) -> None:
    previous, balances, totals = journal.GENESIS, {}, {}
    for head in link.execute(text(f"SELECT * FROM entry WHERE society = '{CODE}' ORDER BY seq")).mappings().all():
        seq, lines = head["seq"], []
        for row in link.execute(text(
            f"SELECT * FROM posting WHERE society = '{CODE}' AND seq = {seq} ORDER BY line"
        )).mappings().all():
            place = (row["account"], row["sub"])
            balances[place] = balances.get(place, 0) + row["amount_fen"]
            totals[row["account"]] = totals.get(row["account"], 0) + row["amount_fen"]
            lines.append([*place, row["amount_fen"], balances[place], totals[row["account"]]])
            link.execute(text(
                f"UPDATE posting SET balance_fen = {lines[-1][3]}, total_fen = {lines[-1][4]}"
                f" WHERE society = '{CODE}' AND seq = {seq} AND line = {row['line']}"
            ))
        parts = [list(row) for row in link.execute(text(
            "SELECT loan, n, principal_fen, fee_fen, charge_fen, paid_on FROM allocation"
            f" WHERE society = '{CODE}' AND seq = {seq} ORDER BY loan, n"
        ))]
        entry = {name: head[name] for name in ("society", "seq", "kind", "on", "booked_on", "memo", "loan", "reverses",
                                               "by", "key", "facts")}
        previous = journal.seal(previous, entry | {"lines": lines, "parts": parts})
        link.execute(
            text(f"UPDATE entry SET hash = :hash, code = :code WHERE society = '{CODE}' AND seq = {seq}"),
            {"hash": previous, "code": codes.receipt(previous)},
        )


TAMPERINGS: tuple[Tampering, ...] = (edit, edit, edit, cut, swap, insert, rehash)


def run(store: Store, count: int, seed: int) -> tuple[int, list[str]]:
    """`count` tamperings that the database itself let pass; what was not found afterwards."""
    random, done, missed = Random(seed), 0, []
    with store.read() as books:
        heads: list[KeptHead] = list(newest_heads(books, CODE))
    with store.engine.connect() as link:
        outer = link.begin()
        unguard(link)
        while done < count:
            savepoint = link.begin_nested()
            try:
                told = random.choice(TAMPERINGS)(link, random)
            except DBAPIError:
                told = ""  # a CHECK or key of the database refused it
            if told:
                done += 1
                if not _found(link, heads):
                    missed.append(told)
            savepoint.rollback()
        outer.rollback()
    return done, missed


def _found(link: Connection, heads: list[KeptHead]) -> bool:
    from ledger.store.books import Books

    return bool(verify(Books(link), CODE, heads).fault)


def unguard(link: Connection) -> None:
    """Take away triggers and deferred keys, as the owner of the database can."""
    if link.dialect.name == "postgresql":
        link.execute(text("SET LOCAL statement_timeout = 0"))
        for table in ("entry", "posting", "allocation"):
            link.execute(text(f"DROP TRIGGER {table}_only_grows ON {table}"))
        for name, table in (("entry_balanced", "entry"), ("posting_not_late", "posting")):
            link.execute(text(f"DROP TRIGGER {name} ON {table}"))
        link.execute(text("ALTER TABLE posting DROP CONSTRAINT IF EXISTS posting_society_seq_fkey"))
        return
    for name in link.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
        link.execute(text(f"DROP TRIGGER {name}"))
    link.execute(text("PRAGMA defer_foreign_keys = ON"))
