"""The proof that the books were not rewritten: every entry balances, sums run, and each seals the one before.

Pure: it is fed the entries in order and says the first thing that is wrong (reliability.md I1 to I8, I33, I34).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from . import codes, journal

Lines = Sequence[tuple[str, str, int, int, int]]
"""account, sub, amount, running balance, running total"""


Parts = Sequence[tuple[int, int, int, int, int, date]]
"""loan, instalment, principal, fee, charge, the day it was paid"""


@dataclass
class Chain:
    """The state after the entries fed so far; `society` is part of what each entry seals."""

    society: str
    seq: int = 0
    hash: str = journal.GENESIS
    booked_on: date = date.min
    balances: dict[tuple[str, str], int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)

    def feed(
        self, seq: int, kind: str, on: date, booked_on: date, memo: str, loan: int, reverses: int, by: int, key: str,
        sealed: str, code: str, lines: Lines, parts: Parts = (),
    ) -> str:
        """Take the next entry; what is wrong with it, or an empty text."""
        if seq != self.seq + 1:
            return f"entry {self.seq + 1} is missing"
        if sum(line[2] for line in lines) != 0 or len(lines) < 2:
            return f"entry {seq} does not balance"
        if booked_on < self.booked_on or on > booked_on:
            return f"entry {seq} is dated out of order"
        for account, sub, amount, balance, total in lines:
            place = (account, sub)
            self.balances[place] = self.balances.get(place, 0) + amount
            self.totals[account] = self.totals.get(account, 0) + amount
            if balance != self.balances[place] or total != self.totals[account]:
                return f"entry {seq} carries a wrong running balance of {account}"
            if account in ("cash", "bank") and total < 0:
                return f"entry {seq} leaves {account} below zero"
        entry = {
            "society": self.society, "seq": seq, "kind": kind, "on": str(on), "booked_on": str(booked_on),
            "memo": memo, "loan": loan, "reverses": reverses, "by": by, "key": key,
            "lines": [list(line) for line in lines], "parts": [[*part[:5], str(part[5])] for part in parts],
        }
        right = journal.seal(self.hash, entry)
        if right != sealed:
            return f"entry {seq} is not what was sealed"
        if code != codes.receipt(sealed):
            return f"entry {seq} carries a wrong receipt code"
        self.seq, self.hash, self.booked_on = seq, sealed, booked_on
        return ""
