"""Builds `bot/understand/tables.toml` from OpenCC (Apache-2.0) and pypinyin (MIT); run it when either has news.

The tables are kept as data because both libraries together cost 60 MB and a fifth of a second at every start.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

HAN = [chr(c) for c in range(0x4E00, 0xA000)]
# Second readings that are alive in speech; the dictionaries' archaic ones would make strangers sound alike.
POLYPHONES = frozenset(
    "还会重行长调乐得数单种传差当倒地都发干好和假间降觉看量落没难为系相应着中转朝车称冲处弹分给更合几将教结解尽卡累率强曲散少省识说宿通同吓要正只削血薄剥系"
)
TARGET = Path(__file__).parents[2] / "bot" / "understand" / "tables.toml"


def simplified() -> tuple[str, str]:
    import opencc

    out = opencc.OpenCC("t2s").convert("\n".join(HAN)).split("\n")
    # Shapes people type for the plain ones that OpenCC leaves alone.
    extra = {
        "欵": "款",
        "圎": "元",
        "圓": "元",
        "圆": "元",
        "佰": "佰",
        "査": "查",
        "囬": "回",
        "収": "收",
        "帳": "账",
        "帐": "账",
        "併": "并",
    }
    pairs = {a: b for a, b in zip(HAN, out, strict=True) if a != b and len(b) == 1}
    pairs |= {a: b for a, b in extra.items() if a != b}
    return "".join(pairs), "".join(pairs.values())


def syllables() -> dict[str, str]:
    from pypinyin.pinyin_dict import pinyin_dict

    found: dict[str, list[str]] = {}
    for char in HAN:
        readings = pinyin_dict.get(ord(char), "").split(",")[: 2 if char in POLYPHONES else 1]
        for reading in dict.fromkeys(plain(r) for r in readings if r):
            found.setdefault(reading, []).append(char)
    return {k: "".join(v) for k, v in sorted(found.items())}


def plain(reading: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", reading.replace("ü", "v")) if not unicodedata.combining(c))
    return re.sub(r"[^a-z]", "", bare.lower())


def main() -> str:
    source, target = simplified()
    lines = [
        "# Traditional to simplified, after OpenCC's t2s (Apache-2.0); syllables without tones, after pypinyin (MIT).",
        "# Built by tests/understand/build_tables.py; do not edit by hand.",
        "[simplified]", f'from = "{source}"', f'to = "{target}"', "", "[sounds]",
    ]  # fmt: skip
    lines += [f'{k} = "{v}"' for k, v in syllables().items() if k]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(main(), "utf-8")
    sys.stdout.write(f"{TARGET.name} written\n")
