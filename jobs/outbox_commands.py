"""The commands of messages: what became of those to one phone, and what SMS cost each society."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from bot.channels.sms_http import phone
from bot.clock import ZONE, Clock
from ledger.store import sending

from .books_commands import Tools

NEWEST = 20


def add(main: click.Group, tools: Tools) -> None:
    """Hang every command of this file into the command line."""
    for command in (_outbox, _sms_cost):
        main.add_command(command(tools))


def _when(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, ZONE).strftime("%m-%d %H:%M") if seconds else "-"


def _outbox(tools: Tools) -> click.Command:
    @click.command("outbox")
    @click.argument("number")
    @click.option("--newest", type=click.IntRange(1, 1000), default=NEWEST, show_default=True)
    @tools._command
    def outbox(number: str, newest: int, config_path: Path | None, as_json: bool) -> None:
        """What became of the newest messages to a phone: sent, delivered, failed and why, or unknown."""
        services = tools._services(config_path)
        with services.store.read() as books:
            found = sending.newest_to(books.connection, "sms", phone(number), newest)
        rows: list[dict[str, Any]] = [vars(one) for one in found]
        if as_json:
            tools._print_json(rows)
            return
        for one in found:
            parts = f"{one.segments} SMS" if one.segments else ""
            click.echo(f"{_when(one.made_at)}  {one.state:9} {_when(one.done_at)}  {one.channel or '-':7} "
                       f"{one.say:26} {parts:6} {one.reference}  {one.reason}".rstrip())

    return outbox


def _sms_cost(tools: Tools) -> click.Command:
    @click.command("sms-cost")
    @click.argument("month", required=False)
    @tools._command
    def sms_cost(month: str | None, config_path: Path | None, as_json: bool) -> None:
        """SMS by society in a month (2026-03; default this one): messages, and parts as the operator counts them."""
        try:
            given = datetime.strptime(month, "%Y-%m") if month else datetime.fromtimestamp(Clock().now(), ZONE)  # noqa: DTZ007
        except ValueError:
            raise tools.Failed(f"{month} is not a month: write it as 2026-03") from None
        since = datetime(given.year, given.month, 1, tzinfo=ZONE)
        until = datetime(given.year + given.month // 12, given.month % 12 + 1, 1, tzinfo=ZONE)
        services = tools._services(config_path)
        with services.store.read() as books:
            found = sending.cost(books.connection, int(since.timestamp()), int(until.timestamp()))
        if as_json:
            tools._print_json([{"society": code, "messages": sent, "parts": parts} for code, sent, parts in found])
            return
        for code, sent, parts in found:
            click.echo(f"{code or '(strangers)':12} {sent:8} {parts:8}")

    return sms_cost
