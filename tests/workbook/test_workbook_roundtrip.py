"""What is written is read back the same, twice the same bytes, and no text in it is ever a formula.

Random villages obey the rules of the contract, so the reader has no reason to refuse one.
"""

from __future__ import annotations

import string
import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.workbook import read_village, write_village
from bot.workbook.columns import ACCOUNTS, CONTRIBUTIONS, FISCAL, RETAINED, SOURCES
from bot.workbook.values import narrow, tidy
from ledger.terms import CATEGORIES, TITLES, Plan
from ledger.village import Village, VillageHousehold, VillageLoan, VillageOffice, VillageSociety
from tests.workbook.build import GOOD, accepted, good

LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"], exclude_characters="\ufffe\uffff")
FREE = st.one_of(st.text(LETTERS, max_size=30), st.sampled_from(["=1+1", "+86", "-5", "@x", "#N/A", "5", "'x"])).map(
    tidy
)
NAMES = FREE.filter(bool)
LABELS = FREE.map(narrow).filter(bool)
MONEY = st.integers(0, 10**12)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
OPENED = st.dates(date(2007, 1, 1), date(2040, 12, 31))


def phone(number: int) -> str:
    return f"199{number:08d}"


@st.composite
def id_cards(draw: st.DrawFn, number: int) -> str:
    born = draw(st.dates(date(1930, 1, 1), date(2006, 12, 31)))
    body = f"999999{born:%Y%m%d}{number:03d}"
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11]


@st.composite
def households(draw: st.DrawFn, code: str, opened: date) -> tuple[VillageHousehold, ...]:
    made: list[VillageHousehold] = []
    groups = draw(st.lists(LABELS, min_size=1, max_size=3, unique=True))
    led: set[str] = set()
    for number in range(1, draw(st.integers(0, 12)) + 1):
        group = draw(st.sampled_from(["", *groups]))
        leader = bool(group) and group not in led and draw(st.booleans())
        led |= {group} if leader else set()
        made.append(
            VillageHousehold(
                no=f"{code}-{number:03d}",
                head=draw(NAMES),
                member=draw(NAMES),
                sex=draw(st.sampled_from(["", "男", "女"])),
                id_card=draw(st.one_of(st.just(""), id_cards(number))),
                phone=draw(st.sampled_from(["", phone(number)])),
                category=draw(st.sampled_from(CATEGORIES)),
                joined_on=draw(st.dates(date(2000, 1, 1), opened)),
                contribution_fen=draw(MONEY),
                gifted_fen=draw(MONEY),
                matched_fen=draw(MONEY),
                group=group,
                leader=leader,
            )
        )
    return tuple(made)


@st.composite
def loans(draw: st.DrawFn, members: tuple[VillageHousehold, ...], opened: date) -> tuple[VillageLoan, ...]:
    made = []
    owing = draw(st.sets(st.sampled_from(members), max_size=5)) if members else set()
    ordered = [member for member in members if member in owing]
    for no, borrower in zip(draw(st.permutations(range(1, 20))), ordered, strict=False):
        helpers = [m.no for m in members if m.group == borrower.group != "" and m not in owing]
        payers = draw(st.lists(st.sampled_from(helpers), max_size=2, unique=True)) if helpers else []
        principal = draw(st.integers(1, 10**12))
        made.append(
            VillageLoan(
                no=no,
                household=borrower.no,
                principal_fen=principal,
                paid_out_on=draw(st.dates(date(2000, 1, 1), opened)),
                months=draw(st.integers(1, 600)),
                plan=str(draw(st.sampled_from(Plan))),
                fee_ppm_month=draw(st.integers(0, 1_000_000)),
                purpose=draw(FREE),
                repaid_principal_fen=draw(st.integers(0, principal)),
                repaid_fee_fen=draw(MONEY),
                payer_one=payers[0] if payers else "",
                payer_two=payers[1] if len(payers) > 1 else "",
            )
        )
    return tuple(made)


@st.composite
def offices(draw: st.DrawFn) -> tuple[VillageOffice, ...]:
    made = []
    for number, office in enumerate(draw(st.lists(st.sampled_from(list(TITLES)), max_size=8)), start=100):
        since = date(2000, 1, 1) + timedelta(days=(number - 100) * 400)
        open_end = office not in ("理事长", "会计", "出纳") and draw(st.booleans())
        until = None if open_end else since + timedelta(days=draw(st.integers(0, 399)))
        made.append(VillageOffice(f"{draw(LABELS)}{number}", phone(number), office, since, until))
    return tuple(made)


