"""Zip and XML bombs: files of a few kilobytes that unpack to millions of cells, tags or letters.

Each is read in a process of its own, whose peak of memory is the kernel's count, not an estimate.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot.workbook.safe import MAX_UNPACKED
from tests.workbook.build import GOOD, SHEET, in_part, refusal, same


def _bomb(path: Path, part: str, head: bytes, body: bytes, size: int, tail: bytes = b"") -> Path:
    """The good workbook whose `part` unpacks to `size` bytes of repeated body."""
    with zipfile.ZipFile(GOOD) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name != part:
                listed = in_part("[Content_Types].xml", b"</Types>", TYPE) if part == STRINGS else same
                target.writestr(name, listed(name, source.read(name)) or b"")
        with target.open(part, "w") as stream:
            stream.write(head)
            block = body * (2**20 // len(body))
            for _ in range(size // len(block)):
                stream.write(block)
            stream.write(tail)
    return path


TYPE = (
    b'<Override PartName="/xl/sharedStrings.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
NAMESPACE = b' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LONG = b"<worksheet" + NAMESPACE + b"><sheetData>"
STRINGS, LONG_STRINGS = "xl/sharedStrings.xml", b"<sst" + NAMESPACE + b">"
BOMBS: dict[str, tuple[str, bytes, bytes, int, bytes]] = {
    "unpacked size": (SHEET, b"<worksheet>", b" ", 200 * 2**20, b"</worksheet>"),
    "cells": (SHEET, b"<worksheet><sheetData><row>", b"<c/>", MAX_UNPACKED - 2**21, b""),
    "rows": (SHEET, b"<worksheet><sheetData>", b"<row/>", MAX_UNPACKED - 2**21, b""),
    "elements": ("xl/styles.xml", b"<styleSheet>", b"<xf/>", MAX_UNPACKED - 2**21, b""),
    "strings": (STRINGS, b"<sst>", b"<si/>", MAX_UNPACKED - 2**21, b""),
    "one long number": (
        SHEET,
        LONG + b"<row><c><v>",
        b"1",
        MAX_UNPACKED - 2**21,
        b"</v></c></row></sheetData></worksheet>",
    ),
    "one long text": (
        *(SHEET, LONG + b'<row><c t="inlineStr"><is><t>', "户".encode(), 30 * 2**20),
        b"</t></is></c></row></sheetData></worksheet>",
    ),
    "one text in many runs": (
        *(SHEET, LONG + b'<row><c t="inlineStr"><is>', b"<r><rPr><b/></rPr><t>" + b"1" * 99_000 + b"</t></r>"),
        *(40 * 2**20, b"</is></c></row></sheetData></worksheet>"),
    ),
    "one long comment": (SHEET, b"<worksheet><!--", b">", MAX_UNPACKED - 2**21, b"--></worksheet>"),
    "one long attribute": (SHEET, b'<worksheet a="', b"1", MAX_UNPACKED - 2**21, b'"/>'),
    "just under the limits": (
        *(SHEET, LONG, b"<row>" + b"<c/>" * 16000 + b"</row>", 4 * 2**20 - 2**19),
        b"</sheetData></worksheet>",
    ),
    "strings just under the limits": (STRINGS, LONG_STRINGS, b"<si><t>a</t></si>", 2 * 2**20, b"</sst>"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_costs_little_memory(name: str, tmp_path: Path) -> None:
    path = _bomb(tmp_path / "bomb.xlsx", *BOMBS[name])
    code = (
        "import sys\nfrom pathlib import Path\nfrom bot.workbook import read_village\n"
        "village, faults, _ = read_village(Path(sys.argv[1]))\n"
        "assert (village is None) == bool(faults)\n"
        "print(next(s.split()[1] for s in open('/proc/self/status') if s.startswith('VmHWM')))"
    )
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 200 * 1024


def test_size_that_lies_is_not_believed(tmp_path: Path) -> None:
    """The directory of the zip says 100 bytes; what comes out beyond them is not the file that was looked at."""
    path = _bomb(tmp_path / "bomb.xlsx", SHEET, b"<worksheet>", b" ", 100 * 2**20)
    data = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x01\x02", 24),):
        place = data.find(magic)
        while place >= 0:
            if struct.unpack_from("<I", data, place + offset)[0] > MAX_UNPACKED:
                struct.pack_into("<I", data, place + offset, 100)
            place = data.find(magic, place + 4)
    path.write_bytes(data)
    assert refusal(path) == "unreadable"
