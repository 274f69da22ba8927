"""`huzhu bench NAME`: the project's own benchmarks, in a scratch folder of their own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import click

from .bench import BENCHES
from .books_commands import Tools


def add(main: click.Group, tools: Tools) -> None:
    """Hang the command into the command line."""
    main.add_command(_bench(tools))


def _bench(tools: Tools) -> click.Command:
    @click.command("bench")
    @click.argument("name", type=click.Choice(sorted(BENCHES)))
    @click.option("--size", type=click.IntRange(1), help="Another size than the one it is meant for.")
    @click.option("--folder", type=click.Path(path_type=Path), help="Where its scratch files go; default memory.")
    @tools._command
    def bench(name: str, size: int | None, folder: Path | None, config_path: Any, as_json: bool) -> None:
        """The project's own benchmarks; exit 1 when a limit is not met."""
        run, meant = BENCHES[name]
        quick = Path("/dev/shm")  # noqa: S108  (what is measured is our work, not the disk's)
        place = folder or (quick if quick.is_dir() else None)
        with tempfile.TemporaryDirectory(prefix="huzhu-bench-", dir=place) as scratch:
            result = run(Path(scratch), size or meant)
        if as_json:
            tools._print_json({"bench": name, "good": result.good, **result.figures})
        else:
            click.echo("\n".join(result.lines))
        if not result.good:
            raise tools.Failed(f"bench {name}: a limit was not met")

    return bench
