"""The commands of the books: heads to keep outside, the books themselves, funds, the master, the benchmarks.

They stand beside huzhu.py and are hung into it there; `tools` are its own ways to read configuration and to fail.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import click

from ledger.proof import KeptHead, read_heads

NAMES = ("journal", "cash", "bank", "ledger", "loans", "trial", "balance", "income", "passbook")


class Tools(Protocol):
    """What huzhu.py lends to the commands of this file."""

    Failed: type[click.ClickException]

    def _command(self, function: Callable[..., Any], /) -> Callable[..., Any]: ...
    def _services(self, config_path: Path | None, /, *, prepared: bool = True) -> Any: ...
    def _prepare(self, services: Any, /) -> None: ...
    def _day(self, words: str, /) -> date: ...
    def _json(self, value: Any, /) -> str: ...
    def _print_json(self, value: Any, /) -> None: ...
    def _bar(self, label: str, length: int, /) -> AbstractContextManager[Any]: ...


def add(main: click.Group, tools: Tools) -> None:
    """Hang every command of this file into the command line."""
    for command in (_heads, _book):
        main.add_command(command(tools))


def _societies(books: Any, code: str | None, tools: Tools) -> list[str]:
    codes = [*(one.code for one in books.societies()), *books.fund_books()]
    if code is not None and code not in codes:
        raise tools.Failed(f"no society {code}")
    return [code] if code else codes


def read_files(files: tuple[Path, ...], tools: Tools) -> list[KeptHead]:
    """The heads of every file, each written by `huzhu heads` as lines or as JSON."""
    found: list[KeptHead] = []
    for path in files:
        try:
            found += read_heads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise tools.Failed(f"{path}: {error}") from None
    return found


def _heads(tools: Tools) -> click.Command:
    @click.command("heads")
    @click.argument("code", required=False)
    @click.option("-o", "output", type=click.Path(path_type=Path), help="Write to this file.")
    @click.option("--every", type=click.Choice(["day", "entry"]), help="The head after each day, or of each entry.")
    @tools._command
    def heads(
        code: str | None, output: Path | None, every: str | None, config_path: Path | None, as_json: bool
    ) -> None:
        """The head of each society's books, to keep outside: society, entry, hash, day."""
        from jobs.audit import heads as find
        from ledger.proof import heads_text

        store = tools._services(config_path).store
        with store.read() as books:
            codes = _societies(books, code, tools)
        found = find(store, codes, every or "")
        rows = [{"society": one.society, "seq": one.seq, "hash": one.hash, "day": one.day} for one in found]
        words = tools._json(rows) + "\n" if as_json else heads_text(found)
        if output is None:
            click.echo(words, nl=False)
            return
        try:
            output.write_text(words, "utf-8")
        except OSError as error:
            raise tools.Failed(f"{output}: {error.strerror}") from None
        click.echo(str(output))

    return heads


def _book(tools: Tools) -> click.Command:
    @click.command("book")
    @click.argument("name", type=click.Choice(NAMES))
    @click.argument("code")
    @click.option("--from", "first", help="First day; default 期初日期.")
    @click.option("--to", "--on", "last", help="Last day; default today.")
    @click.option("--as-known", "known", help="Only what was booked by that day; default everything.")
    @click.option("--member", help="户号, for a passbook.")
    @click.option("-o", "output", type=click.Path(path_type=Path), help="Write an Excel file.")
    @tools._command
    def book(
        name: str, code: str, first: str | None, last: str | None, known: str | None, member: str | None,
        output: Path | None, config_path: Path | None, as_json: bool,
    ) -> None:
        """One book of a society: journal, cash, bank, ledger, loans, trial, balance, income, passbook."""
        from ledger.store.mailbox import Mailbox

        from . import books as all_books

        services = tools._services(config_path)
        begin, end, seen = (tools._day(words) if words else None for words in (first, last, known))
        with services.store.read() as books:
            today = services.clock.today(Mailbox(books.connection))
            try:
                made = all_books.make(books, name, code, begin, end or today, seen or max(today, end or today), member)
            except all_books.NoBook as error:
                raise tools.Failed(str(error)) from None
        if output is not None:
            _write_file(made, output, tools)
        elif as_json:
            tools._print_json(all_books.as_json(made))
        else:
            _print_rows(made)

    return book


def _write_file(made: Any, output: Path, tools: Tools) -> None:
    from bot.workbook.books import write_book

    period, head = (made.first, made.last, made.known), (made.head_seq, made.head_hash)
    try:
        write_book(output, made.name, made.village, period, head, made.rows, made.sums, made.subject)
    except OSError as error:
        raise tools.Failed(f"{output}: {error.strerror}") from None
    click.echo(str(output))


def _print_rows(made: Any) -> None:
    """The rows as plain lines; a terminal is no spreadsheet."""
    from bot.workbook.books import COLUMNS, plain

    columns = COLUMNS[made.name]
    click.echo("  ".join(column.header for column in columns))
    for row in made.rows:
        click.echo("  ".join(plain(row, column) for column in columns))
    for name, value in made.sums.items():
        click.echo(f"{name} {value}")
