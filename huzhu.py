"""The command line: the only file that knows all floors. Each command reads its configuration, does one thing, stops.

Exit status 0 done, 1 refused or failed (one line on standard error, no traceback), 2 wrong usage.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs import (
    bench_commands,
    books_commands,
    calendar_commands,
    card_commands,
    copy_commands,
    forget_commands,
    fund_commands,
    key_commands,
    outbox_commands,
    queue_commands,
    text_commands,
    wechat_commands,
)

if TYPE_CHECKING:
    from bot.services import Services

LONG_PATIENCE_S = 30.0
"""Commands wait for a busy database longer than a turn may."""


class Failed(click.ClickException):
    """A refusal in one line, exit status 1."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(self.format_message(), err=True, file=file)


def _command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Every command has --config and --json and turns expected failures into one line."""

    @click.option("--config", "config_path", type=click.Path(path_type=Path), help="Configuration file (TOML).")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        from bot.config import ConfigError
        from ledger.store.sealing import WrongKeys
        from ledger.store.store import Unavailable

        try:
            return function(*args, **kwargs)
        except (ConfigError, WrongKeys) as error:
            raise Failed(str(error)) from None
        except Unavailable as error:
            raise Failed(f"the database cannot be used now: {error}") from None
        except BrokenPipeError:
            os._exit(1)
        except OSError as error:
            raise Failed(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from None

    return run


def _services(config_path: Path | None, *, prepared: bool = True) -> Services:
    from bot.config import load
    from bot.services import Services

    services = Services(load(config_path), LONG_PATIENCE_S)
    if prepared:
        _prepare(services)
    return services


def _prepare(services: Services) -> None:
    """Bring the database to the newest schema; a database of a newer program is refused."""
    from ledger.store.migrations import NEWEST, NewerSchema, current, upgrade
    from ledger.store.store import DatabaseFailure

    if services.store.sqlite and services.store.url.database:
        Path(services.store.url.database).parent.mkdir(parents=True, exist_ok=True)
    try:
        with services.store.read() as books:
            at = current(books.connection)
        if at != NEWEST:
            upgrade(services.store)
    except NewerSchema as error:
        raise Failed(f"the database belongs to another version of huzhu: {error}") from None
    except DatabaseFailure as error:
        raise Failed(f"the database cannot be used: {type(error).__name__}") from None


class _Numbers(json.JSONEncoder):
    """Rates keep their six places as plain JSON numbers."""

    def default(self, o: Any) -> Any:
        return str(o)

    def iterencode(self, o: Any, _one_shot: bool = False) -> Iterator[str]:
        yield _json(o)


def _json(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(str(key), ensure_ascii=False)}: {_json(one)}" for key, one in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_json(one) for one in value) + "]"
    if isinstance(value, Decimal):
        return f"{value:.6f}"
    return json.dumps(value, ensure_ascii=False, default=str)


def _print_json(value: Any) -> None:
    click.echo(_json(value))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Failed(f"{text} is not a date: write it as 2026-03-01") from None


@contextmanager
def _bar(label: str, length: int) -> Iterator[Any]:
    """A progress bar on a terminal, nothing elsewhere."""
    from tqdm import tqdm

    with tqdm(total=length, desc=label, disable=not sys.stderr.isatty(), leave=False) as bar:
        yield bar


@click.group()
@click.version_option(package_name="huzhu")
def main() -> None:
    """Huzhu (互助社): a village mutual-aid fund over SMS and WeChat."""


@main.command()
@_command
def init(config_path: Path | None, as_json: bool) -> None:
    """Create the database or bring it to the newest schema; safe to repeat."""
    from ledger.store.migrations import NEWEST

    services = _services(config_path)
    for warning in services.config.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(f"keys of personal data: {services.config.keys.name}; keep a copy where no backup is", err=True)
    _print_json({"schema": NEWEST}) if as_json else click.echo(f"the database is at schema {NEWEST}")


@main.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check only; nothing is written.")
@_command
def import_(file: Path, dry_run: bool, config_path: Path | None, as_json: bool) -> None:
    """Take over a village from its workbook: all or nothing, every fault listed."""
    from bot.workbook import read_village
    from jobs.intake import AlreadyThere, take_over
    from ledger import charter

    services = _services(config_path)
    village, faults, flags = read_village(file, charter.names())
    if village is None:
        _show_faults(file.name, faults, as_json)
        raise Failed(f"{file.name}: {len(faults)} 处要改，没有导入任何内容")
    try:
        taken = take_over(services.store, village, services.clock.now(), dry_run=dry_run)
    except AlreadyThere as error:
        raise Failed(f"{error} 已经在账上，没有重复导入") from None
    except charter.CharterError as error:
        raise _charter_faults(error) from None
    notes = [flag.why for flag in flags] + [f"{one['rule']}: {one['figures']}" for one in taken.flags]
    summary = {
        "society": village.society.code, "households": len(village.households), "loans": len(village.loans),
        "entries": taken.entries, "dry_run": dry_run, "flags": notes,
    }
    if as_json:
        _print_json(summary)
    else:
        done = "检查无误（未写入）" if dry_run else "已导入"
        name = f"{village.society.name} {village.society.code}"
        click.echo(f"{done}：{name}，{len(village.households)} 户，{len(village.loans)} 笔借款")
        for note in notes:
            click.echo(f"注意：{note}")


def _show_faults(name: str, faults: list[Any], as_json: bool) -> None:
    """Sheet, row and column are null where the sheet or the file as a whole is meant."""
    if as_json:
        _print_json({"faults": [
            {"sheet": one.sheet or None, "row": one.row, "column": one.column, "why": one.why,
             **({"difference_fen": one.difference_fen} if one.difference_fen is not None else {})}
            for one in faults
        ]})
        return
    for one in faults:
        place = one.sheet + (f" 第{one.row}行" if one.row else "") + (f" {one.column}" if one.column else "")
        click.echo(f"{place or name}：{one.why}", err=True)


@main.command()
@click.argument("code")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write; default CODE.xlsx.")
@click.option("--journal", is_flag=True, help="Add a sheet 凭证 with every entry.")
@_command
def export(code: str, output: Path | None, journal: bool, config_path: Path | None, as_json: bool) -> None:
    """Write a society's workbook as it stands today; what it has no place for is named on standard error."""
    from bot.workbook import write_village
    from jobs.intake import UnknownSociety, journal_rows, left_out, write_out

    services = _services(config_path)
    target = output or Path(f"{code}.xlsx")
    try:
        village = write_out(services.store, code, services.clock)
        rows = journal_rows(services.store, code) if journal else None
    except UnknownSociety:
        raise Failed(f"no society {code}") from None
    write_village(village, target, rows)
    missing = left_out(services.store, code)
    _print_json({"file": str(target), "left_out": missing}) if as_json else click.echo(str(target))
    for line in [] if as_json else missing:
        click.echo(line, err=True)


