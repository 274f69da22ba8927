"""A declared disaster: charges stand still from its day, more time costs no extension, and every review is sealed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from bot import texts
from bot.channels.segments import segments
from jobs import relief
from jobs.audit import audit, heads
from jobs.funds import Refused
from jobs.sheets import publish_sheets
from ledger import extension, lending, repayment, replay
from ledger.funds import FORCE_MAJEURE
from ledger.records import Act, Loan, LoanInstalment
from ledger.store.books import Books
from ledger.store.verify import verify
from ledger.terms import Account
from tests.books.scene import CODE, Scene, lived_in, open_scene, reviewed
from tests.books.test_proof import after

LENT, DUE = date(2026, 4, 1), date(2026, 7, 1)
STRUCK, DECLARED, OVER = date(2026, 7, 11), date(2026, 7, 16), date(2026, 9, 9)


@pytest.fixture
def scene(store_url: str) -> Iterator[Scene]:
    made = open_scene(store_url)
    yield made
    made.store.close()


@pytest.fixture
def struck(store_url: str) -> Iterator[Scene]:
    made = reviewed(lived_in(store_url))
    yield made
    made.store.close()


def declared(scene: Scene, months: int = 6) -> None:
    relief.declare(scene.store, CODE, "洪水", STRUCK, OVER, months, "县发3号", DECLARED, 0)


def owes(scene: Scene, loan: Loan, day: date) -> int:
    with scene.store.read() as books:
        return lending.due_fen(loan, books.instalments(CODE, loan.no), books.charter(CODE), day)


def row(scene: Scene, loan: Loan) -> LoanInstalment:
    with scene.store.read() as books:
        return books.instalments(CODE, loan.no)[0]


def proved(scene: Scene) -> None:
    assert [one.fault for one in audit(scene.store, None, ())] == [""]


def day_fen(scene: Scene, left_fen: int, days: int) -> int:
    with scene.store.read() as books:
        percent = books.charter(CODE).overdue.charge_percent
    whole = left_fen * 5000 * percent * days
    assert whole % (10**6 * 100 * 30) == 0
    return whole // (10**6 * 100 * 30)


def test_charges_stand_still_from_the_day_of_the_event_until_it_is_over(scene: Scene) -> None:
    """3000 yuan for three months at 5‰, due July 1: ten days are charged, then none, then again from September 9."""
    loan = scene.lend(2, 300_000, LENT, "bullet", 3)
    plain = 300_000 + 4_500
    assert owes(scene, loan, DECLARED) == plain + day_fen(scene, 300_000, 15)
    declared(scene)
    for day in (DECLARED, date(2026, 8, 20), OVER):
        assert owes(scene, loan, day) == plain + day_fen(scene, 300_000, 10)
    assert owes(scene, loan, date(2026, 9, 19)) == plain + day_fen(scene, 300_000, 20)
    with scene.store.read() as books:
        charter, reviews = books.charter(CODE), books.reviews_of(CODE, loan.no)
    # As known on the day of the declaration before it came, and as known since.
    assert replay.fee_owed(loan, charter, (), (), DECLARED) == 4_500 + day_fen(scene, 300_000, 15)
    assert replay.fee_owed(loan, charter, (), reviews, DECLARED) == 4_500 + day_fen(scene, 300_000, 10)
    proved(scene)
    scene.collect(loan.no, None, date(2026, 9, 19))
    proved(scene)


def test_what_was_charged_before_the_declaration_falls_away_where_it_is_still_owed(scene: Scene) -> None:
    """A payment on July 14 charged thirteen days and paid them; of what is unpaid no charge of those days stays."""
    paid, unpaid = (scene.lend(home, 300_000, LENT, "bullet", 3) for home in (2, 3))
    scene.collect(paid.no, 100_000, date(2026, 7, 14))
    scene.collect(unpaid.no, day_fen(scene, 300_000, 10), date(2026, 7, 14))
    ten = day_fen(scene, 300_000, 10)
    assert row(scene, unpaid).charge_fen - row(scene, unpaid).charge_paid_fen == day_fen(scene, 300_000, 3)
    declared(scene)
    assert row(scene, unpaid).charge_fen == row(scene, unpaid).charge_paid_fen == ten
    assert repayment.open_charge(row(scene, paid)) == 0 and row(scene, paid).charged_to == OVER
    proved(scene)
    scene.collect(paid.no, None, date(2026, 8, 1))
    scene.collect(unpaid.no, None, date(2026, 10, 1))
    proved(scene)


def test_more_time_by_the_batch_is_no_extension_of_the_loan(scene: Scene) -> None:
    loan = scene.lend(2, 300_000, LENT, "bullet", 3)
    declared(scene)
    assert relief.grant(scene.store, CODE, 1, 4, "社决5号", date(2026, 7, 20), 0) == 2
    assert row(scene, loan).due_on == date(2026, 11, 1)
    assert row(scene, loan).fee_fen == 4_500 + 6_000
    with scene.store.read() as books:
        charter, rows = books.charter(CODE), tuple(books.instalments(CODE, loan.no))
        reviews = tuple(books.reviews_of(CODE, loan.no))
    assert [one.kind for one in reviews] == ["freeze", "relief"]
    case = extension.ExtensionCase(charter, date(2026, 10, 20), loan, rows, 3, "猪没出栏", reviews)
    assert extension.refusals(case) == ()
    proved(scene)


def test_a_loan_due_again_within_the_frozen_days_is_not_charged_before_they_are_over(scene: Scene) -> None:
    loan = scene.lend(2, 300_000, LENT, "bullet", 3)
    declared(scene)
    relief.grant(scene.store, CODE, 1, 1, "社决5号", date(2026, 7, 20), 0)
    assert row(scene, loan).due_on == date(2026, 8, 1)
    before = owes(scene, loan, date(2026, 8, 1))
    assert owes(scene, loan, OVER) == before == 300_000 + 6_000 + day_fen(scene, 300_000, 10)
    assert owes(scene, loan, date(2026, 9, 19)) == before + day_fen(scene, 300_000, 10)
    proved(scene)


@pytest.mark.parametrize(("change", "key"), [
    ({"event": "赌输"}, "not_force_majeure"), ({"months": 13}, r"relief\.months"), ({"order": " "}, "no_order"),
    ({"since": date(2026, 7, 17)}, "to_come"), ({"until": STRUCK}, r"relief\.until"),
    ({"until": date(2027, 7, 12)}, r"relief\.until"),
])
def test_what_may_not_be_declared(scene: Scene, change: dict[str, object], key: str) -> None:
    given = {"event": "洪水", "since": STRUCK, "until": OVER, "months": 6, "order": "县发3号"} | change
    with pytest.raises(Refused, match=key):
        relief.declare(scene.store, CODE, *given.values(), DECLARED, 0)  # type: ignore[arg-type]
    declared(scene)
    drought = date(2026, 9, 1), date(2026, 12, 1)
    with pytest.raises(Refused, match=r"relief\.running"):
        relief.declare(scene.store, CODE, "旱灾", *drought, 3, "县发4号", date(2026, 9, 2), 0)


def test_everybody_whom_it_concerns_hears_of_it_once_and_pages_show_it(scene: Scene) -> None:
    """Who owes, who answers for a loan, who holds an office; the page closes by itself when its days are over."""
    loan = scene.lend(2, 300_000, LENT, "bullet", 3)
    with scene.store.write() as books:
        there = books.loan(CODE, loan.no)
        assert there is not None
        bound = replace(there, payer_one=f"{CODE}-003", payer_two=f"{CODE}-004")
        books.save(CODE, Act((bound,)), DECLARED, 0)
    declared(scene)
    officers = {7, 8, 9, 10, 11}
    assert told(scene, "disaster%") == {("notice.disaster", one) for one in (1, 2)} | {
        ("notice.disaster_watch", one) for one in officers}
    relief.grant(scene.store, CODE, 1, 4, "社决5号", date(2026, 7, 20), 0)
    assert told(scene, "relief%") == {("notice.relief", one) for one in (1, 2)} | {
        ("notice.relief_payer", one) for one in (3, 4)} | {("notice.relief_watch", one) for one in officers}
    with scene.store.read() as books:
        pages = {one.kind: one for one in books.disclosures(CODE)}
    assert pages["disaster"].facts["count"] == pages["relief"].facts["count"] == 2
    assert pages["disaster"].facts["amount_fen"] == 700_000 and pages["disaster"].closes_on == date(2026, 7, 18)
    publish_sheets(scene.store, date(2026, 7, 19), 0)
    with scene.store.read() as books:
        closed = {one.kind: one.closed_on for one in books.disclosures(CODE)}
    assert (closed["disaster"], closed["relief"]) == (date(2026, 7, 19), None)


def told(scene: Scene, keys: str) -> set[tuple[str, int]]:
    """(words, person) of every notice whose key is like this."""
    with scene.store.read() as books:
        rows = books.connection.execute(
            text("SELECT say, person FROM notice WHERE society = :s AND key LIKE :keys"), {"s": CODE, "keys": keys}
        ).all()
    assert len(rows) == len(set(rows))
    return {(row[0], row[1]) for row in rows}


@pytest.mark.parametrize("event", FORCE_MAJEURE)
def test_what_is_said_of_a_disaster_is_one_message_in_both_languages(event: str) -> None:
    facts = {
        "event": event, "loan": 1234, "since_on": date(2026, 11, 20), "until_on": date(2027, 10, 31), "months": 12,
        "count": 123, "page": 1234, "closes_on": date(2026, 11, 30), "due_on": date(2026, 12, 31),
        "due_fen": 1_028_555, "name": "欧阳桂花",
    }
    for language in ("", "en"):
        for key in ("disaster", "disaster_watch", "relief", "relief_payer", "relief_watch"):
            with texts.tongue(language):
                said = texts.fill(f"notice.{key}", facts)
            assert segments(said) == 1, f"{len(said)}: {said}"


def test_what_may_not_be_granted(scene: Scene) -> None:
    declared(scene)
    day = date(2026, 7, 20)
    for number, months, resolution, today, key in (
        (2, 3, "社决", day, r"relief\.none"), (1, 7, "社决", day, r"relief\.months"), (1, 3, " ", day, "no_resolution"),
        (1, 3, "社决", date(2026, 7, 18), "not_published"),
    ):
        with pytest.raises(Refused, match=key):
            relief.grant(scene.store, CODE, number, months, resolution, today, 0)
    relief.grant(scene.store, CODE, 1, 3, "社决", day, 0)
    with pytest.raises(Refused, match="granted_before"):
        relief.grant(scene.store, CODE, 1, 3, "社决", day, 0)


def test_a_lived_in_village_with_every_kind_of_review_is_proved(struck: Scene) -> None:
    published = heads(struck.store, [CODE], "day")
    assert [one.fault for one in audit(struck.store, None, published)] == [""]
    with struck.store.read() as books:
        kinds = {one.kind for one in books.reviews_done(CODE)}
        query = "SELECT kind, facts FROM entry WHERE facts LIKE '%reviews%kind%'"
        entries = books.connection.execute(text(query)).all()
        assert -books.totals(CODE)[Account.RISK_RESERVE] == 50_000
    assert kinds == {"extension", "relief", "freeze", "write_off"} == {kind for kind, _ in entries}
    for _, facts in entries:
        assert "猪没出栏" not in facts and "人没了" not in facts, json.loads(facts)


@pytest.mark.parametrize(("kind", "change"), [
    ("extension", "months = 1"), ("extension", "done_on = '2026-05-12'"), ("extension", "after_seq = after_seq - 1"),
    ("relief", "months = 6"), ("freeze", "closes_on = '2026-12-01'"), ("freeze", "disclosed_on = '2026-07-01'"),
    ("write_off", "amount_fen = 1"), ("write_off", "asked_on = '2026-01-01'"),
])
def test_a_review_that_was_changed_is_named(struck: Scene, kind: str, change: str) -> None:
    loan = 5 if kind == "write_off" else 4
    where = f"WHERE society = '{CODE}' AND kind = '{kind}' AND loan = {loan}"
    found = after(struck, f"UPDATE loan_review SET {change} {where}", [], sealed=False).fault
    assert f"of loan {loan} " in found


@pytest.mark.parametrize("kind", ["extension", "relief", "freeze", "write_off"])
def test_a_review_that_is_gone_or_made_up_shows(struck: Scene, kind: str) -> None:
    where = f"WHERE society = '{CODE}' AND kind = '{kind}'"
    assert after(struck, f"DELETE FROM loan_review {where}", [], sealed=False).fault
    columns = "stage, months, amount_fen, reason, asked_on, asked_by, disclosed_on, closes_on, done_on"
    made_up = (
        f"INSERT INTO loan_review (society, loan, kind, no, {columns}, resolution, filing, after_seq)"
        f" SELECT society, loan, kind, 7, {columns}, resolution, filing, after_seq FROM loan_review {where}"
    )
    assert after(struck, made_up, [], sealed=False).fault


def test_a_made_up_extension_with_rows_to_match_shows(struck: Scene) -> None:
    """Rows moved by a month and an extension that would explain it: no entry ever sealed it."""
    with struck.store.read() as books:
        assert books.instalments(CODE, 2)[-1].due_on == date(2027, 2, 5)
    with struck.store.engine.connect() as link:
        outer = link.begin()
        columns = "society, kind, no, stage, months, amount_fen, reason, asked_on, asked_by, resolution, filing"
        link.execute(text(
            f"INSERT INTO loan_review (loan, {columns}, disclosed_on, closes_on, done_on, after_seq)"
            f" SELECT 2, {columns}, disclosed_on, closes_on, done_on, after_seq FROM loan_review"
            f" WHERE society = '{CODE}' AND kind = 'extension'"
        ))
        books = Books(link)
        loan = books.loan(CODE, 2)
        assert loan is not None
        payments, told = books.standing_payments(CODE, 2), books.reviews_of(CODE, 2)
        for one in replay.replay(loan, books.charter(CODE), payments, told):
            link.execute(text(
                "UPDATE loan_instalment SET due_on = :due, fee_fen = :fee, charge_fen = :charge, charged_to = :to"
                " WHERE society = :s AND loan = 2 AND n = :n"
            ), {"due": str(one.due_on), "fee": one.fee_fen, "charge": one.charge_fen, "s": CODE, "n": one.n,
                "to": one.charged_to and str(one.charged_to)})
        fault = verify(books, CODE).fault
        outer.rollback()
    assert fault == "the extension of loan 2 is sealed by no entry"
