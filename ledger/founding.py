"""A village's books opened from its workbook, and a village written out of its books again (contract.md section 5).

Opening is one entry dated 期初日期; what was repaid before is history that says which instalments are settled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from . import charter as charters
from . import journal, loan_proof, repayment, replay
from .fund_records import Deed
from .funds import NEEDED_DEEDS
from .records import (
    Act,
    Address,
    Allocation,
    CharterVersion,
    Household,
    Line,
    Loan,
    LoanInstalment,
    LoanReview,
    Office,
    Person,
    Record,
    Society,
)
from .replay import BEFORE_US, Payments
from .reviews import FREEZE, Stage
from .terms import ACCOUNT_WORDS, TITLES, VILLAGE_ROLES, Account, Status
from .village import Village, VillageExtension, VillageHousehold, VillageLoan, VillageOffice, VillageSociety

DEBIT_WORDS = ("库存现金", "银行存款")


def found(village: Village, body: Mapping[str, Any]) -> tuple[Act, tuple[tuple[int, Allocation], ...]]:
    """All records and the opening entry of a village, and the history of its loans as (loan, allocation)."""
    told = village.society
    society = Society(
        told.code, told.name, told.province, told.county, told.township, told.village, told.founded_on,
        told.opened_on, told.charter, told.village_phone, told.township_phone, told.county_phone,
    )
    adopted = CharterVersion(told.code, 1, str(body["name"]), told.founded_on, "", dict(body))
    households, people = _households(village)
    offices, people = _offices(village, people)
    addresses = tuple(
        Address("sms", "", person.phone, person.society, person.no, told.opened_on) for person in people if person.phone
    )
    rules = charters.from_body(body)
    loans, rows, reviews, history = _loans(village, rules)
    entry = journal.opening(told.opened_on, _opening_lines(village))
    if entry:  # what was repaid before is sealed with the opening entry, and so are the terms of the loans
        terms = _terms(loans, rows, rules)
        entry = replace(entry, allocations=tuple(part for _, part in history), facts={"loans": terms} if terms else {})
        history = ()
    deeds = tuple(Deed(told.code, kind, told.founded_on, "期初") for kind in NEEDED_DEEDS)
    records: tuple[Record, ...] = (
        society, adopted, *deeds, *people, *households, *offices, *addresses, *loans, *rows, *reviews,
    )
    return Act(records, (entry,) if entry else ()), history


def _households(village: Village) -> tuple[list[Household], list[Person]]:
    code = village.society.code
    households, people = [], []
    for number, told in enumerate(village.households, 1):
        people.append(Person(code, number, told.member, told.sex, told.phone, told.id_card, told.no))
        households.append(
            Household(
                code, told.no, told.head, number, told.category, told.joined_on, None, told.group, told.leader,
                told.gifted_fen, told.matched_fen,
            )
        )
    return households, people


def _offices(village: Village, people: list[Person]) -> tuple[list[Office], list[Person]]:
    """Each office belongs to a person: the member with that name and phone, else a person of its own.

    A village officer who is no member but shares a household's phone or is its head still belongs to it, so that
    nobody decides on the own household's loan.
    """
    code = village.society.code
    known = {(person.name, person.phone): person.no for person in people}
    by_phone = {person.phone: person.household for person in people if person.phone}
    heads: dict[str, str] = {}
    for told in village.households:
        heads[told.head] = "" if told.head in heads else told.no
    offices: list[Office] = []
    everyone = list(people)
    for post in village.offices:
        if (post.name, post.phone) not in known:
            inside = TITLES[post.office] in VILLAGE_ROLES
            home = (by_phone.get(post.phone) or heads.get(post.name, "")) if inside else ""
            everyone.append(Person(code, len(everyone) + 1, post.name, "", post.phone, "", home))
            known[post.name, post.phone] = len(everyone)
        number = known[post.name, post.phone]
        offices.append(Office(code, number, post.office, post.since, post.until, len(offices) + 1))
    return offices, everyone


def _loans(
    village: Village, charter: charters.Charter
) -> tuple[list[Loan], list[LoanInstalment], list[LoanReview], tuple[tuple[int, Allocation], ...]]:
    code, opened_on = village.society.code, village.society.opened_on
    person_of = {told.no: number for number, told in enumerate(village.households, 1)}
    loans: list[Loan] = []
    rows: list[LoanInstalment] = []
    reviews: list[LoanReview] = []
    history: list[tuple[int, Allocation]] = []
    more_time: dict[int, list[VillageExtension]] = {}
    for more in village.extensions:
        more_time.setdefault(more.no, []).append(more)
    for told in village.loans:
        settled = told.repaid_principal_fen == told.principal_fen
        loans.append(
            Loan(
                code, told.no, told.household, person_of[told.household], told.principal_fen, told.purpose,
                told.months, told.plan, told.fee_ppm_month, 1, Status.SETTLED if settled else Status.PAID_OUT,
                told.paid_out_on, told.payer_one, told.payer_two, paid_out_on=told.paid_out_on,
                received_on=told.paid_out_on, ended_on=opened_on if settled else None, imported=True,
            )
        )
        given = _reviews(loans[-1], more_time.get(told.no, []))
        reviews += given
        taken = _taken(loans[-1], told, given, charter)
        for one in taken:
            paid_on = min(opened_on, one.due_on) if settled or not repayment.open_total(one) else None
            if settled:
                one = replace(one, fee_fen=one.paid_fee_fen, charge_fen=0, charged_to=None)
            rows.append(replace(one, paid_on=paid_on))
            if one.paid_principal_fen or one.paid_fee_fen:
                on = paid_on or opened_on
                part = Allocation(told.no, one.n, one.paid_principal_fen, one.paid_fee_fen, 0, on)
                history.append((told.no, part))
    return loans, rows, reviews, tuple(history)


def _taken(
    loan: Loan, told: VillageLoan, given: Sequence[LoanReview], charter: charters.Charter
) -> tuple[LoanInstalment, ...]:
    """The instalments as what was repaid and every extension in order made them, the oldest paid first."""
    rows = replay.brought_along(loan, charter, given)
    left_fen = told.repaid_principal_fen - sum(one.paid_principal_fen for one in rows)
    return repayment.lay(rows, left_fen, told.repaid_fee_fen - sum(one.paid_fee_fen for one in rows))


def _reviews(loan: Loan, given: Sequence[VillageExtension]) -> list[LoanReview]:
    """What befell a loan before our books: done, and each extension counted towards the charter's number of times."""
    made: list[LoanReview] = []
    for more in given:
        shown = (more.since, more.until) if more.kind == FREEZE else (more.shown_until, more.shown_until)
        number = sum(one.kind == more.kind for one in made) + 1
        made.append(LoanReview(
            loan.society, loan.no, more.kind, number, Stage.DONE, more.months,
            loan.amount_fen - more.repaid_principal_fen, BEFORE_US, more.on, 0, filing=str(more.repaid_fee_fen),
            disclosed_on=shown[0], closes_on=shown[1], done_on=more.on,
        ))
    return made


