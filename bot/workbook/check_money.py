"""What must agree between cells about the opening amounts and the loans (contract.md section 5).

Sums are only made where every amount in them was read; a refused cell would otherwise show up again as a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.workbook.check_people import repeated, the_society
from bot.workbook.columns import (
    ACCOUNTS,
    ASSETS,
    CONTRIBUTIONS,
    EXTENSIONS,
    FISCAL,
    HOUSEHOLDS,
    LOANS,
    OPENING,
    RETAINED,
    SOURCES,
)
from bot.workbook.read import Draft, Line
from bot.workbook.words import say
from ledger.money import to_yuan
from ledger.reviews import FREEZE
from ledger.village import Fault, VillageExtension, VillageLoan


def amounts_of(draft: Draft) -> dict[str, int]:
    """The opening amounts, all ten words present."""
    written = {line.record.account: line.record.amount_fen for line in draft.opening.lines}
    return {account: written.get(account, 0) for account in ACCOUNTS}


def open_fen(loan: VillageLoan) -> int:
    return loan.principal_fen - loan.repaid_principal_fen


def accounts_stand_once(draft: Draft) -> Iterator[Fault]:
    for line, earlier in repeated(draft.opening, "科目", lambda balance: balance.account):
        why = say("account_twice", account=line.record.account, row=earlier.row)
        yield Fault(OPENING, line.row, "科目", why)


def only_retained_is_negative(draft: Draft) -> Iterator[Fault]:
    for line in draft.opening.lines:
        account, fen = line.record.account, line.record.amount_fen
        if fen < 0 and line.knows("科目") and account != RETAINED:
            why = say("account_negative", account=account, value=to_yuan(fen))
            yield Fault(OPENING, line.row, "金额", why)


def opening_balances(draft: Draft) -> Iterator[Fault]:
    if not _opening_is_known(draft) or not draft.loans.knows("本金", "已还本金"):
        return
    amounts = amounts_of(draft)
    lent = sum(open_fen(line.record) for line in draft.loans.lines)
    assets = sum(amounts[account] for account in ASSETS) + lent
    sources = sum(amounts[account] for account in SOURCES)
    difference = assets - sources
    if difference:
        why = say(
            "unbalanced",
            assets=to_yuan(assets),
            sources=to_yuan(sources),
            side="前者多出" if difference > 0 else "前者少了",
            difference=to_yuan(abs(difference)),
        )
        yield Fault(OPENING, None, "金额", why, difference)
        for account in absent_accounts(draft):
            yield Fault(OPENING, None, "科目", say("account_absent", account=account))


def absent_accounts(draft: Draft) -> list[str]:
    written = {line.record.account for line in draft.opening.lines}
    return [account for account in ACCOUNTS if account not in written]


def contributions_agree(draft: Draft) -> Iterator[Fault]:
    """The two places that must be equal are both named: either may be the wrong one."""
    if not _opening_is_known(draft) or not draft.households.knows("互助金"):
        return
    account = amounts_of(draft)[CONTRIBUTIONS]
    households = sum(line.record.contribution_fen for line in draft.households.lines)
    if households != account:
        why = say("contributions_differ", households=to_yuan(households), account=to_yuan(account))
        yield Fault(OPENING, _row_of(draft, CONTRIBUTIONS), "金额", why, households - account)
        yield Fault(HOUSEHOLDS, None, "互助金", why, households - account)


def shares_are_in_fiscal(draft: Draft) -> Iterator[Fault]:
    if not _opening_is_known(draft) or not draft.households.knows("赠股", "配股"):
        return
    account = amounts_of(draft)[FISCAL]
    shares = sum(line.record.gifted_fen + line.record.matched_fen for line in draft.households.lines)
    if shares > max(account, 0):
        why = say("shares_exceed", shares=to_yuan(shares), account=to_yuan(account))
        yield Fault(OPENING, _row_of(draft, FISCAL), "金额", why, shares - account)


def loan_numbers_are_single(draft: Draft) -> Iterator[Fault]:
    for line, earlier in repeated(draft.loans, "编号", lambda loan: loan.no):
        yield Fault(LOANS, line.row, "编号", say("loan_twice", value=line.record.no, row=earlier.row))


def only_members_borrow(draft: Draft) -> Iterator[Fault]:
    households, sure = _households(draft), _membership_is_known(draft)
    for line in draft.loans.lines:
        if sure and line.knows("户号") and line.record.household not in households:
            yield Fault(LOANS, line.row, "户号", say("not_member", value=line.record.household))


def loan_amounts_agree(draft: Draft) -> Iterator[Fault]:
    for line in draft.loans.lines:
        loan = line.record
        if not line.knows("本金"):
            continue
        if loan.principal_fen == 0:
            yield Fault(LOANS, line.row, "本金", say("no_principal"))
        elif loan.repaid_principal_fen > loan.principal_fen:
            facts = {"repaid": to_yuan(loan.repaid_principal_fen), "principal": to_yuan(loan.principal_fen)}
            yield Fault(LOANS, line.row, "已还本金", say("repaid_too_much", **facts))


def loan_dates_agree(draft: Draft) -> Iterator[Fault]:
    opened, founded = the_society(draft, "期初日期"), the_society(draft, "成立日期")
    for line in draft.loans.lines:
        day = line.record.paid_out_on
        if not line.knows("放款日"):
            continue
        if opened and day > opened.opened_on:
            why = say("paid_after_opening", value=day, opened=opened.opened_on)
            yield Fault(LOANS, line.row, "放款日", why)
        if founded and day < founded.founded_on:
            why = say("paid_before_founding", value=day, founded=founded.founded_on)
            yield Fault(LOANS, line.row, "放款日", why)


def extensions_agree(draft: Draft) -> Iterator[Fault]:
    """Each is of a loan of this workbook, between its pay-out and the opening, in order, and told in full."""
    opened = the_society(draft, "期初日期")
    loans = {line.record.no: line.record for line in draft.loans.lines}
    last: dict[int, VillageExtension] = {}
    for line in draft.extensions.lines:
        more, loan = line.record, loans.get(line.record.no)
        if not line.knows("编号", "展期日期", "展期月数", "类型"):
            continue
        if loan is None:
            if draft.loans.knows("编号"):
                yield Fault(EXTENSIONS, line.row, "编号", say("extension_no_loan", value=more.no))
            continue
        before = last.get(more.no)
        too_late = opened is not None and more.on > opened.opened_on
        if more.on <= loan.paid_out_on or too_late or (before and more.on < before.on):
            yield Fault(EXTENSIONS, line.row, "展期日期", say("extension_day", value=more.on))
        yield from _frozen(line) if more.kind == FREEZE else _more_time(line)
        least = before or VillageExtension(more.no, more.on, 0, more.on, 0, 0)
        for header, told, floor, top in (
            ("当时已还本金", more.repaid_principal_fen, least.repaid_principal_fen, loan.repaid_principal_fen),
            ("当时已还占用费", more.repaid_fee_fen, least.repaid_fee_fen, loan.repaid_fee_fen),
        ):
            if line.knows(header) and not floor <= told <= top:
                yield Fault(EXTENSIONS, line.row, header, say("extension_repaid", value=to_yuan(told)))
        last[more.no] = more


def _more_time(line: Line[VillageExtension]) -> Iterator[Fault]:
    """An extension, or more time after a disaster: for how long, and on notice before; no charge stood still."""
    more = line.record
    if not more.months:
        yield Fault(EXTENSIONS, line.row, "展期月数", say("required", column="展期月数"))
    if line.knows("公示到") and more.shown_until is None:
        yield Fault(EXTENSIONS, line.row, "公示到", say("required", column="公示到"))
    elif more.shown_until is not None and more.shown_until >= more.on:
        yield Fault(EXTENSIONS, line.row, "公示到", say("extension_shown", value=more.shown_until))
    for header, told in (("停计起", more.since), ("停计止", more.until)):
        if told is not None:
            yield Fault(EXTENSIONS, line.row, header, say("extension_frozen_only"))


def _frozen(line: Line[VillageExtension]) -> Iterator[Fault]:
    """After a disaster the charge stands still for some days, and the loan has no more time by that."""
    more = line.record
    for header, told in (("停计起", more.since), ("停计止", more.until)):
        if line.knows(header) and told is None:
            yield Fault(EXTENSIONS, line.row, header, say("required", column=header))
    if more.since and more.since > more.on:
        yield Fault(EXTENSIONS, line.row, "停计起", say("extension_struck", value=more.since))
    if more.since and more.until and more.until <= more.since:
        yield Fault(EXTENSIONS, line.row, "停计止", say("extension_until", value=more.until))
    for header, there in (("展期月数", more.months), ("公示到", more.shown_until)):
        if there:
            yield Fault(EXTENSIONS, line.row, header, say("extension_no_time", column=header))


def payers_can_stand_in(draft: Draft) -> Iterator[Fault]:
    households = _households(draft)
    owing = {
        line.record.household: line.record.no
        for line in draft.loans.lines
        if line.knows("编号", "户号", "本金", "已还本金") and open_fen(line.record) > 0
    }
    sure = _membership_is_known(draft)
    for line in draft.loans.lines:
        for header, payer in (("代偿人一", line.record.payer_one), ("代偿人二", line.record.payer_two)):
            why = _against_payer(line, payer, households, owing, sure) if payer else None
            if why:
                yield Fault(LOANS, line.row, header, why)
        if line.record.payer_one and line.record.payer_one == line.record.payer_two:
            yield Fault(LOANS, line.row, "代偿人二", say("payer_twice"))


def _against_payer(
    line: Line[VillageLoan],
    payer: str,
    households: dict[str, set[str]],
    owing: dict[str, int],
    sure: bool,
) -> str | None:
    """Why this household cannot pay in the borrower's place, or None. A settled loan no longer binds its payers."""
    loan = line.record
    if payer not in households:
        return say("payer_unknown", value=payer) if sure else None
    if payer == loan.household:
        return say("payer_self")
    theirs, own = households[payer], households.get(loan.household)
    if theirs and own and not theirs & own - {""}:
        return say("payer_group", value=payer)
    if payer in owing and open_fen(loan) > 0:
        return say("payer_owes", value=payer, loan=owing[payer])
    return None


