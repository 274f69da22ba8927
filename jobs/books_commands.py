"""The commands of the books: heads to keep outside, the books themselves, funds, the master, the benchmarks.

They stand beside huzhu.py and are hung into it there; `tools` are its own ways to read configuration and to fail.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import click

from ledger.proof import KeptHead, read_heads


class Tools(Protocol):
    """What huzhu.py lends to the commands of this file."""

    Failed: type[click.ClickException]

    def _command(self, function: Callable[..., Any], /) -> Callable[..., Any]: ...
    def _services(self, config_path: Path | None, /, *, prepared: bool = True) -> Any: ...
    def _prepare(self, services: Any, /) -> None: ...
    def _day(self, words: str, /) -> date: ...
    def _json(self, value: Any, /) -> str: ...
    def _print_json(self, value: Any, /) -> None: ...


def add(main: click.Group, tools: Tools) -> None:
    """Hang every command of this file into the command line."""
    for command in (_heads,):
        main.add_command(command(tools))


def _societies(books: Any, code: str | None, tools: Tools) -> list[str]:
    codes = [one.code for one in books.societies()]
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