@main.command()
@click.argument("sender")
@click.argument("text")
@click.option("--channel", type=click.Choice(["sms", "wechat"]), default="sms")
@click.option("--id", "message_id", help="The message's own id; the same id again gets the stored reply.")
@_command
def say(sender: str, text: str, channel: str, message_id: str | None, config_path: Path | None, as_json: bool) -> None:
    """Send one message through the same route as the webhooks and print the reply."""
    import uuid

    from bot import outbox
    from bot.app import digest_of
    from bot.channels.base import Busy, Conflict, Message
    from bot.channels.plain_text import storable
    from bot.channels.sms_http import phone
    from ledger.store.mailbox import Mailbox

    services = _services(config_path)
    wechat = services.config.wechat
    account = "say" if channel == "sms" else (wechat.app_id if wechat else "")
    # What a terminal hands over may be no text at all: a byte that is not UTF-8 comes as half a sign.
    sender, text, message_id = storable(sender), storable(text), storable(message_id or uuid.uuid4().hex)
    who = phone(sender) if channel == "sms" else sender
    message = Message(channel, account, who, message_id, text, "text", digest_of(text))
    try:
        reply = services.turns.take(message, show_only=not services.config.server.demo, send_reply=False)
    except Busy as error:
        raise Failed(f"the books are busy: {error}") from None
    except Conflict:
        raise Failed("this id was used for another message") from None
    if not as_json:
        click.echo(reply.text)
        return
    with services.store.read() as books:
        mailbox = Mailbox(books.connection)
        # A stranger belongs to no society, but the code that binds a phone goes out of one.
        places = [reply.society] if reply.society else [one.code for one in books.societies()]
        told = [one for place in places for one in mailbox.notices_of(place, reply.notices)]
        reach = mailbox.reachable({(one.society, one.person) for one in told})
    shown = []
    for one in told:
        routes = outbox.routes(one, reach)
        to_channel, _, to = routes[0] if routes else ("", "", "")
        shown.append({"to": to, "channel": to_channel, "text": outbox.say(one, services.turns.make_code)})
    _print_json({"reply": reply.text, "command": reply.command, "notices": shown})


