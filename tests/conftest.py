"""The fixtures that all tests share: a fresh database of either kind, and an empty Redis; both engines are real."""

from __future__ import annotations

from tests import measure  # isort: skip  (before all that it measures)

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from jobs.engines import EmbeddedRedis
from tests import keys
from tests.engines import Postgres
from tests.reached import pytest_sessionfinish, pytest_testnodedown  # noqa: F401  (hooks)
from tests.village import (  # noqa: F401  (fixtures)
    QUICK,
    found_village,
    postgres_copy,
    postgres_village,
    quick_village,
    sqlite_copy,
    sqlite_village,
    village,
)

# Every process that a test starts seals under the same keys; none looks into the user's own configuration.
os.environ[keys.VARIABLE] = keys.TEXT


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The address of an empty PostgreSQL database that the test alone uses."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def sqlite_quick() -> Iterator[str]:
    """The address of an empty SQLite database in memory where there is such a place, else on disk."""
    with tempfile.TemporaryDirectory(prefix="huzhu-", dir=QUICK if QUICK.is_dir() else None) as folder:
        yield f"sqlite:///{folder}/huzhu.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once of each kind; the PostgreSQL server starts with the first that asks."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'huzhu.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[EmbeddedRedis]:
    with tempfile.TemporaryDirectory(prefix="huzhu-redis-") as directory, EmbeddedRedis(Path(directory)) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: EmbeddedRedis) -> str:
    """The address of an empty Redis."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


def pytest_collection_finish() -> None:
    measure.collected()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with measure.tracing(item.nodeid):
        return (yield)


def pytest_unconfigure() -> None:
    measure.ended()
