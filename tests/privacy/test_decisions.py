"""The table of docs/privacy.md says what the database does: a column more or less in the one has to be in the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from bot.pages import notices
from ledger.store import rotation
from ledger.store.tables import metadata
from tests.privacy import traces
from tests.village import CODE, Village

DOCS = Path(__file__).resolve().parents[2] / "docs"
PERSONAL = re.compile(r"phone|id_card|sender|recipient|openid|^text$|^reply$|^answer$|^body$|^slots$|digest")
CLEAR = {
    "society.village_phone", "society.township_phone", "society.county_phone",  # published on every notice
    "endorsement.answer", "assent.answer",  # yes or no
    "motion.text",  # called before all and shown on the board
    "charter_version.body", "county_rules.body",  # a charter's numbers
}
"""Columns whose name sounds personal and that are not, each with its reason."""


@pytest.mark.parametrize("name", ["privacy.md", "privacy.zh-CN.md"])
def test_the_table_is_what_is_sealed(name: str) -> None:
    told: dict[str, tuple[set[str], set[str]]] = {}
    for line in (DOCS / name).read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 4:
            for table in re.findall(r"`([a-z_]+)`", cells[0]):
                told[table] = set(re.findall(r"`([a-z_]+)`", cells[1])), set(re.findall(r"`([a-z_]+)`", cells[2]))
    done = {
        table.name: ({column for column, _ in plan.sealed}, set(plan.blind))
        for table, plan in rotation.sealed_tables()
    }
    assert {table: it for table, it in told.items() if it != (set(), set())} == done


def test_a_new_personal_column_is_sealed_or_excused() -> None:
    sealed = {f"{table.name}.{column}" for table, plan in rotation.sealed_tables()
              for column in [*(name for name, _ in plan.sealed), *plan.blind]}
    named = {
        f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns
        if PERSONAL.search(column.name)
    }
    assert named - sealed - CLEAR == set()
    assert named >= CLEAR


def test_public_pages_show_no_digit_of_a_number(quick_village: Village) -> None:
    """The board, each notice and its poster, with a purpose into which somebody typed a phone."""
    village = quick_village
    village.say("陈桂花", "借3000买化肥找19955550123，10个月")
    village.say("陈桂花", "1")
    village.say("刘大山", "同意联保 23")
    village.say("孙二妹", "同意联保 23")
    for who in ("会计", "理事长"):
        village.say(who, f"批 23 {village.code(who)}")
    app = Flask("public")
    app.register_blueprint(notices.blueprint(village.store))
    pages = [app.test_client().get(f"/notices/{CODE}{tail}") for tail in ("", "/1", "/1?print=1")]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert all("陈桂花" in page.text for page in pages[1:])
    with village.store.read() as books:
        people = books.people(CODE).values()
    ends = {one.phone[-8:] for one in people if one.phone} | {one.id_card[-6:] for one in people if one.id_card}
    for page in pages:
        assert traces.numbers(page.text) == set() and not [end for end in {*ends, "55550123"} if end in page.text]
