"""A whole village in and out of the books: the workbook's rows opened in one short transaction, and written out again.

The file is read and checked before; here nothing can fail half-way, for all of it commits at once or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.clock import Clock
from ledger import charter, cost, county, founding, register, supervision
from ledger.money import to_yuan
from ledger.replan import EARLY_FROM
from ledger.reviews import EXTENSION, FREEZE, RELIEF
from ledger.store.books import Books
from ledger.store.fund_reads import Funds
from ledger.store.mailbox import Mailbox
from ledger.store.store import Store
from ledger.terms import ACCOUNT_WORDS, ASKING, ENTRY_WORDS, Account, Status
from ledger.village import Village, VillageExtension


class AlreadyThere(ValueError):
    """The society stands in the books already."""


class UnknownSociety(ValueError):
    """There is no such society in the books."""


@dataclass(frozen=True)
class TakenOver:
    entries: int
    flags: Sequence[Mapping[str, Any]]


class _DryRun(Exception):
    pass


def take_over(store: Store, village: Village, now: int, *, dry_run: bool = False) -> TakenOver:
    """Open the books of a village. Raises AlreadyThere when it was taken over before, CharterError with every clause
    when its charter lies outside the county's rules, costs more than the law allows or asks for more households."""
    body = charter.body_of(village.society.charter)
    act, history = founding.found(village, body)
    code = village.society.code
    kept: list[TakenOver] = []
    try:
        with store.write() as books:
            if books.society(code) is not None:
                raise AlreadyThere(code)
            place = village.society
            rules = books.county_rules(place.province, place.county, place.opened_on)
            typed = charter.from_body(body)
            county.check(rules, typed)
            cost.check(typed, place.opened_on)
            supervision.check_founding(typed, len(village.households))
            saved = books.save(code, act, village.society.opened_on, now)
            books.history(code, history)
            flags = supervision.beyond_charter(
                books.charter(code), books.households(code), books.all_loans(code)
            )
            kept.append(TakenOver(len(saved.entries), flags))
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return kept[0]


def write_out(store: Store, code: str, clock: Clock) -> Village:
    """The village as it stands today. Raises UnknownSociety."""
    with store.read() as books:
        society = books.society(code)
        if society is None:
            raise UnknownSociety(code)
        # Books that hold nothing but their opening are still those of that day, whenever they are written out.
        newest, _ = books.head(code)
        on = max(clock.today(Mailbox(books.connection)), society.opened_on) if newest > 1 else society.opened_on
        households = books.households(code)
        contributions = {one.no: -books.balance(code, Account.CONTRIBUTION, one.no) for one in households}
        return founding.write_out(
            society, society.charter, list(books.people(code).values()), households, contributions,
            [office for office, _ in books.officers(code)], books.totals(code), books.all_loans(code),
            books.all_instalments(code), on, _extensions(books, code),
        )


def _extensions(books: Books, code: str) -> list[VillageExtension]:
    """Every extension that took effect and what a disaster did, by loan and in order."""
    done = [one for one in books.reviews_done(code) if one.kind in (EXTENSION, RELIEF, FREEZE)]
    loans = books.loans_numbered(code, {one.loan for one in done})
    told = [founding.extended(one, loans[one.loan], books.standing_payments(code, one.loan)) for one in done]
    return sorted(told, key=lambda one: (one.no, one.on, one.repaid_principal_fen, one.repaid_fee_fen, one.kind))


def left_out(store: Store, code: str) -> list[str]:
    """What a society has that its workbook has no place for, a line each by name; empty where it is all there."""
    with store.read() as books:
        loans, rows = books.all_loans(code), books.all_instalments(code)
        disasters = [one.no for one in Funds(books, code).disasters()]
    running = {loan.no: rows.get(loan.no, ()) for loan in loans if loan.status == Status.PAID_OUT}
    charged = [no for no, its in running.items() if any(row.charge_fen for row in its)]
    anew = [no for no, its in running.items() if any(row.n >= EARLY_FROM for row in its)]
    found = (
        ("applications on their way", [loan.no for loan in loans if loan.status in ASKING]),
        ("loans that were written off", [loan.no for loan in loans if loan.status == Status.WRITTEN_OFF]),
        ("overdue charges assessed or paid so far (assessed anew from the due day) of loans", charged),
        ("plans made anew after an early part payment (they come back as first planned) of loans", anew),
        ("declarations of disasters (their loans keep what they froze and gave)", disasters),
    )
    return [f"left out: {what} {', '.join(map(str, numbers))}" for what, numbers in found if numbers]


def journal_rows(store: Store, code: str) -> list[dict[str, object]]:
    """Every posting as a row of sheet 凭证."""
    rows: list[dict[str, object]] = []
    with store.read() as books:
        for kept in books.kept(code):
            word = ENTRY_WORDS.get(kept.kind, kept.kind)
            what = word if kept.memo in ("", word) else f"{word} {kept.memo}"
            # What only states the register moves nothing; its row shows that no number is missing.
            lines = [("", "", 0, 0)] if kept.kind == register.KIND else [line[:4] for line in kept.lines]
            for account, sub, amount, balance in lines:
                rows.append({
                    "凭证号": kept.seq, "日期": kept.on, "科目": ACCOUNT_WORDS[account] if account else "", "明细": sub,
                    "借方": to_yuan(amount) if amount > 0 else "", "贷方": to_yuan(-amount) if amount < 0 else "",
                    "余额": to_yuan(abs(balance)) if account else "", "摘要": what, "校验": kept.hash[:16],
                })
    return rows
