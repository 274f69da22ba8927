"""`huzhu card`: an officer's printed code card, for villages whose dongle must carry no code."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bot.channels.sms_http import phone
from ledger.store import cards
from ledger.store.mailbox import Mailbox

from .books_commands import Tools
from .cards import page


def add(main: click.Group, tools: Tools) -> None:
    """Hang the command into the command line."""

    @main.command("card")
    @click.argument("society")
    @click.argument("number")
    @click.option("-o", "out", type=click.Path(path_type=Path, dir_okay=False), required=True,
                  help="The page to print; only its owner may read it. Delete it once it is printed.")
    @tools._command
    def card(society: str, number: str, out: Path, config_path: Path | None, as_json: bool) -> None:
        """A new code card for the officer with this phone; the card before is void at once."""
        services = tools._services(config_path)
        with services.store.write() as books:
            found = books.society(society)
            known = [one for one in books.known("sms", "", phone(number))
                     if one.address.society == society and one.offices]
            if found is None:
                raise tools.Failed(f"there is no society {society}: huzhu report all lists them")
            if not known:
                raise tools.Failed(f"{number} is the phone of no officer of {society}: cards are for officers")
            person = known[0].person
            today = services.clock.today(Mailbox(books.connection))
            series = cards.print_new(books.connection, society, person.no, today)
            text = page(services.secret, society, found.name, person.no, person.name, series)
            # Written before the commit: without its page a card would only void the one before.
            _write_privately(out, text, tools)
        if as_json:
            tools._print_json({"society": society, "person": person.no, "series": series, "file": str(out)})
        else:
            click.echo(f"card {series} of {person.name}: {out}; print it, hand it over in person, delete the file")

    assert card is not None


def _write_privately(out: Path, text: str, tools: Tools) -> None:
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise tools.Failed(f"{out} is there already: name a new file") from None
    except OSError as error:
        raise tools.Failed(f"{out} cannot be written: {error.strerror}") from None