@st.composite
def villages(draw: st.DrawFn) -> Village:
    code = draw(
        st.text(string.ascii_letters + string.digits, min_size=1, max_size=8).filter(lambda c: c.lower() != "all")
    )
    opened = draw(OPENED)
    phones = st.sampled_from(["", "12317", "0912-1234567", "(0912) 123"])
    society = VillageSociety(
        *(code, draw(NAMES), draw(LABELS), draw(LABELS), draw(LABELS), draw(LABELS), date(2000, 1, 1)),
        *(draw(st.sampled_from(["", "示范章程"])), draw(phones), draw(phones), draw(phones), opened),
    )
    members = draw(households(code, opened))
    owed = draw(loans(members, opened))
    opening = {account: draw(MONEY) for account in ACCOUNTS}
    opening[CONTRIBUTIONS] = sum(member.contribution_fen for member in members)
    opening[FISCAL] = sum(member.gifted_fen + member.matched_fen for member in members) + draw(MONEY)
    assets = opening["库存现金"] + opening["银行存款"] + sum(x.principal_fen - x.repaid_principal_fen for x in owed)
    opening[RETAINED] = assets - sum(opening[account] for account in SOURCES if account != RETAINED)
    return Village(society, members, draw(offices()), opening, owed)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(villages())
def test_random_village_survives_writing(tmp_path: Path, village: Village) -> None:
    write_village(village, tmp_path / "one.xlsx")
    write_village(village, tmp_path / "two.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    read, faults, _ = read_village(tmp_path / "one.xlsx")
    assert faults == []
    assert read == village


def test_the_same_village_gives_the_same_bytes_at_another_time(tmp_path: Path) -> None:
    write_village(good(), tmp_path / "one.xlsx")
    time.sleep(2.1)  # the clock of a zip ticks every two seconds
    write_village(good(), tmp_path / "two.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_written_sheets_look_like_the_case(tmp_path: Path) -> None:
    """Same sheets, headers, values, and types, but for terms of office, which become real dates."""
    write_village(good(), tmp_path / "out.xlsx")
    case, ours = openpyxl.load_workbook(GOOD), openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert ours.sheetnames == case.sheetnames
    for name in case.sheetnames:
        assert ours[name].freeze_panes == "A2"
        assert [cell.value for cell in ours[name][1]] == [cell.value for cell in case[name][1]]
        if name != "职务":
            for theirs, mine in zip(case[name].iter_rows(min_row=2), ours[name].iter_rows(min_row=2), strict=True):
                for one, other in zip(theirs, mine, strict=True):
                    assert (one.value, one.data_type, one.number_format) == (
                        other.value,
                        other.data_type,
                        other.number_format,
                    )
    assert [cell.data_type for cell in ours["职务"][2]] == ["s", "s", "s", "d", "d"]


def test_text_is_never_a_live_formula(tmp_path: Path) -> None:
    nasty = ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "#REF!", "=", "1"]
    village = good()
    people = [
        replace(household, head=text, member=text) for household, text in zip(village.households, nasty, strict=False)
    ]
    changed = replace(village, households=(*people, *village.households[len(people) :]))
    write_village(changed, tmp_path / "out.xlsx", [{"摘要": text} for text in nasty])
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    for row, text in enumerate(nasty, start=2):
        for cell in (book["农户"].cell(row, 2), book["凭证"].cell(row, 1)):
            assert (cell.value, cell.data_type) == (text, "s")
            assert bool(cell.quotePrefix) == (text[0] in "=+-@")
    assert accepted(tmp_path / "out.xlsx") == changed


def test_journal_is_written_and_read_over(tmp_path: Path) -> None:
    journal = [
        {"号": 1, "日期": date(2026, 1, 1), "金额": Decimal("1234.56"), "摘要": "开账"},
        {"号": 2, "日期": date(2026, 1, 2), "金额": Decimal("-0.01"), "附注": True},
    ]
    write_village(good(), tmp_path / "out.xlsx", journal)
    rows = list(openpyxl.load_workbook(tmp_path / "out.xlsx")["凭证"].iter_rows(values_only=True))
    assert rows[0] == ("号", "日期", "金额", "摘要", "附注")
    assert rows[1][2] == 1234.56 and rows[2][4] == "True"
    assert accepted(tmp_path / "out.xlsx") == good()


def test_a_long_journal_does_not_stop_the_import(tmp_path: Path) -> None:
    journal = [{"号": number, "摘要": f"收 {number}"} for number in range(30_000)]
    write_village(good(), tmp_path / "out.xlsx", journal)
    assert accepted(tmp_path / "out.xlsx") == good()


def test_text_no_spreadsheet_can_hold_is_cleaned(tmp_path: Path) -> None:
    village = replace(good(), loans=(replace(good().loans[0], purpose="买\x00牛\ud800\n两头\r"), *good().loans[1:]))
    write_village(village, tmp_path / "out.xlsx")
    assert accepted(tmp_path / "out.xlsx").loans[0].purpose == "买牛 两头"


def test_an_old_file_is_replaced_whole_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    path.write_text("old")
    write_village(good(), path)
    assert accepted(path) == good()
    assert path.stat().st_mode & 0o077 == 0
    assert [found.name for found in tmp_path.iterdir()] == ["out.xlsx"]