def extended(review: LoanReview, loan: Loan, payments: Payments) -> VillageExtension:
    """A review as sheet 展期 tells it; `payments` are those of the loan that stand."""
    assert review.done_on is not None and review.closes_on is not None, "nothing counts without its notice"
    if review.reason == BEFORE_US and not review.after_seq:
        principal_fen, fee_fen = loan.amount_fen - review.amount_fen, int(review.filing)
    else:
        before = [part for seq, parts in payments if seq <= review.after_seq for part in parts]
        principal_fen, fee_fen = sum(one.principal_fen for one in before), sum(one.fee_fen for one in before)
    if review.kind == FREEZE:
        return VillageExtension(
            loan.no, review.done_on, 0, None, principal_fen, fee_fen, FREEZE, review.disclosed_on, review.closes_on
        )
    return VillageExtension(
        loan.no, review.done_on, review.months, review.closes_on, principal_fen, fee_fen, review.kind
    )


def _terms(
    loans: Sequence[Loan], rows: Sequence[LoanInstalment], rules: charters.Charter
) -> list[dict[str, Any]]:
    """The terms of the loans that are taken over, as their instalments then stand."""
    by_loan: dict[int, list[LoanInstalment]] = {}
    for row in rows:
        by_loan.setdefault(row.loan, []).append(row)
    return [loan_proof.terms(loan, rules, by_loan.get(loan.no, ())) for loan in loans]


