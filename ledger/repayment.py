"""What is owed on a day and how a payment is spread: pure functions from instalments to new instalments.

An overdue charge is assessed when money moves and then stored with it; whoever only asks assesses and throws it away,
so the figure never depends on how often somebody looked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import Field, dataclass, replace
from datetime import date
from typing import Any, ClassVar, Protocol, TypeVar

from .money import half_up
from .schedule import Row


class Owing(Protocol):
    """What these functions read of an instalment; `Instalment` here and the stored record both have it."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def n(self) -> int: ...
    @property
    def due_on(self) -> date: ...
    @property
    def principal_fen(self) -> int: ...
    @property
    def fee_fen(self) -> int: ...
    @property
    def paid_principal_fen(self) -> int: ...
    @property
    def paid_fee_fen(self) -> int: ...
    @property
    def charge_fen(self) -> int: ...
    @property
    def charge_paid_fen(self) -> int: ...
    @property
    def charged_to(self) -> date | None: ...
    @property
    def paid_on(self) -> date | None: ...


Due = TypeVar("Due", bound=Owing)


@dataclass(frozen=True, slots=True)
class Instalment:
    """One instalment of a loan as it stands.

    `charge_fen` is the overdue charge assessed so far, `charged_to` the day up to which (None: up to `due_on`);
    `paid_on` is the day its last fen came, None while it is open, was paid before our books or had nothing to pay.
    """

    n: int
    due_on: date
    principal_fen: int
    fee_fen: int
    paid_principal_fen: int = 0
    paid_fee_fen: int = 0
    charge_fen: int = 0
    charge_paid_fen: int = 0
    charged_to: date | None = None
    paid_on: date | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The share of a payment that goes to instalment `n`. Only the fee of a settled loan can be negative."""

    n: int
    charge_fen: int
    fee_fen: int
    principal_fen: int

    @property
    def total_fen(self) -> int:
        return self.charge_fen + self.fee_fen + self.principal_fen


def opened(rows: Iterable[Row], repaid_principal_fen: int = 0, repaid_fee_fen: int = 0) -> tuple[Instalment, ...]:
    """The instalments of a schedule, with what was repaid before our books laid on them oldest first.

    Principal and fee are laid on separately, as the workbook states them (contract section 5, sheet 借款).
    Raises ValueError when more was repaid than the schedule holds, or less than nothing.
    """
    fresh = [Instalment(row.n, row.due_on, row.principal_fen, row.fee_fen) for row in rows]
    return lay(fresh, repaid_principal_fen, repaid_fee_fen)


def lay(instalments: Iterable[Due], principal_fen: int, fee_fen: int) -> tuple[Due, ...]:
    """The instalments with principal and fee repaid laid on what is open, in the order given, each on its own.

    Raises ValueError when more is laid than is open, or less than nothing.
    """
    if principal_fen < 0 or fee_fen < 0:
        raise ValueError("what was repaid is never negative")
    laid = []
    for one in instalments:
        principal, fee = min(principal_fen, open_principal(one)), min(fee_fen, open_fee(one))
        laid.append(replace(
            one, paid_principal_fen=one.paid_principal_fen + principal, paid_fee_fen=one.paid_fee_fen + fee
        ))
        principal_fen -= principal
        fee_fen -= fee
    if principal_fen or fee_fen:
        raise ValueError("more was repaid than the schedule holds")
    return tuple(laid)


def open_principal(one: Owing) -> int:
    return one.principal_fen - one.paid_principal_fen


def open_fee(one: Owing) -> int:
    return one.fee_fen - one.paid_fee_fen


def open_charge(one: Owing) -> int:
    return one.charge_fen - one.charge_paid_fen


def open_total(one: Owing) -> int:
    """Fen still to pay on one instalment: principal, fee and the overdue charge assessed so far."""
    return open_principal(one) + open_fee(one) + open_charge(one)


def assess(instalments: Sequence[Due], on: date, fee_ppm_month: int, charge_percent: int) -> tuple[Due, ...]:
    """Charge overdue principal up to the day `on`: a share of the fee rate, by day, a month being 30 days.

    150 % of 5‰ on 5000 yuan for 30 days is 37.50 (rules.md 4.6, section 6 overdue.penalty). Rounded half-up for the
    time since the last assessment; neither fee nor charge is ever charged on (no compounding). A day before the last
    assessment changes nothing.
    """
    return tuple(_assess_one(one, on, fee_ppm_month * charge_percent) for one in instalments)


def _assess_one(one: Due, on: date, ppm_percent: int) -> Due:
    days = (on - (one.charged_to or one.due_on)).days
    principal = open_principal(one)
    if days <= 0 or not principal:
        return one
    charge = half_up(principal * ppm_percent * days, 10**6 * 100 * 30)
    return replace(one, charge_fen=one.charge_fen + charge, charged_to=on)


def excuse(instalments: Sequence[Due], until: date) -> tuple[Due, ...]:
    """Let no overdue charge run before `until`: a disaster (rules.md section 6), or arrears from before our books."""
    return tuple(
        replace(one, charged_to=until) if (one.charged_to or one.due_on) < until else one for one in instalments
    )


def freeze(instalments: Sequence[Due], since: date, until: date, ppm_percent: int) -> tuple[Due, ...]:
    """Let no overdue charge run from `since` to `until`, the days of a disaster (rules.md section 6, disaster).

    What ran up to `since` stays owed. What was charged for the days after it before anybody declared the disaster, and
    is not paid, falls away. `ppm_percent` is the fee in ppm a month times the charge in percent.
    """
    return tuple(_freeze_one(one, since, until, ppm_percent) for one in instalments)


def _freeze_one(one: Due, since: date, until: date, ppm_percent: int) -> Due:
    one = _assess_one(one, since, ppm_percent)
    start = one.charged_to or one.due_on
    if start >= until or not open_principal(one):
        return one
    days = (start - max(since, one.due_on)).days if one.charged_to else 0
    too_much = half_up(open_principal(one) * ppm_percent * days, 10**6 * 100 * 30) if days > 0 else 0
    return replace(one, charge_fen=one.charge_fen - min(too_much, open_charge(one)), charged_to=until)


def spread(instalments: Sequence[Due], amount_fen: int, on: date) -> tuple[tuple[Part, ...], int]:
    """Spread a payment over the instalments: the oldest first, and in each overdue charge, fee, principal.

    What goes beyond the instalments due pays the next ones ahead in the same order. Returns the parts, none of them
    empty, and what is left when the whole loan is paid; parts and rest add up to the amount. Raises ValueError for a
    negative amount, and where an overdue instalment was not assessed up to `on`: its charge would be lost.
    """
    if amount_fen < 0:
        raise ValueError("a payment is not negative")
    if any(open_principal(one) and (one.charged_to or one.due_on) < on for one in instalments):
        raise ValueError("assess the overdue charge up to the day of the payment first")
    parts = []
    for one in sorted(instalments, key=_age):
        charge = min(amount_fen, open_charge(one))
        fee = min(amount_fen - charge, open_fee(one))
        part = Part(one.n, charge, fee, min(amount_fen - charge - fee, open_principal(one)))
        if part.total_fen:
            parts.append(part)
            amount_fen -= part.total_fen
    return tuple(parts), amount_fen


def _age(one: Owing) -> tuple[date, int]:
    return one.due_on, one.n


def apply(instalments: Sequence[Due], parts: Iterable[Part], on: date) -> tuple[Due, ...]:
    """The instalments after the parts were paid on the day `on`; one that has nothing left open gets it as `paid_on`.

    Raises ValueError when a part names no instalment, one twice, or is more than that instalment has open.
    """
    todo: dict[int, Part] = {}
    for part in parts:
        if part.n in todo:
            raise ValueError(f"two parts for instalment {part.n}")
        todo[part.n] = part
    paid = tuple(_pay_one(one, todo.pop(one.n), on) if one.n in todo else one for one in instalments)
    if todo:
        raise ValueError(f"no instalment {min(todo)}")
    return paid


def _pay_one(one: Due, part: Part, on: date) -> Due:
    after = replace(
        one,
        paid_principal_fen=one.paid_principal_fen + part.principal_fen,
        paid_fee_fen=one.paid_fee_fen + part.fee_fen,
        charge_paid_fen=one.charge_paid_fen + part.charge_fen,
    )
    if min(open_principal(after), open_fee(after), open_charge(after)) < 0:
        raise ValueError(f"the part is more than instalment {one.n} has open")
    return after if open_total(after) else replace(after, paid_on=on)


def owed(instalments: Iterable[Owing], on: date) -> int:
    """Fen due by the end of the day `on` and unpaid, with the overdue charge assessed so far."""
    return sum(open_total(one) for one in instalments if one.due_on <= on)


def outstanding(instalments: Iterable[Owing]) -> int:
    """Principal in fen that is still out, due or not."""
    return sum(open_principal(one) for one in instalments)


def overdue_principal(instalments: Iterable[Owing], on: date) -> int:
    """Principal in fen of instalments past due and unpaid; on the due day itself nothing is overdue (section 6)."""
    return sum(open_principal(one) for one in instalments if one.due_on < on)


def days_late(instalments: Iterable[Owing], on: date) -> int:
    """Days since the oldest instalment with anything open fell due; 0 when none is late."""
    return max((max((on - one.due_on).days, 0) for one in instalments if open_total(one)), default=0)


def paid_on_time(one: Owing) -> bool:
    """Whether the instalment was fully paid by its due day (contract section 6, on_time_rate)."""
    return not open_total(one) and (one.paid_on is None or one.paid_on <= one.due_on)
