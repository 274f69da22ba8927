"""Opens a workbook nobody vouches for: its size, XML and links are looked through before openpyxl reads any of it.

An .xlsx is a zip of XML files; both can be made to fill the memory, to fetch other files or to hide rows, so each part
is streamed once through a parser that keeps nothing, and what is out of bounds refuses the whole file.
"""

from __future__ import annotations

import re
import sys
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import openpyxl
from defusedxml import sax
from defusedxml.common import DefusedXmlException

from bot.workbook.words import say

MIB = 2**20
MAX_PACKED, MAX_UNPACKED, MAX_PARTS = 10 * MIB, 50 * MIB, 500
MAX_ROWS, MAX_LAST_ROW, MAX_COLUMNS = 5_000, 20_000, 200
MAX_CELLS, MAX_OTHER, MAX_DEPTH, MAX_MERGED = 1_000_000, 300_000, 100, 2_000
MAX_RUN, PIECE = 300_000, 32_768  # text of one cell, and bytes between two events of the parser

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MACROS = re.compile(r"vbaproject|xl/(macrosheets|activex|ctrlprops|embeddings)/", re.IGNORECASE)
_LINKS = re.compile(r"xl/(externallinks|connections|querytables)", re.IGNORECASE)
# How deep the elements lie that hold the whole text of one cell: c in worksheet/sheetData/row, si in sst.
_TEXT_DEPTH = {"worksheet": 4, "sst": 2}
_PLACE = re.compile("([A-Z]{1,3})([1-9][0-9]{0,6})")
_RANGE = re.compile(rf"{_PLACE.pattern}:{_PLACE.pattern}")


class Refused(Exception):
    """The file as a whole is not taken; the text is what the treasurer is told."""


