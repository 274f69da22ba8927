"""The proof that the books were not rewritten: every entry balances, sums run, and each seals the one before.

Pure: it is fed the entries in order and says the first thing that is wrong (reliability.md I1 to I8, I33 to I35). A
chain alone finds edits; cut tails and books sealed anew are found by heads that were published and kept outside (M28).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

from . import codes, journal, register

Line = tuple[int, str, str, int, int, int, int]
"""line number, account, sub, amount, running balance, running total, number of the entry"""

Part = tuple[int, int, int, int, int, str, int]
"""loan, instalment, principal, fee, charge, the day it was paid as ISO text, number of the entry"""

LENDS = frozenset({"pay_out", "write_off", "reversal", "opening", "extension", "relief", "freeze"})
"""The kinds of entries that say since when a loan is out, that it was given up, or what a review made of it."""

SHORTEST = 8
"""How many signs of a hash a head has at least: what the monthly message to the supervisors says."""

STATES = f'"{register.NAME}":'
"""Words that stand in what an entry states where it states something of the register."""

Review = tuple[int, str, int]
"""loan, kind, number of a review"""

_SPELL = json.JSONEncoder(ensure_ascii=False).encode
_WORD = lru_cache(4096)(_SPELL)
"""A text as canonical JSON spells it; days, accounts and kinds come again and again."""


@dataclass(frozen=True)
class KeptHead:
    """The head of a society as it was published or kept outside: entry `seq` carried `hash` on `day`.

    On a supervisor's phone stand the first SHORTEST signs of it; those count too, as far as they go.
    """

    society: str
    seq: int
    hash: str
    day: str


@dataclass
class Chain:
    """The state after the entries fed so far; `society` is part of what each entry seals.

    `witnesses` maps entry numbers to the hashes that stand outside; `reached` is the newest number that agreed; `lent`
    says by loan which entry let its money out or took it over, and so seals its terms; `given_up` which wrote it off;
    `reviewed` what each entry sealed of the reviews that took effect with it; `register` what was stated last of each
    household, person and office, and `whole` that the opening stated them all.
    """

    society: str
    seq: int = 0
    hash: str = journal.GENESIS
    booked_on: str = ""
    balances: dict[tuple[str, str], int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    lent: dict[int, int] = field(default_factory=dict)
    given_up: dict[int, int] = field(default_factory=dict)
    reviewed: dict[Review, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)
    register: dict[tuple[Any, ...], list[Any]] = field(default_factory=dict)
    whole: bool = False
    witnesses: Mapping[int, str] = field(default_factory=dict)
    reached: int = 0

    def feed(self, head: Sequence[Any], lines: Sequence[Line], parts: Sequence[Part] = ()) -> str:
        """Take the next entry; what is wrong with it, or an empty text.

        `head` is (seq, kind, on, booked_on, memo, loan, reverses, by, key, hash, code, facts) with dates as ISO text,
        `lines` in order of their numbers, `parts` in order of loan and instalment.
        """
        seq, kind, on, booked_on, _, loan, reverses, _, _, sealed, code, facts = head
        if seq != self.seq + 1:
            return f"entry {self.seq + 1} is missing"
        wrong = self._lines(seq, lines)
        if wrong:
            return wrong
        # Most entries are of the day of the one before them, which has been looked at.
        if (not on or on != self.booked_on or booked_on != on) and (
            not (_is_day(on) and _is_day(booked_on)) or booked_on < self.booked_on or on > booked_on
        ):
            return f"entry {seq} is dated out of order"
        if seal_of(self.society, self.hash, head, lines, parts) != sealed:
            return f"entry {seq} is not what was sealed"
        if code != codes.receipt(sealed):
            return f"entry {seq} carries a wrong receipt code"
        kept = self.witnesses.get(seq)
        if kept is not None:
            if not sealed.startswith(kept):
                return self._rewritten(seq)
            self.reached = seq
        self.seq, self.hash, self.booked_on = seq, sealed, booked_on
        if kind in LENDS:
            self._lent(kind, seq, loan, reverses, facts)
        if STATES in facts:
            self._stated(kind, facts)
        return ""

    def _lent(self, kind: str, seq: int, loan: int, reverses: int, facts: str) -> None:
        """Which entry seals the terms of a loan: its standing pay-out, else the opening that took it over."""
        if kind == "pay_out":
            self.lent[loan] = seq
        elif kind == "write_off":
            self.given_up[loan] = seq
            self._reviewed(seq, facts)
        elif kind == "reversal":
            for kept in (self.lent, self.given_up):
                if kept.get(loan) == reverses:
                    del kept[loan]
        elif kind == "opening":
            self.lent |= dict.fromkeys(_loans_in(facts), seq)
        else:
            self._reviewed(seq, facts)

    def _reviewed(self, seq: int, facts: str) -> None:
        try:
            told = json.loads(facts).get("reviews", ()) if facts else ()
            self.reviewed |= {(one["loan"], one["kind"], one["no"]): (seq, one) for one in told}
        except (ValueError, TypeError, KeyError, AttributeError):
            return  # no program of ours wrote this; the reviews it should name are then not proved by it

    def _stated(self, kind: str, facts: str) -> None:
        try:
            self.register |= register.rows_in(json.loads(facts).get(register.NAME) or {})
        except (ValueError, TypeError, AttributeError):
            return  # no program of ours wrote this
        self.whole = self.whole or kind == "opening"

    def _lines(self, seq: int, lines: Sequence[Line]) -> str:
        """The lines sum to zero, are numbered from 1, and carry the balances that all entries so far make."""
        balances, totals, sum_fen = self.balances, self.totals, 0
        for number, (line, account, sub, amount, balance, total, _) in enumerate(lines, 1):
            place = (account, sub)
            sum_fen += amount
            balances[place] = running = balances.get(place, 0) + amount
            totals[account] = whole = totals.get(account, 0) + amount
            if balance != running or total != whole:
                return f"entry {seq} carries a wrong running balance of {account}"
            if line != number:
                return f"line {number} of entry {seq} is missing"
            if whole < 0 and account in ("cash", "bank"):
                return f"entry {seq} leaves {account} below zero"
        return f"entry {seq} does not balance" if sum_fen or len(lines) < 2 else ""

    def _rewritten(self, seq: int) -> str:
        """The first bad entry lies after the last head that agreed; with a head of each entry it is that very one."""
        first = self.reached + 1
        which = f"entry {seq}" if first == seq else f"an entry from {first} to {seq}"
        return f"{which} was rewritten: the head kept outside is another"

    def end(self) -> str:
        """After the last entry: whether heads kept outside speak of entries that are no longer there."""
        last = max(self.witnesses, default=0)
        return f"entry {self.seq + 1} is missing: a head kept outside stands at entry {last}" if last > self.seq else ""


def seal_of(society: str, previous: str, head: Sequence[Any], lines: Sequence[Line], parts: Sequence[Part]) -> str:
    """The hash an entry must carry after one with the hash `previous`; its parts as `Chain.feed` takes them.

    The same bytes as journal.seal makes of a mapping, spelled at once: proving a long history spends most of its time
    here, and tests hold the two against each other.
    """
    seq, kind, on, booked_on, memo, loan, reverses, by, key, _, _, facts = head
    rows = ",".join([
        f"[{_WORD(account)},{_WORD(sub)},{fen},{balance},{total}]" for _, account, sub, fen, balance, total, _ in lines
    ])
    spread = ",".join([
        f"[{of},{n},{principal},{fee},{charge},{_WORD(paid_on)}]" for of, n, principal, fee, charge, paid_on, _ in parts
    ])
    stated = f'"facts":{_SPELL(facts)},' if facts else ""
    return sha256((
        f'\0{previous}{{"booked_on":{_WORD(booked_on)},"by":{by},{stated}"key":{_SPELL(key)},"kind":{_WORD(kind)},'
        f'"lines":[{rows}],"loan":{loan},"memo":{_WORD(memo)},"on":{_WORD(on)},"parts":[{spread}],'
        f'"reverses":{reverses},"seq":{seq},"society":{_WORD(society)}}}'
    ).encode()).hexdigest()


def _loans_in(facts: str) -> list[int]:
    """The loans an opening took over with their terms."""
    try:
        return [int(one["loan"]) for one in json.loads(facts).get("loans", ())] if facts else []
    except (ValueError, TypeError, KeyError, AttributeError):
        return []  # no program of ours wrote this; a loan it should name is then not proved by it


def _is_day(word: str) -> bool:
    """One spelling only, so that text sorts as days do."""
    return len(word) == 10 and word[4] == word[7] == "-"


def witnesses(society: str, heads: Iterable[KeptHead]) -> tuple[dict[int, str], str]:
    """The heads of one society by entry number, and what is wrong when two of them contradict each other."""
    found: dict[int, str] = {}
    for head in heads:
        if head.society != society:
            continue
        short, long = sorted((found.get(head.seq, ""), head.hash), key=len)
        if not long.startswith(short):
            return found, f"two heads kept outside differ at entry {head.seq}"
        found[head.seq] = long
    return found, ""


def heads_text(heads: Iterable[KeptHead]) -> str:
    """The file of heads: one line each, `society seq hash day`, for paper, telephone or disk."""
    lines = [f"{one.society} {one.seq} {one.hash} {one.day}" for one in heads]
    return "\n".join(["# huzhu heads: society, entry, hash, day", *lines]) + "\n"


def read_heads(words: str) -> list[KeptHead]:
    """What `heads_text` wrote, or the same as a JSON list. Raises ValueError naming the line that is no head."""
    found = []
    lines: list[Any] = json.loads(words) if words.lstrip().startswith("[") else words.splitlines()
    for number, line in enumerate(lines, 1):
        parts = line.split() if isinstance(line, str) else line
        if not parts or (isinstance(line, str) and line.startswith("#")):
            continue
        try:
            if isinstance(parts, dict):
                parts = [parts.get(name) for name in ("society", "seq", "hash", "day")]
            society, seq, sealed, day = map(str, parts)
            date.fromisoformat(day)
            if not SHORTEST <= len(sealed) <= 64 or int(sealed, 16) < 0 or int(seq) < 0:
                raise ValueError
        except ValueError:
            raise ValueError(f"line {number} is not a head: society entry hash day") from None
        found.append(KeptHead(society, int(seq), sealed, day))
    return found
