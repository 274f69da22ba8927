"""`huzhu forget`: a household that left asks that its data be deleted (PIPL art. 47) before the terms are over."""

from __future__ import annotations

from pathlib import Path

import click

from ledger.store.mailbox import Mailbox

from .books_commands import Tools
from .forget import forget_household, keeps, people_of


def add(main: click.Group, tools: Tools) -> None:
    """Hang the command into the command line."""

    @main.command("forget")
    @click.argument("household")
    @click.option("--yes", is_flag=True, help="Do it. Without this it only says what would go, or why it may not.")
    @tools._command
    def forget(household: str, yes: bool, config_path: Path | None, as_json: bool) -> None:
        """Delete the numbers and words of a household (QS001-012) that left and asked for it; the books stay."""
        services = tools._services(config_path)
        with services.store.read() as books:
            home = books.household(household.rpartition("-")[0], household)
            if home is None:
                raise tools.Failed(f"there is no household {household}: 户号 look like QS001-012")
            today = services.clock.today(Mailbox(books.connection))
            against, people = keeps(books, home, today), people_of(books, home)
        if against:
            raise tools.Failed(f"{household} cannot be forgotten yet: {'; '.join(against)}")
        done = forget_household(services.store, home, today, services.clock.now()) if yes else {}
        if as_json:
            tools._print_json({"household": household, "people": len(people), "done": yes, **done})
        elif yes:
            click.echo(", ".join(f"{count} {what}" for what, count in done.items()) + " are gone; the books stay")
        else:
            click.echo(f"{len(people)} people: phones, ID numbers, WeChat, logins and every message would go; names, "
                       "loans, entries and public notices stay. Do it with --yes")

    assert forget is not None
