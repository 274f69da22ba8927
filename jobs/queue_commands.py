"""The operator's commands for what could not be delivered: look at it, and send it once more."""

from __future__ import annotations

from pathlib import Path

import click

from ledger.store.mailbox import Mailbox

from .books_commands import Tools

STATES = ("failed", "unknown", "paused", "waiting", "leased", "cancelled")


def add(main: click.Group, tools: Tools) -> None:
    """Hang every command of this file into the command line."""
    for command in (_undelivered, _resend):
        main.add_command(command(tools))


def _undelivered(tools: Tools) -> click.Command:
    @click.command("undelivered")
    @click.option("--state", type=click.Choice(STATES), default="failed", show_default=True)
    @click.option("--newest", type=click.IntRange(1, 1000), default=50, show_default=True)
    @tools._command
    def undelivered(state: str, newest: int, config_path: Path | None, as_json: bool) -> None:
        """The newest notices of a state, with their numbers and reasons; never their words."""
        services = tools._services(config_path)
        with services.store.read() as books:
            found = Mailbox(books.connection).given_up([state], newest)
        names = ("number", "society", "say", "state", "attempts", "reason")
        if as_json:
            tools._print_json([dict(zip(names, row, strict=True)) for row in found])
            return
        for number, society, say, is_now, attempts, reason in found:
            click.echo(f"{number:>9}  {society:10} {say:26} {is_now:9} {attempts:>2}  {reason}".rstrip())

    return undelivered


def _resend(tools: Tools) -> click.Command:
    @click.command("resend")
    @click.argument("numbers", nargs=-1, required=True, type=int)
    @tools._command
    def resend(numbers: tuple[int, ...], config_path: Path | None, as_json: bool) -> None:
        """Send notices that were given up once more, under their own references."""
        services = tools._services(config_path)
        with services.store.write() as books:
            done = Mailbox(books.connection).again(numbers, services.clock.now())
        services.bell.ring()
        tools._print_json({"waiting": done}) if as_json else click.echo(f"{done} of {len(numbers)} wait again")
        if done < len(numbers):
            raise tools.Failed("the others are not among those given up")

    return resend
