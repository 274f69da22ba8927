"""The worked examples: every table beside this file is recomputed, line for line, by the ledger's own code.

A file is a title, then `key: value` lines where there are any, then one table with a heading; blank lines divide them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from ledger import balances
from ledger.members import shares
from ledger.money import from_yuan, split, to_yuan
from ledger.payoff import payoff, settle
from ledger.repayment import Instalment, Part, apply, assess, opened, outstanding, owed, spread
from ledger.reports import Figures, contract_figures
from ledger.rules import group_full
from ledger.schedule import Row, make, true_yearly_cost
from ledger.terms import Account
from tests.ledger.people import loan_case, ningxia

HERE = Path(__file__).parent
SCHEDULES = sorted(path.name for path in HERE.glob("*.txt") if "true cost:" in path.read_text("utf-8"))
OTHERS = {"4.5-early.txt", "4.6-overdue.txt", "4.7-split.txt", "4.8-shares.txt", "4.9-group.txt", "4.10-villages.txt",
          "late-payer.txt"}


@dataclass(frozen=True)
class Example:
    facts: dict[str, str]
    heading: list[str]
    lines: list[list[str]]


def read(name: str) -> Example:
    _title, *middle, table = (HERE / name).read_text("utf-8").strip().split("\n\n")
    heading, *lines = (line.split() for line in table.splitlines())
    return Example(dict(re.findall(r"^(.+?): (.+)$", "\n".join(middle), re.MULTILINE)), heading, lines)


def ppm(rate: str) -> int:
    """`4.5‰` as parts per million."""
    return from_yuan(rate.removesuffix("‰")) * 10


def schedule_of(facts: dict[str, str]) -> tuple[Row, ...]:
    paid_out_on = date.fromisoformat(facts["paid out"])
    fen = from_yuan(facts["principal"])
    return make(fen, int(facts["months"]), ppm(facts["rate"]), facts["plan"], paid_out_on)


def as_lines(rows: tuple[Row, ...]) -> Iterator[list[str]]:
    for row in rows:
        amounts = (row.principal_fen, row.fee_fen, row.total_fen, row.balance_fen)
        yield [str(row.n), row.due_on.isoformat(), *map(to_yuan, amounts)]
    principal, fee = sum(row.principal_fen for row in rows), sum(row.fee_fen for row in rows)
    yield ["sum", to_yuan(principal), to_yuan(fee), to_yuan(principal + fee)]


def test_every_example_is_read() -> None:
    assert set(SCHEDULES) | OTHERS == {path.name for path in HERE.glob("*.txt")}
    assert len(SCHEDULES) == 10


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name: str) -> None:
    example = read(name)
    rows = schedule_of(example.facts)
    assert list(as_lines(rows)) == example.lines
    cost = true_yearly_cost(from_yuan(example.facts["principal"]), rows, date.fromisoformat(example.facts["paid out"]))
    assert f"{cost // 10**4}.{cost % 10**4:04d} %" == example.facts["true cost"]


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name.startswith("loan-")])
def test_what_the_village_has_repaid_are_whole_rows(name: str) -> None:
    facts = read(name).facts
    found = re.fullmatch(r"(\d+) rows, ([\d.]+) principal, ([\d.]+) fee", facts["paid before 2026"])
    assert found is not None
    count, principal, fee = int(found[1]), from_yuan(found[2]), from_yuan(found[3])
    rows = schedule_of(facts)
    assert sum(row.principal_fen for row in rows[:count]) == principal
    assert sum(row.fee_fen for row in rows[:count]) == fee
    taken = opened(rows, principal, fee)
    assert [owed([one], one.due_on) == 0 for one in taken] == [row.n <= count for row in rows]


def test_early_repayment() -> None:
    example = read("4.5-early.txt")
    facts = example.facts
    paid_out_on, fen = date.fromisoformat(facts["paid out"]), from_yuan(facts["principal"])
    for on, how, fee, settles in example.lines:
        due = opened(schedule_of(facts))
        paid = payoff(due, paid_out_on, date.fromisoformat(on), ppm(facts["rate"]), facts["plan"], how)
        assert (to_yuan(paid.fee_fen), to_yuan(paid.total_fen), paid.principal_fen) == (fee, settles, fen), (on, how)


def test_overdue_charge() -> None:
    for principal, rate, percent, due_on, on, charge in read("4.6-overdue.txt").lines:
        one = Instalment(1, date.fromisoformat(due_on), from_yuan(principal), 0)
        (after,) = assess([one], date.fromisoformat(on), ppm(rate), int(percent))
        assert to_yuan(after.charge_fen) == charge, (principal, on)


def test_fee_distribution() -> None:
    for total, weights, parts in read("4.7-split.txt").lines:
        shares = split(from_yuan(total), [int(weight) for weight in weights.split("/")])
        assert "/".join(map(to_yuan, shares)) == parts


def test_a_late_payer_who_settles() -> None:
    example = read("late-payer.txt")
    facts, rate = example.facts, ppm(example.facts["rate"])
    paid_out_on = date.fromisoformat(facts["paid out"])
    instalments = opened(schedule_of(facts))
    left = outstanding(instalments)
    told: list[list[str]] = []
    for day, due, pays in [line[:3] for line in example.lines if line[2] != "-"]:
        on = date.fromisoformat(day)
        instalments = assess(instalments, on, rate, int(facts["percent"]))
        assert to_yuan(owed(instalments, on)) == due
        if pays == "settles":
            paid = payoff(instalments, paid_out_on, on, rate, facts["plan"])
            parts, instalments = settle(instalments, paid, on)
        else:
            parts, rest = spread(instalments, from_yuan(pays), on)
            instalments = apply(instalments, parts, on)
            assert rest == 0
        for part in parts:
            left -= part.principal_fen
            told.append([day, *words(part), to_yuan(left)])
        assert left == outstanding(instalments)
    assert told == [[line[0], *line[3:]] for line in example.lines]


def words(part: Part) -> list[str]:
    return [str(part.n), *map(to_yuan, (part.charge_fen, part.fee_fen, part.principal_fen))]


def test_shares() -> None:
    example = read("4.8-shares.txt")
    terms = ningxia()
    assert (terms.contribution.share_fen, terms.contribution.matched_fen[0], terms.contribution.gifted_fen[0]) == tuple(
        from_yuan(example.facts[key]) for key in ("share", "matched", "gifted to 贫困户")
    )
    totals = [0] * 6
    for category, count, *amounts in example.lines[:-1]:
        one = shares(terms, category, 1)
        parts = (one.own_fen, one.matched_fen, one.gifted_fen, one.total_fen, one.own_fen)
        worked = [int(count), *(int(count) * part for part in parts)]
        assert [count, *amounts] == [count, *map(to_yuan, worked[1:])]
        totals = [total + part for total, part in zip(totals, worked, strict=True)]
    assert example.lines[-1] == ["sum", str(totals[0]), *map(to_yuan, totals[1:])]


def test_group() -> None:
    """The largest number of borrowers is the first at which nobody more may apply."""
    for size, *limits in read("4.9-group.txt").lines:
        for limit, special in zip(limits, (False, True), strict=True):
            may = [group_full(loan_case(int(size), busy, special=special)) is None for busy in range(int(size))]
            assert sum(may) == int(limit), (size, special)
            assert may == sorted(may, reverse=True)


@pytest.mark.parametrize("line", read("4.10-villages.txt").lines, ids=lambda line: line[0])
def test_villages(line: list[str]) -> None:
    """What eight villages published: the sheet agrees, and their lent share is the report's lent_ratio."""
    cash, bank, lent, assets, members, government, liabilities, net = (
        from_yuan(yuan, allow_negative=True) for yuan in line[1:9])
    sheet = balances.sheet({
        Account.CASH: cash, Account.BANK: bank, Account.LOANS: lent, Account.CONTRIBUTION: -members,
        Account.FISCAL: -government, Account.RETAINED: -net,
    })
    assert (sheet.assets_fen, sheet.liabilities_fen, sheet.net_fen) == (assets, liabilities, net)
    assert assets == liabilities + net
    ratio = contract_figures(Figures(cash_fen=cash, bank_fen=bank, outstanding_fen=lent))["lent_ratio"]
    assert f"{ratio * 100:.2f}" == line[9]
