"""What must agree between cells about the society, its households and its officers (contract.md section 5).

Each rule is one small function over the draft; a cell that was already refused is left out, so no fault is told twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterator
from datetime import date
from itertools import combinations

from bot.workbook.columns import DEFAULT_CHARTER, HOUSEHOLDS, OFFICES, SOCIETY
from bot.workbook.read import Draft, Line, Sheet, T
from bot.workbook.values import birth_date
from bot.workbook.words import say
from ledger import charter as charters
from ledger.terms import TITLES
from ledger.village import Fault, VillageOffice, VillageSociety

SOLE_POSTS = ("理事长", "会计", "出纳")


def repeated(sheet: Sheet[T], headers: str, key: Callable[[T], Hashable]) -> Iterator[tuple[Line[T], Line[T]]]:
    """Lines whose key stood before, each with the first line that has it; empty keys are no repetition."""
    first: dict[Hashable, Line[T]] = {}
    for line in sheet.lines:
        value = key(line.record)
        if value and line.knows(headers):
            earlier = first.setdefault(value, line)
            if earlier is not line:
                yield line, earlier


def the_society(draft: Draft, *headers: str) -> VillageSociety | None:
    """The one society, if these of its columns were read."""
    lines = draft.society.lines
    return lines[0].record if lines and lines[0].knows(*headers) else None


def society_is_one(draft: Draft) -> Iterator[Fault]:
    if draft.society.found and not draft.society.lines:
        yield Fault(SOCIETY, None, None, say("no_society"))
    for line in draft.society.lines[1:]:
        yield Fault(SOCIETY, line.row, None, say("one_society"))


def society_agrees(draft: Draft) -> Iterator[Fault]:
    for line in draft.society.lines[:1]:
        society = line.record
        # `all` and a path are scopes of the reports.
        if society.code.lower() == "all":
            yield Fault(SOCIETY, line.row, "代码", say("code_reserved", value=society.code))
        if line.knows("成立日期", "期初日期") and society.opened_on < society.founded_on:
            why = say("opened_before_founded", founded=society.founded_on)
            yield Fault(SOCIETY, line.row, "期初日期", why)


def charter_is_known(draft: Draft, charters: Collection[str]) -> Iterator[Fault]:
    for line in draft.society.lines[:1]:
        charter = line.record.charter
        if charter not in ("", DEFAULT_CHARTER, *charters):
            yield Fault(SOCIETY, line.row, "章程", say("charter_unknown", value=charter))


def household_numbers_are_ours(draft: Draft) -> Iterator[Fault]:
    society = the_society(draft, "代码")
    if society is None:
        return
    # What follows the code may not run on with a dash: QS0011-001 is of QS0011, not of QS001.
    ours = re.compile(rf"{re.escape(society.code)}-?[0-9A-Za-z]+")
    for line in draft.households.lines:
        if line.knows("户号") and not ours.fullmatch(line.record.no):
            why = say("no_foreign", value=line.record.no, code=society.code)
            yield Fault(HOUSEHOLDS, line.row, "户号", why)


def household_numbers_are_single(draft: Draft) -> Iterator[Fault]:
    for line, earlier in repeated(draft.households, "户号", lambda household: household.no):
        yield Fault(HOUSEHOLDS, line.row, "户号", say("no_twice", value=line.record.no, row=earlier.row))


def id_cards_are_single(draft: Draft) -> Iterator[Fault]:
    for line, earlier in repeated(draft.households, "身份证号", lambda household: household.id_card):
        yield Fault(HOUSEHOLDS, line.row, "身份证号", say("id_twice", row=earlier.row))


def members_are_born(draft: Draft) -> Iterator[Fault]:
    society = the_society(draft, "期初日期")
    for line in draft.households.lines:
        card = line.record.id_card
        if society and card and birth_date(card) > society.opened_on:
            yield Fault(HOUSEHOLDS, line.row, "身份证号", say("id_future"))


def groups_have_one_leader(draft: Draft) -> Iterator[Fault]:
    leaders: dict[str, int] = {}
    for line in draft.households.lines:
        group = line.record.group
        if not line.record.leader or not line.knows("小组"):
            continue
        if not group:
            yield Fault(HOUSEHOLDS, line.row, "组长", say("leader_ungrouped"))
        elif leaders.setdefault(group, line.row) != line.row:
            yield Fault(HOUSEHOLDS, line.row, "组长", say("leader_twice", group=group, row=leaders[group]))


def terms_run_forward(draft: Draft) -> Iterator[Fault]:
    for line in draft.offices.lines:
        term = line.record
        if line.knows("任期起", "任期止") and _end(term) < term.since:
            yield Fault(OFFICES, line.row, "任期止", say("term_reversed", since=term.since, until=term.until))


def sole_posts_do_not_overlap(draft: Draft) -> Iterator[Fault]:
    for earlier, line in _pairs_at_once(draft):
        first, second = earlier.record, line.record
        if first.office == second.office and first.office in SOLE_POSTS:
            until = first.until or "今"
            facts = {"office": first.office, "row": earlier.row, "name": first.name, "since": first.since}
            yield Fault(OFFICES, line.row, "任期起", say("term_overlap", until=until, **facts))


def no_one_holds_both_posts(draft: Draft) -> Iterator[Fault]:
    """What the charter keeps apart (`roles.apart`); one that is not known is refused by its name, the default holds."""
    named = {line.record.charter for line in draft.society.lines if line.knows("章程")}
    known = named & charters.names()
    apart = charters.from_body(charters.body_of(known.pop() if len(known) == 1 else "")).roles.pairs()
    for earlier, line in _pairs_at_once(draft):
        both = frozenset({TITLES[earlier.record.office], TITLES[line.record.office]})
        if both in apart and _same_person(draft, earlier, line):
            facts = {"name": line.record.name, "row": earlier.row, "office": line.record.office}
            yield Fault(OFFICES, line.row, "职务", say("both_posts", other=earlier.record.office, **facts))


def _end(term: VillageOffice) -> date:
    return term.until or date.max


def _pairs_at_once(draft: Draft) -> Iterator[tuple[Line[VillageOffice], Line[VillageOffice]]]:
    """Pairs of terms that share a day; both ends belong to a term."""
    known = [
        line
        for line in draft.offices.lines
        if line.knows("职务", "任期起", "任期止") and line.record.since <= _end(line.record)
    ]
    for earlier, line in combinations(known, 2):
        if max(earlier.record.since, line.record.since) <= min(_end(earlier.record), _end(line.record)):
            yield earlier, line


def _same_person(draft: Draft, one: Line[VillageOffice], other: Line[VillageOffice]) -> bool:
    """The same phone or the same name, unless sheet 农户 knows two members of that name by these two phones."""
    if not (one.knows("姓名", "手机号") and other.knows("姓名", "手机号")):
        return one.knows("姓名") and other.knows("姓名") and one.record.name == other.record.name
    if one.record.phone == other.record.phone:
        return True
    if re.sub(r"\s", "", one.record.name) != re.sub(r"\s", "", other.record.name):
        return False
    namesakes = {line.record.phone for line in draft.households.lines if line.record.member == one.record.name}
    return not {one.record.phone, other.record.phone} <= namesakes


RULES: tuple[Callable[[Draft], Iterator[Fault]], ...] = (
    society_is_one,
    society_agrees,
    household_numbers_are_ours,
    household_numbers_are_single,
    id_cards_are_single,
    members_are_born,
    groups_have_one_leader,
    terms_run_forward,
    sole_posts_do_not_overlap,
    no_one_holds_both_posts,
)
