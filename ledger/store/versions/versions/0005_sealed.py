"""Personal data sealed and found by blind indexes: what stood in clear is sealed row by row in the same transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from ledger.store import statistics
from ledger.store.sealed import Plan, Sealed
from ledger.store.sealing import Keyring, keys_of

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BATCH = 1_000
WORD = Sealed()
SENDER = Sealed("sender_index", "sender")
PERSON = Plan("person", ("society", "no"), (
    ("phone", Sealed("phone_index", "phone")), ("id_card", Sealed("id_card_index", "id_card"))))
NOTICE = Plan("notice", ("society", "key"), (("recipient", Sealed("recipient_index", "sender")), ("facts", WORD)))
MATTER = Plan("matter", ("society", "no"), (("text", WORD), ("answer", WORD)))
PROPOSAL = Plan("proposal", ("society", "no"), (("body", WORD),))
ADDRESS = Plan("address", ("channel", "account", "sender_index", "society", "person"), (("sender", SENDER),))
INBOX = Plan("inbox", ("channel", "account", "sender_index", "key_index"), (
    ("sender", SENDER), ("key", Sealed("key_index", "message")), ("digest", WORD), ("text", WORD), ("reply", WORD)))
QUESTION = Plan("question", ("channel", "account", "sender_index"), (("sender", SENDER), ("slots", WORD)))
SESSION = Plan("api_session", ("token_hash",), (("sender", SENDER),))
SUBSCRIPTION = Plan("subscription", ("account", "sender_index", "template"), (("sender", SENDER),))
PLAIN_MARK = re.compile(r"\b[0-9a-f]{24}\b")
"""How a message was called in keys of notices before: a hash without a key, from which its sender could be found."""


def upgrade() -> None:
    connection = op.get_bind()
    keys = keys_of(connection)
    for plan in (PERSON, NOTICE, SESSION):
        for _, kind in plan.sealed:
            if kind.index:
                op.add_column(plan.table, _text(kind.index))
    for plan, key in ((PERSON, ("society", "no")), (NOTICE, ("id",)), (MATTER, ("society", "no")),
                      (PROPOSAL, ("society", "no")), (SESSION, ("token_hash",))):
        _seal_in_place(connection, keys, plan, key)
    for name in ("phone", "id_card"):
        there = sa.text(f"{name}_index <> ''")
        op.create_index(f"person_{name}", "person", [f"{name}_index"], sqlite_where=there, postgresql_where=there)
    rebuild = _Rebuild(connection, keys)
    rebuild.table(ADDRESS, [
        _text("channel", None), _text("account", None), _text("sender_index", None), _text("society", None),
        _int("person", None), _text("sender"), _text("bound_on", None), _int("silent", None),
        sa.Column("ended_on", sa.Text), _text("tongue"), _int("away"),
    ], rowid=False)
    op.create_index("address_person", "address", ["society", "person"])
    rebuild.table(INBOX, [
        _text("channel", None), _text("account", None), _text("sender_index", None), _text("key_index", None),
        _text("sender"), _text("key"), _text("digest"), _long("received_at"), _text("kind"), _text("text"),
        _text("command"), _text("society"), _int("person"), _text("state"), _text("reply"), _text("failure"),
    ], rowid=True)
    op.create_index("inbox_sender", "inbox", ["channel", "sender_index", "received_at"])
    rebuild.table(QUESTION, [
        _text("channel", None), _text("account", None), _text("sender_index", None), _text("sender"), _text("society"),
        _int("person", None), _text("command"), _text("slots", None), _text("wants"), _text("nonce"),
        _text("content"), _int("tries"), _long("expires_at"),
    ], rowid=False)
    rebuild.table(SUBSCRIPTION, [
        _text("account", None), _text("sender_index", None), _text("template", None), _text("sender"), _int("left"),
        _long("said_at"), sa.CheckConstraint('"left" >= 0', name="subscription_left"),
    ], rowid=False)
    op.drop_index("api_session_sender", "api_session")
    op.create_index("api_session_sender", "api_session", ["account", "sender_index"])
    if connection.dialect.name == "sqlite":
        statistics.tell(connection)


def _text(name: str, default: str | None = "") -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _int(name: str, default: str | None = "0") -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=default)


def _long(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False)


def _seal_in_place(connection: sa.Connection, keys: Keyring, plan: Plan, key: Sequence[str]) -> None:
    """Every row of a table whose key stays, the sealed columns replaced."""
    names = dict.fromkeys([*key, *plan.key, *(name for name, _ in plan.sealed)])
    marked = "id" in key
    changed = [name for name, _ in plan.sealed] + [kind.index for _, kind in plan.sealed if kind.index]
    changed += ["key"] * marked
    write = sa.text(
        f"UPDATE {plan.table} SET {_each(changed, '{0} = :n_{1}')} WHERE {_each(key, '{0} = :k_{1}', ' AND ')}"
    )
    rows = connection.execute(sa.text(f"SELECT {_each(names, '{0}')} FROM {plan.table}")).mappings().all()
    for some in _batches(rows):
        made = []
        for row in some:
            one = dict(row)
            if marked:
                one["key"] = PLAIN_MARK.sub(lambda found: keys.mark(found[0]), one["key"])
            one = keys.sealed(plan, one)
            made.append({f"n_{name}": str(one[name]) for name in changed} | {f"k_{name}": row[name] for name in key})
        connection.execute(write, made)


class _Rebuild:
    """Makes tables anew under their own names, for SQLite cannot change a primary key."""

    def __init__(self, connection: sa.Connection, keys: Keyring) -> None:
        self.connection, self.keys = connection, keys

    def table(self, plan: Plan, columns: list[sa.Column[Any] | sa.CheckConstraint], *, rowid: bool) -> None:
        new = f"new_{plan.table}"
        op.create_table(new, *columns, sa.PrimaryKeyConstraint(*plan.key), sqlite_strict=True, sqlite_with_rowid=rowid)
        names = [column.name for column in columns if isinstance(column, sa.Column)]
        write = sa.text(f"INSERT INTO {new} ({_each(names, '{0}')}) VALUES ({_each(names, ':n_{1}')})")
        rows = self.connection.execute(sa.text(f"SELECT * FROM {plan.table}")).mappings().all()
        for some in _batches(rows):
            made = [self.keys.sealed(plan, dict(row)) for row in some]
            self.connection.execute(write, [{f"n_{name}": _plain(row[name]) for name in names} for row in made])
        op.drop_table(plan.table)
        op.rename_table(new, plan.table)
        if self.connection.dialect.name == "postgresql":
            self.connection.exec_driver_sql(f"ALTER INDEX {new}_pkey RENAME TO {plan.table}_pkey")


def _each(names: Iterable[str], shape: str, between: str = ", ") -> str:
    """The names in a statement: {0} is the quoted name, {1} the plain one."""
    return between.join(shape.format(f'"{name}"', name) for name in names)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, str) else value


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for begin in range(0, len(rows), BATCH):
        yield rows[begin : begin + BATCH]
