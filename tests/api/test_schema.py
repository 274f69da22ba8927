"""The published schema: OpenAPI 3.1, made from the typed shapes, and every address of the API stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.api.problems import KINDS
from tests.api.stage import ROOT, Stage
from tests.api.test_matrix import CASES

DOCS = Path(__file__).parents[2] / "docs"


def test_the_schema_names_every_address(quick_stage: Stage) -> None:
    answer = quick_stage.app.test_client().get(f"{ROOT}/openapi.json")
    assert answer.status_code == 200 and answer.mimetype == "application/json"
    schema = answer.json
    assert schema["openapi"].startswith("3.1")
    served = {
        (method.lower(), rule.rule.replace("<int:", "{").replace("<", "{").replace(">", "}"))
        for rule in quick_stage.app.url_map.iter_rules() if rule.rule.startswith(ROOT)
        for method in rule.methods or () if method not in {"HEAD", "OPTIONS"}
    }
    told = {(method, path) for path, item in schema["paths"].items() for method in item}
    assert served - told == {("get", f"{ROOT}/openapi.json")}
    assert told - served == set()
    ids = [one["operationId"] for item in schema["paths"].values() for one in item.values()]
    assert len(ids) == len(set(ids))


def test_every_answer_is_described(quick_stage: Stage) -> None:
    """Errors have the one problem shape, acts want their key, all but the login want a token."""
    schema = quick_stage.app.test_client().get(f"{ROOT}/openapi.json").json
    for path, item in schema["paths"].items():
        for method, one in item.items():
            assert one["summary"], path
            for status, answer in one["responses"].items():
                kinds = set(answer.get("content", {}))
                assert kinds == ({"application/problem+json"} if int(status) >= 400 else kinds - {"text/html"}), path
            login = path == f"{ROOT}/login"
            assert one["security"] == ([] if login else [{"bearer": []}]), path
            acts = method == "post" and not path.startswith((f"{ROOT}/login", f"{ROOT}/logout"))
            keys = [it for it in one.get("parameters", []) if it["name"] == "Idempotency-Key" and it["required"]]
            assert bool(keys) == acts, path
    assert set(schema["components"]["schemas"]) >= {"Problem", "Outcome", "Question", "Borrow", "Loan"}


@pytest.mark.parametrize("page", ["api.md", "api.zh-CN.md"])
def test_the_page_names_every_address_and_every_problem(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    for kind in KINDS:
        assert f"`{kind.replace('_', '-')}`" in text, kind
    for _, path in CASES:
        assert path in text or f"`{path.rpartition('/')[2]}`" in text, path
