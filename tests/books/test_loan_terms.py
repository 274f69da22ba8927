"""The terms of a loan are sealed when its money leaves: another rate, plan or day afterwards is found and named."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import text

from jobs.audit import audit, heads
from ledger import journal, lending, loan_proof
from ledger.store.books import Books
from ledger.store.verify import verify
from ledger.terms import Account
from tests.books.scene import CODE, Scene
from tests.books.test_proof import after

PAID = 2  # the scene's first loan of its own: paid out on January 5, half repaid, late in April
DONE = 3  # bullet, settled on its way


def edited(scene: Scene, change: str) -> str:
    return after(scene, f"UPDATE loan SET {change} WHERE society = '{CODE}' AND no = {PAID}", [], sealed=False).fault


@pytest.mark.parametrize(("change", "part"), [
    ("fee_ppm_month = 4000", "rate"), ("plan = 'flat'", "plan"), ("months = 9", "term"),
    ("household = 'SC001-003'", "borrower"), ("paid_out_on = '2026-01-06'", "pay-out day"),
])
def test_each_changed_term_is_named(scene: Scene, change: str, part: str) -> None:
    assert edited(scene, change) == f"the {part} of loan {PAID} is not what was sealed"


def test_a_charter_that_was_written_over_shows_in_the_loans_that_live_under_it(scene: Scene) -> None:
    with scene.store.read() as books:
        body = books.charter_version(CODE, 1).body
    body["overdue"]["charge_percent"] = 300
    change = text("UPDATE charter_version SET body = :body")
    with scene.store.engine.connect() as link:
        outer = link.begin()
        link.execute(change, {"body": json.dumps(body)})
        fault = verify(Books(link), CODE).fault
        outer.rollback()
    assert fault == "the charter of loan 1 is not what was sealed"


@pytest.mark.parametrize(("loan", "change"), [
    (PAID, "due_on = '2026-12-05' WHERE n = 10"), (PAID, "fee_fen = fee_fen - 100 WHERE n = 10"),
    (PAID, "charged_to = '2027-01-01' WHERE n = 9"), (PAID, "paid_on = '2026-01-06' WHERE n = 1"),
    (DONE, "due_on = '2026-05-07' WHERE n = 1"), (DONE, "paid_on = '2026-04-07' WHERE n = 1"),
    (1, "due_on = '2025-11-02' WHERE n = 1"),
])
def test_an_instalment_that_was_moved_shows(scene: Scene, loan: int, change: str) -> None:
    what, _, which = change.partition(" WHERE ")
    moved = f"UPDATE loan_instalment SET {what} WHERE society = '{CODE}' AND loan = {loan} AND {which}"
    expected = f"the instalments of loan {loan} are not what its terms and payments make them"
    assert after(scene, moved, [], sealed=False).fault == expected


def test_terms_written_over_with_the_loan_need_new_seals_and_the_kept_head_shows_them(scene: Scene) -> None:
    """Who changes the loan and what the entry states must seal everything anew; then the head kept outside speaks."""
    with scene.store.read() as books:
        row = books.connection.execute(text(
            f"SELECT seq, facts FROM entry WHERE kind = 'pay_out' AND loan = {PAID} AND society = '{CODE}'")).one()
    assert json.loads(row.facts)["fee_ppm_month"] == 5000
    entry = f"UPDATE entry SET facts = replace(facts, '5000', '4000') WHERE society = '{CODE}' AND seq = {row.seq}"
    both = f"{entry};UPDATE loan SET fee_ppm_month = 4000 WHERE society = '{CODE}' AND no = {PAID}"
    assert after(scene, both, [], sealed=False).fault == f"entry {row.seq} is not what was sealed"
    kept = heads(scene.store, [CODE], "entry")
    assert after(scene, both, kept).fault.startswith(f"entry {row.seq} was rewritten")
    nothing = f"UPDATE entry SET facts = '' WHERE society = '{CODE}' AND seq = {row.seq}"
    assert after(scene, nothing, kept).fault.startswith(f"entry {row.seq} was rewritten")
    garbage = f"UPDATE entry SET facts = 'what' WHERE society = '{CODE}' AND seq = {row.seq}"
    assert after(scene, garbage, []).fault == f"the entry that sealed loan {PAID} states no terms of it"


def test_a_loan_that_is_gone_shows(scene: Scene) -> None:
    gone = ";".join(f"DELETE FROM {table} WHERE society = '{CODE}' AND {key} = {DONE}"
                    for table, key in (("loan_instalment", "loan"), ("loan", "no")))
    assert after(scene, gone, [], sealed=False).fault.startswith(f"loan {DONE}, which entry ")


def test_a_loan_that_no_entry_wrote_off_is_not_called_so(scene: Scene) -> None:
    change = f"UPDATE loan SET status = 'written_off' WHERE society = '{CODE}' AND no = {DONE}"
    fault = after(scene, change, [], sealed=False).fault
    assert fault == f"loan {DONE} is called written off, and no entry wrote it off"


def test_what_no_program_of_ours_wrote_is_a_fault_and_no_crash(scene: Scene) -> None:
    for change in ("plan = 'never'", "charter_version = 9", "fee_ppm_month = 5001", "ended_on = 'someday'"):
        assert edited(scene, change), change


def test_books_from_before_terms_were_sealed_keep_their_hashes_and_are_proved_by_their_own_plan(scene: Scene) -> None:
    """An entry that states nothing has the hash it always had."""
    old = {"society": CODE, "seq": 1, "kind": "spend", "on": "2026-01-01", "booked_on": "2026-01-01", "memo": "",
           "loan": 0, "reverses": 0, "by": 1, "key": "k", "lines": [], "parts": []}
    assert journal.seal(journal.GENESIS, old) == journal.seal(journal.GENESIS, old | {"facts": ""})
    assert journal.seal(journal.GENESIS, old) != journal.seal(journal.GENESIS, old | {"facts": "{}"})
    unsealed = f"UPDATE entry SET facts = '' WHERE society = '{CODE}'"
    assert after(scene, unsealed, []).fault == ""
    rate = f"{unsealed};UPDATE loan SET fee_ppm_month = 4000 WHERE society = '{CODE}' AND no = {PAID}"
    moved = f"the instalments of loan {PAID} are not what its terms and payments make them"
    assert after(scene, rate, []).fault == moved


def test_a_pay_out_that_was_taken_back_seals_nothing_and_the_next_one_does(scene: Scene) -> None:
    day = date(2026, 4, 22)
    loan = scene.lend(3, 100_000, day)
    with scene.store.read() as books:
        seq, _ = books.head(CODE)
        draft = books.entry(CODE, seq)
    assert draft is not None
    scene.save(day, lending.take_back(loan, draft, seq, day, "没领到", 7))
    assert audit(scene.store)[0].fault == ""
    with scene.store.read() as books:
        back, charter, said = books.loan(CODE, loan.no), books.charter(CODE, 1), books.endorsements(CODE, loan.no)
    assert back is not None
    again = date(2026, 4, 25)
    scene.save(again, lending.pay_out(back, charter, again, Account.BANK, 0, "户主3", (), said))
    assert audit(scene.store)[0].fault == ""
    with scene.store.read() as books:
        facts = books.connection.execute(text(
            f"SELECT facts FROM entry WHERE kind = 'pay_out' AND loan = {loan.no} ORDER BY seq DESC LIMIT 1"
        )).scalar_one()
    sealed = loan_proof.sealed_terms(facts, loan.no)
    assert sealed is not None and sealed["paid_out_on"] == "2026-04-25"
