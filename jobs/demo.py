"""The demo: a folder with its own configuration, the demo village imported, everything started; and the check of it."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from bot.pages.demo.walk import WalkFailed, walk
from bot.workbook import read_village
from ledger import charter
from ledger.store.mailbox import Mailbox

from .intake import AlreadyThere, take_over

VILLAGE = Path(__file__).resolve().parent.parent / "bot" / "pages" / "demo" / "qingshan.xlsx"
FIRST_DAY = date(2026, 3, 1)
READY_S = 60.0


class DemoFailed(Exception):
    """The demo could not be set up or did not do what it should; the text is for the person who ran it."""


def write_config(folder: Path, port: int) -> Path:
    """The demo's configuration, written once, with secrets of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.toml"
    if not path.exists():
        aes_key = secrets.token_hex(22)[:43]
        text = f"""# The demo's own configuration. Channels reach this machine only.
[server]
demo = true
host = "127.0.0.1"
port = {port}
data_dir = "."

[keys]
file = "../{folder.absolute().name}.keys"

[sms]
gateway = "http"
[sms.http]
secret = "{secrets.token_hex(16)}"
send_url = "http://127.0.0.1:{port}/demo/gateway"
key = "{secrets.token_hex(16)}"

[wechat]
app_id = "wxdemo0000000001"
app_secret = "{secrets.token_hex(16)}"
token = "{secrets.token_hex(16)}"
aes_key = "{aes_key}"
api_base = "http://127.0.0.1:{port}/demo/weixin"
"""
        path.write_text(text, "utf-8")
        path.chmod(0o600)
    return path


def prepare(services: Any) -> None:
    """The demo village in the books, and the day it begins on."""
    village, faults, _ = read_village(VILLAGE, charter.names())
    if village is None:
        raise DemoFailed(f"the demo village has faults: {faults[0].why}")
    with contextlib.suppress(AlreadyThere):
        take_over(services.store, village, services.clock.now())
        with services.store.write() as books:
            services.clock.set_today(Mailbox(books.connection), FIRST_DAY)


def run(folder: Path, port: int, up: Callable[..., int], services_of: Callable[..., Any]) -> int:
    """Set the demo up and run it until it is stopped."""
    services = services_of(write_config(folder, port))
    prepare(services)
    address = f"{services.config.server.base_url}/demo"

    def announce() -> None:
        print(f"\n  手机模拟器 / phone simulator: {address}\n", flush=True)  # noqa: T201  (what the person waits for)

    return up(services, announce)


def check(folder: Path) -> int:
    """A fresh demo in real processes, one loan walked through it over HTTP; 0 when all of it happened."""
    shutil.rmtree(folder, ignore_errors=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base_url = f"http://127.0.0.1:{port}"
    program = Path(__file__).resolve().parent.parent / "huzhu.py"
    folder.mkdir(parents=True)
    with (folder / "log.txt").open("wb") as log:
        running = subprocess.Popen(  # noqa: S603  (our own program)
            [sys.executable, str(program), "demo", "--folder", str(folder), "--port", str(port)], stdout=log, stderr=log
        )
        try:
            _wait_ready(base_url, running, folder)
            walk(base_url, lambda line: print(line, flush=True))  # noqa: T201  (the transcript is the result)
        except WalkFailed as error:
            raise DemoFailed(f"{error} (log: {folder / 'log.txt'})") from None
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(30)
    return 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  (loopback)
            return bool(answer.status == 200)
    except OSError:
        return False


def _wait_ready(base_url: str, running: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if running.poll() is not None:
            break
        if _answers(f"{base_url}/health/ready"):
            return
        time.sleep(0.1)
    tail = (folder / "log.txt").read_text("utf-8", "replace")[-1500:]
    raise DemoFailed(f"the demo did not start:\n{tail}")
