"""A whole Huzhu in real processes, with phones outside of it: a gateway that records, and senders that repeat.

The phones behave as the world does: a message that got no 200 is sent again under the same id until it did.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil  # type: ignore[import-untyped]

from bot.config import load
from bot.services import Services
from bot.workbook import read_village
from jobs.demo import VILLAGE
from jobs.intake import take_over
from ledger import charter
from ledger.store.mailbox import Mailbox
from ledger.store.migrations import upgrade
from tests.fakes.sms_gateway import Inbound, SmsGateway

PROGRAM = Path(__file__).resolve().parents[2] / "huzhu.py"
PHONES = {
    "陈桂花": "19900000012", "刘大山": "19900000013", "孙二妹": "19900000014", "李秀英": "19900000024",
    "王建国": "19900000007", "张强": "19900000036", "胡满仓": "19900000015",
}
CODE = re.compile(r"(?<!\d)(\d{6})(?![\d元号月日])")


class Running:
    """`huzhu up` over a fresh demo village; `kind` of killed processes are children of its supervisor."""

    def __init__(self, folder: Path, database: str = "", more: str = "") -> None:
        self.folder = folder
        key = secrets.token_hex(16)
        self.gateway = SmsGateway(key)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.inbound = Inbound(self.base_url, secrets.token_hex(16))
        self.config = folder / "config.toml"
        folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(
            f'[server]\ndemo = true\nport = {self.port}\ndata_dir = "."\n'
            + (f'[database]\nurl = "{database}"\n' if database else "")
            + f'[sms]\ngateway = "http"\n[sms.http]\nsecret = "{self.inbound.secret}"\n'
            f'send_url = "{self.gateway.send_url}"\nkey = "{key}"\n{more}',
            "utf-8",
        )
        self.config.chmod(0o600)
        self.services = Services(load(self.config))
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        upgrade(self.services.store)
        village, faults, _ = read_village(VILLAGE, charter.names())
        assert village is not None, faults
        take_over(self.services.store, village, 0)
        self.today(date(2026, 3, 1))
        with (self.folder / "log.txt").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(PROGRAM), "up", "--config", str(self.config)], stdout=log, stderr=log
            )
        self.wait(self.ready, "the web server never answered")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
        self.gateway.close()
        self.services.store.close()

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base_url}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def wait(self, true: object, why: str, seconds: float = 60.0) -> None:
        """Look again and again until something is so."""
        assert callable(true)
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end or (self.process is not None and self.process.poll() is not None):
                raise AssertionError(f"{why}\n{(self.folder / 'log.txt').read_text('utf-8', 'replace')[-3000:]}")
            time.sleep(0.02)

    def children(self, command: str) -> list[int]:
        """Living processes of one command (`serve`, `worker`, `timetable`) under the supervisor."""
        assert self.process is not None
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                line = child.cmdline()
                parents = [one.cmdline() for one in child.parents()[:2]]
            except psutil.Error:
                continue
            if command in line or (command == "serve" and any("serve" in one for one in parents)):
                found.append(child.pid)
        return found

    def kill(self, command: str, pick: int) -> bool:
        """`kill -9` one of them; False when none lives just now."""
        found = self.children(command)
        if not found:
            return False
        try:
            os.kill(found[pick % len(found)], signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def today(self, day: date) -> None:
        with self.services.store.write() as books:
            self.services.clock.set_today(Mailbox(books.connection), day)

    def send(self, name: str, text: str) -> None:
        """One message, repeated under its id until it is taken."""
        number, key = PHONES[name], uuid.uuid4().hex

        def taken() -> bool:
            try:
                return self.inbound.say(number, text, key) == 200
            except OSError:
                return False

        self.wait(taken, f"{name} could not send {text}")

    def expect(self, name: str, pattern: str, after: int = 0) -> str:
        """The newest text on this phone that matches, among those after the first `after`."""
        number = PHONES[name]
        found: list[str] = []

        def there() -> bool:
            found[:] = [one for one in self.gateway.texts_to(number)[after:] if re.search(pattern, one)]
            return bool(found)

        self.wait(there, f"{name} never got {pattern}; has {self.gateway.texts_to(number)[after:]}")
        return found[-1]

    def ask(self, name: str, text: str, pattern: str) -> str:
        """Send and wait for what comes back on the same phone."""
        before = len(self.gateway.texts_to(PHONES[name]))
        self.send(name, text)
        return self.expect(name, pattern, before)

    def confirm(self, name: str, text: str, pattern: str, done: str) -> str:
        """Send, read the code, send the code."""
        return self.ask(name, CODE.findall(self.ask(name, text, pattern))[0], done)


def walk(running: Running) -> None:
    """One loan from the first message to the receipt, whatever dies meanwhile."""
    running.ask("陈桂花", "借3000买化肥10个月", "回1确认")
    running.ask("陈桂花", "1", "23号")
    for name in ("刘大山", "孙二妹"):
        running.expect(name, "同意联保 23")
        running.ask(name, "同意联保 23", "同意")
    for name in ("李秀英", "王建国"):
        code = CODE.findall(running.expect(name, "批 23"))[0]
        running.ask(name, f"批 23 {code}", "已批23号")
    running.today(date(2026, 3, 4))
    for name in ("陈桂花", "刘大山", "孙二妹"):
        running.expect(name, "签 23")
        running.confirm(name, "签 23", "验证码", "已签字")
    running.expect("张强", "放款 23")
    running.confirm("张强", "放款 23", "验证码", "已放款23号")
    running.expect("陈桂花", "收到 23")
    running.ask("陈桂花", "收到 23", "已记下")
    running.today(date(2026, 3, 28))
    running.expect("陈桂花", "还有7天")
    running.today(date(2026, 4, 4))
    running.expect("陈桂花", "今天该还315元")
    running.confirm("张强", "收 陈桂花 315", "验证码", "已入账")
    running.expect("陈桂花", "收据[2-9A-Z]{5}")