def _opening_lines(village: Village) -> list[Line]:
    """Debit money and open loans, credit the sources, contributions by household, the reserves and the surplus."""
    words = {word: account for account, word in ACCOUNT_WORDS.items()}
    lines = [Line(words[word], village.opening[word]) for word in DEBIT_WORDS]
    lines += [
        Line(Account.LOANS, told.principal_fen - told.repaid_principal_fen, str(told.no)) for told in village.loans
    ]
    lines += [Line(Account.CONTRIBUTION, -told.contribution_fen, told.no) for told in village.households]
    lines += [
        Line(words[word], -fen)
        for word, fen in village.opening.items()
        if word not in DEBIT_WORDS and word != ACCOUNT_WORDS[Account.CONTRIBUTION]
    ]
    return lines


def write_out(
    society: Society,
    charter_name: str,
    people: Sequence[Person],
    households: Sequence[Household],
    contributions: Mapping[str, int],
    offices: Sequence[Office],
    totals: Mapping[str, int],
    loans: Sequence[Loan],
    rows: Mapping[int, Sequence[LoanInstalment]],
    on: date,
    extensions: Sequence[VillageExtension] = (),
) -> Village:
    """The village as it stands on `on`; income and costs of the running year are part of 累计结余.

    `totals` are the balances by account, debit positive. Applications on their way have no place in a workbook and
    are left out, as are loans that were written off: the books hold nothing for them any more. What was paid beyond a
    loan is shown under 其他资金, for it is other people's money.
    """
    by_no = {person.no: person for person in people}
    staying = [home for home in households if home.left_on is None]
    homes = tuple(_home(home, by_no[home.person], contributions.get(home.no, 0)) for home in staying)
    posts = tuple(
        VillageOffice(by_no[post.person].name, by_no[post.person].phone, post.title, post.since, post.until)
        for post in offices
    )
    out = [loan for loan in loans if loan.paid_out_on is not None and loan.status != Status.WRITTEN_OFF]
    lent = tuple(_lent(loan, rows.get(loan.no, ())) for loan in out)
    numbers = {loan.no for loan in out}
    more = tuple(one for one in extensions if one.no in numbers)
    return Village(_society(society, charter_name, on), homes, posts, _opening(totals), lent, more)


def _home(home: Household, person: Person, contribution_fen: int) -> VillageHousehold:
    return VillageHousehold(
        home.no, home.head, person.name, person.sex, person.id_card, person.phone, home.category, home.joined_on,
        contribution_fen, home.gifted_fen, home.matched_fen, home.group_name, home.leader,
    )


def _lent(loan: Loan, rows: Sequence[LoanInstalment]) -> VillageLoan:
    assert loan.paid_out_on is not None
    return VillageLoan(
        loan.no, loan.household, loan.amount_fen, loan.paid_out_on, loan.months, loan.plan, loan.fee_ppm_month,
        loan.purpose, sum(row.paid_principal_fen for row in rows), sum(row.paid_fee_fen for row in rows),
        loan.payer_one, loan.payer_two,
    )


def _society(society: Society, charter_name: str, on: date) -> VillageSociety:
    return VillageSociety(
        society.code, society.name, society.province, society.county, society.township, society.village,
        society.founded_on, charter_name, society.village_phone, society.township_phone, society.county_phone, on,
    )


def _opening(totals: Mapping[str, int]) -> dict[str, int]:
    """The ten words of sheet 期初余额 from balances by account."""
    shown = {account: -totals.get(account, 0) for account in Account}
    surplus = sum(
        shown[account]
        for account in (
            Account.RETAINED, Account.FEE_INCOME, Account.CHARGE_INCOME, Account.BANK_INTEREST,
            Account.SUBSIDY_INCOME, Account.RUNNING_COSTS, Account.CASH_DIFFERENCE,
        )
    )
    return {
        "库存现金": totals.get(Account.CASH, 0),
        "银行存款": totals.get(Account.BANK, 0),
        "会员互助金": shown[Account.CONTRIBUTION],
        "政府拨入": shown[Account.FISCAL],
        "社会捐赠": shown[Account.DONATION],
        "其他资金": shown[Account.OTHER] + shown[Account.CREDIT] + shown[Account.SUBSIDY] + shown[Account.CUSTODY],
        "风险准备金": shown[Account.RISK_RESERVE],
        "公积金": shown[Account.ACCUMULATION_FUND],
        "公益金": shown[Account.WELFARE_FUND],
        "累计结余": surplus,
    }
