"""Heads kept outside: what a chain alone does not show, they do; and nothing untouched is ever accused."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from jobs.audit import audit, heads
from ledger.proof import KeptHead, heads_text, read_heads
from ledger.store.books import Books
from ledger.store.verify import Verified, stands, verify
from tests.books import tamper
from tests.books.scene import CODE, Scene, reviewed


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


def test_the_eight_signs_on_a_supervisors_phone_are_a_head(scene: Scene) -> None:
    """What the monthly message says (校验码) can be typed off the phone, beside a whole head of the same entry."""
    whole = heads(scene.store, [CODE])[0]
    phone = read_heads(f"{CODE} {whole.seq} {whole.hash[:8]} {whole.day}")
    for kept in (phone, [*phone, whole], [whole, *phone]):
        assert audit(scene.store, None, kept)[0].fault == ""
    change = f"UPDATE entry SET memo = memo || '改' WHERE society = '{CODE}' AND seq = 3"
    assert "was rewritten" in after(scene, change, phone).fault
    assert after(scene, change, []).fault == ""
    other = [KeptHead(CODE, whole.seq, "0" * 8, whole.day)]
    assert "differ" in audit(scene.store, None, [whole, *other])[0].fault


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


@pytest.mark.parametrize("change", [
    "UPDATE entry SET memo = memo || '改' WHERE seq = {seq}",
    "UPDATE posting SET sub = 'x' WHERE seq = {seq} AND line = 1",
    "UPDATE allocation SET principal_fen = principal_fen + 1 WHERE seq = {seq}",
    "UPDATE entry SET hash = '" + "a" * 64 + "' WHERE seq = {seq}",
    "UPDATE entry SET memo = '改' WHERE seq = {seq} + 1",
    "UPDATE entry SET hash = '" + "a" * 64 + "' WHERE seq = {seq} - 1",
])
def test_one_receipt_is_proved_by_its_own_seal_and_the_next(scene: Scene, change: str) -> None:
    with scene.store.read() as books:
        top = books.head(CODE)[0]
        seq = next(kept.seq for kept in books.kept(CODE) if kept.kind == "repayment")
        assert all(stands(books, CODE, one) for one in (1, seq, top))
    with scene.store.engine.connect() as link:
        outer = link.begin()
        tamper.unguard(link)
        link.execute(text(change.format(seq=seq)))
        assert not stands(Books(link), CODE, seq)
        outer.rollback()


def test_random_tampering_is_found(scene: Scene) -> None:
    reviewed(scene)
    done, missed = tamper.run(scene.store, 250, seed=4)
    assert done == 250 and missed == []