ROLES = (
    "member", "director", "chair", "treasurer", "cashier", "supervisor", "township", "county", "finance", "province",
    "nation",
)


@main.command()
@click.argument("text")
@click.option("--role", type=click.Choice(ROLES), default="member")
@_command
def read(text: str, role: str, config_path: Path | None, as_json: bool) -> None:
    """Only understand: command, slots, what is ambiguous. `-` reads one JSON {"text","role"} a line."""
    from bot.understand import read as understand

    def answer(words: str, who: str) -> dict[str, Any]:
        reading = understand(words, who)
        return {"command": reading.command, "slots": reading.slots, "ambiguous": reading.ambiguous}

    if text != "-":
        found = answer(text, role)
        _print_json(found) if as_json else click.echo(_json(found))
        return
    for number, line in enumerate(sys.stdin, 1):
        if line.strip():
            asked = _json_line(line, number)
            words, who = asked.get("text"), asked.get("role", "member")
            if not isinstance(words, str) or who not in ROLES:
                raise Failed(f"line {number}: text must be a string and role one of the roles")
            click.echo(_json(answer(words, who)))


def _json_line(line: str, number: int, **how: Any) -> dict[str, Any]:
    try:
        found = json.loads(line, **how)
    except (ValueError, RecursionError):
        raise Failed(f"line {number} is not JSON") from None
    if not isinstance(found, dict):
        raise Failed(f"line {number} is not a JSON object")
    return found


PLANS = ("equal_principal", "equal_payment", "flat", "bullet")


def _rows(principal: Any, on: Any, months: Any, rate: Any, plan: Any) -> list[dict[str, Any]]:
    """Rows of a schedule from what a person wrote; raises ValueError in words."""
    from ledger import schedule as schedules
    from ledger.money import from_yuan, to_yuan

    try:
        permille = Decimal(str(rate))
    except InvalidOperation:
        raise ValueError("the rate is not a number: write it in ‰ a month, 5 or 4.5") from None
    ppm = permille * 1000
    if not permille.is_finite() or ppm != ppm.to_integral_value() or not 0 <= ppm <= 1_000_000:
        raise ValueError("the rate is in ‰ a month, 0 to 1000, with at most three decimals")
    digits = "" if isinstance(months, bool) else str(months)
    if not digits.isascii() or not digits.isdigit() or not 1 <= int(digits) <= 1200:
        raise ValueError("months must be a whole number from 1 to 1200")
    if plan not in PLANS:
        raise ValueError(f"the plan is one of {', '.join(PLANS)}")
    text = f"{principal:f}" if isinstance(principal, Decimal) else str(principal)
    rows = schedules.make(from_yuan(text.strip()), int(months), int(ppm), plan, date.fromisoformat(str(on)))
    return [
        {"n": row.n, "due": row.due_on.isoformat(), "principal": to_yuan(row.principal_fen),
         "fee": to_yuan(row.fee_fen), "total": to_yuan(row.total_fen), "balance": to_yuan(row.balance_fen)}
        for row in rows
    ]


