"""The commands of those above the village: year's end, risk fund, relief, exit, and the society's deeds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .books_commands import Tools


def add(main: click.Group, tools: Tools) -> None:
    """Hang every command of this file into the command line."""
    for command in (_distribute, _deed, _risk, _relief, _exit):
        main.add_command(command(tools))


def _run(tools: Tools, config_path: Path | None, as_json: bool, act: Callable[..., Any]) -> None:
    """Do `act(store, today, now)` and print the record it gives, or its refusals in one line."""
    from ledger.store.mailbox import Mailbox

    from .funds import Refused

    services = tools._services(config_path)
    with services.store.read() as books:
        today = services.clock.today(Mailbox(books.connection))
    try:
        found = act(services.store, today, services.clock.now())
    except (Refused, ValueError) as error:
        raise tools.Failed(str(error)) from None
    shown = found if isinstance(found, dict) else getattr(found, "__dict__", {"done": found})
    tools._print_json(shown) if as_json else click.echo("\n".join(f"{name} {value}" for name, value in shown.items()))


def _fen(words: str) -> int:
    from ledger.money import from_yuan

    return from_yuan(words)


def _distribute(tools: Tools) -> click.Command:
    @click.command("distribute")
    @click.argument("code")
    @click.option("--year", type=int, required=True)
    @click.option("--resolution", required=True, help="The assembly's resolution.")
    @tools._command
    def distribute(code: str, year: int, resolution: str, config_path: Path | None, as_json: bool) -> None:
        """Close a year and divide its income by the charter; prints the worksheet."""
        from . import funds

        _run(tools, config_path, as_json,
             lambda store, today, now: funds.distribute(store, code, year, resolution, today, now))

    return distribute


def _deed(tools: Tools) -> click.Command:
    @click.command("deed")
    @click.argument("code")
    @click.argument("kind", type=click.Choice(["finance_rules", "bank_account"]))
    @click.option("--reference", required=True, help="Its number or bank.")
    @tools._command
    def deed(code: str, kind: str, reference: str, config_path: Path | None, as_json: bool) -> None:
        """Record that a society has its finance rules or its bank account; fiscal money waits for both."""
        from ledger.fund_records import Deed
        from ledger.records import Act

        def act(store: Any, today: Any, now: int) -> Deed:
            record = Deed(code, kind, today, reference)
            with store.write() as books:
                if books.society(code) is None:
                    raise ValueError(f"no society {code}")
                books.save(code, Act((record,)), today, now)
            return record

        _run(tools, config_path, as_json, act)

    return deed


def _risk(tools: Tools) -> click.Command:
    @click.group("risk")
    def risk() -> None:
        """The province's risk fund: raise it, claim on it with evidence, pay within the caps."""

    @risk.command("raise")
    @click.argument("province")
    @click.argument("yuan")
    @click.option("--memo", default="")
    @tools._command
    def raise_(province: str, yuan: str, memo: str, config_path: Path | None, as_json: bool) -> None:
        """Money paid into the fund."""
        from . import funds

        _run(tools, config_path, as_json, lambda store, today, now: funds.raise_risk_fund(
            store, province, _fen(yuan), memo, today, now))

    @risk.command("claim")
    @click.argument("code")
    @click.option("--event", required=True, help="洪水, 旱灾, 地震 …")
    @click.option("--loss", required=True, help="Net loss in yuan, after group and reserve.")
    @click.option("--evidence", required=True)
    @click.option("--group-asked", is_flag=True, help="The group was asked to pay first.")
    @tools._command
    def claim(
        code: str, event: str, loss: str, evidence: str, group_asked: bool, config_path: Path | None, as_json: bool
    ) -> None:
        """A society's claim."""
        from . import funds

        _run(tools, config_path, as_json, lambda store, today, now: funds.claim(
            store, code, event, _fen(loss), evidence, today, now, group_asked=group_asked))

    @risk.command("pay")
    @click.argument("province")
    @click.argument("number", type=int)
    @tools._command
    def pay(province: str, number: int, config_path: Path | None, as_json: bool) -> None:
        """Pay a claim."""
        from . import funds

        _run(tools, config_path, as_json, lambda store, today, now: funds.pay_claim(
            store, province, number, today, now))

    return risk


def _relief(tools: Tools) -> click.Command:
    @click.group("relief")
    def relief() -> None:
        """A disaster: the county declares it, charges stand still from its day, the assembly gives more time."""

    @relief.command("declare")
    @click.argument("code")
    @click.option("--event", required=True)
    @click.option("--since", required=True, help="The day of the event: from it on no overdue charge runs.")
    @click.option("--until", required=True, help="The day from which charges run again.")
    @click.option("--months", type=int, required=True, help="How much more time the assembly may give at most.")
    @click.option("--order", required=True, help="The county's declaration.")
    @tools._command
    def declare(
        code: str, event: str, since: str, until: str, months: int, order: str, config_path: Path | None, as_json: bool,
    ) -> None:
        """Declare a disaster; it holds for the loans that are open."""
        from . import relief

        days = tools._day(since), tools._day(until)
        _run(tools, config_path, as_json, lambda store, today, now: relief.declare(
            store, code, event, *days, months, order, today, now))

    @relief.command("grant")
    @click.argument("code")
    @click.argument("number", type=int)
    @click.option("--months", type=int, required=True)
    @click.option("--resolution", required=True, help="The assembly's batch resolution.")
    @tools._command
    def grant(
        code: str, number: int, months: int, resolution: str, config_path: Path | None, as_json: bool,
    ) -> None:
        """Give every open loan more time after declaration NUMBER, once its notice has closed."""
        from . import relief

        _run(tools, config_path, as_json, lambda store, today, now: relief.grant(
            store, code, number, months, resolution, today, now))

    return relief


def _exit(tools: Tools) -> click.Command:
    @click.group("exit")
    def exit_() -> None:
        """The end of a society: ordered, settled in the charter's order, handed over from custody."""

    @exit_.command("order")
    @click.argument("code")
    @click.option("--order", required=True, help="The county's order.")
    @click.option("--holder", required=True, help="Who takes the fiscal remainder.")
    @tools._command
    def order_(code: str, order: str, holder: str, config_path: Path | None, as_json: bool) -> None:
        """From now on nothing is lent."""
        from . import funds

        _run(tools, config_path, as_json, lambda store, today, now: funds.order_exit(
            store, code, order, holder, today, now))

    @exit_.command("settle")
    @click.argument("code")
    @click.option("--costs", default="0", help="Yuan.")
    @tools._command
    def settle(code: str, costs: str, config_path: Path | None, as_json: bool) -> None:
        """Costs, members, donations; the rest into custody."""
        from . import funds

        _run(tools, config_path, as_json, lambda store, today, now: funds.settle_exit(
            store, code, _fen(costs), today, now)[0])

    @exit_.command("hand-over")
    @click.argument("code")
    @click.option("--receipt", required=True, help="The holder's receipt.")
    @tools._command
    def hand_over(code: str, receipt: str, config_path: Path | None, as_json: bool) -> None:
        """The custody leaves; the books are empty."""
        from . import funds

        _run(tools, config_path, as_json, lambda store, today, now: funds.hand_over(store, code, receipt, today, now))

    return exit_
