"""What is odd in a workbook but allowed: it is taken over and told (contract.md section 5).

Limits of the charter are not looked at here, for they are a matter of the society's rules, not of its workbook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.workbook.check_money import absent_accounts, open_fen
from bot.workbook.check_people import repeated
from bot.workbook.columns import HOUSEHOLDS, LOANS, OFFICES, OPENING
from bot.workbook.read import Draft
from bot.workbook.words import say
from ledger.terms import TITLES, VILLAGE_ROLES
from ledger.village import Fault

NEEDED_POSTS = ("理事长", "会计", "出纳", "监事长")


def phones_shared(draft: Draft) -> Iterator[Fault]:
    for line, earlier in repeated(draft.households, "手机号", lambda household: household.phone):
        why = say("flag_phone_shared", row=earlier.row, name=earlier.record.member)
        yield Fault(HOUSEHOLDS, line.row, "手机号", why)
    for term, earlier_term in repeated(draft.offices, "手机号", lambda office: office.phone):
        if term.record.name != earlier_term.record.name:
            why = say("flag_officer_phone", row=earlier_term.row, name=earlier_term.record.name)
            yield Fault(OFFICES, term.row, "手机号", why)


def officers_not_members(draft: Draft) -> Iterator[Fault]:
    records = [line.record for line in draft.households.lines]
    names = {name for record in records for name in (record.member, record.head)}
    phones = {record.phone for record in records}
    for line in draft.offices.lines:
        term = line.record
        if TITLES[term.office] in VILLAGE_ROLES and term.name not in names and term.phone not in phones:
            yield Fault(OFFICES, line.row, "姓名", say("flag_not_household", name=term.name))


def posts_empty(draft: Draft) -> Iterator[Fault]:
    day = draft.society.lines[0].record.opened_on
    terms = [line.record for line in draft.offices.lines]
    acting = {term.office for term in terms if term.since <= day <= (term.until or day)}
    for office in NEEDED_POSTS:
        if office not in acting:
            yield Fault(OFFICES, None, "职务", say("flag_no_officer", office=office))


def accounts_unwritten(draft: Draft) -> Iterator[Fault]:
    for account in absent_accounts(draft):
        yield Fault(OPENING, None, "科目", say("flag_account_zero", account=account))


def joining_days(draft: Draft) -> Iterator[Fault]:
    society = draft.society.lines[0].record
    for line in draft.households.lines:
        day = line.record.joined_on
        if day > society.opened_on:
            yield Fault(HOUSEHOLDS, line.row, "入社日期", say("flag_joined_late", value=day))
        if day < society.founded_on:
            yield Fault(HOUSEHOLDS, line.row, "入社日期", say("flag_joined_early", value=day))


def sexes(draft: Draft) -> Iterator[Fault]:
    """The 17th place of an identity number is odd for men."""
    for line in draft.households.lines:
        sex, card = line.record.sex, line.record.id_card
        if sex and card and ("男" if int(card[16]) % 2 else "女") != sex:
            yield Fault(HOUSEHOLDS, line.row, "性别", say("flag_sex"))


def names_with_spaces(draft: Draft) -> Iterator[Fault]:
    for line in draft.households.lines:
        for header, name in (("户主", line.record.head), ("社员", line.record.member)):
            if _spaced(name):
                yield Fault(HOUSEHOLDS, line.row, header, say("flag_space", value=name))
    for term in draft.offices.lines:
        if _spaced(term.record.name):
            yield Fault(OFFICES, term.row, "姓名", say("flag_space", value=term.record.name))


def _spaced(name: str) -> bool:
    return any(letter.isspace() for letter in name) and not name.isascii()


def groups_without_leader(draft: Draft) -> Iterator[Fault]:
    groups = {line.record.group: line.row for line in reversed(draft.households.lines) if line.record.group}
    led = {line.record.group for line in draft.households.lines if line.record.leader}
    for group, row in sorted(groups.items(), key=lambda item: item[1]):
        if group not in led:
            yield Fault(HOUSEHOLDS, row, "组长", say("flag_no_leader", group=group))


def loans_before_joining(draft: Draft) -> Iterator[Fault]:
    joined = {line.record.no: line.record.joined_on for line in draft.households.lines}
    for line in draft.loans.lines:
        day, since = line.record.paid_out_on, joined[line.record.household]
        if day < since:
            yield Fault(LOANS, line.row, "放款日", say("flag_loan_before_joining", value=day, joined=since))


def loans_without_payer(draft: Draft) -> Iterator[Fault]:
    for line in draft.loans.lines:
        loan = line.record
        if open_fen(loan) > 0 and not loan.payer_one and not loan.payer_two:
            yield Fault(LOANS, line.row, "代偿人一", say("flag_no_payer"))


FLAGS: tuple[Callable[[Draft], Iterator[Fault]], ...] = (
    phones_shared,
    officers_not_members,
    posts_empty,
    accounts_unwritten,
    joining_days,
    sexes,
    names_with_spaces,
    groups_without_leader,
    loans_before_joining,
    loans_without_payer,
)
"""They look at a draft without faults only, so every cell in it is known."""
