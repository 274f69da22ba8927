"""The parts of a charter about the society as a whole: founding, offices that stay apart, the board's day, the cap on
what a loan costs, and from where on a figure is a flag.

charter.py reads them with the rest; every number stands in the charter file with its source.
"""

from __future__ import annotations

from dataclasses import dataclass

from .terms import VILLAGE_ROLES


@dataclass(frozen=True)
class SocietyTerms:
    """How many households found a society, and the share of them that is poor, in permille. With fewer households the
    society is flagged; where `founding_refused` is set, it is not taken over at all."""

    min_households: int
    founding_refused: bool
    poor_share_permille: int


@dataclass(frozen=True)
class RoleTerms:
    """Offices that one person never holds at a time, each as two roles: `treasurer cashier`."""

    apart: tuple[str, ...]

    def pairs(self) -> frozenset[frozenset[str]]:
        return frozenset(frozenset(one.split()) for one in self.apart)


@dataclass(frozen=True)
class BoardTerms:
    """The board decides on applications from this day of the month on, 0: on any day; `supervisor`: one of the
    supervisors turns a key besides the two of the board."""

    day: int
    supervisor: bool


@dataclass(frozen=True)
class CostTerms:
    """What a loan costs a year at most, the overdue charge included: so many times the one-year LPR; 0 for no cap."""

    lpr_multiple: int


@dataclass(frozen=True)
class AlertTerms:
    """From where on a figure is a flag, in permille: money out below, bad loans from, on time below."""

    lent_yellow_permille: int
    lent_red_permille: int
    bad_yellow_permille: int
    bad_red_permille: int
    on_time_permille: int


@dataclass(frozen=True)
class AssemblyTerms:
    """What members decide by message: fractions as two whole numbers, days, signs in one motion.

    `quorum`: at least that part of the households votes; `pass_over`: more than that part of the votes carries a
    motion; `special`: at least that part where one of `special_words` stands in it; `shown_days`: how long the result
    is shown.
    """

    quorum: tuple[int, ...]
    pass_over: tuple[int, ...]
    special: tuple[int, ...]
    special_words: tuple[str, ...]
    days: int
    text_max: int
    shown_days: int


def assembly_faults(terms: AssemblyTerms) -> list[str]:
    """What is wrong with the numbers of a vote, by key: parts that are none, a vote nobody could take part in."""
    wrong = []
    for key, part in (("quorum", terms.quorum), ("pass_over", terms.pass_over), ("special", terms.special)):
        if len(part) != 2 or not 0 < part[0] <= part[1]:
            wrong.append(f"assembly.{key}: a part of the whole as two numbers, 2 and 3 for two thirds")
    if not wrong and 2 * terms.pass_over[0] < terms.pass_over[1]:
        wrong.append("assembly.pass_over: at least half")
    if not wrong and terms.special[0] * terms.pass_over[1] <= terms.pass_over[0] * terms.special[1]:
        wrong.append("assembly.special: more than assembly.pass_over")
    if not 1 <= terms.days <= 60 or terms.shown_days < 1:
        wrong.append("assembly.days: 1 to 60, and assembly.shown_days at least 1")
    if not 10 <= terms.text_max <= 100:
        wrong.append("assembly.text_max: 10 to 100, so that a call stays within three SMS")
    return wrong


NEVER_ONE = frozenset({"treasurer", "cashier"})
"""Book and cash are never in one hand, whatever a charter says (陕西 art. 40; the 一人社 of 沐川)."""


def faults(society: SocietyTerms, roles: RoleTerms, board: BoardTerms, alert: AlertTerms, last_day: int) -> list[str]:
    """What is wrong in these parts, by key; `last_day` is the charter's `window.last_day`."""
    wrong = []
    if society.poor_share_permille > 1000:
        wrong.append("society.poor_share_permille: at most 1000")
    if society.founding_refused and not society.min_households:
        wrong.append("society.min_households: at least 1 where society.founding_refused is set")
    for one in roles.apart:
        if len(set(one.split())) != 2 or not set(one.split()) <= VILLAGE_ROLES:
            wrong.append(f"roles.apart: {one}: two of {', '.join(sorted(VILLAGE_ROLES))} are needed")
    if NEVER_ONE not in roles.pairs():
        wrong.append("roles.apart: treasurer cashier is needed, book and cash are never in one hand")
    if board.day > 28:
        wrong.append("board.day: a day that every month has, 1 to 28, or 0 for any day")
    if board.day and last_day > board.day:
        wrong.append("board.day: not before window.last_day")
    if not alert.lent_red_permille <= alert.lent_yellow_permille <= 1000:
        wrong.append("alert.lent_red_permille: not above alert.lent_yellow_permille, at most 1000")
    if not 0 < alert.bad_yellow_permille <= alert.bad_red_permille <= 1000:
        wrong.append("alert.bad_yellow_permille: 1 to alert.bad_red_permille, at most 1000")
    if alert.on_time_permille > 1000:
        wrong.append("alert.on_time_permille: at most 1000")
    return wrong
