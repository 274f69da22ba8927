"""Heads kept outside: what a chain alone does not show, they do; and nothing untouched is ever accused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from jobs.audit import audit, heads
from ledger.proof import KeptHead, heads_text, read_heads
from ledger.store.books import Books
from ledger.store.verify import Verified, verify
from tests.books import tamper
from tests.books.scene import CODE, Scene, lived_in, reviewed


@pytest.fixture
def scene(store_url: str) -> Iterator[Scene]:
    made = lived_in(store_url)
    yield made
    made.store.close()


def after(scene: Scene, statements: str, kept: list[KeptHead], *, sealed: bool = True) -> Verified:
    """What verify says after somebody did this to the database."""
    with scene.store.engine.connect() as link:
        outer = link.begin()
        tamper.unguard(link)
        for statement in filter(None, statements.split(";")):
            link.execute(text(statement))
        if sealed:
            tamper.seal_anew(link)
        found = verify(Books(link), CODE, kept)
        outer.rollback()
    return found


def test_untouched_books_agree_with_every_kind_of_heads(scene: Scene) -> None:
    for every in ("", "day", "entry"):
        kept = read_heads(heads_text(heads(scene.store, [CODE], every)))
        assert [one.fault for one in audit(scene.store, None, kept)] == [""], every
    assert len(heads(scene.store, [CODE], "entry")) == audit(scene.store)[0].entries


def test_a_cut_tail_shows_only_by_a_head(scene: Scene) -> None:
    tables = ("allocation", "posting", "entry")
    gone = ";".join(f"DELETE FROM {table} WHERE society = '{CODE}' AND seq > 5" for table in tables)
    top = audit(scene.store)[0].entries
    said = after(scene, gone, heads(scene.store, [CODE])).fault
    assert said == f"entry 6 is missing: a head kept outside stands at entry {top}"


def test_books_sealed_anew_show_and_the_first_bad_entry_is_named(scene: Scene) -> None:
    edit = f"UPDATE entry SET memo = '别的' WHERE society = '{CODE}' AND seq = 5"
    assert after(scene, edit, []).fault == ""
    assert after(scene, edit, heads(scene.store, [CODE], "entry")).fault.startswith("entry 5 was rewritten")
    # Entries 3 to 5 are of one day, so the heads of days say that much.
    assert after(scene, edit, heads(scene.store, [CODE], "day")).fault.startswith("an entry from 3 to 5 was rewritten")
    newest = after(scene, edit, heads(scene.store, [CODE])).fault
    assert newest.startswith(f"an entry from 1 to {audit(scene.store)[0].entries} was rewritten")


def test_an_edit_without_new_seals_is_named_exactly(scene: Scene) -> None:
    edit = f"UPDATE entry SET memo = '别的' WHERE society = '{CODE}' AND seq = 5"
    assert after(scene, edit, [], sealed=False).fault == "entry 5 is not what was sealed"


def test_a_society_that_is_gone_shows(scene: Scene) -> None:
    kept = [KeptHead("XX009", 3, "a" * 64, "2026-01-01")]
    assert [one.fault for one in audit(scene.store, None, kept) if one.fault] == [
        "entry 1 is missing: a head kept outside stands at entry 3"
    ]


def test_heads_that_contradict_each_other_show(scene: Scene) -> None:
    kept = heads(scene.store, [CODE])
    kept.append(KeptHead(CODE, kept[0].seq, "b" * 64, kept[0].day))
    assert audit(scene.store, None, kept)[0].fault == f"two heads kept outside differ at entry {kept[0].seq}"


@pytest.mark.parametrize("line", ["SC001 x " + "0" * 64 + " 2026-01-01", "SC001 1 abc 2026-01-01", "SC001 1", "SC001 1 "
                                  + "g" * 64 + " 2026-01-01", "SC001 1 " + "0" * 64 + " yesterday"])
def test_a_line_that_is_no_head_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_heads(f"# huzhu heads\n{line}\n")


def test_the_heads_printed_on_notices_are_looked_at(scene: Scene, tmp_path: Path) -> None:
    with scene.store.write() as books:
        books.connection.execute(text(
            "INSERT INTO disclosure (society, no, kind, loan, opened_on, closes_on, head_seq, head_hash, facts)"
            f" VALUES ('{CODE}', 1, 'loan', 2, '2026-02-01', '2026-02-03', 4, '{'c' * 64}', '{{}}')"
        ))
    assert audit(scene.store)[0].fault.startswith("an entry from 1 to 4 was rewritten")


def test_random_tampering_is_found(scene: Scene) -> None:
    reviewed(scene)
    done, missed = tamper.run(scene.store, 250, seed=4)
    assert done == 250 and missed == []
