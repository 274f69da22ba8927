"""Printed code cards: a page of one to print, and a word to its holder before it runs out."""

from __future__ import annotations

from datetime import date
from html import escape

from ledger import codes
from ledger.records import Notice
from ledger.store import cards
from ledger.store.store import Store

LOW = 10
"""With so few cells left the holder is told to have a new card printed."""
ROW = 10
NOTICE_PRIORITY = 3


def tell_cards(store: Store, today: date, now: int) -> int:
    """Tell who holds a card that runs out, once for each card; how many were new. Safe to repeat."""
    with store.read() as books:
        low = cards.running_out(books.connection, LOW + 1)
    made = 0
    for society, person, left in low:
        with store.write() as books:
            series = cards.series_of(books.connection, society, person)
            told = Notice(f"card-low/{person}/{series}", person, "notice.card_low", {"left": left}, NOTICE_PRIORITY)
            made += len(books.notify(society, [told], today, now))
    return made


def page(secret: bytes, society: str, society_name: str, person: int, name: str, series: int) -> str:
    """The card as a page to print. Its numbers stand nowhere else."""
    numbers = [codes.one_time(secret, *cards.parts_of(society, person, series, no)) for no in range(1, cards.CELLS + 1)]
    rows = "".join(
        "<tr>" + "".join(f"<td><small>{no + 1}</small>{numbers[no][:3]}&thinsp;{numbers[no][3:]}</td>"
                         for no in range(begin, begin + ROW)) + "</tr>\n"
        for begin in range(0, cards.CELLS, ROW)
    )
    title = f"{escape(society_name)} {escape(name)} 密码卡 第{series}张"
    return f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title><style>
@page {{ size: A5 landscape; margin: 6mm }}
body {{ font: 12pt/1.5 sans-serif; margin: 0 }}
h1 {{ font-size: 14pt; margin: 0 }} p {{ margin: .2em 0 }}
table {{ border-collapse: collapse; width: 100% }}
td {{ border: 1px solid #444; padding: 1px 3px; text-align: center; white-space: nowrap; font: 12pt/1.2 monospace }}
small {{ display: block; text-align: left; color: #555; font-size: 8pt; line-height: 1 }}
</style></head><body>
<h1>{title}</h1>
<p>短信说“第几格”，就回那一格的6位数字。每格只用一次，用过划掉。</p>
<p>看清短信里的人和钱再回；谁来问都不给看。丢了马上告诉县里，旧卡作废。</p>
<table>
{rows}</table>
</body></html>
"""
