"""The schema comes from one place, can be asked for again, and reading it disturbs nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from ledger.store import tables as t
from ledger.store.migrations import FOLDER, NEWEST, NewerSchema, current, upgrade
from ledger.store.store import Store, Unavailable
from tests.test_twice import state
from tests.village import CODE, Village


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    made = Store(store_url)
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
    stores = [Store(store_url, 30) for _ in range(2)]
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
    other = Store(village.store.url.render_as_string(hide_password=False), 0.2)
    with village.store.write() as books:
        books.lock(CODE)
        with pytest.raises(Unavailable), other.write() as second:
            second.lock(CODE)
    with other.write() as second:
        second.lock(CODE)
    other.close()


def test_the_frozen_schema_is_the_tables() -> None:
    """A change of tables.py without a migration of its own would leave every standing database behind."""
    from ledger.store.migrations import FOLDER
    from tests.tools.freeze_schema import ADDRESSES, SEPARATOR, statements

    for dialect in ADDRESSES:
        frozen = (FOLDER / "versions" / f"0001_{dialect}.sql").read_text("utf-8")
        assert sorted(frozen.rstrip("\n").split(SEPARATOR)) == sorted(statements(dialect))