@main.command()
@click.argument("source", required=False)
@click.option("--principal", help="Yuan.")
@click.option("--on", help="Day of the pay-out, 2026-03-01.")
@click.option("--months", help="Number of instalments.")
@click.option("--rate", help="‰ a month.")
@click.option("--plan", type=click.Choice(PLANS))
@_command
def schedule(
    source: str | None, principal: str | None, on: str | None, months: str | None, rate: str | None, plan: str | None,
    config_path: Path | None, as_json: bool,
) -> None:
    """A repayment schedule from the ledger's own code.

    `-` reads one JSON {"principal","months","rate","plan","on"} a line and prints one list of rows a line.
    """
    if source == "-":
        for number, line in enumerate(sys.stdin, 1):
            if line.strip():
                asked = _json_line(line, number, parse_float=Decimal)
                try:
                    rows = _rows(asked["principal"], asked["on"], asked["months"], asked["rate"], asked["plan"])
                except KeyError as error:
                    raise Failed(f"line {number}: {error.args[0]} is missing") from None
                except (ValueError, TypeError) as error:
                    raise Failed(f"line {number}: {error}") from None
                click.echo(_json(rows))
        return
    if source is not None or None in (principal, on, months, rate, plan):
        raise click.UsageError("give --principal --on --months --rate --plan, or - to read lines")
    try:
        rows = _rows(principal, on, months, rate, plan)
    except ValueError as error:
        raise Failed(str(error)) from None
    if as_json:
        _print_json(rows)
        return
    for row in rows:
        click.echo("{n:>3}  {due}  {principal:>12}  {fee:>10}  {total:>12}  {balance:>12}".format(**row))


@main.command()
@click.argument("on", required=False)
@_command
def day(on: str | None, config_path: Path | None, as_json: bool) -> None:
    """The daily round for a date: everything owed up to it; safe to repeat."""
    from jobs.daily import run_day
    from ledger.store.mailbox import Mailbox

    services = _services(config_path)
    with services.store.read() as books:
        today = services.clock.today(Mailbox(books.connection))
    counts = run_day(services.store, _day(on) if on else today, services.clock.now(), services.config.keep)
    services.bell.ring()
    _print_json(counts) if as_json else click.echo(" ".join(f"{name}={count}" for name, count in counts.items()))
    if counts["faults"]:
        raise Failed("the books do not verify: run huzhu verify")


@main.command()
@_command
def deliver(config_path: Path | None, as_json: bool) -> None:
    """Send what waits, until nothing is due."""
    services = _services(config_path)
    counts = dict(services.outbox.deliver())
    told = " ".join(f"{name}={count}" for name, count in counts.items()) or "nothing is due"
    _print_json(counts) if as_json else click.echo(told)


@main.command()
@click.argument("on", required=False)
@_command
def today(on: str | None, config_path: Path | None, as_json: bool) -> None:
    """Show the business day; in demo mode set it for every running process at once."""
    from ledger.store.mailbox import Mailbox

    services = _services(config_path)
    if on:
        wanted = _day(on)
        if not services.config.server.demo:
            raise Failed("the day can only be set in demo mode")
        with services.store.write() as books:
            newest = books.newest_day()
            if newest is not None and wanted < newest:
                raise Failed(f"the newest entry is of {newest}: the day cannot be before it")
            services.clock.set_today(Mailbox(books.connection), wanted)
    with services.store.read() as books:
        shown = services.clock.today(Mailbox(books.connection))
    _print_json({"today": shown.isoformat()}) if as_json else click.echo(shown.isoformat())


@main.command()
@click.argument("code", required=False)
@click.option("--heads", "files", multiple=True, type=click.Path(path_type=Path), help="Heads kept outside.")
@_command
def verify(code: str | None, files: tuple[Path, ...], config_path: Path | None, as_json: bool) -> None:
    """Recompute everything from the entries; exit 1 and the first bad entry if something is wrong."""
    from jobs.audit import audit
    from jobs.books_commands import read_files

    services = _services(config_path)
    kept = read_files(files, TOOLS)
    with services.store.read() as books:
        codes = [*(one.code for one in books.societies()), *books.fund_books()]
    if code is not None and code not in codes:
        raise Failed(f"no society {code}")
    wanted = [code] if code else sorted({*codes, *(one.society for one in kept)})
    found = []
    with _bar("verify", len(wanted)) as bar:
        for each in wanted:
            found += audit(services.store, [each], kept)
            bar.update()
    if as_json:
        _print_json([
            {"society": one.society, "entries": one.entries, "hash": one.hash, "fault": one.fault} for one in found
        ])
    else:
        for one in found:
            click.echo(f"{one.society}: {one.fault or f'{one.entries} entries, head {one.hash[:16]}'}")
    faults = [one for one in found if one.fault]
    if faults:
        raise Failed(f"{faults[0].society}: {faults[0].fault}")


