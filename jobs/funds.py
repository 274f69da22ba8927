"""What officers above the village do with a fund, each in one transaction: year's end, risk fund, exit.

The sums are those of ledger/funds.py and ledger/ending.py; here they meet the store.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from ledger import closing, ending, funds
from ledger.fund_records import Exit, RiskClaim, YearEnd
from ledger.records import Act, Refusal
from ledger.store.books import Books
from ledger.store.fund_reads import Funds
from ledger.store.statements import Statements
from ledger.store.store import Store
from ledger.terms import ASKING, INCOME_ACCOUNTS, Account


class Refused(ValueError):
    """It may not be done; `refusals` say why, each with its key and facts."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("; ".join(f"{one.key} {one.facts or ''}".strip() for one in refusals))
        self.refusals = refusals


def checked(*refusals: Refusal | None) -> None:
    found = [one for one in refusals if one is not None]
    if found:
        raise Refused(*found)


def fund_book(province: str) -> str:
    """The name under which a province's risk fund keeps its own sealed books."""
    return f"risk:{province}"


def distribute(store: Store, code: str, year: int, resolution: str, today: date, now: int) -> YearEnd:
    """Close a year into 累计结余 and divide it by the charter; the worksheet is kept. Raises Refused."""
    end = date(year, 12, 31)
    with store.write() as books:
        books.lock(code)
        kept = Funds(books, code)
        done = [one.year for one in kept.years()]
        checked(
            Refusal("distribution.done_before", {"year": year}) if year in done else None,
            Refusal("distribution.year_running", {"year": year}) if today <= end else None,
            None if resolution.strip() else Refusal("distribution.no_resolution"),
            closing.closed(end, kept.last_closed()),
        )
        terms = books.charter(code, None, end).distribution
        read = Statements(books, code, today)
        totals = read.totals(end)
        places = {(str(account), ""): totals[account] for account in INCOME_ACCOUNTS}
        surplus_fen = -sum(places.values())
        fees_fen = -totals[Account.FEE_INCOME] - totals[Account.CHARGE_INCOME]
        base_fen = min(fees_fen, surplus_fen) if terms.base == "gross" else surplus_fen
        made = funds.distribute(base_fen, terms.percents(), terms.base)
        drafts = [funds.close_year(places, year, end, 0)]
        if isinstance(made, Refusal):
            if made.key != "distribution.nothing":
                raise Refused(made)
            sheet: dict[str, Any] = {"base": terms.base, "base_fen": base_fen, "shares": []}
        else:
            drafts.append(funds.distribution_entry(made, year, end, 0, resolution))
            sheet = made.as_sheet()
        record = YearEnd(code, year, today, resolution, sheet)
        books.save(code, Act((record,), tuple(one for one in drafts if one)), today, now)
    return record


def raise_risk_fund(store: Store, province: str, amount_fen: int, memo: str, today: date, now: int) -> None:
    """Money paid into a province's risk fund."""
    book = fund_book(province)
    with store.write() as books:
        key = f"raise/{books.head(book)[0] + 1}"
        books.save(book, Act(entries=(funds.risk_raise(amount_fen, today, memo, key, 0),)), today, now)


def claim(
    store: Store, code: str, event: str, loss_fen: int, evidence: str, today: date, now: int, *, group_asked: bool
) -> RiskClaim:
    """A society's claim for a loss beyond human control, after group and reserve. Raises Refused."""
    with store.write() as books:
        society = books.society(code)
        assert society is not None
        reserve_fen = -books.totals(code)[Account.RISK_RESERVE]
        checked(*funds.risk_refusals(event, evidence, loss_fen, reserve_fen, group_asked))
        book = fund_book(society.province)
        number = len(Funds(books, book).claims()) + 1
        record = RiskClaim(book, number, code, event, loss_fen, evidence, today)
        books.save(book, Act((record,)), today, now)
    return record


def pay_claim(store: Store, province: str, number: int, today: date, now: int) -> RiskClaim:
    """Pay a claim within the caps: out of the fund's books and into the society's, in one commit. Raises Refused."""
    book = fund_book(province)
    with store.write() as books:
        found = next((one for one in Funds(books, book).claims() if one.no == number), None)
        checked(None if found and found.state == "asked" else Refusal("risk.no_claim", {"claim": number}))
        assert found is not None
        books.lock(found.society)
        terms = books.charter(found.society, None, today).risk_fund
        pool_fen = -books.totals(book)[Account.RISK_POOL]
        paid_fen = funds.risk_cap_fen(found.loss_fen, pool_fen, terms.loss_permille, terms.pool_permille)
        checked(None if paid_fen else Refusal("risk.pool_empty"))
        record = RiskClaim(**{**found.__dict__, "state": "paid", "paid_fen": paid_fen, "ended_on": today})
        out = funds.risk_pay(paid_fen, found.society, number, today, 0)
        books.save(book, Act((record,), (out,)), today, now)
        books.save(found.society, Act(entries=(funds.compensation(paid_fen, book, number, today),)), today, now)
    return record


def order_exit(store: Store, code: str, order: str, holder: str, today: date, now: int) -> Exit:
    """The county orders a society to end: from now on nothing is lent. Raises Refused."""
    with store.write() as books:
        books.lock(code)
        checked(
            None if order.strip() and holder.strip() else Refusal("exit.no_order"),
            Refusal("exit.ordered_before") if Funds(books, code).exit() else None,
        )
        record = Exit(code, today, order, holder)
        books.save(code, Act((record,)), today, now)
    return record


def settle_exit(store: Store, code: str, costs_fen: int, today: date, now: int) -> tuple[Exit, ending.Settlement]:
    """Pay everybody in the charter's order; what is left waits in custody. Raises Refused."""
    with store.write() as books:
        books.lock(code)
        found = _exit(books, code, "ordered")
        places = Funds(books, code).places()
        checked(*ending.refusals(places, len(books.loans_in(code, ASKING))))
        made = ending.plan(places, costs_fen, books.charter(code, None, today).ending.order)
        drafts = ending.entries(made, places, today, 0)
        record = Exit(**{**found.__dict__, "stage": "settled", "settled_on": today, "custody_fen": made.custody_fen})
        books.save(code, Act((record,), tuple(drafts)), today, now)
    return record, made


def hand_over(store: Store, code: str, receipt: str, today: date, now: int) -> Exit:
    """The custody goes to the holder against a receipt; the books are then empty. Raises Refused."""
    with store.write() as books:
        books.lock(code)
        found = _exit(books, code, "settled")
        entries = []
        if found.custody_fen:
            draft = ending.hand_over(found.custody_fen, today, found.holder, receipt, 0)
            if isinstance(draft, Refusal):
                raise Refused(draft)
            entries.append(draft)
        record = Exit(**{**found.__dict__, "stage": "handed", "handed_on": today, "receipt": receipt.strip()})
        books.save(code, Act((record,), tuple(entries)), today, now)
    return record


def _exit(books: Books, code: str, stage: str) -> Exit:
    found = Funds(books, code).exit()
    checked(None if found and found.stage == stage else Refusal("exit.wrong_stage", {"stage": stage}))
    assert found is not None
    return found
