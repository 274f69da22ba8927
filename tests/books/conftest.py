"""A village whose books have something in them, for every test here that brings no other one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.books.scene import Scene, lived_in


@pytest.fixture
def scene(store_url: str) -> Iterator[Scene]:
    made = lived_in(store_url)
    yield made
    made.store.close()