@dataclass
class Extent:
    """How far the values of one sheet reach, and its merged ranges as (first row, first column, last row, last)."""

    last_row: int = 0
    last_column: int = 0
    rows: int = 0
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Opened:
    """A workbook that may be read, sheet by sheet, as a stream."""

    book: Any
    extents: dict[str, Extent]

    def extent(self, sheet: Any) -> Extent:
        # openpyxl names the part of a streamed sheet only here; merged ranges it does not stream at all.
        return self.extents[sheet._worksheet_path]


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open `path` for reading or raise Refused; any trouble while reading inside the block is Refused as well."""
    data = _load(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of features it drops; we read only cells.
            extents = _inspect(data)
            with redirect_stdout(sys.stderr):  # openpyxl prints about odd styles; standard output is for answers.
                book = openpyxl.load_workbook(BytesIO(data), read_only=True, keep_links=False)
            try:
                yield Opened(book, extents)
            finally:
                book.close()
    except Refused:
        raise
    except DefusedXmlException:
        raise Refused(say("entities")) from None
    except Exception as error:
        # A broken file breaks zipfile, expat and openpyxl in more ways than can be listed, and each one means the same.
        raise Refused(say("unreadable")) from error


def _load(path: Path) -> bytes:
    """The bytes of the file, read once, so that what was looked through is what is read."""
    try:
        if not path.is_file():
            raise Refused(say("not_found"))
        with path.open("rb") as file:
            data = file.read(MAX_PACKED + 1)
    except (OSError, ValueError):
        raise Refused(say("not_found")) from None
    if len(data) > MAX_PACKED:
        raise _too_large()
    if data.startswith(_OLE):
        raise Refused(say("password" if "EncryptedPackage".encode("utf-16-le") in data else "old_excel"))
    if not zipfile.is_zipfile(BytesIO(data)):
        raise Refused(say("not_xlsx"))
    return data


def _too_large() -> Refused:
    return Refused(say("too_large", packed=MAX_PACKED // MIB, unpacked=MAX_UNPACKED // MIB))


def _inspect(data: bytes) -> dict[str, Extent]:
    """Look through every part; zipfile never unpacks more than the sizes added up here."""
    extents = {}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise _too_large()
        if len(parts) > MAX_PARTS:
            raise Refused(say("too_many_parts"))
        if len({part.filename for part in parts}) != len(parts):
            raise Refused(say("unreadable"))
        for part in parts:
            _inspect_name(part)
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                with archive.open(part) as stream:
                    extents[part.filename] = _inspect_xml(stream)
    return extents


def _inspect_xml(stream: IO[bytes]) -> Extent:
    """Parse one part piece by piece. A tag or comment without an end would be parsed again with every piece."""
    handler = _Inspector()
    parser = sax.make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    while piece := stream.read(PIECE):
        parser.feed(piece)
        handler.idle += len(piece)
        if handler.idle > MAX_RUN:
            raise Refused(say("too_many_parts"))
    parser.close()
    return handler.extent


def _inspect_name(part: zipfile.ZipInfo) -> None:
    if part.flag_bits & 0x1:
        raise Refused(say("password"))
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(say("unreadable"))
    if _MACROS.search(part.filename):
        raise Refused(say("macros"))
    if _LINKS.match(part.filename):
        raise Refused(say("links"))


class _Inspector(ContentHandler):
    """Counts what openpyxl would have to hold, and notes how far the values of a sheet reach."""

    def __init__(self) -> None:
        super().__init__()
        self.extent = Extent()
        self._root = ""
        self._depth = self._cells = self._others = 0
        self._row = self._column = self._run = 0
        self.idle = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        tag = name.rpartition(":")[2]
        self._root = self._root or tag
        self._depth += 1
        self.idle = 0
        if self._depth <= _TEXT_DEPTH.get(self._root, 2):
            self._run = 0
        if self._depth > MAX_DEPTH:
            raise Refused(say("too_many_parts"))
        if self._root == "worksheet" and tag in _SHEET:
            _SHEET[tag](self, attrs)
        else:
            self._others += 1
            if tag == "Relationship":
                _inspect_link(attrs)
            elif tag == "Override":
                _inspect_type(attrs)
        if self._cells > MAX_CELLS or self._others > MAX_OTHER:
            raise Refused(say("too_many_parts"))

    def endElement(self, name: str) -> None:  # noqa: ARG002  (the parser's own signature)
        self._depth -= 1
        self.idle = 0

    def characters(self, content: str) -> None:
        self.idle = 0
        self._run += len(content)
        if self._run > MAX_RUN:
            raise Refused(say("too_many_parts"))

    def row(self, attrs: AttributesImpl) -> None:
        number = int(attrs["r"]) if "r" in attrs else self._row + 1
        # openpyxl would drop a row that comes out of order; a file that hides rows so is not one Excel wrote.
        if not self._row < number <= 2**20:
            raise Refused(say("unreadable"))
        self._row, self._column = number, 0
        self._cells += 1

    def cell(self, attrs: AttributesImpl) -> None:
        row, column = _place(attrs["r"]) if "r" in attrs else (self._row, self._column + 1)
        if row != self._row or not self._column < column <= 2**14:
            raise Refused(say("unreadable"))
        self._column = column
        self._cells += 1

    def value(self, _: AttributesImpl) -> None:
        if self._column > MAX_COLUMNS:
            raise Refused(say("too_wide", limit=MAX_COLUMNS))
        self.extent.rows += self._row > self.extent.last_row
        self.extent.last_row = self._row
        self.extent.last_column = max(self.extent.last_column, self._column)

    def merge(self, attrs: AttributesImpl) -> None:
        self._others += 1
        found = _RANGE.fullmatch(attrs["ref"])
        if found is None or len(self.extent.merged) >= MAX_MERGED:
            raise Refused(say("too_many_parts" if found else "unreadable"))
        first, last = attrs["ref"].split(":")
        self.extent.merged.append((*_place(first), *_place(last)))


_SHEET = {
    "row": _Inspector.row,
    "c": _Inspector.cell,
    "v": _Inspector.value,
    "is": _Inspector.value,
    "f": _Inspector.value,
    "mergeCell": _Inspector.merge,
}


def _place(reference: str) -> tuple[int, int]:
    """`B7` as (7, 2)."""
    found = _PLACE.fullmatch(reference)
    if found is None:
        raise Refused(say("unreadable"))
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _inspect_link(attrs: AttributesImpl) -> None:
    """Links out of the file are refused, but for plain hyperlinks, which Excel makes of any address by itself."""
    kind = str(attrs.get("Type", "")).rpartition("/")[2]
    target = str(attrs.get("Target", ""))
    if _MACROS.search(target) or kind in ("vbaProject", "xlMacrosheet", "control", "oleObject", "package"):
        raise Refused(say("macros"))
    if attrs.get("TargetMode") == "External":
        if kind != "hyperlink":
            raise Refused(say("links"))
    elif kind in ("worksheet", "sharedStrings", "styles", "officeDocument") and not target.lower().endswith(".xml"):
        # Only parts called .xml were looked through, so nothing else may be read as a sheet.
        raise Refused(say("unreadable"))


def _inspect_type(attrs: AttributesImpl) -> None:
    kind = str(attrs.get("ContentType", ""))
    if "macroEnabled" in kind or "vbaProject" in kind:
        raise Refused(say("macros"))
    if "spreadsheetml" in kind and not str(attrs.get("PartName", "")).lower().endswith((".xml", ".bin")):
        raise Refused(say("unreadable"))