@main.command()
@click.argument("scope")
@click.option("--on", help="The figures of that day; default today.")
@_command
def report(scope: str, on: str | None, config_path: Path | None, as_json: bool) -> None:
    """The figures of a society, a place or `all`."""
    from jobs.figures import report as figures
    from ledger.store.figures import UnknownScope

    services = _services(config_path)
    try:
        found = figures(services.store, services.clock, scope, _day(on) if on else None)
    except UnknownScope:
        raise Failed(f"no society, township, county or province is called {scope}") from None
    if as_json:
        _print_json(found)
        return
    for name, value in found.items():
        click.echo(f"{name:28} {_json(value) if isinstance(value, dict | list) else value}")


@main.group()
def charter() -> None:
    """A society's charter (章程) with its versions, and the county rules that bound it."""


def _charter_faults(error: Any) -> Failed:
    for fault in error.faults[:-1]:
        click.echo(fault, err=True)
    return Failed(error.faults[-1])


@charter.command("show")
@click.argument("code")
@click.option("--version", type=int, help="The version; default the one that holds today.")
@_command
def charter_show(code: str, version: int | None, config_path: Path | None, as_json: bool) -> None:
    """Every number of a society's charter, with the resolution it was adopted by."""
    from jobs import charters
    from ledger.charter import CharterError
    from ledger.store.mailbox import Mailbox

    services = _services(config_path)
    with services.store.read() as books:
        on = services.clock.today(Mailbox(books.connection))
    try:
        found = charters.show(services.store, code, version, on)
    except CharterError as error:
        raise _charter_faults(error) from None
    head = {"version": found.version, "since": found.since, "adopted_on": found.adopted_on,
            "resolution": found.resolution}
    if as_json:
        _print_json(head | {"body": found.body})
        return
    click.echo(" ".join(f"{name}={value}" for name, value in head.items() if value))
    for section, keys in found.body.items():
        for key, value in keys.items() if isinstance(keys, dict) else [("", keys)]:
            click.echo(f"{section}{'.' if key else ''}{key} = {_json(value)}")


@charter.command("adopt")
@click.argument("code")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--resolution", required=True, help="Number of the assembly's resolution.")
@click.option("--on", required=True, help="Day of the resolution, 2026-03-01.")
@click.option("--since", help="Day from which it holds; default the day of the resolution.")
@_command
def charter_adopt(
    code: str, file: Path, resolution: str, on: str, since: str | None, config_path: Path | None, as_json: bool
) -> None:
    """A new version of a charter from FILE; loans applied for before keep the version they have."""
    from jobs import charters
    from ledger.charter import CharterError

    services = _services(config_path)
    try:
        body = charters.read(file)
        day = _day(on)
        made = charters.adopt(
            services.store, code, body, resolution, day, _day(since) if since else day, services.clock.now()
        )
    except CharterError as error:
        raise _charter_faults(error) from None
    shown = {"society": code, "version": made.version, "since": made.since, "resolution": made.resolution}
    _print_json(shown) if as_json else click.echo(f"{code}: version {made.version} holds from {made.since}")


