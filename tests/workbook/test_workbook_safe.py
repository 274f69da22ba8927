"""Files made to hurt: entities, macros, links, passwords, broken zips, and random damage.

Every one of them must end as one fault about the file as a whole, soon and in little memory, never as a traceback.
"""

from __future__ import annotations

import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl.xml
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.workbook import read_village
from tests.workbook.build import GOOD, SHEET, accepted, edited, good, in_part, refusal, rezipped, same

RELS = "xl/_rels/workbook.xml.rels"
ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/hostname">'


def without(part: str) -> Callable[[str, bytes], bytes | None]:
    return lambda name, data: None if name == part else data


def test_openpyxl_reads_xml_through_defusedxml() -> None:
    assert openpyxl.xml.DEFUSEDXML and not openpyxl.xml.LXML


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml", RELS])
@pytest.mark.parametrize("head", [ENTITY, EXTERNAL])
def test_entities_are_refused_in_any_part(part: str, head: bytes, tmp_path: Path) -> None:
    path = rezipped(tmp_path / "bad.xlsx", lambda name, data: head + data if name == part else data)
    assert refusal(path) == "entities"


CHANGED: dict[str, tuple[str, Callable[[str, bytes], bytes | None], dict[str, bytes]]] = {
    "macro part": ("macros", same, {"xl/vbaProject.bin": b"x"}),
    "macro type": (
        "macros",
        in_part("[Content_Types].xml", b"spreadsheetml.sheet.main", b"spreadsheetml.sheet.macroEnabled.main"),
        {},
    ),
    "control": ("macros", same, {"xl/activeX/activeX1.xml": b"<x/>"}),
    "embedded file": ("macros", same, {"xl/embeddings/oleObject1.bin": b"x"}),
    "external workbook": ("links", same, {"xl/externalLinks/externalLink1.xml": b"<x/>"}),
    "data connection": ("links", same, {"xl/connections.xml": b"<x/>"}),
    "linked template": (
        "links",
        same,
        {
            "xl/worksheets/_rels/sheet1.xml.rels": b'<Relationships><Relationship Type="http://x/attachedTemplate"'
            b' TargetMode="External" Target="http://127.0.0.1/x"/></Relationships>'
        },
    ),
    "sheet in a part that is not looked through": (
        "unreadable",
        in_part(RELS, b"worksheets/sheet2.xml", b"worksheets/sheet2.txt"),
        {"xl/worksheets/sheet2.txt": b"<worksheet/>"},
    ),
    "no workbook": ("unreadable", without("xl/workbook.xml"), {}),
    "unknown style": ("unreadable", in_part(SHEET, b's="4"', b's="99"'), {}),
    "no styles": ("unreadable", without("xl/styles.xml"), {}),
    "no types": ("unreadable", without("[Content_Types].xml"), {}),
    "not XML": ("unreadable", in_part(SHEET, b"<sheetData>", b"<sheetData><<"), {}),
    "row twice": ("unreadable", in_part(SHEET, b'<row r="3">', b'<row r="2">'), {}),
    "row beyond the end": ("unreadable", in_part(SHEET, b'<row r="63">', b'<row r="1048577">'), {}),
    "cell of another row": ("unreadable", in_part(SHEET, b'r="B3"', b'r="B9"'), {}),
    "cell twice": ("unreadable", in_part(SHEET, b'r="B3"', b'r="A3"'), {}),
    "number that is none": ("unreadable", in_part(SHEET, b"<v>1000</v>", b"<v>1000x</v>"), {}),
    "last row far away": (
        "too_many_rows",
        in_part(SHEET, b"</sheetData>", b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'),
        {},
    ),
    "column far away": (
        "too_wide",
        in_part(SHEET, b"</sheetData>", b'<row r="99"><c r="XFD99"><v>1</v></c></row></sheetData>'),
        {},
    ),
    "too many parts": ("too_many_parts", same, {f"xl/media/{number}.png": b"" for number in range(600)}),
    "nested deep": ("too_many_parts", same, {"docProps/deep.xml": b"<a>" * 5000 + b"</a>" * 5000}),
    "merged everywhere": (
        "too_many_parts",
        in_part(
            SHEET, b"</sheetData>", b"</sheetData><mergeCells>" + b'<mergeCell ref="A1:B2"/>' * 3000 + b"</mergeCells>"
        ),
        {},
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_changed_package_is_refused_in_clear_words(name: str, tmp_path: Path) -> None:
    key, change, extra = CHANGED[name]
    assert refusal(rezipped(tmp_path / "bad.xlsx", change, extra)) == key


def test_harmless_extras_are_allowed(tmp_path: Path) -> None:
    """A hyperlink Excel made by itself, a picture, and formatting out to the last column and far down."""
    rels = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" '
        b'TargetMode="External" Target="http://127.0.0.1/"/></Relationships>'
    )
    blank = b'<row r="70"><c r="XFD70" s="1"/></row><row r="1048576" hidden="1"/></sheetData>'
    extra = {"xl/worksheets/_rels/sheet2.xml.rels": rels, "xl/media/logo.png": os.urandom(1000)}
    path = rezipped(tmp_path / "extras.xlsx", in_part(SHEET, b"</sheetData>", blank), extra)
    assert accepted(path) == good()


def test_a_dimension_that_lies_hides_nothing(tmp_path: Path) -> None:
    path = rezipped(tmp_path / "lie.xlsx", in_part(SHEET, b'ref="A1:M63"', b'ref="A1:B2"'))
    assert accepted(path) == good()


def test_other_files_are_refused_in_clear_words(tmp_path: Path) -> None:
    path = tmp_path / "other.xlsx"
    assert refusal(path) == "not_found"
    assert refusal(tmp_path) == "not_found"
    assert refusal(Path("bad\0name.xlsx")) == "not_found"
    for data, key in {
        b"": "not_xlsx",
        "户号,户主".encode("gbk"): "not_xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100): "old_excel",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"): "password",
        b"PK" + os.urandom(50): "not_xlsx",
        GOOD.read_bytes()[:-30]: "not_xlsx",
        GOOD.read_bytes() + bytes(11 * 2**20): "too_large",
    }.items():
        path.write_bytes(data)
        assert refusal(path) == key
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refusal(path) == "unreadable"


def test_encrypted_zip_is_refused(tmp_path: Path) -> None:
    data = bytearray(GOOD.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(magic)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(magic, place + 4)
    (tmp_path / "locked.xlsx").write_bytes(data)
    assert refusal(tmp_path / "locked.xlsx") == "password"


@pytest.mark.parametrize("seed", range(60))
def test_random_damage_never_ends_in_a_traceback(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    path = tmp_path / "damaged.xlsx"
    if seed % 3 == 0:
        data = bytearray(GOOD.read_bytes())
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
    else:

        def change(name: str, data: bytes) -> bytes | None:
            if chance.random() > 0.3 or (seed % 3 == 1 and not name.startswith("xl/worksheets")):
                return data
            start = chance.randrange(len(data))
            piece = data[start : start + chance.randint(0, 40)]
            place = chance.randrange(len(data))
            return chance.choice([None, b"", data[:place] + piece + data[place + chance.randint(0, 40) :]])

        rezipped(path, change)
    village, faults, _ = read_village(path)
    assert (village is None) == bool(faults)


ANY_CELL = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=30),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
    st.none(),
    st.sampled_from(["=1", "#N/A", "是", "2026-02-30", "1e5", "９９", "QS001-001", "19900000001", "Infinity", "nan"]),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["互助社", "农户", "职务", "期初余额", "借款"]),
            st.integers(1, 20),
            st.integers(1, 14),
            ANY_CELL,
        ),
        min_size=1,
        max_size=12,
    )
)
def test_any_values_anywhere_never_end_in_a_traceback(
    tmp_path: Path, cells: list[tuple[str, int, int, object]]
) -> None:
    def change(book: openpyxl.Workbook) -> None:
        for sheet, row, column, value in cells:
            book[sheet].cell(row, column).value = value

    path = edited(tmp_path / "any.xlsx", {}, change)
    village, faults, _ = read_village(path)
    assert (village is None) == bool(faults)


def test_warnings_of_openpyxl_stay_inside(tmp_path: Path) -> None:
    """Real workbooks carry features openpyxl warns of, and a warning here is an error."""
    extension = b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"><x/></ext></extLst></worksheet>'
    path = rezipped(tmp_path / "wps.xlsx", in_part(SHEET, b"</worksheet>", extension))
    assert accepted(path) == good()


def test_the_reader_leaves_no_file_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        accepted(GOOD)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
