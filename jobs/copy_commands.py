"""The commands of copies: backup, restore, and which copy is the master."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from .books_commands import Tools, read_files

VARIABLE = "HUZHU_BACKUP_PASSPHRASE"


def add(main: click.Group, tools: Tools) -> None:
    """Hang every command of this file into the command line."""
    for command in (_backup, _restore, _master):
        main.add_command(command(tools))


def passphrase(file: Path | None, tools: Tools) -> str | None:
    """The passphrase of the file, else of the environment, else None."""
    if file is None:
        return os.environ.get(VARIABLE) or None
    try:
        return file.read_text("utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise tools.Failed(f"{file}: {error}") from None


_SECRET = click.option(
    "--passphrase-file", "secret_file", type=click.Path(path_type=Path), help=f"Else ${VARIABLE} is used."
)


def _backup(tools: Tools) -> click.Command:
    @click.command("backup")
    @click.argument("folder", type=click.Path(path_type=Path))
    @click.option("--encrypt", is_flag=True, help="Seal the copy with a passphrase.")
    @click.option("--heads", "files", multiple=True, type=click.Path(path_type=Path), help="Heads the copy must hold.")
    @_SECRET
    @tools._command
    def backup(
        folder: Path, encrypt: bool, files: tuple[Path, ...], secret_file: Path | None, config_path: Path | None,
        as_json: bool,
    ) -> None:
        """A consistent copy of the books while everything runs."""
        from .backup import BackupFailed
        from .backup import backup as copy

        secret = passphrase(secret_file, tools) if encrypt or secret_file else None
        if encrypt and not secret:
            raise tools.Failed(f"give the passphrase: --passphrase-file or ${VARIABLE}")
        services = tools._services(config_path)
        try:
            made = copy(services.store, folder, secret, read_files(files, tools))
        except (BackupFailed, OSError) as error:
            raise tools.Failed(str(error)) from None
        click.echo(f"the copy holds no keys: keep {services.config.keys.name} too, in another place", err=True)
        tools._print_json({"file": str(made)}) if as_json else click.echo(str(made))

    return backup


def _restore(tools: Tools) -> click.Command:
    @click.command("restore")
    @click.argument("folder", type=click.Path(path_type=Path))
    @_SECRET
    @tools._command
    def restore(folder: Path, secret_file: Path | None, config_path: Path | None, as_json: bool) -> None:
        """Bring a backup back into an empty place; verify passes afterwards, and it writes once it is the master."""
        from .backup import BackupFailed, prove
        from .backup import restore as bring

        services = tools._services(config_path, prepared=False)
        try:
            bring(services.store, folder, passphrase(secret_file, tools))
        except (BackupFailed, OSError) as error:
            raise tools.Failed(str(error)) from None
        tools._prepare(services)
        faults = prove(services.store, folder)
        if faults:
            raise tools.Failed(f"restored, but the books are not those that were published: {faults[0]}")
        words = "restored; it only answers until it is declared: huzhu master --declare"
        tools._print_json({"restored": True, "master": False}) if as_json else click.echo(words)

    return restore


def _master(tools: Tools) -> click.Command:
    @click.command("master")
    @click.option("--declare", "act", flag_value="declare", help="This copy lends from now on; the other is stopped.")
    @click.option("--retire", "act", flag_value="retire", help="This copy only answers from now on.")
    @tools._command
    def master(act: str | None, config_path: Path | None, as_json: bool) -> None:
        """Whether these books may write, and which of two copies may."""
        from ledger.store import mastery

        store: Any = tools._services(config_path).store
        if act:
            with store.write() as books:
                (mastery.declare if act == "declare" else mastery.retire)(books.connection)
        with store.read() as books:
            good, epoch = mastery.is_master(books.connection), mastery.epoch(books.connection)
        if as_json:
            tools._print_json({"master": good, "epoch": epoch})
        else:
            click.echo(f"{'master' if good else 'copy that only answers'}, epoch {epoch}")

    return master
