"""The schema comes from one place, can be asked for again, and reading it disturbs nobody."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from ledger.store import tables as t
from ledger.store.migrations import FOLDER, NEWEST, NewerSchema, current, upgrade
from ledger.store.store import Store, Unavailable
from tests.keys import KEYS
from tests.test_twice import state
from tests.village import CODE, Village


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    made = Store(store_url, keys=KEYS)
    yield made
    made.close()


def schema(store: Store) -> str:
    with store.read() as books:
        looked = inspect(books.connection)
        found = []
        for name in sorted(looked.get_table_names()):
            columns = [(one["name"], str(one["type"]), one["nullable"]) for one in looked.get_columns(name)]
            found.append((name, columns, sorted(str(one["name"]) for one in looked.get_indexes(name))))
        return repr(found)


def test_coming_to_the_newest_schema_again_changes_nothing(store: Store) -> None:
    with store.read() as books:
        assert current(books.connection) == ""
    assert upgrade(store) == NEWEST
    made = schema(store)
    with store.read() as books:
        named = books.connection.execute(text("SELECT value FROM setting WHERE name = 'installation'")).scalar()
    assert upgrade(store) == NEWEST and schema(store) == made
    with store.read() as books:
        again = books.connection.execute(text("SELECT value FROM setting WHERE name = 'installation'")).scalar()
    assert named == again


def test_the_database_is_what_the_code_says(store: Store) -> None:
    upgrade(store)
    with store.read() as books:
        looked = inspect(books.connection)
        there = {name: {column["name"] for column in looked.get_columns(name)} for name in looked.get_table_names()}
    there.pop("alembic_version")
    assert there == {table.name: {column.name for column in table.columns} for table in t.metadata.sorted_tables}


def test_the_newest_revision_is_the_newest_file() -> None:
    assert max(path.stem.split("_")[0] for path in Path(FOLDER).rglob("[0-9]*_*.py")) == NEWEST


def test_a_village_survives_coming_to_the_newest_schema_again(village: Village) -> None:
    before = state(village)
    upgrade(village.store)
    assert state(village) == before and village.fault() == ""


def test_a_database_of_a_newer_program_is_left_alone(village: Village) -> None:
    with village.store.write() as books:
        books.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchema):
        upgrade(village.store)


def test_two_come_to_the_newest_schema_at_once(store_url: str) -> None:
    stores = [Store(store_url, 30, keys=KEYS) for _ in range(2)]
    threads = [threading.Thread(target=upgrade, args=(one,)) for one in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert schema(stores[0]) == schema(stores[1])
    for one in stores:
        one.close()


def test_readers_do_not_wait_and_see_one_moment(village: Village) -> None:
    with village.store.write() as books:
        books.lock(CODE)
        books.connection.execute(text("UPDATE loan SET purpose = 'else' WHERE no = 5"))
        # A reader sees what was committed, at once, while the writer is at work.
        with village.store.read() as reader:
            loan = reader.loan(CODE, 5)
            assert loan is not None and loan.purpose == "养母猪"
    with village.store.read() as reader:
        assert reader.loan(CODE, 5) is not None
        with village.store.write() as books:
            books.connection.execute(text("UPDATE loan SET purpose = 'again' WHERE no = 5"))
        # And the same thing to its end, whatever was committed meanwhile.
        loan = reader.loan(CODE, 5)
        assert loan is not None and loan.purpose == "else"


def test_a_second_writer_of_one_society_waits_and_is_told(village: Village) -> None:
    """The writer that cannot come in time says so; nothing is done, and asking again is right."""
    other = Store(village.store.url.render_as_string(hide_password=False), 0.2, keys=KEYS)
    with village.store.write() as books:
        books.lock(CODE)
        with pytest.raises(Unavailable), other.write() as second:
            second.lock(CODE)
    with other.write() as second:
        second.lock(CODE)
    other.close()


FROZEN = {
    "0001_sqlite.sql": "bb9f22f32acb77591d16e1b292c702af22ea981478cc959daf9877502448893a",
    "0001_postgresql.sql": "ce5d1722b21b2c70b7fa02208d5922eb673623bea0ccfaf993718d90f1bfb0ef",
}
"""The SHA-256 of what was released: standing databases were made by exactly this."""


@pytest.mark.parametrize("name", FROZEN)
def test_what_was_released_never_changes(name: str) -> None:
    assert hashlib.sha256((FOLDER / "versions" / name).read_bytes()).hexdigest() == FROZEN[name]


def shape(store: Store) -> dict[str, object]:
    """Everything the database says about its tables that a migration could forget."""
    with store.read() as books:
        looked = inspect(books.connection)
        found: dict[str, object] = {}
        for name in sorted(set(looked.get_table_names()) - {"alembic_version"}):
            columns = {one["name"]: (str(one["type"]), one["nullable"], _plain(one["default"]))
                       for one in looked.get_columns(name)}
            indexes = sorted(
                (str(one["name"]), one["column_names"], bool(one["unique"]),
                 _plain(one.get("dialect_options", {}).get(f"{store.url.get_backend_name()}_where")))
                for one in looked.get_indexes(name)
            )
            checks = sorted((str(one["name"]), " ".join(one["sqltext"].split()))
                            for one in looked.get_check_constraints(name))
            key = looked.get_pk_constraint(name)["constrained_columns"]
            found[name] = (columns, indexes, checks, key)
        return found


def _plain(value: object) -> str:
    return "" if value is None else str(value).split("::")[0].strip("'()")


def test_the_migrations_lead_to_the_tables(store: Store) -> None:
    """A change of tables.py without a migration of its own would leave every standing database behind."""
    with store.write() as books:
        t.metadata.create_all(books.connection)
    wanted = shape(store)
    with store.write() as books:
        t.metadata.drop_all(books.connection)
    upgrade(store)
    made = shape(store)
    assert made.keys() == wanted.keys()
    for name, it in wanted.items():
        assert made[name] == it, name
