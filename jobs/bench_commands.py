"""`huzhu bench NAME`: the project's own benchmarks, in a scratch folder of their own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import click

from .bench import BENCHES, Setting, runner
from .books_commands import Tools


def add(main: click.Group, tools: Tools) -> None:
    """Hang the command into the command line."""
    main.add_command(_bench(tools))


def _bench(tools: Tools) -> click.Command:
    @click.command("bench")
    @click.argument("name", type=click.Choice(sorted(BENCHES)))
    @click.option("--size", type=click.IntRange(1), help="Another size than the one it is meant for.")
    @click.option("--rounds", type=click.IntRange(1), help="Another number of alternating rounds.")
    @click.option("--quick", is_flag=True, help="Small and short: shows that it runs; no limit counts.")
    @click.option("--folder", type=click.Path(path_type=Path), help="Where its scratch files go.")
    @click.option("--peers", type=click.Path(path_type=Path), help="Where the programs to compare with are kept.")
    @tools._command
    def bench(
        name: str, size: int | None, rounds: int | None, quick: bool, folder: Path | None, peers: Path | None,
        config_path: Any, as_json: bool,
    ) -> None:
        """The project's own benchmarks; exit 1 when a limit is not met."""
        meant = BENCHES[name]
        memory = Path("/dev/shm")  # noqa: S108  (where no disk belongs to what is measured)
        place = folder or (memory if memory.is_dir() and not meant.durable else None)
        with tempfile.TemporaryDirectory(prefix="huzhu-bench-", dir=place) as scratch:
            result = runner(name)(Setting(
                Path(scratch), size or (meant.quick_size if quick else meant.size),
                rounds or (1 if quick else meant.rounds), quick, peers,
            ))
        if as_json:
            tools._print_json({"bench": name, "good": result.good, **result.figures})
        else:
            click.echo("\n".join(result.lines))
        if not result.good:
            raise tools.Failed(f"bench {name}: a limit was not met")

    return bench
