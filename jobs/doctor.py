"""What is configured, reachable and missing, one line each with the remedy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from redis import RedisError

from bot.circuits import closed_now
from bot.clock import ZONE
from bot.metrics import BEAT, RAN
from bot.redis_address import connect
from bot.services import Services
from ledger.store.mailbox import Mailbox
from ledger.store.migrations import NEWEST, current
from ledger.store.sealing import WrongKeys
from ledger.store.store import Unavailable

from . import gateway_checks, workdays


@dataclass(frozen=True)
class Line:
    name: str
    good: bool
    line: str


def examine(services: Services, send_to: str = "") -> list[Line]:
    """Look at everything the configuration names; with `send_to` each SMS gateway sends that phone a test message."""
    found = [_database(services), _redis(services), *_channels(services), *_outbox(services), *_clockwork(services),
             *_calendar(services)]
    sent = gateway_checks.send(services, send_to) if send_to else []
    return found + [Line(f"test through {one.gateway}", one.good, one.line) for one in sent]


def _database(services: Services) -> Line:
    kind = "SQLite" if services.store.sqlite else "PostgreSQL"
    try:
        with services.store.read() as books:
            at = current(books.connection)
    except Unavailable as error:
        return Line("database", False, f"{kind} cannot be reached ({error}): check [database] url")
    except WrongKeys as error:
        return Line("database", False, str(error))
    except Exception as error:  # a wrong address fails in many ways, and all of them mean the same here
        return Line("database", False, f"{kind} cannot be opened ({type(error).__name__}): check [database] url")
    if at != NEWEST:
        return Line("database", False, f"{kind} is at schema {at or 'none'}, {NEWEST} is needed: run huzhu init")
    return Line("database", True, f"{kind}, schema {at}, sealed under the keys of {services.config.keys.name}")


def _redis(services: Services) -> Line:
    url = services.config.redis_url()
    if url is None:
        return Line("redis", True, "embedded, not running now: huzhu up starts it")
    try:
        connect(url, socket_timeout=2, socket_connect_timeout=2).ping()
    except (RedisError, OSError) as error:
        why = f"no answer ({type(error).__name__}): check [redis] url; notices go out late, not lost"
        return Line("redis", False, why)
    return Line("redis", True, "answers")


def _channels(services: Services) -> list[Line]:
    config = services.config
    found = [_wechat(services), _miniprogram(services)]
    if config.sms is None:
        found.append(Line("sms", True, "off: no [sms] section"))
    found += [Line(f"sms {one.gateway}", one.good, one.line) for one in gateway_checks.look(services)]
    if config.wechat is None and config.sms is None:
        found.append(Line("channels", False, "no channel at all: write [sms] or [wechat] into the configuration"))
    return found


def _wechat(services: Services) -> Line:
    """Whether WeChat is on, what templates it has, and which of its calls are left alone at the moment."""
    account = services.config.wechat
    if account is None:
        return Line("wechat", True, "off: no [wechat] section")
    try:
        with services.store.read() as books:
            closed = closed_now(Mailbox(books.connection), services.clock.now())
    except Exception:  # the database line has said it
        closed = []
    if closed:
        told = ", ".join(f"{call} ({why}, until {datetime.fromtimestamp(until, ZONE):%m-%d %H:%M})"
                         for call, why, until in closed)
        return Line("wechat", False, f"left alone, SMS is used: {told}; see docs/wechat.md for the codes")
    templates = ", ".join(sorted(account.templates)) or "none: silent members get SMS"
    return Line("wechat", True, f"configured, encrypted mode; templates: {templates}")


def _miniprogram(services: Services) -> Line:
    """Whether the mini-program is on, and which of its notices go by subscription."""
    account = services.config.miniprogram
    if account is None:
        return Line("miniprogram", True, "off: no [miniprogram] section")
    wanted = ", ".join(sorted(account.subscriptions)) or "none: notices go by SMS"
    return Line("miniprogram", True, f"API at /api/v1, push at /miniprogram/push; subscription messages: {wanted}")


def _outbox(services: Services) -> list[Line]:
    try:
        with services.store.read() as books:
            mailbox = Mailbox(books.connection)
            counts, waiting_s = mailbox.counts(), mailbox.oldest_due(services.clock.now())
    except Exception:  # the database line has said it
        return []
    states = ", ".join(f"{state} {count}" for state, count in sorted(counts.items())) or "empty"
    states += f"; {counts['failed']} given up: see huzhu undelivered" if counts.get("failed") else ""
    if waiting_s > 120:
        return [Line("outbox", False, f"{states}; the oldest waits {waiting_s} s: is huzhu worker running?")]
    return [Line("outbox", True, states)]


def _calendar(services: Services) -> list[Line]:
    """Whether the holidays of this year and, from December on, of the next are known."""
    try:
        with services.store.read() as books:
            today = services.clock.today(Mailbox(books.connection))
            wanted = [today.year] + ([today.year + 1] if today.month == 12 else [])
            lacking = [str(year) for year in wanted if not workdays.known(books, year)]
    except Exception:  # the database line has said it
        return []
    if lacking:
        return [Line("holidays", False, f"those of {' and '.join(lacking)} are not known, weekends count alone: "
                     f"huzhu holidays {lacking[-1]} --rest … --work …")]
    return [Line("holidays", True, f"known for {today.year}")]


def _clockwork(services: Services) -> list[Line]:
    """When a worker last gave a sign of life, and when each row of the timetable last ran and how it ended."""
    try:
        with services.store.read() as books:
            mailbox = Mailbox(books.connection)
            beat, rows = mailbox.setting(BEAT), mailbox.settings(RAN)
    except Exception:  # the database line has said it
        return []
    now = services.clock.now()
    age = f"last sign of life {max(0, now - int(beat))} s ago" if beat else "none has run yet"
    found = [Line("worker", True, age)]
    for name, value in rows:
        ran = json.loads(value)
        at = datetime.fromtimestamp(ran["at"], ZONE).isoformat(" ", "minutes")
        how = "done" if ran["good"] else "failed: see the log of huzhu timetable"
        found.append(Line(f"timetable {name.removeprefix(RAN)}", bool(ran["good"]), f"{how}, {at} for {ran['day']}"))
    return found
