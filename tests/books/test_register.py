"""Who belongs to the society, who holds which office, and who vouched for a loan: stated by entries and proved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from jobs.audit import audit, heads
from jobs.books import make
from jobs.intake import journal_rows
from ledger.records import Act, Household, Office
from tests.books.scene import CODE, Scene, open_scene, village
from tests.books.test_proof import after

DAY = date(2026, 4, 22)


HOME, BOSS = f"society = '{CODE}' AND no = '{CODE}-003'", f"society = '{CODE}' AND person = 9"
CHANGES = {
    f"UPDATE household SET person = 5 WHERE {HOME}": f"household {CODE}-003 is not what was stated",
    f"UPDATE household SET category = '贫困户' WHERE {HOME}": f"household {CODE}-003 is not what was stated",
    f"UPDATE household SET joined_on = '2019-01-01' WHERE {HOME}": f"household {CODE}-003 is not what was stated",
    f"UPDATE household SET left_on = '2026-02-01' WHERE {HOME}": f"household {CODE}-003 is not what was stated",
    f"UPDATE household SET group_name = '第二组' WHERE {HOME}": f"household {CODE}-003 is not what was stated",
    f"UPDATE household SET leader = 1 WHERE {HOME}": f"household {CODE}-003 is not what was stated",
    f"UPDATE household SET gifted_fen = 100 WHERE {HOME}": f"household {CODE}-003 is not what was stated",
    f"UPDATE household SET deferred_fen = 100 WHERE {HOME}": f"household {CODE}-003 is not what was stated",
    f"DELETE FROM household WHERE {HOME}": f"household {CODE}-003, which an entry stated, is gone",
    f"UPDATE household SET no = '{CODE}-077' WHERE {HOME}": f"household {CODE}-077 is stated by no entry",
    f"UPDATE person SET household = '{CODE}-002' WHERE society = '{CODE}' AND no = 3":
        "person 3 is not what was stated",
    f"UPDATE office SET until = '2025-01-01' WHERE {BOSS}": "office of person 9 is not what was stated",
    f"UPDATE office SET person = 3 WHERE {BOSS}": "office of person 3 is stated by no entry",
    f"DELETE FROM office WHERE {BOSS}": "office of person 9, which an entry stated, is gone",
}
SAID = f"society = '{CODE}' AND loan = 2"
WORDS = (
    f"UPDATE endorsement SET person = 6 WHERE {SAID} AND kind = 'consent' AND person = 1",
    f"UPDATE endorsement SET answer = 'no' WHERE {SAID} AND kind = 'key' AND person = 7",
    f"UPDATE endorsement SET said_on = '2026-01-01' WHERE {SAID} AND kind = 'signature' AND person = 2",
    f"DELETE FROM endorsement WHERE {SAID} AND kind = 'signature' AND person = 1",
    f"UPDATE endorsement SET title = '理事' WHERE {SAID} AND kind = 'key' AND person = 9",
)


def test_who_belongs_and_who_holds_an_office_cannot_be_rewritten(scene: Scene) -> None:
    """Not even by who seals everything anew, for what the entries state is not in the tables that were changed."""
    kept = heads(scene.store, [CODE])
    assert after(scene, "", kept, sealed=False).fault == ""
    for change, fault in CHANGES.items():
        assert after(scene, change, kept, sealed=False).fault == fault, change
        assert after(scene, change, []).fault == fault, change


def test_who_vouched_agreed_and_signed_cannot_be_rewritten(scene: Scene) -> None:
    for change in WORDS:
        fault = "who vouched for loan 2, agreed to it and signed is not what was sealed"
        assert after(scene, change, []).fault == fault, change
    guarantor = f"UPDATE loan SET payer_one = '{CODE}-005' WHERE society = '{CODE}' AND no = 2"
    assert after(scene, guarantor, []).fault == "the guarantors of loan 2 is not what was sealed"


def changed(scene: Scene, *records: Household | Office) -> tuple[int, ...]:
    return scene.save(DAY, Act(records))


def test_a_change_without_money_has_an_entry_that_states_it(scene: Scene) -> None:
    with scene.store.read() as books:
        home = books.household(CODE, f"{CODE}-003")
        office, _ = next(one for one in books.officers(CODE) if one[1].no == 9)
    assert home is not None
    before = scene.totals()
    for seq in changed(scene, replace(home, group_name="第九组")) + changed(scene, replace(office, until=DAY)):
        with scene.store.read() as books:
            assert (books.entry_kind(CODE, seq), books.reversed_by(CODE, seq)) == ("register", 0)
    assert scene.totals() == before and audit(scene.store)[0].fault == ""
    back = f"UPDATE household SET group_name = '第一组' WHERE {HOME}"
    assert after(scene, back, []).fault == f"household {CODE}-003 is not what was stated"
    back = f"UPDATE office SET until = NULL WHERE {BOSS}"
    assert after(scene, back, []).fault == "office of person 9 is not what was stated"


def test_what_only_states_moves_no_fen_in_any_book(scene: Scene) -> None:
    """The journal and the sheet 凭证 show its number without an amount; turnover and accounts do not know it."""
    def book(name: str) -> list[dict[str, Any]]:
        with scene.store.read() as books:
            return list(make(books, name, CODE, None, DAY, DAY).rows)

    before = book("trial"), book("ledger")
    with scene.store.read() as books:
        home, today = books.household(CODE, f"{CODE}-003"), len(books.day_entries(CODE, DAY))
    assert home is not None
    (seq,) = changed(scene, replace(home, group_name="第九组"))
    assert (book("trial"), book("ledger")) == before
    (row,) = (row for row in book("journal") if row["seq"] == seq)
    assert (row["kind"], row["account"], row["debit_fen"], row["credit_fen"]) == ("register", "", 0, 0)
    (row,) = (row for row in journal_rows(scene.store, CODE) if row["凭证号"] == seq)
    assert (row["摘要"], row["科目"], row["借方"], row["贷方"], row["余额"]) == ("名册", "", "", "", "")
    with scene.store.read() as books:
        assert len(books.day_entries(CODE, DAY)) == today


def test_a_village_that_opened_without_money_states_what_changes(store_url: str) -> None:
    """It has no opening entry; what was never stated is not held against it, and what was is."""
    scene = open_scene(store_url, village(contribution_fen=0, fiscal_fen=0))
    assert audit(scene.store)[0].entries == 0 and audit(scene.store)[0].fault == ""
    with scene.store.read() as books:
        home = books.household(CODE, f"{CODE}-003")
    assert home is not None
    changed(scene, replace(home, group_name="第九组"))
    assert audit(scene.store)[0].fault == ""
    back = f"UPDATE household SET group_name = '第一组' WHERE {HOME}"
    assert after(scene, back, []).fault == f"household {CODE}-003 is not what was stated"
    scene.store.close()
