"""The operator's command for the holidays of a year: look at them, or enter the State Council's list of the next."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import click

from ledger.calendar import weekday

from . import workdays
from .books_commands import Tools


def add(main: click.Group, tools: Tools) -> None:
    """Hang the command of this file into the command line."""
    main.add_command(_holidays(tools))


def days_of(words: tuple[str, ...]) -> frozenset[date]:
    """Days written as `2027-02-05` or from and to, `2027-02-05..2027-02-11`. Raises ValueError for anything else."""
    found = set()
    for word in words:
        first, _, last = word.partition("..")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        if not 0 <= (end - day).days < 60:
            raise ValueError(f"{word} is not a short run of days")
        found |= {day + timedelta(days=n) for n in range((end - day).days + 1)}
    return frozenset(found)


def _holidays(tools: Tools) -> click.Command:
    @click.command("holidays")
    @click.argument("year", type=click.IntRange(2004, 9998))
    @click.option("--rest", multiple=True, metavar="DAY[..DAY]", help="A public holiday, its weekends included.")
    @click.option("--work", multiple=True, metavar="DAY", help="A weekend day that is worked (调休).")
    @click.option("--forget", is_flag=True, help="Go by the library again.")
    @tools._command
    def holidays(
        year: int, rest: tuple[str, ...], work: tuple[str, ...], forget: bool, config_path: Path | None, as_json: bool
    ) -> None:
        """The weekdays of rest and the weekend days of work of YEAR, or enter them."""
        services = tools._services(config_path)
        if rest or work or forget:
            try:
                resting = frozenset(day for day in days_of(rest) if weekday(day))
                with services.store.write() as books:
                    workdays.enter(books, year, resting, days_of(work))
            except ValueError as error:
                raise tools.Failed(str(error)) from None
        with services.store.read() as books:
            works, known = workdays.works_in(books), workdays.known(books, year)
        days = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
        found = {
            "rest": [str(day) for day in days if weekday(day) and not works(day)],
            "work": [str(day) for day in days if not weekday(day) and works(day)],
        }
        if as_json:
            tools._print_json({"year": year, "known": known, **found})
            return
        for kind, listed in found.items():
            click.echo(f"{kind}: {', '.join(listed) or 'none'}")
        if not known:
            click.echo(f"the holidays of {year} are not known: weekends only, until they are entered here")

    return holidays