def _households(draft: Draft) -> dict[str, set[str]]:
    """The groups of each 户号: several where the number stands twice, none where the group could not be read."""
    groups: dict[str, set[str]] = {}
    for line in draft.households.lines:
        if line.knows("户号"):
            groups.setdefault(line.record.no, set()).update([line.record.group] if line.knows("小组") else ())
    return groups


def _membership_is_known(draft: Draft) -> bool:
    """Whether there is a list of members at all; one bad 户号 in it does not excuse the loans of strangers."""
    lines = draft.households.lines
    return draft.households.found and (not lines or any(line.knows("户号") for line in lines))


def _opening_is_known(draft: Draft) -> bool:
    return draft.opening.knows("科目", "金额") and not any(accounts_stand_once(draft))


def _row_of(draft: Draft, account: str) -> int | None:
    return next((line.row for line in draft.opening.lines if line.record.account == account), None)


RULES: tuple[Callable[[Draft], Iterator[Fault]], ...] = (
    accounts_stand_once,
    only_retained_is_negative,
    opening_balances,
    contributions_agree,
    shares_are_in_fiscal,
    loan_numbers_are_single,
    only_members_borrow,
    loan_amounts_agree,
    loan_dates_agree,
    extensions_agree,
    payers_can_stand_in,
)
