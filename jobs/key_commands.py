"""The operator's commands for the keys of personal data: which are in use, and moving to newer ones."""

from __future__ import annotations

from pathlib import Path

import click

from .books_commands import Tools


def add(main: click.Group, tools: Tools) -> None:
    """Hang every command of this file into the command line."""
    main.add_command(_keys(tools))


def _keys(tools: Tools) -> click.Group:
    @click.group("keys")
    def keys() -> None:
        """The keys that phones, ID numbers and messages are sealed under."""

    keys.add_command(_show(tools))
    keys.add_command(_rotate(tools))
    return keys


def _show(tools: Tools) -> click.Command:
    @click.command("show")
    @tools._command
    def show(config_path: Path | None, as_json: bool) -> None:
        """Where the keys are, and how many values stand under each; never the keys themselves."""
        from ledger.store import rotation

        services = tools._services(config_path)
        index, seals = rotation.standing(services.store)
        if as_json:
            tools._print_json({"kept": services.config.keys.name, "index": index, "seals": seals})
            return
        click.echo(f"kept in {services.config.keys.name}")
        click.echo(f"{index}  blind indexes")
        for name, values in seals.items():
            click.echo(f"{name}  {values} values")

    return show


def _rotate(tools: Tools) -> click.Command:
    @click.command("rotate")
    @click.option("--index", "index_too", is_flag=True, help="A new key for the blind indexes as well, at once.")
    @tools._command
    def rotate(index_too: bool, config_path: Path | None, as_json: bool) -> None:
        """Seal everything under a new key while everything runs; where it was stopped, it goes on."""
        from ledger.store import rotation

        services = tools._services(config_path)
        store, kept = services.store, services.config.keys
        newest = rotation.begin(store, lambda: kept.add("seal"))
        moved = 0
        with tools._bar("rotate", rotation.left(store, newest)) as bar:
            for done in rotation.move(store, newest):
                moved += done
                bar.update(done)
        remaining = rotation.finish(store, newest)
        renamed = rotation.reindex(store, lambda: kept.add("index")) if index_too else 0
        if as_json:
            tools._print_json({"key": newest, "rows": moved, "left": remaining, "indexed": renamed})
        else:
            click.echo(f"{moved} rows are sealed under {newest} now")
            if renamed:
                click.echo(f"{renamed} rows are found by a new index")
            click.echo(f"backups from before still need the older lines of {kept.name}")
        if remaining:
            raise tools.Failed(f"{remaining} rows were in use and are left: do it again")

    return rotate
