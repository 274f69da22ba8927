"""Schemathesis over every address: what the schema promises is what comes, what it forbids is refused, nothing breaks.

`HUZHU_EXAMPLES` says how many cases each address gets; they are the same in every run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode

from ledger.store.store import Store
from tests.api.stage import ROOT, Stage, staged
from tests.api.test_matrix import CASES
from tests.keys import KEYS
from tests.village import Village

EXAMPLES = int(os.environ.get("HUZHU_EXAMPLES", "10"))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, sqlite_village: Path) -> Iterator[Stage]:
    """One village for all cases: what one of them leaves behind is what the next one meets."""
    folder = tmp_path_factory.mktemp("conformance")
    (folder / "huzhu.db").write_bytes(sqlite_village.read_bytes())
    with ExitStack() as stack:
        store = Store(f"sqlite:///{folder / 'huzhu.db'}", keys=KEYS)
        stack.callback(store.close)
        made = stack.enter_context(staged(Village(store), folder))
        made.village.apply()
        yield made


@pytest.fixture(scope="module")
def schema(stage: Stage) -> Any:
    return schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", stage.app)


WHO = {"approve": "会计", "reject": "理事长", "pay-out": "出纳", "todo": "监事长"}
"""Whose work an address is, by its last part; all others are the borrower's."""


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
@pytest.mark.parametrize(("method", "path"), sorted(CASES), ids=lambda it: str(it))
def test_every_address_keeps_its_promise(
    stage: Stage, schema: Any, method: str, path: str, mode: GenerationMode
) -> None:
    operation = schema[f"{ROOT}{path}"][method]
    mini = stage.bound(WHO.get(path.rpartition("/")[2], "陈桂花"))
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.path_parameters or operation.query
                                                or operation.headers):
        return  # there is nothing that could be wrong

    @seed(1)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def keeps(case: Any) -> None:
        if "logout" in path:
            mini.login()
        elif path == "/login" and isinstance(case.body, dict):
            # Half of the codes are good ones.
            stage.weixin.login_codes[str(case.body.get("code"))] = "x-somebody"
        case.call_and_validate(headers={"Authorization": f"Bearer {mini.token}"})

    keeps()


def test_the_books_are_right_after_all_of_it(stage: Stage) -> None:
    assert stage.village.fault() == ""