@charter.command("rules")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--since", required=True, help="Day from which the county's rules hold, 2026-03-01.")
@_command
def charter_rules(file: Path, since: str, config_path: Path | None, as_json: bool) -> None:
    """A county's rules (实施细则) from FILE; every charter adopted afterwards stays within them."""
    from jobs import charters
    from ledger.charter import CharterError

    services = _services(config_path)
    try:
        rules, outside = charters.bind(services.store, charters.read(file), _day(since), services.clock.now())
    except CharterError as error:
        raise _charter_faults(error) from None
    if as_json:
        _print_json({"county": rules.county, "version": rules.version, "outside": outside})
        return
    click.echo(f"{rules.province}{rules.county}: version {rules.version} holds from {rules.since}")
    for code, found in outside.items():
        click.echo(f"{code} lies outside: {'; '.join(found)}")


@main.command()
@_command
def serve(config_path: Path | None, as_json: bool) -> None:
    """The web server: channels, pages, health."""
    from bot import server

    services = _services(config_path)
    services.store.close()
    server.serve(services.config)


@main.command()
@_command
def worker(config_path: Path | None, as_json: bool) -> None:
    """A worker: sends what waits, at the bell and by itself."""
    import logging

    from jobs.worker import Worker

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    Worker(_services(config_path)).run()


@main.command()
@_command
def timetable(config_path: Path | None, as_json: bool) -> None:
    """The timetable: runs what each day owes, by Beijing time."""
    import logging

    from jobs.timetable import Timetable

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    Timetable(_services(config_path)).run()


def _up(services: Services, announce: Callable[[], None] | None = None) -> int:
    from jobs.supervisor import Program, SupervisorError
    from jobs.supervisor import up as run

    config = services.config
    if config.path:
        os.environ["HUZHU_CONFIG"] = str(config.path)
    here = [sys.executable, str(Path(__file__).resolve())]
    programs = [
        Program("web", [*here, "serve"]),
        Program("worker", [*here, "worker"], config.server.worker_processes),
        Program("timetable", [*here, "timetable"]),
    ]
    try:
        return run(config, programs, lambda: _prepare(services), announce)
    except SupervisorError as error:
        raise Failed(str(error)) from None


@main.command()
@_command
def up(config_path: Path | None, as_json: bool) -> None:
    """Everything under one supervisor: web, worker, timetable and the embedded services."""
    services = _services(config_path, prepared=False)
    for warning in services.config.warnings:
        click.echo(f"warning: {warning}", err=True)
    board = f"{services.config.server.base_url}/notices/"
    sys.exit(_up(services, lambda: click.echo(f"huzhu is up; each society's notices are at {board}CODE")))


@main.command()
@click.option("--check", is_flag=True, help="Walk one loan through it, print what each phone received, and stop.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True)
@click.option("--port", type=int, default=8787, show_default=True)
def demo(check: bool, folder: Path, port: int) -> None:
    """The demo village with its phone simulator."""
    from jobs import demo as demos

    try:
        status = demos.check(folder / "check") if check else demos.run(folder, port, _up, _services)
    except demos.DemoFailed as error:
        raise Failed(str(error)) from None
    sys.exit(status)


@main.command()
@click.option("--send", "send_to", default="", help="Send this phone a test message through every SMS gateway.")
@_command
def doctor(send_to: str, config_path: Path | None, as_json: bool) -> None:
    """What is configured, reachable, missing; one line each with the remedy."""
    from jobs.doctor import examine

    found = examine(_services(config_path, prepared=False), send_to)
    if as_json:
        _print_json([{"name": one.name, "good": one.good, "line": one.line} for one in found])
    else:
        for one in found:
            click.echo(f"{'ok  ' if one.good else 'FAIL'}  {one.name}: {one.line}")
    if not all(one.good for one in found):
        raise Failed("something needs attention")


TOOLS: Any = sys.modules[__name__]
books_commands.add(main, TOOLS)
copy_commands.add(main, TOOLS)
calendar_commands.add(main, TOOLS)
queue_commands.add(main, TOOLS)
bench_commands.add(main, TOOLS)
fund_commands.add(main, TOOLS)
key_commands.add(main, TOOLS)
outbox_commands.add(main, TOOLS)
text_commands.add(main, TOOLS)
wechat_commands.add(main, TOOLS)
card_commands.add(main, TOOLS)
forget_commands.add(main, TOOLS)

if __name__ == "__main__":
    main()
