"""The whole country in one set of books: founded with a progress bar, its day's round, and the speech's figures again.

The round is compared with that of a tenth of the country: what one reminder or notice of a late loan costs may not
depend on how many societies there are.
"""

from __future__ import annotations

import resource
import statistics
import time
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from ledger.store.sealing import passing_keys
from ledger.store.store import Store

from .. import overdue, remind
from ..figures import report
from . import Result, Setting, country
from .country import DAY
from .measure import machine

MOST = 1.15
REPORT_S = 60.0


def run(setting: Setting) -> Result:
    """A tenth and all of it; the figures against the speech's; the rounds of some days, in turn."""
    sizes = {"tenth": max(1, setting.size // 10), "whole": setting.size}
    stores, spent = {}, {}
    for name, size in sizes.items():
        stores[name] = Store(f"sqlite:///{setting.folder / name}.db", 60, keys=passing_keys())
        begun = time.perf_counter()
        country.found(stores[name], size, shown=not setting.quick)
        spent[f"{name}_founded_s"] = round(time.perf_counter() - begun, 1)
    begun = time.perf_counter()
    said = report(stores["whole"], Clock(), "all", DAY)
    spent["report_all_s"] = round(time.perf_counter() - begun, 2)
    wrong = _against_the_speech(said, setting.size) + _against_the_speech(
        report(stores["whole"], Clock(), country.XINJIANG, DAY), setting.size, xinjiang=True)
    costs: dict[str, list[float]] = {name: [] for name in stores}
    items = dict.fromkeys(stores, 0)
    for number in range(setting.rounds):
        # Each day is a new one, so that there is something to be done.
        today = DAY + timedelta(days=1 + number)
        for name, store in list(stores.items())[:: 1 if number % 2 else -1]:
            begun = time.perf_counter()
            made = remind.remind_due(store, today, 0) + overdue.tell_overdue(store, today, 0)
            costs[name].append((time.perf_counter() - begun) / max(1, made))
            items[name] += made
    for store in stores.values():
        store.close()
    tenth, whole = (statistics.median(costs[name]) for name in ("tenth", "whole"))
    ratio = whole / tenth
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figures: dict[str, Any] = {
        "machine": machine(), "societies": setting.size, "wrong": wrong, "items": items, "ratio": round(ratio, 3),
        "at_most": MOST, "per_item_us": {name: round(statistics.median(each) * 1e6, 1) for name, each in costs.items()},
        "peak_mb": peak_mb, **spent,
    }
    lines = [
        f"founded in {spent['whole_founded_s']} s; report all in {spent['report_all_s']} s; peak memory {peak_mb} MB",
        f"figures of the speech: {'all found' if not wrong else '; '.join(wrong)}",
        f"daily round, per item: a tenth {tenth * 1e6:.0f} us, all {whole * 1e6:.0f} us ({items['whole']} items), "
        f"ratio {ratio:.3f} (at most {MOST:g}: {'holds' if ratio <= MOST else 'MISSED'})",
    ]
    good = not wrong and (setting.quick or (ratio <= MOST and spent["report_all_s"] <= REPORT_S))
    return Result(figures, good, lines)


def _against_the_speech(said: dict[str, Any], societies: int, *, xinjiang: bool = False) -> list[str]:
    """What a report says otherwise than the speech."""
    here, elsewhere = country.parts(societies)

    def whole(name: str) -> int:
        return int(getattr(here, name)) + (0 if xinjiang else int(getattr(elsewhere, name)))

    wanted = {
        "societies": whole("societies"), "households_member": whole("households"), "households_poor": whole("poor"),
        "fund_fiscal_fen": whole("fiscal_fen"), "fund_member_fen": whole("member_fen"),
        "loans_count": whole("loans"), "lent_total_fen": whole("lent_fen"),
        "outstanding_fen": whole("lent_fen") - whole("repaid_fen"),
    }
    return [f"{name} is {said.get(name)} instead of {value}" for name, value in wanted.items()
            if said.get(name) != value]
